"""The notebook runs from top to bottom, offline, and shows what it is there to show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "notebooks/sdk_walkthrough.ipynb"


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The code cells of the notebook, executed in an empty folder."""
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(name, str(folder / name))
        notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
        client = NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(folder)}})
        client.execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cells: list[Any], code: str, kind: str = "text/html") -> str:
    """Return what the cell with this code put out."""
    cell = next(cell for cell in cells if code in cell.source)
    printed = [output["text"] for output in cell.outputs if output.output_type == "stream"]
    values = [output["data"].get(kind, "") for output in cell.outputs if "data" in output]
    return "".join(printed + values)


def test_results_threads_and_diffs_display_as_html(cells: list[Any]) -> None:
    assert "<b>AsyncThread</b>" in shown(cells, "codex = AsyncCodex(")
    assert "One module, `prices.py`, with one function." in shown(cells, "What is in this folder?")
    assert "+def total(cents: list[int]) -&gt; int:" in shown(cells, "Add type hints")
    assert "turn failed" in shown(cells, "Read everything")


def test_text_streams_types_validate_tools_are_called(cells: list[Any]) -> None:
    assert shown(cells, "stream_text") == "Reading prices.py. It sums whole cents."
    output = shown(cells, "List the functions", "text/plain")
    assert output == "[Function(name='total', parameters=['cents'])]"
    assert "Tea is 3.00." in shown(cells, "What does tea cost?")
    assert "QUESTION 4" in shown(cells, "asyncio.gather", "text/plain")
    assert "closed" in shown(cells, "codex.close", "text/plain")


def test_no_cell_printed_a_warning(cells: list[Any]) -> None:
    errors = [out["text"] for cell in cells for out in cell.outputs if out.get("name") == "stderr"]
    assert errors == []


def test_the_notebook_is_kept_without_outputs() -> None:
    cells = nbformat.read(NOTEBOOK, as_version=4).cells  # type: ignore[no-untyped-call]
    assert [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
