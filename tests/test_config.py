"""A config keeps its defaults, and refuses bounds that could never work."""

from __future__ import annotations

import json
import pickle
from copy import copy
from dataclasses import asdict, replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from openai_codex import FROM_ENVIRONMENT, Connect, __version__
from openai_codex._checks import LONGEST
from openai_codex._core.deadline import NEVER, Deadline
from openai_codex.config import AppServerConfig, CodexConfig


def test_it_has_two_names() -> None:
    assert CodexConfig is AppServerConfig


def test_its_defaults() -> None:
    first = dict(list(asdict(AppServerConfig()).items())[:9])
    assert first == {
        "codex_bin": None,
        "launch_args_override": None,
        "config_overrides": (),
        "cwd": None,
        "env": None,
        "client_name": "codex_python_sdk",
        "client_title": "Codex Python SDK",
        "client_version": __version__,
        "experimental_api": True,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("startup_timeout", -1), ("request_timeout", -0.5), ("interrupt_timeout", -1)],
        *[("shutdown_timeout", -1), ("idle_timeout", -1), ("answer_timeout", -1)],
        *[("max_in_flight", 0), ("max_turn_starts", 0), ("max_turn_starts", -3)],
        *[("max_message_bytes", 0), ("max_unread_bytes", 0), ("max_overload_retries", -1)],
    ],
)
def test_a_bound_that_could_never_work_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(
        ValueError, match=rf"AppServerConfig\.{name} must be at least \d( seconds)?, got"
    ):
        AppServerConfig(**{name: value})


def test_its_bounds_are_those_of_the_page() -> None:
    config = AppServerConfig()
    assert (config.max_message_bytes, config.max_unread_bytes) == (268_435_456, 67_108_864)


def test_it_shows_its_options_and_no_value_of_env() -> None:
    shown = repr(AppServerConfig(cwd="/c", env={"A": "secret-value"}))
    assert "cwd='/c'" in shown
    assert "env={'A': " in shown
    assert "secret-value" not in shown


@pytest.mark.parametrize(
    ("which", "error", "text"),
    [
        (b"all", TypeError, 'must be "all", "clean" or a tuple, got bytes'),
        (7, TypeError, 'must be "all", "clean" or a tuple, got int'),
        ("PATH", ValueError, """write ("clean", 'PATH')"""),
        ((7,), TypeError, "inherit_env must be a string, got 7"),
        (("A=1",), ValueError, "takes names of variables, got 'A=1'"),
        (("",), ValueError, "takes names of variables, got ''"),
    ],
)
def test_what_cannot_be_inherited_is_refused(which: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error) as raised:
        AppServerConfig(inherit_env=which)
    assert text in str(raised.value)


@pytest.mark.parametrize("which", ["all", "clean", (), ("clean", "CI"), ["NPM_*"]])
def test_what_may_be_inherited_is_kept_as_it_is_given(which: Any) -> None:
    assert AppServerConfig(inherit_env=which).inherit_env == which


def test_relative_paths_count_from_the_folder_of_the_runtime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert AppServerConfig()._folder == str(tmp_path)
    assert AppServerConfig(cwd="sub")._folder == str(tmp_path / "sub")
    assert AppServerConfig(launch_args_override=("ssh", "host"))._folder is None


def test_bounds_at_their_least_and_none_are_taken() -> None:
    AppServerConfig(
        startup_timeout=None,
        request_timeout=0,
        idle_timeout=None,
        max_in_flight=1,
        max_turn_starts=None,
        max_overload_retries=0,
    )


def test_a_bound_takes_a_timedelta_and_infinity_is_no_limit() -> None:
    config = AppServerConfig(
        request_timeout=timedelta(minutes=2), idle_timeout=float("inf"), startup_timeout=10**400
    )
    assert (config.request_timeout, config.idle_timeout, config.startup_timeout) == (
        120,
        None,
        None,
    )
    assert AppServerConfig(shutdown_timeout=float("inf")).shutdown_timeout == LONGEST


def test_a_bound_is_checked_when_it_is_changed_too() -> None:
    config = AppServerConfig()
    with pytest.raises(ValueError, match=r"AppServerConfig\.request_timeout must be at least 0"):
        config.request_timeout = float("nan")
    config.request_timeout = timedelta(seconds=1)
    assert config.request_timeout == 1.0


