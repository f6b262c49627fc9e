"""AppServerConfig: what to launch, who we say we are, and how long and how much we allow.

Holds values and checks them; launches nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

from ._version import __version__

__all__ = ["AppServerConfig", "CodexConfig"]


@dataclass(repr=False)
class AppServerConfig:
    """Describe the runtime process and the bounds of a client.

    What to launch:
      codex_bin             path of a codex binary; None means the pinned one, installed with us
      launch_args_override  the whole argv, replacing binary, overrides and subcommand
      config_overrides      `key=value` strings, the value in TOML, each passed as `--config`
      cwd                   working directory of the runtime; None means ours
      env                   variables put over our own environment (`CODEX_HOME`, ...)

    Who we say we are: client_name, client_title, client_version (the handshake's clientInfo);
    experimental_api asks for the experimental part of the protocol.

    Bounds, in seconds unless named otherwise; None, where the type allows it, waits for ever:
      startup_timeout       spawn to ready
      request_timeout       one request to its reply
      interrupt_timeout     for the runtime to confirm that it stopped a turn
      shutdown_timeout      close() in all, before the process is killed
      idle_timeout          a turn that sends no event at all for this long is stopped; while a
                            question waits for our answer, nothing counts
      answer_timeout        a handler that takes longer is answered for, with a refusal
      max_in_flight         requests that may await their reply at once; the rest queue
      max_turn_starts       turn/start requests among them; None means cpu count + 4
      max_message_bytes     one line from the runtime; a longer one is skipped
      max_unread_bytes      unread events of one turn; more ends that stream with an error
      max_overload_retries  how often a request is sent again after -32001

    Who listens: wire_tap is called as `wire_tap(direction, data)` with all bytes that pass: `">"`
    with each line that is sent, `"<"` with pieces of what comes, cut anywhere. It may be called
    from several threads at once, must be quick, and must not call the client. See
    `openai_codex.testing.record` for one that writes them down.
    """

    codex_bin: str | None = None
    launch_args_override: tuple[str, ...] | None = None
    config_overrides: tuple[str, ...] = ()
    cwd: str | None = None
    env: dict[str, str] | None = None
    client_name: str = "codex_python_sdk"
    client_title: str = "Codex Python SDK"
    client_version: str = __version__
    experimental_api: bool = True
    startup_timeout: float | None = 30.0
    request_timeout: float | None = 60.0
    interrupt_timeout: float = 5.0
    shutdown_timeout: float = 10.0
    idle_timeout: float | None = None
    answer_timeout: float | None = None
    max_in_flight: int = 64
    max_turn_starts: int | None = None
    max_message_bytes: int = 256 * 1024 * 1024
    max_unread_bytes: int = 64 * 1024 * 1024
    max_overload_retries: int = 8
    wire_tap: Callable[[str, bytes], None] | None = None

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            _check_bound(name, getattr(self, name), least)
        if self.launch_args_override is not None and not self.launch_args_override:
            raise ValueError("AppServerConfig.launch_args_override must name a program, or be None")
        for name in ("launch_args_override", "config_overrides"):
            _check_words(name, getattr(self, name) or ())
        for name, value in (self.env or {}).items():
            _check_words(f"env[{name!r}]", (name, value))

    def __repr__(self) -> str:
        """Show everything but secrets: no value of `env`, nothing that looks like a key."""
        from .redaction import HIDDEN, redact

        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.env is not None:
            shown["env"] = dict.fromkeys(self.env, HIDDEN)
        words = ", ".join(f"{name}={value!r}" for name, value in shown.items())
        return f"{type(self).__name__}({redact(words)})"


_LEAST = {
    "startup_timeout": 0,
    "request_timeout": 0,
    "interrupt_timeout": 0,
    "shutdown_timeout": 0,
    "idle_timeout": 0,
    "answer_timeout": 0,
    "max_in_flight": 1,
    "max_turn_starts": 1,
    "max_message_bytes": 1,
    "max_unread_bytes": 1,
    "max_overload_retries": 0,
}


_MAY_BE_NONE = {
    "startup_timeout",
    "request_timeout",
    "idle_timeout",
    "answer_timeout",
    "max_turn_starts",
}


def _check_bound(name: str, value: object, least: int) -> None:
    if value is None and name in _MAY_BE_NONE:
        return
    if not isinstance(value, (int, float)):
        raise TypeError(f"AppServerConfig.{name} must be a number, got {value!r}")
    if not value >= least:  # so that NaN is refused, too
        raise ValueError(f"AppServerConfig.{name} must be at least {least}, got {value!r}")


def _check_words(name: str, words: Iterable[object]) -> None:
    for word in words:
        if not isinstance(word, (str, os.PathLike)):
            kind = type(word).__name__
            raise TypeError(f"AppServerConfig.{name} must be made of strings, got {kind}")


CodexConfig = AppServerConfig
