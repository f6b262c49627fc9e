from __future__ import annotations

import inspect

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
    :param x_axis: The first.
    :param *xs: The others.
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
        "x_axis": "The first.",
        "xs": "The others.",
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


@pytest.mark.parametrize(
    "section",
    [
        "Args:\n    (none at all)\n        really",
        "Parameters\n----------\n(none)!\n    really",
    ],
)
def test_what_is_no_entry_stays_in_the_description(section: str) -> None:
    assert parse_docstring(f"Sum.\n\n{section}\n") == Docstring(f"Sum.\n\n{section}", {})
    entry = "    known: text" if section.startswith("Args") else "known : int\n    text"
    found = parse_docstring(f"Sum.\n\n{section}\n{entry}\n")
    assert found == Docstring(f"Sum.\n\n{section}", {"known": "text"})


@pytest.mark.parametrize(
    ("line", "parameters"),
    [
        ("- city: Where", {"city": "Where"}),
        ("* city: Where", {"city": "Where"}),
        ("- city (str): Where", {"city": "Where"}),
        ("- `city`: Where", {"city": "Where"}),
        ("- **city**: Where", {"city": "Where"}),
        ("city - Where", {"city": "Where"}),
        ("city -- Where", {"city": "Where"}),
        ("city (str) - Where", {"city": "Where"}),
        ("city (Callable[[int], str], optional): Where", {"city": "Where"}),
        ("city (tuple(int, int)): Where", {"city": "Where"}),
        ("lat, lon: Both", {"lat": "Both", "lon": "Both"}),
        ("lat (float), lon (float): Both", {"lat": "Both", "lon": "Both"}),
        ("- lat, lon - Both", {"lat": "Both", "lon": "Both"}),
        ("*rest: Others", {"rest": "Others"}),
        ("**more: Others", {"more": "Others"}),
    ],
)
def test_entries_are_read_in_the_ways_that_people_write_them(
    line: str, parameters: dict[str, str]
) -> None:
    assert parse_docstring(f"Look.\n\nArgs:\n    {line}\n") == Docstring("Look.", parameters)


def test_a_section_may_come_first() -> None:
    text = inspect.cleandoc(
        "Args:\n        city: Where,\n            exactly.\n        n: How many\n"
    )
    assert parse_docstring(text) == Docstring("", {"city": "Where, exactly.", "n": "How many"})
    text = inspect.cleandoc("Args:\n        city: Where\n\n        Then some prose.\n")
    assert parse_docstring(text) == Docstring("Then some prose.", {"city": "Where"})
    text = inspect.cleandoc("Args:\n        city: Where\n\n    Returns:\n        It.\n")
    assert parse_docstring(text) == Docstring("", {"city": "Where"})


def test_what_describes_no_parameter_stays_in_the_description() -> None:
    text = "Look.\n\nArgs:\n    city: Where\n    town: Which\n"
    found = parse_docstring(text, known=["city"])
    assert found == Docstring("Look.\n\nArgs:\n    town: Which", {"city": "Where"})
    found = parse_docstring("Look.\n\n:param town: Which\n", known=["city"])
    assert found == Docstring("Look.\n\n    town: Which", {})


def test_what_is_left_out_leaves_one_blank_line() -> None:
    text = "Look.\n\nArgs:\n    city: Which.\n\n\n\nIt is slow.\n"
    assert parse_docstring(text) == Docstring("Look.\n\nIt is slow.", {"city": "Which."})


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


@pytest.mark.parametrize("word", ["arg", "argument", "key", "keyword", "param", "parameter"])
def test_each_word_for_a_parameter_is_known(word: str) -> None:
    assert parse_docstring(f"Look.\n\n:{word} city: Which.\n").parameters == {"city": "Which."}


def test_a_header_of_another_kind_that_comes_first_stays_prose() -> None:
    text = "Note:\ncity: it is asked for twice"
    assert parse_docstring(text) == Docstring(text, {})


@pytest.mark.parametrize(
    "title",
    [
        *("Args", "Arguments", "Keyword Args", "Keyword Arguments", "Other Parameters"),
        *("Parameters", "Params"),
    ],
)
def test_each_title_of_parameters_is_known(title: str) -> None:
    found = Docstring("Look.", {"city": "Which."})
    assert parse_docstring(f"Look.\n\n{title}:\n    city: Which.") == found
    assert parse_docstring(f"Look.\n\n{title}\n{'-' * len(title)}\ncity\n    Which.") == found


@pytest.mark.parametrize(
    "title",
    [
        *("Attributes", "Raises", "References", "Return", "Returns", "See Also", "Yield"),
        "Yields",
    ],
)
def test_what_concerns_python_alone_is_left_out(title: str) -> None:
    text = f"Look.\n\n{title}:\n    ValueError: Why.\n\nAnd more."
    assert parse_docstring(text) == Docstring("Look.\n\nAnd more.", {})
    numpy = f"Look.\n\n{title}\n{'-' * len(title)}\nValueError\n    Why."
    assert parse_docstring(numpy) == Docstring("Look.", {})
