"""The notebook runs from top to bottom, offline, and shows what it is there to show."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.notebooks.kernel import execute

NOTEBOOK = Path(__file__).parents[2] / "notebooks/sdk_walkthrough.ipynb"


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The code cells of the notebook, executed in an empty folder."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    return execute(notebook, tmp_path_factory.mktemp("notebook"))


def shown(cells: list[Any], code: str, kind: str = "text/html") -> str:
    """Return what the cell with this code put out."""
    cell = next(cell for cell in cells if code in cell.source)
    printed = [output["text"] for output in cell.outputs if output.output_type == "stream"]
    values = [output["data"].get(kind, "") for output in cell.outputs if "data" in output]
    return "".join(printed + values)


def test_results_threads_and_diffs_display_as_html(cells: list[Any]) -> None:
    assert "<b>AsyncThread</b>" in shown(cells, "codex = AsyncCodex(")
    answer = shown(cells, "What is in this folder?")
    assert re.search(r"One module, <code[^>]*>prices.py</code>, with <strong>one</strong>", answer)
    assert re.search(r"<li><code[^>]*>total\(cents\)</code></li>", answer)
    assert re.search(r">output, 1 line</summary>.*prices\.py.*>exit 0, ", answer, re.DOTALL)
    assert "+def total(cents: list[int]) -&gt; int:" in shown(cells, "Add type hints")
    taken_back = shown(cells, "thread.rewind(mark)")
    assert taken_back.startswith("['prices.py'] -> ")
    assert taken_back.endswith(" -> []\n")
    assert "turn failed" in shown(cells, "Read everything")


def test_text_streams_types_validate_tools_are_called(cells: list[Any]) -> None:
    assert shown(cells, "stream_text") == "Reading prices.py. It sums whole cents."
    output = shown(cells, "List the functions", "text/plain")
    assert output == "[Function(name='total', parameters=['cents'])]"
    told = shown(cells, "What does tea cost?")
    assert "Tea is 3.00." in told
    assert re.search(
        r"price_of.*&quot;article&quot;: &quot;tea&quot;.*>result, 1 line</", told, re.DOTALL
    )
    assert "QUESTION 4" in shown(cells, "asyncio.gather", "text/plain")
    assert "<td>north</td><td>ok</td>" in shown(cells, "async_run_batch")
    assert "<td>task_failed</td>" in shown(cells, "async_run_batch")
    assert "closed" in shown(cells, "codex.close", "text/plain")


def test_an_approval_a_login_an_image_and_a_turn_while_it_runs(cells: list[Any]) -> None:
    asked = shown(cells, "def approve(")
    assert re.match(r".*touch notes.txt' - To keep notes.\n.*rm prices.py' - It is old.\n<", asked)
    assert re.search(r"touch notes\.txt.*>exit 0, .*rm prices\.py.*>declined", asked, re.DOTALL)
    login = shown(cells, "login_chatgpt_device_code")
    assert re.match(r"open http://127.0.0.1:\d+/\S+ and enter ABCD-12345\nlogged in\n", login)
    assert "email='dev@example.com'" in shown(cells, "login_chatgpt_device_code", "text/plain")
    chart = shown(cells, "def bars(", "image/png")
    assert base64.b64decode(chart).startswith(b"\x89PNG")
    assert "Of the 1 chart, the <strong>third</strong> bar." in shown(cells, "def bars(")
    live = shown(cells, "await live(")
    assert "ran      wc -l prices.py  (exit 0" in live
    assert "It has <strong>2</strong> lines." in live


def test_no_cell_printed_a_warning(cells: list[Any]) -> None:
    errors = [out["text"] for cell in cells for out in cell.outputs if out.get("name") == "stderr"]
    assert errors == []


def test_the_notebook_is_kept_without_outputs() -> None:
    cells = nbformat.read(NOTEBOOK, as_version=4).cells  # type: ignore[no-untyped-call]
    assert [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
