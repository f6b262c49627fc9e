"""What the options of a thread and of a turn may be, checked by name before anything is sent.

Looks at types, at words that the protocol lists, and, where the runtime sees our files, at whether
a folder is there. Makes nothing of them: see `params`.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from .._checks import MOST_32, check_count, check_flag, check_kind, check_path, check_text, nearest
from .._version import __version__

__all__ = [
    "check_file",
    "check_folder",
    "check_option",
    "unknown_settings",
    "warn_of_overrides",
]

Unknown = tuple[str, "str | None"]

_log = logging.getLogger("openai_codex.config")


def check_option(name: str, value: object) -> None:
    """Raise TypeError or ValueError where a given option is not what it takes."""
    check = _CHECKS.get(name)
    if check is not None:
        check(name, value)


def check_folder(name: str, folder: object, *, base: str | None) -> None:
    """Raise an OSError where an option names a folder that is not there.

    `base` is where relative paths count from, None where the runtime has files of its own.
    """
    check_path(name, folder)
    # Not looked at where the runtime has files of its own: this machine's say nothing of them.
    if folder is None or base is None:
        return
    path = _full_path(folder, base=base)
    if not os.path.exists(path):  # noqa: PTH110
        raise FileNotFoundError(errno.ENOENT, f"{name} names no folder, nothing was sent", path)
    if not os.path.isdir(path):  # noqa: PTH112
        raise NotADirectoryError(errno.ENOTDIR, f"{name} is no folder, nothing was sent", path)


def check_file(name: str, file: object, *, base: str) -> None:
    """Raise an OSError where there is no file that can be read; `base` is as for `check_folder`."""
    path = _full_path(file, base=base)
    if not os.path.exists(path):  # noqa: PTH110
        raise FileNotFoundError(errno.ENOENT, f"{name} names no file, nothing was sent", path)
    if os.path.isdir(path):  # noqa: PTH112
        raise IsADirectoryError(errno.EISDIR, f"{name} names a folder, nothing was sent", path)
    # The runtime opens it when the turn runs already, which is too late to refuse it.
    if not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, f"{name} cannot be read, nothing was sent", path)


def _full_path(path: Any, *, base: str) -> str:
    """Return a path as the runtime sees it."""
    return os.path.join(base, os.fspath(path))  # noqa: PTH118


# --- words that the protocol lists ---------------------------------------------------------------


def _check_word(name: str, value: object) -> None:
    """Take a member of the enum, known or made by hand, and any known word."""
    from .._wire.lookup import model_class

    kind: Any = model_class(_ENUMS[name])
    if isinstance(value, kind):
        return
    known = [member.value for member in kind]
    check_kind(name, value, kind, str)
    if value not in known:
        near = nearest(str(value), known)
        meant = f" (did you mean {near!r}?)" if near else ""
        # Open enums: a word that only a newer runtime knows must have a way through.
        newer = f"; for one that is newer than this: {kind.__name__}({value!r})" if value else ""
        raise ValueError(
            f"{name} must be one of {', '.join(map(repr, known))}, got {value!r}{meant}{newer}"
        )


def _check_words(name: str, values: object) -> None:
    check_kind(name, values, list, tuple)
    for value in values:  # type: ignore[attr-defined]
        _check_word(name, value)


# By name: their models load when an option is given, and most calls give none.
_ENUMS = {
    "effort": "ReasoningEffort",
    "items_view": "TurnItemsView",
    "personality": "Personality",
    "session_start_source": "ThreadStartSource",
    "sort_direction": "SortDirection",
    "sort_key": "ThreadSortKey",
    "source_kinds": "ThreadSourceKind",
    "summary": "ReasoningSummary",
}

# --- settings of the runtime ---------------------------------------------------------------------


def _check_settings(name: str, value: object) -> None:
    check_kind(name, value, Mapping, hint=": write config={'model_verbosity': 'low'}")
    settings: Mapping[Any, Any] = value  # type: ignore[assignment]
    for key in settings:
        check_text(**{f"each key of {name}": key})
    # A warning and no error: a runtime of another version may know the setting.
    _warn_of_unknown(settings, name=name)


def _warn_of_unknown(settings: Mapping[str, Any], *, name: str) -> None:
    """Log a warning for each setting that the pinned runtime does not know, so ignores."""
    for key, near in unknown_settings(settings).items():
        meant = f"; did you mean {near!r}?" if near else ""
        _log.warning("%s: codex runtime %s knows no setting %r%s", name, __version__, key, meant)


def warn_of_overrides(overrides: Iterable[str]) -> None:
    """Log a warning for each `key=value` whose key the pinned runtime does not know."""
    if overrides:
        keys = {override.partition("=")[0].strip(): None for override in overrides}
        _warn_of_unknown(keys, name="AppServerConfig.config_overrides")


def unknown_settings(settings: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the dotted names that the pinned runtime does not know, and the nearest that it does.

    The names of the user's own (MCP servers, model providers) are not looked at.
    """
    return dict(_unknown_in("", "", settings))


def _unknown_in(table: str, shown: str, settings: Mapping[Any, Any]) -> Iterator[Unknown]:
    for key, value in settings.items():
        # Only the keys of the outermost table are paths, which the runtime cuts at every dot.
        path = [str(key)] if shown else str(key).split(".")
        yield from _unknown_at(table, shown, path, value)


def _unknown_at(table: str, shown: str, path: list[str], value: Any) -> Iterator[Unknown]:
    from .config_keys import CONFIG_KEYS

    head, rest = path[0], path[1:]
    known = CONFIG_KEYS.get(table)
    if known is not None and head not in known:
        near = nearest(head, known)
        yield _joined(shown, head), near and _joined(shown, near)
        return
    inner = _joined(table, "*" if _joined(table, "*") in CONFIG_KEYS else head)
    if rest:
        yield from _unknown_at(inner, _joined(shown, head), rest, value)
    elif isinstance(value, Mapping):
        yield from _unknown_in(inner, _joined(shown, head), value)


def _joined(table: str, name: str) -> str:
    return f"{table}.{name}" if table else name


def _check_schema(name: str, value: object) -> None:
    hint = ": for a Python type write output_type=" if isinstance(value, type) else ""
    check_kind(name, value, Mapping, hint=hint)


def _check_place(name: str, value: object) -> None:
    """Take a path, or the several paths that a list is filtered by."""
    for path in value if isinstance(value, (list, tuple)) else [value]:
        check_path(name, path)


def _text(name: str, value: object) -> None:
    check_kind(name, value, str)


def _texts(name: str, values: object) -> None:
    check_kind(name, values, list, tuple)
    for value in values:  # type: ignore[attr-defined]
        check_kind(f"each of {name}", value, str)


def _check_limit(name: str, value: object) -> None:
    check_count(name, value, most=MOST_32)


_CHECKS: dict[str, Callable[[str, object], None]] = {
    **dict.fromkeys(_ENUMS, _check_word),
    "archived": check_flag,
    "base_instructions": _text,
    "config": _check_settings,
    "cursor": _text,
    "cwd": _check_place,
    "developer_instructions": _text,
    "ephemeral": check_flag,
    "exclude_turns": check_flag,
    "limit": _check_limit,
    "model": _text,
    "model_provider": _text,
    "model_providers": _texts,
    "output_schema": _check_schema,
    "search_term": _text,
    "section_id": _text,
    "service_name": _text,
    "service_tier": _text,
    "source": _text,
    "source_kinds": _check_words,
    "thread_id": _text,
    "thread_source": _text,
    "turn_service_tier": _text,
    "use_state_db_only": check_flag,
}
