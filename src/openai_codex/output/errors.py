"""Errors about structured output: a type that cannot be asked for, an answer that does not fit."""

from __future__ import annotations

from typing import Any

from .._schema.problems import Problem, listed
from ..errors import CodexError

__all__ = ["OutputSchemaError", "OutputValidationError"]

SHOWN_CHARS = 200


class OutputSchemaError(CodexError, TypeError):
    """Say which part of an output type the service cannot take, and what to use; nothing was sent.

    `path` leads to the field, for example `Invoice.lines[].extra`.
    """

    def __init__(self, path: str, problem: str, advice: str) -> None:
        super().__init__(path, problem, advice)
        self.path = path
        self.problem = problem
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.path} {self.problem}: {self.advice}"


class OutputValidationError(CodexError, ValueError):
    """Carry an answer that does not fit the output type: its `text` and the `problems`.

    `result` is the `TurnResult` that the answer came with, or None outside of a turn.
    """

    def __init__(self, text: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(text, problems)
        self.text = text
        self.problems = problems
        self.result: Any = None

    def __str__(self) -> str:
        shown = self.text if len(self.text) <= SHOWN_CHARS else f"{self.text[:SHOWN_CHARS]}…"
        return f"the answer does not fit the output type:\n{listed(self.problems)}\nanswer: {shown}"

    def repair_prompt(self) -> str:
        """Return a prompt that asks the model for the same answer, corrected."""
        return (
            "Your last answer does not fit the required output format:\n"
            f"{listed(self.problems)}\n"
            "Answer again with the whole corrected JSON value and nothing else. "
            "Do not run the work again."
        )
