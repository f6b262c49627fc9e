from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from openai_codex.tools import ToolImage, ToolResult
from openai_codex.tools.result import MAX_RESULT_CHARS, render

IMAGE = ToolImage(url="data:image/png;base64,AA==")


class Ticket(BaseModel):
    id: str
    due: datetime.date


@dataclass
class Point:
    x: int
    y: float


class Color(str, enum.Enum):
    RED = "red"


def texts(answer: dict[str, Any]) -> list[str]:
    return [item["text"] for item in answer["contentItems"] if item["type"] == "inputText"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Ticket open", "Ticket open"),
        ("", ""),
        (Color.RED, "red"),
        (None, "success"),
        (True, "true"),
        (3, "3"),
        (1.5, "1.5"),
        ({"a": [1, None, "é"]}, '{"a":[1,null,"é"]}'),
        (["a", "b"], '["a","b"]'),
        (("a", 1), '["a",1]'),
        ({1}, "[1]"),
        (Ticket(id="A", due=datetime.date(2026, 1, 2)), '{"id":"A","due":"2026-01-02"}'),
        ([Point(1, 2.0)], '[{"x":1,"y":2.0}]'),
        (Path("a") / "b", '"a/b"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (Decimal("1.50"), '"1.50"'),
        (b"\xff\x00", '"_wA="'),
        ({"key": SecretStr("hunter2")}, '{"key":"**********"}'),
    ],
)
def test_a_result_becomes_one_text(value: object, text: str) -> None:
    assert render(value) == {"contentItems": [{"type": "inputText", "text": text}], "success": True}


def test_an_image_and_text_in_a_list_become_one_item_each() -> None:
    assert render(["before", IMAGE, {"n": 1}, [IMAGE]]) == {
        "contentItems": [
            {"type": "inputText", "text": "before"},
            {"type": "inputImage", "imageUrl": "data:image/png;base64,AA=="},
            {"type": "inputText", "text": '{"n":1}'},
            {"type": "inputImage", "imageUrl": "data:image/png;base64,AA=="},
        ],
        "success": True,
    }


def test_an_image_in_a_list_inside_a_list_becomes_an_item() -> None:
    answer = render([["before", [IMAGE]], ("after",)])
    kinds = [item["type"] for item in answer["contentItems"]]
    assert kinds == ["inputText", "inputImage", "inputText"]
    assert texts(answer) == ["before", '["after"]']


@dataclass
class Framed:
    image: ToolImage


@pytest.mark.parametrize(
    ("value", "holder"),
    [
        ({"image": IMAGE}, "dict"),
        ([{"image": IMAGE}], "list"),
        ([IMAGE, {"images": [IMAGE]}], "dict"),
        (Framed(IMAGE), "Framed"),
        (ToolResult({"image": IMAGE}), "dict"),
    ],
)
def test_an_image_where_none_can_be_is_an_error_that_says_what_to_return(
    value: object, holder: str
) -> None:
    assert render(value) == {
        "contentItems": [
            {
                "type": "inputText",
                "text": f"ToolResultError: the tool returned {holder} with ToolImage inside, "
                "which cannot be sent; it must return ToolImage by itself or as a part of a list: "
                "['text', ToolImage(...)]",
            }
        ],
        "success": False,
    }


def test_a_result_inside_a_result_failed_if_either_did() -> None:
    assert render(ToolResult(ToolResult("no", success=False))) == {
        "contentItems": [{"type": "inputText", "text": "no"}],
        "success": False,
    }


def test_an_explicit_result_says_whether_the_call_succeeded() -> None:
    assert render(ToolResult("no such ticket", success=False)) == {
        "contentItems": [{"type": "inputText", "text": "no such ticket"}],
        "success": False,
    }
    assert render(ToolResult(IMAGE))["success"] is True


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (object(), "returned object, which"),
        ({"a": [object()]}, "returned dict, which cannot be sent (object: it has no JSON form)"),
        (render, "function: it has no JSON form"),
        ([IMAGE, object()], "returned object, which"),
    ],
)
def test_what_has_no_json_form_becomes_an_error_that_names_the_type(
    value: object, named: str
) -> None:
    answer = render(value)
    assert answer["success"] is False
    [text] = texts(answer)
    assert text.startswith("ToolResultError: the tool returned")
    assert named in text


def test_a_value_that_contains_itself_becomes_an_error() -> None:
    circle: list[Any] = []
    circle.append(circle)
    answer = render(circle)
    assert answer["success"] is False
    assert "Circular reference" in texts(answer)[0]
    circle.append(IMAGE)
    assert "Circular reference" in texts(render(circle))[0]
    table: dict[str, Any] = {}
    table["itself"] = table
    assert "Circular reference" in texts(render(table))[0]


def test_a_lone_surrogate_does_not_cost_the_result() -> None:
    assert texts(render("a\ud83db")) == ["a\ufffdb"]
    assert texts(render("\ud83d\ude00")) == ["😀"]


@dataclass
class Named:
    name: str


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (["a\ud800", 1, None], '["a\ufffd",1,null]'),
        ({"k\udfff": ["v\ud800"]}, '{"k\ufffd":["v\ufffd"]}'),
        (Named("a\ud800"), '{"name":"a\ufffd"}'),
        ([Named("a\ud800"), b"\xff"], '[{"name":"a\ufffd"},"_w=="]'),
    ],
)
def test_a_lone_surrogate_at_any_depth_is_replaced_and_the_rest_is_kept(
    value: Any, text: str
) -> None:
    result = render(value)
    assert result["success"]
    assert texts(result) == [text]


def test_five_megabytes_pass_whole() -> None:
    assert texts(render("x" * 5_000_000)) == ["x" * 5_000_000]
    assert MAX_RESULT_CHARS >= 5_000_000


def test_text_past_the_limit_is_cut_with_a_note_all_items_together() -> None:
    answer = render(["abcd", IMAGE, "efgh", "ij"], limit=6)
    assert texts(answer) == [
        "abcd",
        "ef\n[cut: 4 characters, the first 2 are shown]",
        "\n[cut: 2 characters, the first 0 are shown]",
    ]
    assert answer["contentItems"][1]["type"] == "inputImage"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None)
@given(JSON_VALUES)
def test_every_json_value_can_be_sent(value: Any) -> None:
    answer = render(value)
    assert answer["success"] is True
    assert all(isinstance(text.encode(), bytes) for text in texts(answer))
