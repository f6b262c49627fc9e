"""The faults that scripts/mutate plants: which there are, and whether a test that finds one is told
from one that does not.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools.mutate.known import Known
from tools.mutate.mutants import mutants
from tools.mutate.rooms import ROOMS, mirrors, sources

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("x = a < b", ["(a <= b)"]),
        ("x = a == b", ["(a != b)"]),
        ("x = a is None", ["(a is not None)"]),
        ("x = a and b", ["(a or b)"]),
        ("x = a and b and c", ["(a or b or c)", "(b and c)", "(a and c)", "(a and b)"]),
        ("x = not a", ["(a)"]),
        ("x = a + b", ["(a - b)"]),
        ("x = 'word'", ["('wordx')"]),
        ("x = True", ["(False)"]),
        ("x = 1", ["(2)"]),
        ("x = a if b else c", ["(c if b else a)"]),
        ("f()", ["pass"]),
        ("x.y = z", ["pass"]),
        ("x += y", ["pass"]),
        ("def f(): return x", ["return None"]),
        ("def f(): return False", ["(True)"]),
        ("def f(): yield x", ["yield from ()"]),
        ("raise Error", ["pass"]),
    ],
)
def test_each_kind_of_fault_is_planted(line: str, changes: list[str]) -> None:
    assert [mutant.after for mutant in mutants(line)] == changes


@pytest.mark.parametrize(
    "text",
    [
        '"""A module that only has a text."""',
        "import a.b",
        "def f(x: Literal['a'] = None) -> Literal['b']: return None",
        "if TYPE_CHECKING:\n    x = 1",
        "__all__ = ['a']",
        "T = TypeVar('T')",
        "Word = Literal['a', 'b']",
        "x = 'a message of several words'",
        "x = f'{a} and {b}'",
        "def f(): return ()",
    ],
)
def test_what_runs_nothing_has_no_faults(text: str) -> None:
    assert mutants(text) == []


def test_a_mutant_is_the_whole_text_with_one_change() -> None:
    text = 'word = "é"\nif word == one:\n    go(word)\n'
    changed = [mutant.text for mutant in mutants(text)]
    assert changed == [
        'word = ("éx")\nif word == one:\n    go(word)\n'.replace('"', "'").replace("'é'", '"é"'),
        'word = "é"\nif (word != one):\n    go(word)\n',
        'word = "é"\nif word == one:\n    pass\n',
    ]


def test_every_room_has_sources_and_tests() -> None:
    for room in ROOMS:
        assert sources(ROOT, room), room
        assert all((ROOT / test).exists() for test in mirrors(room)), room


def test_every_known_mutant_is_one_and_has_a_reason() -> None:
    known = Known.load(ROOT)
    for row in known.rows:
        found = mutants((ROOT / row["path"]).read_text(encoding="utf-8"))
        assert any(Known((row,)).has(Path(row["path"]), each) for each in found), row
        assert row["reason"]


WATCH = """
import sys
from pathlib import Path
from tools.mutate.trying import watched
place = Path(sys.argv[1])
reach = watched(place, ["test_it.py"], seconds=60)
it = place / "src" / "it.py"
for line in range(1, 10):
    print(*reach.tests(it, line))
print(reach.bound(["test_two"]) >= 30, watched(place, ["test_wrong.py"], seconds=60))
"""
WATCHED = """def f(x):
    if x:
        return (
            1 +
            x
        )
    return 2
def g():
    return 3
"""


def test_the_tests_that_run_a_line_are_known(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "it.py").write_text(WATCHED)
    (tmp_path / "test_it.py").write_text(
        "from it import f\nimport pytest\n"
        "@pytest.mark.parametrize('x', [1, 2])\ndef test_one(x): assert f(x)\n"
        "def test_two(): assert f(0)"
    )
    (tmp_path / "test_wrong.py").write_text("def test_wrong(): assert 0")
    done = subprocess.run(
        [sys.executable, "-c", WATCH, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    one, two = "test_it.py::test_one", "test_it.py::test_two"
    assert "FAILED test_wrong.py::test_wrong" in done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [sorted(line) for line in lines[:9]] == [
        *([one, two], [one, two]),  # line 1 runs at the import, before any test
        *([one], [one], [one], [one]),
        *([two], [one, two], [one, two]),
    ]
    assert lines[9] == ["True", "None"]


TRY = """
import sys
from pathlib import Path
from tools.mutate.trying import finds
place = Path(sys.argv[1])
it = place / "src" / "it.py"
for text, seconds in (
    ("def f(): return 1", 60),
    ("def f(): return 2", 60),
    ("def f():\\n    while True: pass", 10),
    ("def f(): return 1.0", 0.001),  # too little, as on a busy machine, to run them at all
    ("def f(): return 2", 0.001),
):
    print(finds(place, ["test_it.py"], it, text, seconds=seconds))
print(it.read_text() == "def f(): return 1")
"""


def test_a_fault_is_found_by_a_test_that_fails_or_never_ends(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "it.py").write_text("def f(): return 1")
    (tmp_path / "test_it.py").write_text("from it import f\ndef test_it(): assert f() == 1")
    done = subprocess.run(
        [sys.executable, "-c", TRY, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    found = ["False", "True", "True", "False", "True"]
    assert (done.stdout.split(), done.stderr) == ([*found, "True"], "")
