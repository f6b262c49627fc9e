"""The files that these pages show are written, and their tests run, offline."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.snippets import Story, stories

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ["testing.md"]

ALL = [story for page in PAGES for story in stories(DOCS / page)]


@pytest.mark.parametrize("story", ALL, ids=str)
def test_what_the_page_says_runs(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    story.run(tmp_path)


PAGE = """
```python
greeting = "hi"
```
```text
not run
```
```python
# test_it.py
def test_it():
    assert {outcome}
```
```python
assert greeting == "hi"
raise ValueError
```
<!-- afresh -->
```python
greeting
```
"""


def write(folder: Path, page: str) -> list[Story]:
    path = folder / "page.md"
    path.write_text(page)
    return stories(path)


def test_blocks_run_in_order_and_errors_name_the_line_of_the_page(tmp_path: Path) -> None:
    first, second = write(tmp_path, PAGE.format(outcome=True))
    with pytest.raises(ValueError) as caught:
        first.run(tmp_path)
    assert caught.traceback[-1].lineno + 1 == 15
    assert (tmp_path / "test_it.py").exists()
    with pytest.raises(NameError):
        second.run(tmp_path)


def test_a_test_on_a_page_must_pass(tmp_path: Path) -> None:
    page = PAGE.replace("raise ValueError\n", "").format(outcome=False)
    with pytest.raises(AssertionError, match="1 failed"):
        write(tmp_path, page)[0].run(tmp_path)
