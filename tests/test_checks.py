"""Options in seconds, counts and names are checked in one place, by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_codex._checks import (
    LONGEST,
    camel_case,
    check_callable,
    check_choice,
    check_count,
    check_flag,
    check_key,
    check_kind,
    check_least,
    check_path,
    check_text,
    checked_bound,
    checked_seconds,
    nearest,
)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (None, None),
        (0, 0.0),
        (2.5, 2.5),
        (timedelta(milliseconds=250), 0.25),
        (LONGEST, LONGEST),
        (LONGEST + 1, None),
        (10**400, None),
        (math.inf, None),
        (timedelta.max, None),
    ],
)
def test_seconds_are_a_float_or_no_limit(given: Any, seconds: float | None) -> None:
    assert checked_seconds("timeout", given) == seconds


@pytest.mark.parametrize("given", [math.nan, -1, -0.001, -math.inf, timedelta(seconds=-1)])
def test_seconds_below_zero_are_refused_by_name(given: Any) -> None:
    for check in (checked_seconds, checked_bound):
        with pytest.raises(ValueError, match="idle_timeout must be at least 0 seconds, got"):
            check("idle_timeout", given)


@pytest.mark.parametrize("given", ["1", True, Fraction(1, 2), Decimal(1), [1], 1j])
def test_other_kinds_of_seconds_are_refused_by_name(given: Any) -> None:
    for check in (checked_seconds, checked_bound):
        with pytest.raises(TypeError, match="timeout must be a number of seconds or a timedelta"):
            check("timeout", given)


@given(st.floats() | st.integers() | st.timedeltas())
def test_every_wait_can_be_waited(value: Any) -> None:
    try:
        seconds = checked_seconds("timeout", value)
    except ValueError:
        assert math.isnan(value) if isinstance(value, float) and value != value else True
        return
    assert seconds is None or 0 <= seconds <= LONGEST
    assert 0 <= checked_bound("timeout", value) <= LONGEST


@pytest.mark.parametrize("given", [1.5, "1", True, None, math.inf])
def test_a_count_is_a_whole_number(given: Any) -> None:
    with pytest.raises(TypeError, match="max_in_flight must be a whole number, got"):
        check_count("max_in_flight", given)


def test_a_count_has_its_least_value() -> None:
    check_count("page_size", 1, least=1)
    with pytest.raises(ValueError, match="page_size must be at least 1, got 0"):
        check_count("page_size", 0, least=1)


@pytest.mark.parametrize(
    ("size", "shown"), [(78, "'" + 78 * "x" + "'"), (79, "'" + 78 * "x" + "…")]
)
def test_a_value_that_is_refused_is_shown_up_to_80_characters(size: int, shown: str) -> None:
    with pytest.raises(TypeError) as raised:
        check_flag("verbose", size * "x")
    assert str(raised.value) == f"verbose must be True or False, got {shown}"


def test_a_kind_is_named_with_its_article() -> None:
    check_kind("cwd", None, str)
    with pytest.raises(TypeError, match="cwd must be a str or an int, got list: write it"):
        check_kind("cwd", [], str, int, hint=": write it")


def test_the_nearest_name_is_found_or_none() -> None:
    assert nearest("modle", ["model", "sandbox"]) == "model"
    assert nearest("SANDBOX", ["model", "sandbox"]) == "sandbox"
    assert nearest("nonne", ["NONE"]) == "NONE"
    assert nearest("xyz", ["model", "sandbox"]) is None


@pytest.mark.parametrize(
    ("check", "error", "text"),
    [
        (lambda: check_least(1, n="1"), TypeError, "n must be a number, got '1'"),
        (lambda: check_least(1, n=True), TypeError, "n must be a number, got True"),
        (lambda: check_least(1, n=0.5), ValueError, "n must be at least 1, got 0.5"),
        (lambda: check_least(1, n=math.nan), ValueError, "n must be at least 1, got nan"),
        (lambda: check_count("n", 0, least=1), ValueError, "n must be at least 1, got 0"),
        (
            lambda: check_choice("n", "c", ("a", "b")),
            ValueError,
            "n must be one of 'a', 'b'; got 'c'",
        ),
        (lambda: check_text(n=b"x"), TypeError, "n must be a string, got b'x'"),
        (lambda: check_text(n="x" * 3, m=["y" * 90]), TypeError, f"['{'y' * 77}…"),
        (lambda: check_text(n=["y" * 76]), TypeError, f"['{'y' * 76}']"),
        (lambda: check_key("n", 7), TypeError, "n must be a string, got int"),
        (lambda: check_key("n", ""), ValueError, "n must not be empty"),
        (lambda: check_key("n", "a b"), ValueError, "n must be printable ASCII without blanks"),
        (lambda: check_key("n", "a\n"), ValueError, "n must be printable ASCII without blanks"),
        (lambda: check_key("n", "é"), ValueError, "n must be printable ASCII without blanks"),
        (lambda: check_path("n", 7), TypeError, "n must be a str or a PathLike, got int"),
        (lambda: check_path("n", ""), ValueError, "n must not be empty"),
        (lambda: check_flag("n", "no"), TypeError, "n must be True or False, got 'no'"),
        (lambda: check_flag("n", 1), TypeError, "n must be True or False, got 1"),
        (lambda: check_callable("n", 1), TypeError, "n must be callable, got int"),
        (
            lambda: check_kind("n", 1, Mapping, OSError, hint=": why"),
            TypeError,
            "n must be a dict or an OSError, got int: why",
        ),
    ],
)
def test_a_wrong_option_is_named_with_what_is_wanted(
    check: Callable[[], None], error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as raised:
        check()
    assert text in str(raised.value)


def test_right_options_pass() -> None:
    check_least(1, n=1, m=None, k=2.5)
    check_count("n", 0)
    check_choice("n", "b", ("a", "b"))
    check_text(n="", m="x")
    check_key("n", "sk-x_1")
    check_path("n", None)
    check_path("n", "a")
    check_path("n", Path("a"))
    check_flag("n", False)
    check_callable("n", None)
    check_callable("n", print)
    check_kind("n", None, int)


def test_a_name_is_spelt_as_the_wire_does() -> None:
    names = ("thread_id", "a", "base_url_of")
    assert [camel_case(name) for name in names] == ["threadId", "a", "baseUrlOf"]