def test_a_config_is_copied_with_its_bounds() -> None:
    config = AppServerConfig(idle_timeout=3, answer_timeout=timedelta(seconds=4))
    for twin in (replace(config), copy(config), pickle.loads(pickle.dumps(config))):
        assert twin == config
        assert (twin.idle_timeout, twin.answer_timeout, twin.request_timeout) == (3, 4, 60)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        (
            {"config_overrides": "model=x"},
            TypeError,
            r"""config_overrides must be a tuple, as \("model='gpt-5.5'",\), got str""",
        ),
        ({"config_overrides": {"model": "x"}}, TypeError, "config_overrides must be .* got dict"),
        ({"config_overrides": ("model",)}, ValueError, "each must be key=value"),
        ({"config_overrides": ("=x",)}, ValueError, "each must be key=value"),
        (
            {"launch_args_override": "codex"},
            TypeError,
            r'launch_args_override must be a tuple, as \("codex", "app-server"\), got str',
        ),
        ({"env": [("A", "b")]}, TypeError, "env must be a dict, got list"),
        ({"env": {"A=B": "c"}}, ValueError, "'A=B' cannot be set"),
        ({"env": {"": "c"}}, ValueError, "'' cannot be set"),
        ({"env": {"A": "c\0d"}}, ValueError, "'A' cannot be set"),
        ({"env": {"A\0B": "c"}}, ValueError, r"'A\\x00B' cannot be set"),
        ({"cwd": b"/tmp"}, TypeError, "cwd must be a str or a PathLike, got bytes"),
        ({"cwd": ""}, ValueError, "cwd must not be empty"),
        ({"codex_bin": 3}, TypeError, "codex_bin must be a str or a PathLike, got int"),
        ({"client_name": None}, TypeError, "client_name must be a string, got None"),
        ({"experimental_api": "no"}, TypeError, "experimental_api must be True or False"),
        ({"wire_tap": "print"}, TypeError, "wire_tap must be callable, got str"),
        ({"max_overload_retries": 1.5}, TypeError, "max_overload_retries must be a whole number"),
        ({"max_in_flight": True}, TypeError, "max_in_flight must be a whole number"),
        ({"idle_timeout": True}, TypeError, "idle_timeout must be a number of seconds"),
        ({"idle_timeout": Fraction(1, 2)}, TypeError, "idle_timeout must be a number of seconds"),
    ],
)
def test_an_option_of_the_wrong_kind_is_refused_by_name(
    options: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=rf"AppServerConfig\.{text}|AppServerConfig.*{text}"):
        AppServerConfig(**options)


def test_an_api_key_is_never_shown() -> None:
    config = AppServerConfig(api_key="plain-word-0123456789")
    assert "plain-word" not in repr(config)


def test_a_secret_that_stands_behind_its_option_is_never_shown() -> None:
    argv = ("codex", "--token", "opaque-word", "app-server")
    shown = repr(AppServerConfig(launch_args_override=argv))
    assert "opaque-word" not in shown
    assert "'--token'" in shown
    assert "'app-server'" in shown


def test_an_api_key_that_the_command_would_store_is_refused() -> None:
    with pytest.raises(ValueError, match="cli_auth_credentials_store=ephemeral"):
        AppServerConfig(api_key="sk-x", launch_args_override=("codex", "app-server"))
    argv = ("codex", "-c", 'cli_auth_credentials_store="ephemeral"', "app-server")
    AppServerConfig(api_key="sk-x", launch_args_override=argv)


def test_a_deadline_counts_down_and_never_below_nought() -> None:
    over, far = Deadline(0.0), Deadline(3600.0)
    assert over.is_over
    assert over.left() == 0.0
    assert not far.is_over
    assert 3500.0 < (far.left() or 0.0) <= 3600.0
    assert far.ends_before(7200.0)
    assert not far.ends_before(60.0)


def test_no_deadline_never_ends() -> None:
    assert not NEVER.is_over
    assert NEVER.left() is None
    assert not NEVER.ends_before(1e9)


def test_the_sooner_of_two_deadlines_counts() -> None:
    far = Deadline(3600.0)
    assert far.or_after(None) is far
    assert far.or_after(7200.0) is far
    assert far.or_after(60.0).seconds == 60.0
    assert NEVER.or_after(60.0).seconds == 60.0


def test_what_is_left_is_never_more_than_what_is_asked() -> None:
    assert NEVER.left() is None
    assert NEVER.left(at_most=3.0) == 3.0
    assert Deadline(3600.0).left(at_most=2.0) == 2.0
    assert Deadline(0.0).left() == 0.0
    assert Deadline(0.0).left(at_most=2.0) == 0.0


@pytest.mark.parametrize("name", ["shutdown_timeout", "interrupt_timeout", "max_in_flight"])
def test_a_bound_that_close_needs_is_never_none(name: str) -> None:
    options: Any = {name: None}
    with pytest.raises(TypeError, match=rf"{name} must be a (number|whole number).*got NoneType"):
        AppServerConfig(**options)


