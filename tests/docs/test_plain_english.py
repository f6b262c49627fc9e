"""The worst habits of our English stay out of docstrings, comments, pages and test names."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/openai_codex"
# What a generator wrote: its source is checked instead.
GENERATED = {"_sync", "models", "calls"}

# A class is a noun phrase. These verbs began the docstrings of classes that gave commands.
COMMANDS = re.compile(
    r"(?:"
    r"Accept|Add|Admit|Allow|Answer|Ask|Be|Bring|Carry|Choose|Collect|Count|"
    r"Decide|Describe|Drive|End|Find|Finish|Fold|Give|Grant|Hand|Hold|"
    r"Iterate|Join|Judge|Keep|Know|Let|Listen|Look|Make|Mean|Mention|Move|Own|"
    r"Pass|Play|Raise|Read|Refuse|Return|Rewrite|Run|Say|Send|Serve|Show|"
    r"Speak|Stand|Start|Take|Tell|Turn|Use|Wait|Watch|Wrap|Write"
    r")\b"
)

HABITS = {
    "a headless 'who': name the actor": re.compile(
        r"\b(?:[Tt]o|[Ff]or|[Ff]rom|[Tt]ells?|[Ll]ets?|[Ww]akes?|of|with|by) who(?:ever)?\b"
        r"(?! (?:is|are|you|we|they|owns)\b)"
        r"|(?:^|[.;:] )Whoever\b",
        re.MULTILINE,
    ),
    "'face': say client or API": re.compile(r"\b(?:sync|async|either|both|each) faces?\b"),
    "'small words': say internals": re.compile(r"\bsmall words\b"),
    "'come about': say happen": re.compile(r"\bc[oa]mes? about\b"),
    "'mend': say fix": re.compile(r"\b[Mm]end(?:s|ed|ing)?\b"),
    "'anew': say again": re.compile(r"\banew\b"),
    "'take it that': say learn": re.compile(r"\b[Tt]ake it that\b"),
    "'the word that': say the message": re.compile(
        r"\b(?:the|a|no) words? (?:that tells|to who)\b"
    ),
}
HEADLESS_TEST = re.compile(
    r"def (test_(?:\w+_)?(?:wakes|tells|of|for|to|from)_who_\w+|test_who_\w+|test_\w*_faces?_\w+)"
)


def test_no_class_docstring_gives_a_command() -> None:
    assert [line for path in sources() for line in commands_in(path)] == []


def test_docstrings_and_comments_are_plain() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {habit}: {text}"
        for path in sources()
        for written in (*docstrings_of(path), *comments_of(path))
        for habit, text in habits_in(written)
    ]
    assert found == []


def test_pages_are_plain() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    found = [
        f"{page.relative_to(ROOT)}: {habit}: {text}"
        for page in sorted(pages)
        for habit, text in habits_in(page.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_test_names_have_an_actor() -> None:
    tests = [path for path in (ROOT / "tests").rglob("*.py") if "_sync" not in path.parts]
    assert [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted(tests)
        for name in HEADLESS_TEST.findall(path.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "Word to who joins a running turn that it has begun",
        "Wake whoever waits.",
        "Whoever reads it is late.",
        "a sync face",
        "# --- small words ---",
        "what has come about",
        "it mends the list",
        "begin anew",
    ],
)
def test_the_check_sees_each_habit(text: str) -> None:
    assert list(habits_in(text))


@pytest.mark.parametrize(
    "text",
    [
        "It says who is logged in.",
        "Raised when the runtime is gone.",
        "an interface of two faces of a coin",
        "Tell who owns the thread.",
    ],
)
def test_the_check_lets_plain_english_pass(text: str) -> None:
    assert list(habits_in(text)) == []


def sources() -> Iterator[Path]:
    """Yield every source file that a person wrote."""
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).parts
        if not GENERATED & set(parts):
            yield path


def commands_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            docstring = ast.get_docstring(node) or ""
            if COMMANDS.match(docstring):
                yield f"{path.relative_to(ROOT)}: {node.name}: {docstring[:60]}"


def docstrings_of(path: Path) -> Iterator[str]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, kinds):
            yield ast.get_docstring(node) or ""


def comments_of(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def habits_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield each habit that a text shows, with the words around it."""
    for habit, pattern in HABITS.items():
        for found in pattern.finditer(text):
            yield habit, text[max(0, found.start() - 30) : found.end() + 30].replace("\n", " ")
