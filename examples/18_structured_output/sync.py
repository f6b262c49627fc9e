"""Get answers as Python objects: validated, repaired once if need be, typed for checkers."""

from __future__ import annotations

import sys
from typing import Literal

from pydantic import BaseModel, Field

from openai_codex import AppServerConfig, Codex, OutputValidationError, Sandbox


class Line(BaseModel):
    text: str
    price: float = Field(gt=0, description="In the currency of the invoice.")


class Invoice(BaseModel):
    number: str
    lines: list[Line]
    currency: Literal["EUR", "CHF"] = "EUR"


class NoInvoice(BaseModel):
    reason: str


def main(config: AppServerConfig | None = None) -> None:
    with Codex(config) as codex:
        thread = codex.thread_start(sandbox=Sandbox.read_only)

        # The first answer of the offline model has a price of 0: it is sent back and repaired.
        result = thread.run("Read the invoice in scan.txt", output_type=Invoice)
        invoice = result.output  # an Invoice; None only if the turn was interrupted
        assert invoice is not None
        total = sum(line.price for line in invoice.lines)
        print(f"{invoice.number}: {total:.2f} {invoice.currency}")

        # Any type will do: a union, a list, an enum, a number.
        either = thread.run("And letter.txt?", output_type=Invoice | NoInvoice)
        match either.output:
            case NoInvoice(reason=reason):
                print(f"no invoice: {reason}")
            case Invoice(number=number):
                print(f"another invoice: {number}")

        # What cannot be repaired raises, and keeps the text and the turn's result.
        try:
            thread.run("How many pages?", output_type=int, output_retries=0)
        except OutputValidationError as error:
            print(f"{error.problems[0]} in {error.text!r}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            main(config)
    else:
        main()
