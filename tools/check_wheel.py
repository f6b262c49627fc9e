"""Build the wheel, install it apart, and let mypy and pyright check users' programs against it.

    python -m tools.check_wheel

In a clone a checker sees the sources; what a user installs it judges by stricter rules: which names
a module exports, and whether it is typed at all. The programs are `tests/typing`, all examples, and
all Python blocks of README and the pages, each of which must pass mypy --strict and pyright.
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.docs.blocks import Block, blocks_of

ROOT = Path(__file__).parent.parent
INSIDE = {"howto"}  # pages about the package's own code
AFRESH = "<!-- afresh -->"
FILE = re.compile(r"# ([\w/.-]+\.py)\n")
# Tests on pages are written as tests are, without annotations; their bodies are checked.
PAGES_MAY = ("--allow-untyped-defs", "--allow-untyped-calls", "--allow-untyped-decorators")


def main() -> int:
    """Return the exit status: 1 when a checker finds fault."""
    with tempfile.TemporaryDirectory(prefix="check-wheel-") as name:
        folder = Path(name)
        python = install(build(folder / "dist"), folder / "venv")
        pages = write(folder / "pages", programs_of_pages())
        others = write(folder / "programs", programs_of_folders())
        checks = [
            mypy(python, others, cache=folder / "cache"),
            [*mypy(python, pages, cache=folder / "cache-of-pages"), *PAGES_MAY],
            [sys.executable, "-m", "pyright", "--pythonpath", str(python), str(folder)],
        ]
        (folder / "pyrightconfig.json").write_text('{"include": ["pages", "programs"]}')
        with ThreadPoolExecutor() as pool:
            done = list(pool.map(lambda command: run(command, folder), checks))
    return max(done)


def build(out: Path) -> Path:
    """Return the wheel, built without an index."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    (wheel,) = out.glob("*.whl")
    return wheel


def install(wheel: Path, place: Path) -> Path:
    """Return the Python of an environment that has the wheel, and this one's other packages."""
    venv.create(place, symlinks=True)
    python = place / "bin" / "python"
    (site,) = place.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    # The editable package of this environment is found by a file that is not read from here.
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def write(folder: Path, programs: Iterator[tuple[str, str]]) -> list[str]:
    """Write the programs, one module each; return their paths."""
    folder.mkdir()
    paths = []
    for name, text in programs:
        path = folder / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        paths.append(str(path))
    return paths


def programs_of_folders() -> Iterator[tuple[str, str]]:
    """Yield the consumers of tests/typing, and the examples, each under a name of its own."""
    for path in sorted((ROOT / "tests" / "typing").glob("*.py")):
        yield path.stem, path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "examples").rglob("*.py")):
        yield example(path), renamed(path)


def renamed(path: Path) -> str:
    """Return the text of an example, which imports its neighbours by their names here."""
    text = path.read_text(encoding="utf-8")
    for other in (*path.parent.glob("*.py"), *path.parent.parent.glob("*.py")):
        text = re.sub(rf"\bfrom {other.stem} import", f"from {example(other)} import", text)
    return text


def example(path: Path) -> str:
    """Return the name of an example's module."""
    parts = path.relative_to(ROOT / "examples").with_suffix("").parts
    return "_".join(("example", *parts))


def programs_of_pages() -> Iterator[tuple[str, str]]:
    """Yield each story of each page as a module whose lines have the numbers of the page."""
    pages = [page for page in (ROOT / "docs").rglob("*.md") if page.parent.name not in INSIDE]
    for page in [ROOT / "README.md", *sorted(pages)]:
        name = re.sub(r"\W+", "_", page.relative_to(ROOT).with_suffix("").as_posix())
        text = page.read_text(encoding="utf-8")
        afresh = [text.count("\n", 0, found.start()) + 1 for found in re.finditer(AFRESH, text)]
        blocks = [block for block in blocks_of(page) if block.language == "python"]
        for begin, end in zip([0, *afresh], [*afresh, sys.maxsize], strict=True):
            story = [block for block in blocks if begin <= block.line < end]
            for block in [block for block in story if FILE.match(block.code)]:
                yield f"{name}_{block.line}", padded([block])
            rest = [block for block in story if not FILE.match(block.code)]
            if rest:
                yield f"{name}_{rest[0].line}", padded(rest)


def padded(blocks: list[Block]) -> str:
    """Return the blocks at the lines that they have on their page."""
    lines: list[str] = []
    for block in blocks:
        lines += [""] * (block.line - 1 - len(lines))
        lines += block.code.splitlines()
    return "\n".join(lines) + "\n"


def mypy(python: Path, paths: list[str], *, cache: Path) -> list[str]:
    """Return the command that checks these files strictly, with a cache of its own."""
    options = (
        "--strict",
        f"--cache-dir={cache}",
        "--python-version=3.10",
        "--no-error-summary",
        f"--python-executable={python}",
    )
    return [sys.executable, "-m", "mypy", *options, *paths]


def run(command: list[str], folder: Path) -> int:
    """Run a checker and show what it finds."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    text = (done.stdout + done.stderr).replace(f"{folder}/", "").strip()
    if done.returncode:
        print(f"{command[2]}:\n{text}", file=sys.stderr)
    return min(done.returncode, 1)


if __name__ == "__main__":
    sys.exit(main())
