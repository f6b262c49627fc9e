"""Let the model call functions of yours: plain, async, with models, images and a context."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from openai_codex import AppServerConfig, Codex, ToolContext, tool
from openai_codex.tools import Namespace


class Ticket(BaseModel):
    id: str
    title: str
    state: Literal["open", "closed"] = "open"


TICKETS = {"T-1": Ticket(id="T-1", title="Login is slow")}


def find_tickets(
    words: str, limit: Annotated[int, Field(ge=1, le=20, description="How many.")] = 5
) -> list[Ticket]:
    """Find tickets of the help desk by the words of their titles."""
    found = [ticket for ticket in TICKETS.values() if words.lower() in ticket.title.lower()]
    return found[:limit]


@tool(timeout=10)
def close_ticket(id: str, context: ToolContext) -> Ticket:
    """Close a ticket.

    Args:
        id: The ticket's id, for example T-1.
    """
    print(f"closing {id} for call {context.call_id}")
    TICKETS[id].state = "closed"  # a KeyError would go to the model, and the turn would go on
    return TICKETS[id]


@dataclass
class Weather:
    celsius: float
    sky: str


@tool(defer_loading=True)
def forecast(city: str, day: Literal["today", "tomorrow"] = "today") -> Weather:
    """Tell the weather of a city."""
    return Weather(celsius=21.5, sky=f"clear in {city} {day}")


def main(config: AppServerConfig | None = None) -> None:
    # A namespace groups tools; a deferred one costs no tokens until the model searches for it.
    weather = Namespace("weather", "Forecasts.", [forecast])
    with Codex(config) as codex:
        thread = codex.thread_start(tools=[find_tickets, close_ticket, weather])
        result = thread.run("Close the ticket about logins, and T-9, if the sun shines in Ulm")
        for item in result.items:
            if item.type == "dynamicToolCall":
                print(f"{item.tool}: {'ok' if item.success else 'failed'}")
        print(result.final_response)
    print(TICKETS["T-1"].state)


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            main(config)
    else:
        main()
