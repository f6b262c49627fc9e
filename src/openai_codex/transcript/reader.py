"""`read_entries`: a thread's file as entries, in order, one at a time.

Rule 1: an item is told once, though events and the model's own records both tell of it.
Rule 2: what a sub-agent's file copies from its parent is left out; what a fork goes on from is not.
Rule 3: a record that is not known is an entry, never an error.
"""

from __future__ import annotations

import os
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .entries import MISSHAPEN, Entry
from .items import called, item_of_event, item_of_record, texts_of
from .lines import first_record, records

__all__ = ["read_entries"]

Json = dict[str, Any]
Find = Callable[[str], Path | None]

RECENT = 16  # texts of messages in which a record that repeats one is looked for
PENDING = 512  # calls that may wait for their output at once
DEEPEST = 32  # forks of forks


def read_entries(path: str | os.PathLike[str], *, find: Find | None = None) -> Iterator[Entry]:
    """Yield what a thread's file tells. Raises TranscriptError where the file cannot be read.

    A fork's file only holds what came after the fork: `find(thread_id)` returns the file of the
    thread that it goes on from; without it, that part is a note. Time is linear in the file, and
    memory is bounded by its longest line.
    """
    yield from _history(Path(path), find, until=None, depth=0)


def _history(path: Path, find: Find | None, *, until: int | None, depth: int) -> Iterator[Entry]:
    base = first_record(path).get("history_base")
    reader = _Reader()
    found = records(path, until=until)
    if isinstance(base, dict):
        yield from reader.take(
            next(found)
        )  # the fork itself comes first, then what it goes on from
        yield from _base(base, path, find, depth)
    for record in found:
        yield from reader.take(record)
    yield from reader.end()


def _base(base: Json, path: Path, find: Find | None, depth: int) -> Iterator[Entry]:
    ident = str(base.get("thread_id"))
    before = find(ident) if find is not None and depth < DEEPEST else None
    if before is None or before == path:
        yield Entry("note", None, {"text": f"goes on from thread {ident}, whose file is not here"})
        return
    for entry in _history(before, find, until=base.get("end_byte_offset"), depth=depth + 1):
        if entry.type != "session":
            yield entry


