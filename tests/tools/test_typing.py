"""What a type checker sees; mypy and pyright read this file, and running it proves the same."""

from __future__ import annotations

from pydantic import BaseModel
from typing_extensions import assert_type

from openai_codex.output import OutputType
from openai_codex.tools import Tool, tool


class Invoice(BaseModel):
    number: str


@tool
def add(a: int, b: int = 2) -> int:
    return a + b


@tool(timeout=3)
async def fetch(url: str) -> bytes:
    return url.encode()


async def test_a_decorated_function_keeps_its_type() -> None:
    assert_type(add(1, b=2), int)
    assert_type(await fetch("u"), bytes)
    assert_type(Tool.of(add)(3), int)


def test_an_output_type_is_generic_in_its_type() -> None:
    assert_type(OutputType.of(Invoice), OutputType[Invoice])
    assert_type(OutputType.of(Invoice).validate('{"number":"A"}'), Invoice)
    assert_type(OutputType.of(list[int]).validate("[1]"), list[int])
    assert_type(OutputType.of(OutputType.of(int)).validate("1"), int)
