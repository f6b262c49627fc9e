"""Enums are strings first: known or not, they compare, print, copy and travel as such."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from pydantic_core import to_json

from openai_codex.types import ReasoningEffort, SessionSourceValue, TurnStatus


def test_members_have_snake_case_names_and_wire_values() -> None:
    assert TurnStatus.in_progress.value == "inProgress"
    assert SessionSourceValue.app_server.value == "appServer"
    assert ReasoningEffort.xhigh == "xhigh"


@pytest.mark.parametrize("value", ["inProgress", "daydreaming"])
def test_a_member_is_a_plain_string_in_text_and_json(value: str) -> None:
    status = TurnStatus(value)
    assert (str(status), f"{status}", f"{status:>14}", status.value) == (
        value, value, f"{value:>14}", value
    )  # fmt: skip
    assert json.dumps({"status": status}) == f'{{"status": "{value}"}}'
    assert to_json(status) == f'"{value}"'.encode()
    assert {value: 1}[status] == 1


@pytest.mark.parametrize("value", ["inProgress", "daydreaming"])
@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_member_survives_copy_and_pickle(value: str, again: Any) -> None:
    status = TurnStatus(value)
    assert again(status) == status
    assert type(again(status)) is TurnStatus


def test_an_unknown_value_is_no_member_of_the_class_and_is_not_remembered() -> None:
    unknown = TurnStatus("daydreaming")
    assert (unknown.is_known, TurnStatus.failed.is_known) == (False, True)
    assert unknown not in list(TurnStatus)
    assert TurnStatus("daydreaming") == unknown
    assert unknown != TurnStatus.failed
    assert unknown.root is unknown
    assert "daydreaming" not in TurnStatus.__members__


def test_only_strings_are_values() -> None:
    with pytest.raises(ValueError, match="7 is not a valid TurnStatus"):
        TurnStatus(7)