@dataclass
class _Reader:
    """The state of reading one file."""

    own: str | None = None
    folder: Any = None  # in which the thread works
    start: int | None = None
    is_copy: bool = False
    recent: deque[str] = field(default_factory=lambda: deque(maxlen=RECENT))
    held: Entry | None = None
    calls: OrderedDict[str, Json] = field(default_factory=OrderedDict)
    usage: Json | None = None

    def take(self, record: Json) -> Iterator[Entry]:
        """Yield what one record adds."""
        payload = record.get("payload")
        payload = payload if isinstance(payload, dict) else {}
        if self._is_copied(record, payload):
            return
        handler = _RECORDS.get(str(record.get("type")))
        if handler is None:
            yield from self._flush_held()
            yield Entry("unknown", record.get("timestamp"), record)
        else:
            yield from self._handled(handler, record, payload)

    def _handled(self, handler: _Handler, record: Json, payload: Json) -> list[Entry]:
        """Return what a known record tells; one of another shape is a record that is not known."""
        try:
            return list(handler(self, record, payload))
        except MISSHAPEN:
            return [*self._flush_held(), Entry("unknown", record.get("timestamp"), record)]

    def end(self) -> Iterator[Entry]:
        """Yield what is still open when the file ends."""
        yield from self._flush_held()
        for call in self.calls.values():
            yield Entry("item", None, called(call, None))

    def _is_copied(self, record: Json, payload: Json) -> bool:
        """Tell whether a record is one of the parent's, copied into its sub-agent's file."""
        ordinal = record.get("ordinal")
        if self.start is not None and isinstance(ordinal, int):
            return 0 < ordinal < self.start
        if not self.is_copy:
            return False
        own = payload.get("thread_id") == self.own
        asked = payload.get("turn_attribution") or {}
        self.is_copy = not (own or asked.get("parent_turn_id"))
        return self.is_copy

    # --- records ---------------------------------------------------------------------------------

    def _session(self, record: Json, payload: Json) -> Iterator[Entry]:
        if self.own is not None:
            # Another thread's session in this file: an older sub-agent's copy of its parent.
            self.is_copy = payload.get("id") != self.own and self.start is None
            return
        self.own = str(payload.get("id"))
        self.folder = payload.get("cwd")
        start = payload.get("subagent_history_start_ordinal")
        self.start = start if isinstance(start, int) else None
        yield Entry("session", record.get("timestamp"), payload)

    def _turn_context(self, record: Json, payload: Json) -> Iterator[Entry]:
        facts = {name: payload.get(name) for name in ("turn_id", "model", "cwd", "approval_policy")}
        self.folder = facts["cwd"] or self.folder
        yield Entry("turn", record.get("timestamp"), facts)

    def _compacted(self, record: Json, payload: Json) -> Iterator[Entry]:
        text = str(payload.get("message") or "the conversation was compacted")
        yield Entry("note", record.get("timestamp"), {"text": text})

    def _nothing(self, record: Json, payload: Json) -> Iterator[Entry]:
        yield from ()

    def _event(self, record: Json, payload: Json) -> Iterator[Entry]:
        at, kind = record.get("timestamp"), str(payload.get("type"))
        if kind == "item_completed" and isinstance(payload.get("item"), dict):
            yield from self._item(at, item_of_record(payload["item"]))
            return
        item = item_of_event(payload)
        if item is not None:
            yield from self._item(at, item)
        elif kind == "token_count":
            self.usage = (payload.get("info") or {}).get("total_token_usage") or self.usage
        elif kind in _ENDS:
            yield from self._flush_held()
            yield self._end(at, kind, payload)
        elif kind in _TOLD:
            yield Entry("note", at, {"text": str(payload.get("message") or kind)})
        elif kind not in _SILENT:
            yield Entry("unknown", at, record)

    def _end(self, at: Any, kind: str, payload: Json) -> Entry:
        error = payload.get("error")
        status = "interrupted" if kind == "turn_aborted" else "failed" if error else "completed"
        return Entry(
            "end",
            at,
            {
                "status": status,
                "error": error,
                "durationMs": payload.get("duration_ms"),
                "usage": self.usage,
            },
        )

    def _response(self, record: Json, payload: Json) -> Iterator[Entry]:
        at, kind = record.get("timestamp"), str(payload.get("type"))
        if kind == "message":
            yield from self._message(at, payload)
        elif kind in _CALLS:
            yield from self._call(payload)
        elif kind in _OUTPUTS:
            call = self.calls.pop(str(payload.get("call_id")), None)
            if call is not None:
                yield Entry("item", at, called(call, payload.get("output")))
        elif kind == "reasoning":
            yield from self._reasoning(at, payload)
        elif kind == "agent_message":
            yield Entry("context", at, {"role": payload.get("author"), **_said(payload)})
        elif kind == "web_search_call":
            yield from ()  # its event, or its item, says the same
        else:
            yield Entry("unknown", at, record)

    # --- one thing told twice --------------------------------------------------------------------

    def _item(self, at: Any, item: Json) -> Iterator[Entry]:
        self.calls.pop(str(item.get("id")), None)
        text = _told(item)
        held = self.held
        if held is not None and text and text == held.data.get("text"):
            self.held = None
            item = _with_images(item, held.data.get("images") or [])
        yield from self._flush_held()
        if text:
            self.recent.append(text)
        if item.get("type") == "fileChange":  # its paths are absolute
            item = {**item, "cwd": self.folder}
        yield Entry("item", at, item)

    def _message(self, at: Any, payload: Json) -> Iterator[Entry]:
        yield from self._flush_held()
        said = _said(payload)
        if payload.get("role") == "assistant":
            if said["text"] not in self.recent:
                self.recent.append(said["text"])
                item = {"type": "agentMessage", "id": payload.get("id"), "text": said["text"]}
                yield Entry("item", at, item)
        elif payload.get("role") == "user" and not _is_context(said["text"]):
            self.held = Entry("held", at, said)  # its event follows, and says it better
        else:
            yield Entry("context", at, {"role": payload.get("role"), **said})

    def _flush_held(self) -> Iterator[Entry]:
        held, self.held = self.held, None
        if held is not None:
            content = [{"type": "text", "text": held.data["text"]}]
            item = {"type": "userMessage", "content": content}
            yield Entry("item", held.at, _with_images(item, held.data["images"]))

    def _reasoning(self, at: Any, payload: Json) -> Iterator[Entry]:
        summary = [part.get("text") or "" for part in payload.get("summary") or []]
        text = "\n".join(summary)
        if text and text not in self.recent and not all(part in self.recent for part in summary):
            item = {"type": "reasoning", "id": payload.get("id"), "summary": summary, "content": []}
            yield from self._item(at, item)

    def _call(self, payload: Json) -> Iterator[Entry]:
        ident = str(payload.get("call_id") or payload.get("id"))
        self.calls[ident] = payload
        if len(self.calls) > PENDING:
            _, oldest = self.calls.popitem(last=False)
            yield Entry("item", None, called(oldest, None))


