"""What the runtime would silently drop is refused before sending, and the refusal says where."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_codex._core import sendable
from openai_codex._core.sendable import MAX_DEPTH, to_json
from openai_codex.errors import UnsendableError


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def endless() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def test_text_goes_out_as_utf_8_without_spaces() -> None:
    assert to_json({"text": "größer 🙂", "n": [1, 2.5, None, True]}) == (
        '{"text":"größer 🙂","n":[1,2.5,null,true]}'.encode()
    )


def test_control_characters_never_break_the_line() -> None:
    assert to_json("a\nb\u2028\x00") == b'"a\\nb\xe2\x80\xa8\\u0000"'


def test_where_there_is_no_encoder_in_c_the_slow_one_says_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    value = {"text": "größer 🙂\n", "n": [1, 2.5, None, True]}
    monkeypatch.setattr(json.encoder, "c_make_encoder", None)
    slow = sendable._strict_encoder()
    assert "".join(slow(value, 0)).encode() == to_json(value)
    with pytest.raises(ValueError, match="not JSON compliant"):
        "".join(slow({"n": float("nan")}, 0))


@pytest.mark.parametrize(
    ("value", "blame"),
    [
        (
            {"params": {"input": [{"text": "\ud83d"}]}},
            "params.input[0].text holds a lone surrogate",
        ),
        ({"params": {"limit": float("nan")}}, "params.limit is nan"),
        ({"params": {"limits": (1.0, float("-inf"))}}, "params.limits[1] is -inf"),
        ({"params": {"cwd": b"bytes"}}, "params.cwd is of type bytes"),
        ({"first": "\ud800", "then": "\udfff"}, "first holds a lone surrogate"),
        ({"first": "\ud7ff\ue000", "then": "\udfff"}, "then holds a lone surrogate"),
        ({"params": {("a", 1): 1}}, "params has a key of type tuple"),
        ({"params": {"\udc80": 1}}, "a key of params holds a lone surrogate"),
        ({"params": {float("nan"): 1}}, "a key of params is nan"),
        ({"a": ["fine", 1, None, 2.5], "b": {1, 2}}, "b is of type set"),
        (float("inf"), "the value itself is inf"),
        (endless(), "nested too deeply or contains itself"),
    ],
)
def test_what_has_no_place_in_json_is_refused_by_its_path(value: object, blame: str) -> None:
    with pytest.raises(UnsendableError, match="nothing was sent") as caught:
        to_json(value)
    assert blame in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_a_value_that_only_the_encoder_refuses_is_refused_all_the_same() -> None:
    huge = 10**10_000  # more digits than Python turns into text
    with pytest.raises(UnsendableError, match="the value has no place in JSON"):
        to_json({"n": huge})


def test_the_deepest_value_that_the_runtime_can_read_is_sent() -> None:
    assert to_json(nested(MAX_DEPTH)) == b"[" * MAX_DEPTH + b"]" * MAX_DEPTH


@pytest.mark.parametrize("value", [nested(MAX_DEPTH + 1), {"a": {"b": nested(MAX_DEPTH - 1)}}])
def test_a_deeper_value_is_refused(value: object) -> None:
    with pytest.raises(UnsendableError, match=f"nested more than {MAX_DEPTH} deep"):
        to_json(value)


def test_many_brackets_side_by_side_or_in_text_are_fine() -> None:
    assert to_json({"a": [[]] * 500, "b": "[{" * 500}).count(b"[") == 1001
