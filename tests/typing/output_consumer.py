"""What mypy and pyright make of structured output, handlers and questions."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel
from typing_extensions import assert_type

from openai_codex import (
    AsyncCodex,
    Codex,
    CommandApproval,
    Decision,
    Handlers,
    OutputType,
    Question,
    TurnResult,
)
from openai_codex.rules import Rules


class Invoice(BaseModel):
    number: str


@dataclass
class Point:
    x: int


def blocking(codex: Codex) -> None:
    thread = codex.thread_start(handlers=Handlers(approve=Rules(allow=["ls"])))
    result = thread.run("hi", output_type=Invoice)
    assert_type(result, TurnResult[Invoice])
    assert_type(result.output, Invoice | None)
    assert_type(thread.run("hi", output_type=Point).output, Point | None)
    assert_type(thread.run("hi", output_type=list[int]).output, list[int] | None)
    assert_type(thread.run("hi", output_type=OutputType.of(Point)).output, Point | None)
    for question in codex.questions():
        assert_type(question, Question)


async def awaited(codex: AsyncCodex) -> None:
    thread = await codex.thread_start(handlers=Handlers(approve_command=ask))
    result = await thread.run("hi", output_type=Invoice)
    assert_type(result, TurnResult[Invoice])
    assert_type(result.output, Invoice | None)
    assert_type((await thread.run("hi", output_type=OutputType.of(Point))).output, Point | None)
    async for question in codex.questions():
        assert_type(question, Question)


async def ask(question: CommandApproval) -> Decision:
    return Decision.decline