_Handler = Callable[[_Reader, Json, Json], Iterator[Entry]]
_RECORDS: dict[str, _Handler] = {
    "session_meta": _Reader._session,
    "turn_context": _Reader._turn_context,
    "event_msg": _Reader._event,
    "response_item": _Reader._response,
    "compacted": _Reader._compacted,
    "world_state": _Reader._nothing,
    "token_usage_record": _Reader._nothing,
    "inter_agent_communication_metadata": _Reader._nothing,
}
_ENDS = ("task_complete", "turn_complete", "turn_aborted")
_TOLD = ("error", "warning", "stream_error", "background_event", "context_compacted")
# What is told elsewhere, or says nothing to a person.
_SILENT = {
    "task_started",
    "turn_started",
    "thread_settings_applied",
    "agent_reasoning_raw_content",
    "agent_reasoning_section_break",
    "exec_command_begin",
    "exec_command_output_delta",
    "patch_apply_begin",
    "mcp_tool_call_begin",
    "web_search_begin",
    "turn_diff",
    "plan_update",
    "thread_name_updated",
}
_CALLS = ("function_call", "custom_tool_call", "local_shell_call", "tool_search_call")
_OUTPUTS = ("function_call_output", "custom_tool_call_output", "tool_search_output")
_CONTEXTS = ("<", "# AGENTS.md", "# Files mentioned")


def _is_context(text: str) -> bool:
    """Tell whether a user's message was written by the runtime: it is in tags."""
    return text.lstrip().startswith(_CONTEXTS) or not text.strip()


def _said(payload: Json) -> Json:
    content = payload.get("content") or []
    parts = [part for part in content if isinstance(part, dict)]
    images = [part.get("image_url") for part in parts if part.get("type") == "input_image"]
    texts = [part for part in parts if not _is_image_tag(part)]
    return {"text": texts_of(texts), "images": [url for url in images if isinstance(url, str)]}


def _is_image_tag(part: Json) -> bool:
    text = str(part.get("text") or "")
    return text.startswith(("<image ", "</image>"))


def _told(item: Json) -> str:
    kind = item.get("type")
    if kind == "userMessage":
        return texts_of(item.get("content"))
    if kind == "reasoning":
        return "\n".join(map(str, item.get("summary") or []))
    return str(item.get("text") or "") if kind == "agentMessage" else ""


def _with_images(item: Json, urls: list[str]) -> Json:
    """Return a user's message with its images as data, which the model was sent, not as paths."""
    if not urls:
        return item
    parts = [part for part in item["content"] if part.get("type") not in ("image", "local_image")]
    return {**item, "content": [*parts, *({"type": "image", "url": url} for url in urls)]}
