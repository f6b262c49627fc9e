"""A notebook that runs in a real kernel, in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

__all__ = ["execute", "execute_code", "html_of"]

PLACES = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")


class _Watched(NotebookClient):
    """A client that tells of every message that a cell puts out, as it comes."""

    watch: Callable[[dict[str, Any]], None] | None = None

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        if self.watch is not None:
            self.watch(msg)
        return super().process_message(msg, cell, cell_index)


def execute(
    notebook: Any, folder: Path, watch: Callable[[dict[str, Any]], None] | None = None
) -> list[Any]:
    """Run every cell of a notebook; returns its code cells, with their outputs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in PLACES:
            patch.setenv(name, str(folder / name))
        client = _Watched(notebook, timeout=60, resources={"metadata": {"path": str(folder)}})
        client.watch = watch
        client.execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def execute_code(
    folder: Path, *codes: str, watch: Callable[[dict[str, Any]], None] | None = None
) -> list[Any]:
    """Run code as the cells of a new notebook; returns the cells."""
    cells = [nbformat.v4.new_code_cell(code) for code in codes]  # type: ignore[no-untyped-call]
    notebook = nbformat.v4.new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    return execute(notebook, folder, watch)


def html_of(cell: Any) -> list[str]:
    """Return the HTML that a cell put out."""
    data = [output["data"] for output in cell.outputs if "data" in output]
    return [each["text/html"] for each in data if "text/html" in each]
