"""AppServerConfig: what to launch, who we say we are, and how long and how much we allow.

Holds values and checks them; launches nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, fields
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Final

from . import _logs  # noqa: F401  # before anything can be logged
from ._checks import (
    check_callable,
    check_count,
    check_flag,
    check_key,
    check_kind,
    check_path,
    check_text,
    checked_bound,
    checked_seconds,
)
from ._version import __version__

if TYPE_CHECKING:
    from datetime import timedelta

    from .connect import Connect

__all__ = ["FROM_ENVIRONMENT", "AppServerConfig", "CodexConfig"]


class FromEnvironment(Enum):
    """The variables that an API key may be taken from, the first that is set.

    `Codex(api_key=FROM_ENVIRONMENT)` uses the key in CODEX_API_KEY or else in OPENAI_API_KEY, as
    the client finds them when it is made.
    """

    FROM_ENVIRONMENT = ("CODEX_API_KEY", "OPENAI_API_KEY")

    def __repr__(self) -> str:
        return self.name


FROM_ENVIRONMENT: Final = FromEnvironment.FROM_ENVIRONMENT
"""As `api_key`: the key in CODEX_API_KEY, or else in OPENAI_API_KEY."""


class _Seconds:
    """An option in seconds that is checked whenever it is set; None is no limit."""

    def __init__(self, default: float | None) -> None:
        self._default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, config: Any, owner: type | None = None) -> float | None:
        seconds: float | None = self._default if config is None else vars(config)[self._name]
        return seconds

    def __set__(self, config: Any, value: float | timedelta | None) -> None:
        vars(config)[self._name] = checked_seconds(_full(self._name), value)


class _Bound:
    """An option in seconds that always has a limit, so that `close()` ends."""

    def __init__(self, default: float) -> None:
        self._default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, config: Any, owner: type | None = None) -> float:
        seconds: float = self._default if config is None else vars(config)[self._name]
        return seconds

    def __set__(self, config: Any, value: float | timedelta) -> None:
        vars(config)[self._name] = checked_bound(_full(self._name), value)


@dataclass(repr=False)
class AppServerConfig:
    """The runtime process and the bounds of a client.

    What to launch:
      codex_bin             path of a codex binary; None means the pinned one, installed with us
      launch_args_override  the whole argv, replacing binary, overrides and subcommand
      config_overrides      `key=value` strings, the value in TOML, each passed as `--config`
      cwd                   working directory of the runtime; None means ours
      env                   variables put over what is inherited (`CODEX_HOME`, ...)
      inherit_env           which of our own variables the runtime, and so the agent's commands,
                            may see: "all", "clean" (what a program needs, and no secrets), or
                            names, such as ("clean", "CI", "NPM_*")

    How it logs in:
      api_key               an API key that is kept in memory and never stored, for this runtime
                            alone; `FROM_ENVIRONMENT` takes CODEX_API_KEY or OPENAI_API_KEY; None
                            leaves the login to what CODEX_HOME holds

    Who we say we are: client_name, client_title, client_version (the handshake's clientInfo);
    experimental_api asks for the experimental part of the protocol.

    Bounds, in seconds unless named otherwise; None, where the type allows it, waits for ever:
      startup_timeout       spawn to ready
      request_timeout       one request to its reply
      interrupt_timeout     for the runtime to confirm that it stopped a turn
      shutdown_timeout      close() in all, before the process is killed
      idle_timeout          a turn that sends no event but retries for this long is stopped; while
                            a question waits for our answer, nothing counts
      connect_timeout       a turn whose runtime reports nothing but retries for this long, since it
                            cannot reach the model, is stopped
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
    startup_timeout: _Seconds = _Seconds(30.0)
    request_timeout: _Seconds = _Seconds(60.0)
    interrupt_timeout: _Bound = _Bound(5.0)
    shutdown_timeout: _Bound = _Bound(10.0)
    idle_timeout: _Seconds = _Seconds(None)
    answer_timeout: _Seconds = _Seconds(None)
    max_in_flight: int = 64
    max_turn_starts: int | None = None
    max_message_bytes: int = 256 * 1024 * 1024
    max_unread_bytes: int = 64 * 1024 * 1024
    max_overload_retries: int = 8
    wire_tap: Callable[[str, bytes], None] | None = None
    api_key: str | FromEnvironment | None = None
    inherit_env: str | Sequence[str] = "all"
    connect_timeout: _Seconds = _Seconds(120.0)

    _connect: ClassVar[Connect | None] = None
    """Where to attach in place of launching anything; set on a copy by `_attached`."""

    def __post_init__(self) -> None:
        for name, least in _COUNTS.items():
            if name != "max_turn_starts" or self.max_turn_starts is not None:
                check_count(_full(name), getattr(self, name), least=least)
        for name in ("codex_bin", "cwd"):
            check_path(_full(name), getattr(self, name))
        for name in ("client_name", "client_title", "client_version"):
            check_text(**{_full(name): getattr(self, name)})
        check_flag(_full("experimental_api"), self.experimental_api)
        check_callable(_full("wire_tap"), self.wire_tap)
        if self.api_key is not None and self.api_key is not FROM_ENVIRONMENT:
            check_key(_full("api_key"), self.api_key)
        self._check_launch()

    @property
    def _key(self) -> str | None:
        """The API key to log in with; raises ValueError where the environment should hold one."""
        if self.api_key is not FROM_ENVIRONMENT:
            return self.api_key
        names = self._keys_in_environment()
        if not names:
            wanted = " and ".join(FROM_ENVIRONMENT.value)
            raise ValueError(f"api_key=FROM_ENVIRONMENT, but neither of {wanted} is set")
        key = self._environment()[names[0]]
        check_key(names[0], key)
        return key

    def _keys_in_environment(self) -> list[str]:
        """Return which variables hold an API key for the runtime, the first to use first."""
        environment = self._environment()
        return [name for name in FROM_ENVIRONMENT.value if environment.get(name)]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **(self.env or {})}

    @property
    def _overrides(self) -> tuple[str, ...]:
        """The settings that the runtime is launched with."""
        kept = () if self.api_key is None else ('cli_auth_credentials_store="ephemeral"',)
        return (*self.config_overrides, *kept)

    @property
    def _folder(self) -> str | None:
        """The folder that relative paths count from, None where the runtime has files of its own.

        A program of the user's own choice may be a way to another machine: `ssh`, `docker`.
        """
        if self.launch_args_override is not None or self._connect is not None:
            return None
        return os.path.abspath(self.cwd or ".")  # noqa: PTH100

    def _attached(self, connect: Connect | None) -> AppServerConfig:
        """Return this config for a client that attaches; raises ValueError for a vain option."""
        if connect is None:
            return self
        launches = ("codex_bin", "launch_args_override", "config_overrides", "api_key")
        beside = ("cwd", "env", "inherit_env") if not connect._argv else ()
        for name in (*launches, *beside):
            if getattr(self, name) != getattr(AppServerConfig, name):
                advice = ": codex.login_api_key() logs it in, for all clients"
                raise ValueError(
                    f"connect= leads to a runtime that runs already, which {_full(name)} would "
                    f"not change: leave it out{advice if name == 'api_key' else ''}"
                )
        config = copy(self)
        vars(config)["_connect"] = connect
        return config

    def _check_launch(self) -> None:
        if self.launch_args_override is not None:
            _check_words("launch_args_override", self.launch_args_override)
            if not self.launch_args_override:
                raise ValueError(f"{_full('launch_args_override')} must name a program, or be None")
            if self.api_key is not None and not _keeps_in_memory(self.launch_args_override):
                raise ValueError(
                    f"{_full('api_key')} is kept in memory, which launch_args_override must ask "
                    "for: --config cli_auth_credentials_store=ephemeral"
                )
        _check_words("config_overrides", self.config_overrides)
        for override in self.config_overrides:
            _check_override(os.fspath(override))
        _check_inherited(self.inherit_env)
        check_kind(_full("env"), self.env, Mapping)
        for name, value in (self.env or {}).items():
            _check_variable(name, value)

    def __repr__(self) -> str:
        """Show everything but secrets: no value of `env`, nothing that looks like a key."""
        from ._redaction import HIDDEN, redact, redact_words

        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        for name in ("launch_args_override", "config_overrides"):
            if shown[name] is not None:
                shown[name] = redact_words(map(os.fspath, shown[name]))
        words = [f"{name}={value!r}" for name, value in shown.items() if name != "env"]
        env = None if self.env is None else dict.fromkeys(self.env, HIDDEN)
        return f"{type(self).__name__}({redact(', '.join(words))}, env={env!r})"