def test_what_is_no_number_is_no_bound() -> None:
    options: Any = {"startup_timeout": "3"}
    with pytest.raises(TypeError, match="startup_timeout must be a number of seconds"):
        AppServerConfig(**options)
    with pytest.raises(ValueError, match="request_timeout must be at least 0 seconds, got nan"):
        AppServerConfig(request_timeout=float("nan"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"config_overrides": (1,)}, "config_overrides must be made of strings, got int"),
        ({"launch_args_override": (None,)}, "launch_args_override must be made of strings"),
        ({"env": {"A": None}}, r"env\['A'\] must be made of strings, got NoneType"),
    ],
)
def test_what_cannot_be_a_word_of_a_command_names_its_setting(
    options: dict[str, Any], told: str
) -> None:
    with pytest.raises(TypeError, match=told):
        AppServerConfig(**options)


def test_an_empty_command_is_refused() -> None:
    with pytest.raises(ValueError, match="launch_args_override must name a program"):
        AppServerConfig(launch_args_override=())


def test_the_bounds_of_a_config_that_sets_none() -> None:
    config = AppServerConfig()
    bounds = {
        "startup_timeout": 30.0,
        "request_timeout": 60.0,
        "interrupt_timeout": 5.0,
        "shutdown_timeout": 10.0,
        "idle_timeout": None,
        "answer_timeout": None,
        "connect_timeout": 120.0,
        "max_in_flight": 64,
        "max_turn_starts": None,
        "max_overload_retries": 8,
    }
    assert {name: getattr(config, name) for name in bounds} == bounds


@pytest.mark.parametrize(
    "name", ["max_in_flight", "max_turn_starts", "max_message_bytes", "max_unread_bytes"]
)
def test_one_of_everything_is_enough(name: str) -> None:
    options: dict[str, Any] = {name: 1}
    assert getattr(AppServerConfig(**options), name) == 1


@pytest.mark.parametrize("override", ["model", "=x", " =x", ""])
def test_a_setting_without_a_key_or_a_value_is_refused_and_not_shown(override: str) -> None:
    with pytest.raises(ValueError, match="must be key=value, the value in TOML") as raised:
        AppServerConfig(config_overrides=(override,))
    assert f"one of {len(override)} characters" in str(raised.value)
    assert AppServerConfig(config_overrides=("a.b=x=y",)).config_overrides == ("a.b=x=y",)


def test_a_key_of_the_environment_is_the_first_that_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = "CODEX_API_KEY", "OPENAI_API_KEY"
    assert repr(FROM_ENVIRONMENT) == "FROM_ENVIRONMENT"
    assert AppServerConfig()._key is None
    assert AppServerConfig(api_key="sk-own")._key == "sk-own"
    for name in (first, second):
        monkeypatch.delenv(name, raising=False)
    config = AppServerConfig(api_key=FROM_ENVIRONMENT)
    with pytest.raises(ValueError, match=f"neither of {first} and {second} is set"):
        _ = config._key
    monkeypatch.setenv(second, "sk-two")
    assert config._key == "sk-two"
    assert replace(config, env={first: "sk-one"})._key == "sk-one"
    with pytest.raises(ValueError, match=f"^{first} must be printable ASCII"):
        _ = replace(config, env={first: "sk one"})._key
    with pytest.raises(ValueError, match=r"^AppServerConfig\.api_key must not be empty"):
        AppServerConfig(api_key="")


def test_a_key_in_memory_is_kept_out_of_the_store_of_the_runtime() -> None:
    config = AppServerConfig(config_overrides=("a=1",), api_key="sk-x")
    *given, kept = config._overrides
    key, _, value = kept.partition("=")
    assert (given, key, json.loads(value)) == (["a=1"], "cli_auth_credentials_store", "ephemeral")
    assert AppServerConfig(config_overrides=("a=1",))._overrides == ("a=1",)


def test_a_client_that_attaches_takes_no_option_of_a_launch() -> None:
    unix, ssh = Connect.unix("/run/codex.sock"), Connect.command(["ssh", "host"])
    config = AppServerConfig(cwd="/c")
    assert config._attached(None) is config
    beside: list[dict[str, Any]] = [{"cwd": "/c"}, {"env": {"A": "b"}}, {"inherit_env": "clean"}]
    for options in beside:
        name, one = *options, AppServerConfig(**options)
        with pytest.raises(ValueError, match=rf"which AppServerConfig\.{name} would not change"):
            one._attached(unix)
        assert one._attached(ssh)._connect is ssh
    assert config._attached(ssh)._connect is ssh  # a program is launched there, in a folder
    launches: list[dict[str, Any]] = [
        {"codex_bin": "x"},
        {"config_overrides": ("a=1",)},
        {"api_key": "sk-x"},
    ]
    for options in launches:
        with pytest.raises(ValueError, match="a runtime that runs already"):
            AppServerConfig(**options)._attached(ssh)
