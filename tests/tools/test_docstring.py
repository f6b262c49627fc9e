from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_codex.tools.docstring import Docstring, parse_docstring

GOOGLE = """Look up a ticket.

    The ticket must exist.

    Args:
        id (str): The ticket's id,
            with its prefix.
        limit: How many: at most ten.

        deep (bool, optional): Follow links.
        *rest: The others.

    Returns:
        The ticket.

    Examples:
        Ask for T-1.
    """

NUMPY = """Look up a ticket.

    The ticket must exist.

    Parameters
    ----------
    id : str
        The ticket's id,
        with its prefix.
    limit, most : int, optional
        How many: at most ten.
    deep
        Follow links.

    Returns
    -------
    str
        The ticket.

    Notes
    -----
    Slow.
    """

REST = """Look up a ticket.

    The ticket must exist.

    :param str id: The ticket's id,
        with its prefix.
    :param limit: How many: at most ten.
    :type limit: int
    @param deep: Follow links.
    :returns: The ticket.
    :raises KeyError: when there is none
    """


def test_google_style_gives_the_prose_and_each_parameter() -> None:
    found = parse_docstring(GOOGLE)
    assert found.description == (
        "Look up a ticket.\n\nThe ticket must exist.\n\nExamples:\n    Ask for T-1."
    )
    assert found.parameters == {
        "id": "The ticket's id, with its prefix.",
        "limit": "How many: at most ten.",
        "deep": "Follow links.",
        "rest": "The others.",
    }


def test_numpy_style_gives_the_prose_and_each_parameter() -> None:
    found = parse_docstring(NUMPY)
    assert found.description == "Look up a ticket.\n\nThe ticket must exist.\n\nNotes\n-----\nSlow."
    assert found.parameters == {
        "id": "The ticket's id, with its prefix.",
        "limit": "How many: at most ten.",
        "most": "How many: at most ten.",
        "deep": "Follow links.",
    }


def test_rest_style_gives_the_prose_and_each_parameter() -> None:
    found = parse_docstring(REST)
    assert found.description == "Look up a ticket.\n\nThe ticket must exist."
    assert found.parameters == {
        "id": "The ticket's id, with its prefix.",
        "limit": "How many: at most ten.",
        "deep": "Follow links.",
    }


@pytest.mark.parametrize("text", [None, "", "  \n "])
def test_no_docstring_is_no_description(text: str | None) -> None:
    assert parse_docstring(text) == Docstring("", {})


@pytest.mark.parametrize(
    "text",
    [
        "Answer with the sum.",
        "Note: this is slow.\n\nUse it once.",
        "Args: are not needed.",
        "Args:\nnot indented, so this is prose",
        ":warning: it is slow",
        "Parameters matter.\n\nMuch.",
        "Title\n-----\nText.",
    ],
)
def test_prose_that_only_looks_like_a_section_stays_prose(text: str) -> None:
    assert parse_docstring(text) == Docstring(text, {})


def test_a_parameter_section_whose_lines_are_no_entries_gives_none() -> None:
    text = "Sum.\n\nArgs:\n    (none at all)\n        really\n"
    assert parse_docstring(text) == Docstring("Sum.", {})
    text = "Sum.\n\nParameters\n----------\n(none)!\n    really\n"
    assert parse_docstring(text) == Docstring("Sum.", {})


def test_a_parameter_without_a_text_has_no_description() -> None:
    assert parse_docstring("Sum.\n\nArgs:\n    a:\n    b: the other\n").parameters == {
        "b": "the other"
    }
    assert parse_docstring(":param: lost\n").parameters == {}


@settings(deadline=None)
@given(st.text(alphabet=" \n\tab:-Args()*@param.", max_size=200))
def test_any_text_can_be_parsed(text: str) -> None:
    found = parse_docstring(text)
    assert all(description for description in found.parameters.values())
