"""`Blocks`: entries as pieces of HTML. All escaping for pages is here. Pure.

Text goes through `Wording`, then through `escape`; nothing of it becomes an attribute but the data
of an image and the address of a link, and both are of known forms.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

from ..display.diff_lines import line_kinds
from .entries import MISSHAPEN, Entry
from .wording import Wording, command_text, diff_text, item_facts, plan_lines

__all__ = ["Blocks"]

Json = Mapping[str, Any]

FOLD = 12  # lines; more of them are folded
LINK = re.compile(r"https?://[^\s<>\"'`\\\x00-\x20]+")
IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}")
TAIL = ".,;:!?)]}"


class Blocks:
    """The pieces of one page."""

    def __init__(self, wording: Wording, *, focused: bool = False) -> None:
        self._wording = wording
        self._focused = focused

    def of(self, entry: Entry) -> Iterator[str]:
        """Yield the pieces for an entry."""
        make = _ENTRIES.get(entry.type)
        if make is None:
            return
        try:
            pieces = list(make(self, entry))
        except MISSHAPEN:
            pieces = list(self._unknown(entry))
        yield from pieces

    # --- entries ---------------------------------------------------------------------------------

    def _session(self, entry: Entry) -> Iterator[str]:
        data = entry.data
        git: Json = data["git"] if isinstance(data.get("git"), dict) else {}
        facts = {
            "thread": data.get("id"),
            "directory": data.get("cwd"),
            "begun": data.get("timestamp"),
            "branch": git.get("branch"),
            "commit": git.get("commit_hash"),
            "goes on from": data.get("forked_from_id"),
            "agent": data.get("agent_path"),
        }
        rows = "".join(
            f"<dt>{name}</dt><dd>{self._line(value)}</dd>" for name, value in facts.items() if value
        )
        yield f"<section><h1>Codex thread</h1><dl>{rows}</dl></section>\n"
        told = data.get("base_instructions")
        if isinstance(told, dict) and told.get("text") and not self._focused:
            yield self._full("context", self._folded("base instructions", str(told["text"])))

    def _item(self, entry: Entry) -> Iterator[str]:
        kind = str(entry.data.get("type"))
        yield _ITEMS.get(kind, Blocks._other)(self, entry.data)

    def _turn(self, entry: Entry) -> Iterator[str]:
        yield self._full(
            "end", f"turn {self._line(entry.at)} {self._line(entry.data.get('model'))}"
        )

    def _end(self, entry: Entry) -> Iterator[str]:
        data = entry.data
        status = str(data.get("status"))
        facts = [f"turn {status}", item_facts({"durationMs": data.get("durationMs")})]
        usage = data.get("usage") or {}
        if usage:
            facts.append(f"thread so far {usage.get('total_tokens', 0):,} tokens")
        error = (data.get("error") or {}).get("message")
        told = f": {self._line(error)}" if error else ""
        text = self._line(", ".join(filter(None, facts)))
        yield self._full(f"end {status}" if status == "failed" else "end", f"{text}{told}")

    def _context(self, entry: Entry) -> Iterator[str]:
        role = self._line(entry.data.get("role") or "context")
        yield self._full("context", self._folded(f"context ({role})", entry.data.get("text")))

    def _note(self, entry: Entry) -> Iterator[str]:
        yield self._full("note", f"note: {self._line(entry.data.get('text'))}")

    def _unknown(self, entry: Entry) -> Iterator[str]:
        text = json.dumps(entry.data, ensure_ascii=False, indent=2, default=str)
        kind = self._line(entry.data.get("type") or "?")
        yield self._full("note", self._folded(f"a record that is not known ({kind})", text))

    # --- items -----------------------------------------------------------------------------------

    def _user(self, item: Json) -> str:
        parts = [part for part in item.get("content") or [] if isinstance(part, dict)]
        text = "\n".join(str(part["text"]) for part in parts if part.get("text"))
        images = "".join(map(self._image, parts))
        return f'<section class="user">{self._prose(text)}{images}</section>\n'

    def _agent(self, item: Json) -> str:
        is_remark = item.get("phase") == "commentary"
        name = "agent full" if is_remark else "agent"
        return f'<section class="{name}">{self._prose(item.get("text"))}</section>\n'

    def _thought(self, item: Json) -> str:
        texts = item.get("summary") or item.get("content") or []
        return self._full("thought", self._prose("\n".join(map(str, texts))))

    def _command(self, item: Json) -> str:
        shown = self._pre(command_text(item))
        output = item.get("aggregatedOutput")
        return self._full(
            _status(item),
            f"{self._what('ran', item)}{shown}{self._output('output', output) if output else ''}",
        )

    def _files(self, item: Json) -> str:
        lines = self._wording.lines(diff_text(item))
        rows = "".join(map(_diff_row, lines, line_kinds(lines)))
        body = f'<div class="diff">{rows}</div>'
        if len(lines) > 4 * FOLD:
            body = f"<details><summary>diff, {len(lines):,} lines</summary>{body}</details>"
        return self._full(_status(item), f"{self._what('edited', item)}{body}")

    def _call(self, item: Json) -> str:
        names = (item.get("server") or item.get("namespace"), item.get("tool"))
        name = self._line(".".join(str(part) for part in names if part))
        given = json.dumps(item.get("arguments"), ensure_ascii=False, indent=2, default=str)
        answered = item.get("output")
        if answered is None:
            answered = json.dumps(
                item.get("result", item.get("contentItems")), ensure_ascii=False, default=str
            )
        told = self._output("result", answered) if answered not in ("null", "") else ""
        head = f"{self._what('called', item)}<code>{name}</code>"
        return self._full(_status(item), f"{head}{self._output('arguments', given)}{told}")

    def _sub_agent(self, item: Json) -> str:
        ident = str(item.get("agentThreadId") or "")
        ids = [ident, *map(str, item.get("receiverThreadIds") or [])]
        links = " ".join(
            f'<a href="#agent-{escape(each)}">{self._line(item.get("agentPath") or each)}</a>'
            for each in ids
            if re.fullmatch(r"[0-9a-f-]{36}", each)
        )
        what = self._line(item.get("kind") or item.get("tool") or "agent")
        asked = self._output("prompt", item["prompt"]) if item.get("prompt") else ""
        return self._full("item", f"sub-agent {what} {links}{asked}")

    def _plan(self, item: Json) -> str:
        shown = "\n".join(self._wording.line(line) for line in plan_lines(item))
        return self._full("item", f"<div>plan</div><pre>{escape(shown)}</pre>")

    def _search(self, item: Json) -> str:
        return self._full("item", f"searched <code>{self._line(item.get('query'))}</code>")

    def _other(self, item: Json) -> str:
        about = {name: value for name, value in item.items() if name not in ("type", "id")}
        text = json.dumps(about, ensure_ascii=False, indent=2, default=str)
        images = self._image({"url": item.get("url") or item.get("result")})
        return self._full("item", self._folded(self._line(item.get("type")), text) + images)

    # --- pieces ----------------------------------------------------------------------------------

    def _line(self, text: object) -> str:
        return escape(self._wording.line(text))

    def _full(self, name: str, body: str) -> str:
        return f'<section class="{name} full">{body}</section>\n'

    def _what(self, verb: str, item: Json) -> str:
        facts = item_facts(item)
        return f"<div>{verb}{f' ({self._line(facts)})' if facts else ''}</div>"

    def _prose(self, text: object) -> str:
        return "\n".join(_linked(line) for line in self._wording.lines(text))

    def _pre(self, text: object) -> str:
        return f"<pre>{escape(chr(10).join(self._wording.lines(text)))}</pre>"

    def _output(self, title: str, text: object) -> str:
        lines = self._wording.lines(text)
        body = f"<pre>{escape(chr(10).join(lines))}</pre>"
        if len(lines) <= FOLD:
            return body
        return f"<details><summary>{title}, {len(lines):,} lines</summary>{body}</details>"

    def _folded(self, title: str, text: object) -> str:
        return f"<details><summary>{title}</summary>{self._pre(text)}</details>"

    def _image(self, part: Json) -> str:
        url = part.get("url") or part.get("image_url")
        if isinstance(url, str) and IMAGE.fullmatch(url):
            return f'<div><img alt="image" src="{url}"></div>'
        place = part.get("path") or (url if isinstance(url, str) else None)
        return f"<div>image: {self._line(str(place)[:200])}</div>" if place else ""


_ENTRIES: dict[str, Callable[[Blocks, Entry], Iterator[str]]] = {
    "session": Blocks._session,
    "turn": Blocks._turn,
    "item": Blocks._item,
    "end": Blocks._end,
    "context": Blocks._context,
    "note": Blocks._note,
    "unknown": Blocks._unknown,
}
_ITEMS: dict[str, Callable[[Blocks, Json], str]] = {
    "userMessage": Blocks._user,
    "agentMessage": Blocks._agent,
    "reasoning": Blocks._thought,
    "commandExecution": Blocks._command,
    "fileChange": Blocks._files,
    "mcpToolCall": Blocks._call,
    "dynamicToolCall": Blocks._call,
    "planUpdate": Blocks._plan,
    "webSearch": Blocks._search,
    "subAgentActivity": Blocks._sub_agent,
    "collabAgentToolCall": Blocks._sub_agent,
}


def _status(item: Json) -> str:
    status = item.get("status")
    return f"item {status}" if status in ("failed", "declined") else "item"


def _diff_row(line: str, kind: str) -> str:
    return f'<span class="{kind}">{escape(line)}</span>' if kind else f"<span>{escape(line)}</span>"


def _linked(line: str) -> str:
    """Return an escaped line in which http addresses are links; no other address ever is."""
    done, shown = 0, []
    for found in LINK.finditer(line):
        url = found[0].rstrip(TAIL)
        end = found.start() + len(url)
        shown.append(escape(line[done : found.start()]))
        shown.append(
            f'<a rel="noopener noreferrer nofollow" href="{escape(url)}">{escape(url)}</a>'
        )
        done = end
    return "".join(shown) + escape(line[done:])