_COUNTS = {
    "max_in_flight": 1,
    "max_turn_starts": 1,
    "max_message_bytes": 1,
    "max_unread_bytes": 1,
    "max_overload_retries": 0,
}
_EXAMPLES = {
    "config_overrides": """("model='gpt-5.5'",)""",
    "launch_args_override": '("codex", "app-server")',
}


def _full(name: str) -> str:
    return f"AppServerConfig.{name}"


def _check_words(name: str, words: object) -> None:
    if isinstance(words, (str, bytes)) or not isinstance(words, Sequence):
        kind = type(words).__name__
        raise TypeError(f"{_full(name)} must be a tuple, as {_EXAMPLES[name]}, got {kind}")
    for word in words:
        if not isinstance(word, (str, os.PathLike)):
            kind = type(word).__name__
            raise TypeError(f"{_full(name)} must be made of strings, got {kind}")


def _check_inherited(which: object) -> None:
    if isinstance(which, str) and which not in ("all", "clean"):
        raise ValueError(
            f'{_full("inherit_env")} must be "all", "clean" or a tuple of names, got {which!r}: '
            f'write ("clean", {which!r}) for what a program needs and that'
        )
    if isinstance(which, bytes) or not isinstance(which, Sequence):
        kind = type(which).__name__
        raise TypeError(f'{_full("inherit_env")} must be "all", "clean" or a tuple, got {kind}')
    for name in which:
        check_text(**{_full("inherit_env"): name})
        if not name or "=" in name:
            raise ValueError(f"{_full('inherit_env')} takes names of variables, got {name!r}")


def _keeps_in_memory(argv: Sequence[str]) -> bool:
    words = [str(word).replace('"', "").replace(" ", "") for word in argv]
    return any("cli_auth_credentials_store=ephemeral" in word for word in words)


def _check_override(override: str) -> None:
    key, sign, _ = override.partition("=")
    if not (key.strip() and sign):
        # Not shown as it is: what was meant as a value may be a key.
        raise ValueError(
            f"{_full('config_overrides')}: each must be key=value, the value in TOML; "
            f"one of {len(override)} characters is not"
        )


def _check_variable(name: Any, value: object) -> None:
    _check_words(f"env[{name!r}]", (name, value))
    word = os.fspath(name)
    if not word or "=" in word or "\0" in word or "\0" in str(value):
        raise ValueError(f"{_full('env')}: {name!r} cannot be set: the name or the value is wrong")


CodexConfig = AppServerConfig
