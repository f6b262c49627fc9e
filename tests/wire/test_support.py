"""What an older runtime would drop is found in the params, however deep, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex._version import __version__
from openai_codex._wire.since import SINCE
from openai_codex._wire.support import first_lost, lacking
from openai_codex._wire.tables import CALLS


def test_the_table_names_requests_and_later_versions_up_to_this_one() -> None:
    newest = tuple(int(part) for part in __version__.split("."))
    assert set(SINCE) <= set(CALLS)
    for options in SINCE.values():
        for lost_below, known_from in options.values():
            assert lost_below <= known_from <= newest


@pytest.mark.parametrize("version", [__version__, "9.0.0", None, "", "unknown", "0.163"])
def test_nothing_is_refused_of_this_a_newer_or_an_untold_version(version: str | None) -> None:
    assert lacking(version) == {}


@pytest.mark.parametrize("version", ["0.149.0", "0.133.0", "0.150.9-alpha.1"])
def test_an_older_version_lacks_what_came_later(version: str) -> None:
    lacks = lacking(version)
    assert lacks["turn/start"]["toolOutput"] == "0.151.0"
    assert lacks["thread/resume"]["excludeTurns"] == "0.151.0"
    assert "input" not in lacks["turn/start"]


def test_an_option_without_an_exact_date_is_refused_where_it_is_known_to_be_lost() -> None:
    assert "cyberAccessProgram" in lacking("0.149.0")["turn/start"]
    assert "cyberAccessProgram" not in lacking("0.152.0")["turn/start"]


@pytest.mark.parametrize(
    ("params", "lost"),
    [
        ({"a": 1}, "a"),
        ({"a": None}, None),
        ({"a": False}, "a"),
        ({"b": {"c": 1}}, "b.c"),
        ({"b": {"d": 1}}, None),
        ({"b": [{"d": 1}, {"c": 2}]}, "b.c"),
        ({"b": [1, "c", None]}, None),
        ({"b": "c"}, None),
        ({}, None),
    ],
)
def test_options_are_found_in_objects_and_lists(params: dict[str, Any], lost: str | None) -> None:
    assert first_lost(params, {"a": "1.0.0", "b.c": "1.0.0"}) == lost
