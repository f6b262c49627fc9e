"""A config keeps its defaults, and refuses bounds that could never work."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from openai_codex import __version__
from openai_codex.config import AppServerConfig, CodexConfig
from openai_codex.deadline import NEVER, Deadline


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
    with pytest.raises(ValueError, match=rf"AppServerConfig\.{name} must be at least \d, got"):
        AppServerConfig(**{name: value})


def test_bounds_at_their_least_and_none_are_taken() -> None:
    AppServerConfig(
        startup_timeout=None,
        request_timeout=0,
        idle_timeout=None,
        max_in_flight=1,
        max_turn_starts=None,
        max_overload_retries=0,
    )


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
    with pytest.raises(TypeError, match=f"{name} must be a number, got None"):
        AppServerConfig(**options)


def test_what_is_no_number_is_no_bound() -> None:
    options: Any = {"startup_timeout": "3"}
    with pytest.raises(TypeError, match="startup_timeout must be a number, got '3'"):
        AppServerConfig(**options)
    with pytest.raises(ValueError, match="request_timeout must be at least 0, got nan"):
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
