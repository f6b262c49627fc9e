r"""What a shell makes of a text before it runs it, and how a deny rule still finds the command."""

from __future__ import annotations

import time

import pytest

from openai_codex.rules import Rules
from openai_codex.rules.suspects import suspects
from tests.rules.asked import CommandQuestion, identity

RULES = Rules(ask=print, resolve=identity, allow=["*"], deny=["rm"], compound=True)

SPELLED = [
    # letters by their numbers
    r"$'\x72m' x",
    r"$'\162m' x",
    r"$'\u0072m' x",
    # expansions that leave nothing
    "r$@m x",
    "r${u}m x",
    "r${x[0]}m x",
    "r$(true)m x",
    "r``m x",
    # braces and patterns
    "{rm,x}",
    "{rm,-rf,x}",
    "/bin/{rm,x}",
    "/bin/r[m] x",
    "/bin/r? x",
    "/*/r? x",
    # a program that is computed
    "$(which rm) x",
    "`which rm` x",
    "$(echo rm) x",
    "$(command -v rm) x",
    "sudo $(echo rm) x",
    "A=rm; $A x",
    "A=r B=m; $A$B x",
    'A="rm -rf"; $A x',
    "A=(rm x); ${A[@]}",
    "${A:-rm} x",
    'set -- rm x; "$@"',
    "printf -v A rm; $A x",
    "read -r A <<< rm; $A x",
    "for A in rm cp; do $A x; done",
    'bash -c "$(echo rm x)"',
    'eval "$(printf %s rm)"',
    # a script that is read
    "source <(echo rm x)",
    ". <(echo rm x)",
    ". /dev/stdin <<< 'rm x'",
    "bash <(echo rm x)",
    # variables that programs run
    "GIT_SSH_COMMAND='rm x' git fetch",
    "env GIT_EDITOR='rm x' git commit",
    "export EDITOR=rm; git commit",
    'PAGER="rm x" man ls',
    "LESSOPEN='|rm %s' less x",
    # an assignment before it
    "A=1 B=2 rm x",
    "A= rm x",
    "A=1\nrm x",
    "A=$B rm x",
]
NOT_RUN = [
    "$PY -m pytest -k rm",
    "PY=.venv/bin/python; $PY -m pytest -k 'not rm'",
    "$(which python) -m pytest tests/rm",
    "PAGER=cat git log --grep rm",
    "A=1 B=2 pytest -k rm",
    'echo "${A:-x}" rm',
    "mkdir -p {a,b}/rm",
    "docker run -v $PWD:/w image pytest -k rm",
    "for f in *.py; do grep rm $f; done",
    "source .venv/bin/activate && pytest -k rm",
    'eval "$(direnv hook bash)"; pytest -k rm',
    'curl -d \'{"rm": 1, "b": 2}\' http://localhost/$A',
    "ls /bin/r* $A",
    "cp {a,rm} $A",
]


@pytest.mark.parametrize("text", SPELLED)
def test_a_deny_rule_finds_a_program_however_a_shell_would_come_to_its_name(text: str) -> None:
    assert RULES.judge(CommandQuestion(text)).outcome == "deny"


@pytest.mark.parametrize("text", NOT_RUN)
def test_a_word_that_no_expansion_runs_is_not_found(text: str) -> None:
    assert RULES.judge(CommandQuestion(text)).outcome != "deny"


@pytest.mark.parametrize(
    "part",
    [
        *("$(", "`", "${", "{a,b}", "{a,b} ", "a= ", 'a="', "$'", "EDITOR=", "in ", "$(a)", "$a"),
        *("${a}rm ", "$a;", "$(a ", "a=(", r"$'\x", "x=y;"),
    ],
)
def test_a_text_of_any_length_is_searched_in_linear_time(part: str) -> None:
    def seconds(count: int) -> float:
        text = part * (count // len(part)) + " $x"
        times = []
        for _ in range(2):
            began = time.process_time()
            for _ in suspects(text):
                pass
            times.append(time.process_time() - began)
        return min(times)

    assert seconds(16_000) < 12 * seconds(4_000) + 0.2  # four times is linear, sixteen is square
