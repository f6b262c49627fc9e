"""Names for what changes from run to run: ids, folders, ports and times. Pure.

    <<T1>> a thread   <<U1>> a turn   <<I1>> another id   <<P1>> a process   <<port1>>
    <<cwd>> the client's folder   <<cwd2>> one that it asked for   <<codex_home>>   <<home>>

Rule 1: only values of members that hold ids are ids; these are then replaced wherever they stand.
Rule 2: numbers count in the order of first appearance, so the same session gives the same file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .tape import Entry

PLACE = re.compile(r"<<([TUIP]\d+|port\d+|cwd\d*|codex_home|home|client_version)>>")

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d{4,5}|(?<=localhost:)\d{4,5}")
_ROLLOUT = re.compile(r"(?<=sessions/)\d{4}/\d\d/\d\d/rollout-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d")
_ROLLOUT_TIME = "2000/01/01/rollout-2000-01-01T00-00-00"
_ID_MEMBER = re.compile(r"(^id|Id|Ids|^revision|^threads?|^turns?)$")
_OWNERS = {"thread": "T", "threads": "T", "turn": "U", "turns": "U"}
_TIMES = frozenset(
    {
        *("createdAt", "updatedAt", "recencyAt", "startedAt", "completedAt"),
        *("startedAtMs", "completedAtMs", "emittedAtMs", "durationMs"),
    }
)


def folders(cwd: str, codex_home: str | None, home: str | None) -> dict[str, str]:
    """Return the names of the folders that every session has, by path."""
    known = {"home": home, "codex_home": codex_home, "cwd": cwd}
    return {
        form: name
        for name, path in known.items()
        if path and len(path) > 1
        for form in (os.path.realpath(path), path)
    }


class Names:
    """The names that one session needs; `of(message)` puts them in."""

    def __init__(
        self, entries: Iterable[Entry], folders: Mapping[str, str], *, timed: bool = False
    ) -> None:
        self._timed = timed
        self._words: dict[str, str] = {}
        entries = list(entries)
        self._ids = _numbered(_ids(entries))
        paths = {**_asked_folders(entries, folders), **folders}
        self._folders = [
            (_folder(path), f"<<{paths[path]}>>") for path in sorted(paths, key=len, reverse=True)
        ]

    def of(self, message: Any) -> Any:
        """Return the message with everything that changes from run to run named."""
        return self._value("", message)

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            value = {**value, **_SPECIAL_MEMBERS.get(name, {})}
            return {self._text("", key): self._value(key, value[key]) for key in value}
        if isinstance(value, list):
            return [self._value(name, item) for item in value]
        if isinstance(value, str):
            return self._text(name, value)
        is_time = name in _TIMES and not self._timed and isinstance(value, (int, float))
        return 0 if is_time else value

    def _text(self, name: str, text: str) -> str:
        if special := _SPECIAL.get(name):
            return special(text)
        if name == "processId" and text.isdecimal():
            return self._number("P", text)
        text = _UUID.sub(lambda found: self._ids.get(found[0], found[0]), text)
        text = _PORT.sub(lambda found: self._number("port", found[0]), text)
        for pattern, place in self._folders:
            text = pattern.sub(place, text)
        return _ROLLOUT.sub(_ROLLOUT_TIME, text)

    def _number(self, kind: str, value: str) -> str:
        count = 1 + sum(place.startswith(f"<<{kind}") for place in self._words.values())
        return self._words.setdefault(f"{kind} {value}", f"<<{kind}{count}>>")


def _short_agent(text: str) -> str:
    return text.split(" ", 1)[0]  # what follows tells of the machine


def _host(text: str) -> str:
    return "host"


_SPECIAL_MEMBERS = {"clientInfo": {"version": "<<client_version>>"}}
_SPECIAL = {"userAgent": _short_agent, "serverName": _host}


def _ids(entries: Iterable[Entry]) -> dict[str, str]:
    """Return the kind of every id: the most exact that any member tells."""
    kinds: dict[str, str] = {}
    for entry in entries:
        for owner, name, text in _texts(entry.message):
            if _ID_MEMBER.search(name) and _UUID.fullmatch(text):
                kind = _kind(owner, name)
                kinds[text] = kind if kind != "I" else kinds.get(text, kind)
    return kinds


def _kind(owner: str, name: str) -> str:
    if name == "id":
        return _OWNERS.get(owner, "I")
    if name == "sessionId" or re.search(r"[tT]hreadIds?$", name):
        return "T"
    return "U" if re.search(r"[tT]urnIds?$", name) else "I"


def _numbered(kinds: Mapping[str, str]) -> dict[str, str]:
    counts = dict.fromkeys(kinds.values(), 0)
    names: dict[str, str] = {}
    for text, kind in kinds.items():
        counts[kind] += 1
        names[text] = f"<<{kind}{counts[kind]}>>"
    return names


def _asked_folders(entries: Iterable[Entry], known: Mapping[str, str]) -> dict[str, str]:
    """Name the folders that the client asked to work in, outside its own."""
    own = [Path(path) for path in known if known[path] == "cwd"]
    asked: dict[str, str] = {}
    for entry in entries:
        for _, name, text in _texts(entry.message) if entry.is_from_client else ():
            path = Path(text)
            if name != "cwd" or not path.is_absolute() or text in known:
                continue
            if not any(path.is_relative_to(folder) for folder in own):
                asked.setdefault(text, f"cwd{len(asked) + 2}")
    return asked


def _texts(value: Any, owner: str = "", name: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield every text with the name of its member and that of the object around it."""
    if isinstance(value, dict):
        for key in value:
            yield from _texts(value[key], name, key)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, owner, name)
    elif isinstance(value, str):
        yield owner, name, value


def _folder(path: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./-]){re.escape(path)}(?![\w-]|\.\w)")
