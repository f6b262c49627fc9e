"""Here-documents that are written into files: their lines are left alone, and nothing else."""

from __future__ import annotations

import pytest

from openai_codex.rules import Rules
from tests.rules.asked import CommandQuestion, identity

RULES = Rules(ask=print, resolve=identity, allow=["*"], deny=["rm"], compound=True)


@pytest.mark.parametrize(
    "text",
    [
        "cat > f <<'E'\nrm x\nE",
        "cat > f <<'E'\nrm x\nE\n",
        'cat >> f << "END_1"\nrm x $HOME\n END_1\nEND_1\nls -l f',
        "cat > f <<E\nrm is a program\nE",
        "mkdir -p a && cat > a/b.sh <<'EOF'\nrm -rf build\nEOF\nchmod +x a/b.sh",
        "cat <<'E' > notes.md\nrm\nE\n\ncat <<'F' >> notes.md\nrm x\nF",
        "cd /x; tee a.txt b.txt <<-'E'\n\trm x\n\tE\nwc -l a.txt && cat a.txt",
        "cat <<'E'\nrm x\nE",
    ],
)
def test_what_is_written_into_a_file_is_no_command(text: str) -> None:
    assert RULES.judge(CommandQuestion(text)).outcome == "ask"


@pytest.mark.parametrize(
    "text",
    [
        # behind the end of the document, as a shell sees that
        "cat > f <<'E'\na\nE\nrm x",
        "cat > f <<'E'\na\n E\nE\nrm x",
        "cat > f <<-'E'\n\ta\n\tE\nrm x",
        "cat <<A > f\nA\ncat <<B > g\nB\nrm x",
        # on the line of the document
        "cat > f <<'E' && rm x\na\nE",
        "cat <<'E' > f; rm x\na\nE",
        "rm x && cat > f <<'E'\na\nE",
        # what only looks like one
        "echo '<<E'\nrm x\nE",
        "# <<E\nrm x\nE",
        "echo $((1 <<E))\nrm x\nE",
        "cat <<<E\nrm x\nE",
        "cat \\<<E\nrm x\nE\nrm x",
        # what the document computes, or somebody reads
        "cat > f <<E\n$(rm x)\nE",
        "cat > f <<E\n`rm x`\nE",
        "cat <<E | sh\nrm x\nE",
        "tee f <<'E' | sh\nrm x\nE",
        "cat <<'E' > >(sh)\nrm x\nE",
        # what may run the file
        "cat > f <<'E'\nrm x\nE\nsh f",
        "cat > f <<'E'\nrm x\nE\n./f",
        "cat > f <<'E'\nrm x\nE\nchmod +x f && ./f",
        "cat > Makefile <<'E'\na:\n\trm x\nE\nmake a",
        "cat > f <<'E'\nrm x\nE\n. ./f",
        # without an end
        "cat > f <<'E'\nrm x",
    ],
)
def test_what_may_be_run_is_found(text: str) -> None:
    assert RULES.judge(CommandQuestion(text)).outcome == "deny"
