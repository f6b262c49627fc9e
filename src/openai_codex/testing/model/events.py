"""How one response looks on the wire: steps to Responses API events. Pure; it sends nothing.

A response yields events (dicts) and, in between, what the sender has to do itself: wait, send a
broken block, stop.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

from .script import Response
from .steps import (
    Call,
    CustomCall,
    Cut,
    Delay,
    Fail,
    Hold,
    Incomplete,
    Item,
    Malformed,
    Say,
    Silence,
    Step,
    Think,
    Usage,
)

Event = dict[str, Any]
Action = Delay | Hold | Malformed | Cut | Silence


class Ids:
    """Ids for items, calls and responses; unique in one model, since clients tell items by id."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new(self, prefix: str) -> str:
        """Make the next id."""
        return f"{prefix}_{next(self._numbers)}"


def sse(event: Event) -> bytes:
    """Encode an event as a block of a `text/event-stream`."""
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def render(response: Response, ids: Ids) -> Iterator[Event | Action]:
    """Yield the events of a response and the actions between them."""
    response_id = ids.new("resp")
    yield {"type": "response.created", "response": {"id": response_id}}
    place = itertools.count()
    for step in response:
        if isinstance(step, (Delay, Hold, Malformed)):
            yield step
        elif isinstance(step, (Cut, Silence)):
            yield step
            return
        elif isinstance(step, (Fail, Incomplete)):
            yield _ending(step, response_id)
            return
        elif type(step) in ITEMS:
            yield from ITEMS[type(step)](step, next(place), ids)
    yield _completed(response_id, response)


def _say(step: Say, index: int, ids: Ids) -> Iterator[Event | Action]:
    where = {"item_id": ids.new("msg"), "output_index": index, "content_index": 0}
    base = {"type": "message", "role": "assistant", "id": where["item_id"]}
    if step.deltas:
        yield _added({**base, "content": []}, index)
    for piece in step.deltas:
        if isinstance(piece, str):
            yield {"type": "response.output_text.delta", **where, "delta": piece}
        else:
            yield piece
    content = [{"type": "output_text", "text": step.text}]
    yield _done({**base, "content": content, **_given(phase=step.phase)}, index)


def _think(step: Think, index: int, ids: Ids) -> Iterator[Event]:
    item_id = ids.new("rs")
    base = {"type": "reasoning", "id": item_id}
    yield _added({**base, "summary": []}, index)
    for number, part in enumerate(step.summary):
        where = {"item_id": item_id, "output_index": index, "summary_index": number}
        yield {"type": "response.reasoning_summary_part.added", **where}
        yield {"type": "response.reasoning_summary_text.delta", **where, "delta": part}
    if step.raw is not None:
        where = {"item_id": item_id, "output_index": index, "content_index": 0}
        yield {"type": "response.reasoning_text.delta", **where, "delta": step.raw}
    summary = [{"type": "summary_text", "text": part} for part in step.summary]
    content = [] if step.raw is None else [{"type": "reasoning_text", "text": step.raw}]
    yield _done({**base, "summary": summary, "content": content}, index)


def _call(step: Call, index: int, ids: Ids) -> Iterator[Event]:
    fields = {"name": step.name, "arguments": step.arguments, **_given(namespace=step.namespace)}
    call_id = step.call_id or ids.new("call")
    yield _done({"type": "function_call", "call_id": call_id, **fields}, index)


def _custom_call(step: CustomCall, index: int, ids: Ids) -> Iterator[Event]:
    call_id = step.call_id or ids.new("call")
    fields = {"call_id": call_id, "name": step.name, "input": step.input}
    yield _done({"type": "custom_tool_call", **fields}, index)


def _item(step: Item, index: int, ids: Ids) -> Iterator[Event]:
    fields: dict[str, Any] = json.loads(step.fields)
    if "call_id" in fields:
        fields["call_id"] = fields["call_id"] or ids.new("call")
    else:
        fields.setdefault("id", ids.new("item"))
        yield _added(fields, index)
    yield _done(fields, index)


ITEMS: dict[type, Callable[[Any, int, Ids], Iterator[Event | Action]]] = {
    Say: _say,
    Think: _think,
    Call: _call,
    CustomCall: _custom_call,
    Item: _item,
}


def _added(item: Event, index: int) -> Event:
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def _done(item: Event, index: int) -> Event:
    return {"type": "response.output_item.done", "output_index": index, "item": item}


def _given(**fields: Any) -> Event:
    return {name: value for name, value in fields.items() if value is not None}


def _ending(step: Fail | Incomplete, response_id: str) -> Event:
    if isinstance(step, Incomplete):
        told = {"id": response_id, "incomplete_details": {"reason": step.reason}}
        return {"type": "response.incomplete", "response": told}
    told = {"id": response_id, "status": "failed", "error": error_body(step)}
    return {"type": "response.failed", "response": told}


def error_body(step: Fail) -> Event:
    """Describe a failure as the API does; some codes are looked up in `type`, so both have it."""
    named = {} if step.code is None else {"code": step.code, "type": step.code}
    return {**named, "message": step.message, **dict(step.details)}


def _completed(response_id: str, response: Response) -> Event:
    told = {"id": response_id, **_usage(response)}
    return {"type": "response.completed", "response": told}


def _usage(steps: tuple[Step, ...]) -> Event:
    given = next((step for step in reversed(steps) if isinstance(step, Usage)), Usage())
    if given.omit:
        return {}
    counts = {
        "input_tokens": given.input,
        "input_tokens_details": {
            "cached_tokens": given.cached,
            "cache_write_tokens": given.cache_write,
        },
        "output_tokens": given.output,
        "output_tokens_details": {"reasoning_tokens": given.reasoning},
        "total_tokens": given.input + given.output,
    }
    return {"usage": counts}
