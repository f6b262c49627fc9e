"""The home of one runtime: made from the user's, and the threads' files that are in it.

A runtime of a batch gets a CODEX_HOME of its own, with the login and the settings of the user's, so
that its databases and logs go when it goes.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
from pathlib import Path

from ..config import AppServerConfig
from .folder import write_whole
from .private import copy_private, link_private

__all__ = [
    "copy_rollout",
    "end_left_runtimes",
    "end_strays",
    "find_rollout",
    "holds_prompt",
    "link_rollout",
    "make_home",
    "note_runtime",
    "put_rollout",
    "users_home",
]

SETTINGS = ("config.toml", "AGENTS.md", "rules", "prompts", "models.json")
LOGIN = "auth.json"
NOTE = "batch-runtime.json"
SESSIONS = "sessions/2025/01/01"
"""Any day does: the runtime finds a thread by the name of its file."""


def users_home(config: AppServerConfig) -> Path:
    """The CODEX_HOME that a runtime with this config would use."""
    given = (config.env or {}).get("CODEX_HOME") or os.environ.get("CODEX_HOME")
    return Path(given) if given else Path.home() / ".codex"


def make_home(home: Path, source: Path) -> None:
    """Make a home with the login and the settings of another."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    for name in SETTINGS:
        part = source / name
        if part.is_dir():
            shutil.copytree(part, home / name, dirs_exist_ok=True)
        elif part.is_file():
            shutil.copyfile(part, home / name)
    _share_login(source / LOGIN, home / LOGIN)


def _share_login(login: Path, link: Path) -> None:
    """Link and not copy: a token that one runtime renews would be stale in every copy."""
    if not login.is_file():
        return
    try:
        link.symlink_to(login.absolute())
    except OSError:  # Windows without the right to make links
        shutil.copyfile(login, link)


def find_rollout(home: Path, thread: str) -> Path | None:
    """The file that a home keeps of a thread, None before its first turn."""
    found = sorted(
        Path(folder, name)
        for folder, _, names in os.walk(home / "sessions")
        for name in names
        if thread in name and name.startswith("rollout-") and name.endswith(".jsonl")
    )
    return max(found, key=lambda path: path.stat().st_size) if found else None


def copy_rollout(home: Path, thread: str, target: Path) -> bool:
    """Copy the file that a home keeps of a thread; False when it keeps none yet."""
    rollout = find_rollout(home, thread)
    if rollout is None:
        return False
    copy_private(rollout, target)
    return True


def link_rollout(home: Path, thread: str, target: Path) -> bool:
    """Give the file that a home keeps of a thread a second name; False where that cannot be."""
    rollout = find_rollout(home, thread)
    return rollout is not None and link_private(rollout, target)


def put_rollout(home: Path, thread: str, rollout: Path) -> bool:
    """Bring a thread's file into a home; False when it holds nothing to go on from."""
    lines = rollout.read_bytes()
    whole = lines[: lines.rfind(b"\n") + 1]  # a runtime that was killed may leave half a line
    if not whole:
        return False
    folder = home / SESSIONS
    folder.mkdir(parents=True, exist_ok=True)
    # As a new file: what stood there before may be the one that is brought, by another name.
    write_whole(folder / f"rollout-2025-01-01T00-00-00-{thread}.jsonl", whole)
    return True


def holds_prompt(rollout: Path, prompt: str) -> bool:
    """Tell whether a thread has its prompt: a runtime may be killed before it writes that."""
    with rollout.open("rb") as file:
        return any(b'"user"' in line and prompt in _texts_of(line) for line in file)


def _texts_of(line: bytes) -> list[str]:
    """The texts of a line that is a user's message, none of any other line."""
    try:
        payload = json.loads(line)["payload"]
        if payload["type"] != "message" or payload["role"] != "user":
            return []
        return [part["text"] for part in payload["content"] if "text" in part]
    except (ValueError, KeyError, TypeError):
        return []


# --- runtimes that a dead driver left ---------------------------------------------------------


def note_runtime(home: Path, pid: int) -> None:
    """Note in a home which process works in it."""
    (home / NOTE).write_text(json.dumps({"pid": pid, "start": _start_of(pid)}), encoding="utf-8")


def end_strays(home: Path) -> None:
    """End what works in a home though its runtime is gone: commands in sandboxes outlive a kill.

    They are found by the CODEX_HOME in their environment, which only Linux shows.
    """
    mark = f"CODEX_HOME={home}\0".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (process / "environ").read_bytes() + b"\0":
                os.kill(int(process.name), signal.SIGKILL)


def end_left_runtimes(homes: Path) -> None:
    """End the runtimes of these homes that outlived their driver; they should end by themselves."""
    for home in homes.glob("*"):
        end_strays(home)
    for note in homes.glob(f"*/{NOTE}"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            noted = json.loads(note.read_text(encoding="utf-8"))
            start = _start_of(noted["pid"])
            if start is not None and start == noted["start"]:  # not another with its number
                os.killpg(noted["pid"], signal.SIGKILL)


def _start_of(pid: int) -> str | None:
    """When a process started, as /proc tells it; None where it does not, or when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
