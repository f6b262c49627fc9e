"""No script is allowed that runs, under a real shell, anything outside the allow rules."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from openai_codex.rules import Rule, Rules, command
from tests.rules.asked import CommandQuestion
from tests.rules.oracle import Oracle

PROGRAMS = ["git", "ls", "npm", "rm", "evil", "sh", "env", "xargs", "sudo", "x"]
ALLOW: list[Rule | str] = [
    "git status",
    command("ls"),
    command("npm", "run", "test:*", exact=True),
    command("echo"),
    command("printf"),
    command("test"),
]

plain = st.sampled_from(["git", "status", "ls", "npm", "run", "test:a", "rm", "evil", "-x", "echo"])
hostile = st.sampled_from(
    "; && "  # noqa: SIM905 - a list would fill a page
    " || | & |& \n ;; ! { } ( ) $( ) ` < > >> << <( 2>&1 >/dev/null >out &> $'\\n' ${x} $x $IFS"
    ' ~ * ? [ ] {a,b} # = a=b PATH=. \\ \\\n \' " \'\' "" \\\' \\" \\; \'$(rm)\' "$(rm)" "`rm`"'
    " a[$(rm)] 'a[$(rm)]' -v \r \t \v \f \u00a0 \u2028 \u3042 \u3042\\ \U0001f600 \ud83d"
    " if then fi do done time function eval exec . source alias cd test printf % %1 HEAD~1 a~ x^"
    " /dev/null 1>&2 2> /bin/sh ./git ../git env sudo sh -c".split(" ")
)
joints = st.sampled_from(["", " ", " ", "\t", "\n", "  "])
allowed_part = st.sampled_from(
    [
        "git status",
        "git status -s 'a;b'",
        "ls -la 2>&1",
        "ls 'x y' \"a'b\"",
        "npm run test:unit",
        "echo 'a $(rm) b'",
        "l's' \\; \\$x",
        'git \'status\' "\\"" "\\$(rm)"',
        "printf '%s' x",
        "test -n x",
        "ls HEAD~1 x^ a@b {",
        "ls >/dev/null",
    ]
)
operators = st.sampled_from(["; ", " && ", " || ", " | ", "\n", "&&", "|", " & ", ";\n", " ;"])


@st.composite
def composed(draw: st.DrawFn) -> str:
    """Allowed commands, joined by operators, with something hostile put in somewhere."""
    text = draw(allowed_part)
    for _ in range(draw(st.integers(0, 2))):
        text += draw(operators) + draw(allowed_part)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(joints) + draw(hostile | plain) + draw(joints) + text[at:]
    return text


@st.composite
def scattered(draw: st.DrawFn) -> str:
    """Words and hostile pieces in any order."""
    pieces = draw(st.lists(st.tuples(plain | hostile, joints), min_size=1, max_size=7))
    return draw(st.sampled_from(["git status", "ls", "echo", "test", ""])) + "".join(
        joint + piece for piece, joint in pieces
    )


scripts = (
    composed() | scattered() | st.text(st.sampled_from("ls gitau;|&\n'\"\\$`(){}<>"), max_size=12)
)


def is_permitted(words: tuple[str, ...]) -> bool:
    """Say whether the policy of this test wants this run; written without the rules."""
    if words[:2] == ("git", "status") or words[0] == "ls":
        return True
    return words[:2] == ("npm", "run") and len(words) == 3 and words[2].startswith("test:")


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    return Oracle.with_programs(tmp_path_factory.mktemp("oracle"), PROGRAMS)


def escapes(
    oracle: Oracle, allows: Callable[[str], bool], seen: list[str], *, examples: int
) -> Iterator[tuple[str, object]]:
    """Generate scripts; yield those that are allowed and run something not permitted."""
    found: list[tuple[str, object]] = []

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(scripts)
    def explore(script: str) -> None:
        if "\0" in script or not allows(script):
            return
        seen.append(script)
        for shell in ("bash", "sh"):
            ran = oracle.run(f"/bin/{shell}", script)
            if not all(map(is_permitted, ran)):
                found.append((script, ran))

    explore()
    return iter(found)


@pytest.mark.parametrize("compound", [False, True])
def test_no_script_that_runs_anything_else_is_allowed(oracle: Oracle, compound: bool) -> None:
    rules = Rules(allow=ALLOW, compound=compound)
    seen: list[str] = []

    def allows(script: str) -> bool:
        wrapped = CommandQuestion(f"/bin/bash -lc {shlex.quote(script)}")
        bare = rules.explain(script).outcome
        # A wrapped script is never allowed more than the bare one, except for its own `-c`.
        assert rules.judge(wrapped).outcome == bare or script.startswith(("sh", "bash"))
        return bare == "allow"

    assert list(escapes(oracle, allows, seen, examples=600)) == []
    assert len(set(seen)) > 40  # enough was allowed for the shell to have had its say


def test_the_oracle_finds_the_holes_of_a_naive_policy(oracle: Oracle) -> None:
    def allows(script: str) -> bool:
        try:
            words = shlex.split(script)
        except ValueError:
            return False
        return bool(words) and is_permitted(tuple(words)) and "\ud83d" not in script

    assert len(list(escapes(oracle, allows, [], examples=150))) > 10


@pytest.mark.parametrize(
    "script",
    [
        "test -v 'a[$(rm)]'",
        "printf -v 'a[$(rm)]' x",
        "printf -v PATH /nowhere; git status",
        "git status $(rm)",
        "ls > out",
        "ls \\\n; rm",
        "hash -p /bin/true git; evil",
    ],
)
def test_known_tricks_do_run_something_and_are_not_allowed(oracle: Oracle, script: str) -> None:
    assert Rules(allow=[*ALLOW, "hash"], compound=True).explain(script).outcome == "deny"
    ran = oracle.run("/bin/bash", script)
    assert ran != [] or "PATH" in script
    assert not all(map(is_permitted, ran)) or "PATH" in script
