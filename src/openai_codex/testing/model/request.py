"""One recorded request of the runtime to its model, with the questions a test asks of it.

It only reads; routing is in `routes.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

# The runtime adds user messages of its own; these are how they begin.
OWN_TAGS = (
    "<codex_internal_context",
    "<environment_context>",
    "<skill>",
    "<subagent_notification>",
    "<turn_aborted>",
    "<user_instructions>",
)


class RequestHeaders(dict[str, str]):
    """Headers by lower-case name; credentials do not show in the repr."""

    def __repr__(self) -> str:
        shown = {name: "***" if name == "authorization" else self[name] for name in self}
        return f"RequestHeaders({shown})"


class ModelRequest:
    """What the runtime asked its model, parsed when a test looks."""

    def __init__(self, headers: Mapping[str, str], body: Mapping[str, Any]) -> None:
        self.headers = RequestHeaders(headers)
        self.body = dict(body)

    def __repr__(self) -> str:
        return (
            f"ModelRequest(kind={self.kind!r}, agent={self.agent!r}, thread={self.thread_id!r}, "
            f"turn={self.turn_id!r}, user_text={self.user_text[:80]!r})"
        )

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What the runtime says of the turn: thread, agent, kind, trigger, sandbox mode."""
        client: dict[str, Any] = self.body.get("client_metadata") or {}
        text = client.get("x-codex-turn-metadata") or self.headers.get("x-codex-turn-metadata")
        told: dict[str, Any] = json.loads(text) if text else {}
        return {**{name: client[name] for name in client if not name.startswith("x-")}, **told}

    @property
    def thread_id(self) -> str:
        """The thread that asks; a sub-agent and a review have their own."""
        found = self.headers.get("thread-id") or self.metadata.get("thread_id")
        return str(found or self.body.get("prompt_cache_key", ""))

    @property
    def turn_id(self) -> str:
        """The turn that asks; all requests of one turn have the same."""
        return str(self.metadata.get("turn_id", ""))

    @property
    def parent_thread_id(self) -> str | None:
        """The thread that started this sub-agent or review."""
        return self.metadata.get("parent_thread_id")

    @property
    def agent(self) -> str:
        """The agent's path, such as `/root` or `/root/sub`."""
        return str(self.metadata.get("agent_name", "/root"))

    @property
    def kind(self) -> str:
        """Why the runtime asks.

        `turn`, or `subagent` for the turn of a sub-agent; for its own calls `compaction`, `review`,
        `guardian`, `goal`.
        """
        asked = str(self.metadata.get("request_kind", "turn"))
        if asked != "turn":
            return asked
        agent = self.metadata.get("subagent_kind")
        if agent:
            return "subagent" if agent == "thread_spawn" else str(agent)
        trigger = self.metadata.get("turn_trigger")
        return "goal" if trigger == "goal" else "turn"

    @property
    def model(self) -> str:
        """The model's name."""
        return str(self.body.get("model", ""))

    @property
    def input(self) -> list[dict[str, Any]]:
        """The input items as they came."""
        return list(self.body.get("input", []))

    @property
    def texts(self) -> list[str]:
        """The text of every message in the input, in order."""
        return [_text(item) for item in self._messages()]

    @property
    def user_text(self) -> str:
        """The last text that the user wrote; context added by the runtime does not count."""
        texts = [_text(item) for item in self._messages("user")]
        return next((text for text in reversed(texts) if not text.startswith(OWN_TAGS)), "")

    @property
    def instructions(self) -> str:
        """The developer messages (and the `instructions` field, if any), joined by blank lines."""
        told = [str(self.body["instructions"])] if self.body.get("instructions") else []
        return "\n\n".join([*told, *(_text(item) for item in self._messages("developer"))])

    @property
    def images(self) -> list[str]:
        """The image URLs (data URLs) in messages and tool outputs."""
        parts = (part for item in self.input for part in _parts(item))
        return [str(part["image_url"]) for part in parts if part.get("type") == "input_image"]

    @property
    def tools(self) -> list[str]:
        """The names of the tools offered; a tool in a namespace is `namespace.name`."""
        return [name for name, _ in self._tools()]

    def tool(self, name: str) -> dict[str, Any]:
        """Look up one offered tool as it was described; raises `KeyError` that lists them."""
        offered = dict(self._tools())
        if name not in offered:
            raise KeyError(f"{name!r} was not offered; offered were {', '.join(offered) or 'none'}")
        return offered[name]

    @property
    def function_outputs(self) -> dict[str, Any]:
        """Every tool output in the input, by call id: text, or a list of content parts."""
        return {
            str(item.get("call_id")): item.get("output", item.get("tools"))
            for item in self.input
            if str(item.get("type", "")).endswith("_output")
        }

    @property
    def output_schema(self) -> dict[str, Any] | None:
        """The JSON schema that the answer has to follow."""
        wanted = (self.body.get("text") or {}).get("format") or {}
        return wanted.get("schema")

    def _messages(self, role: str | None = None) -> Iterator[dict[str, Any]]:
        for item in self.input:
            if item.get("type") == "message" and role in (None, item.get("role")):
                yield item

    def _tools(self) -> Iterator[tuple[str, dict[str, Any]]]:
        added = [item for item in self.input if item.get("type") == "additional_tools"]
        for tool in (tool for place in (self.body, *added) for tool in place.get("tools", [])):
            name = str(tool.get("name", tool["type"]))
            yield name, tool
            for inner in tool.get("tools", []):
                yield f"{name}.{inner['name']}", inner


def _parts(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = item.get("content") or item.get("output") or []
    return content if isinstance(content, list) else []


def _text(item: Mapping[str, Any]) -> str:
    content = item.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(str(part["text"]) for part in _parts(item) if "text" in part)
