from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["tools.md", "structured-output.md"])
def test_the_code_on_the_page_runs(page: str) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", (DOCS / page).read_text(), re.M | re.S)
    assert len(blocks) >= 5
    names: dict[str, object] = {"__name__": "page"}
    exec(compile("\n".join(blocks), page, "exec", dont_inherit=True), names)
