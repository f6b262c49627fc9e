from __future__ import annotations

import functools
import inspect
import logging
import os
import subprocess
import sys
import weakref
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from openai_codex.tools import (
    Tool,
    ToolArgumentsError,
    ToolContext,
    ToolDefinitionError,
    ToolResult,
    tool,
)

CONTEXT = ToolContext(thread_id="th", turn_id="t1", call_id="call-1", tool="whoami")


@tool
def add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b


@tool(name="sleep_well", description="Sleep.", timeout=1.5)
async def rest(hours: float) -> str:
    """Not what the model reads."""
    return f"slept {hours:g}"


def text_of(answer: dict[str, Any]) -> str:
    assert answer["success"] is False
    [item] = answer["contentItems"]
    text: str = item["text"]
    return text


def test_a_decorated_function_can_be_called_as_before() -> None:
    assert add(1) == 3
    assert add(1, b=5) == 6
    assert add.__name__ == "add"
    assert add.__doc__ == "Add two numbers."
    assert str(inspect.signature(add)) == "(a: 'int', b: 'int' = 2) -> 'int'"


async def test_a_decorated_async_function_can_be_awaited_as_before() -> None:
    assert await rest(8) == "slept 8"


def test_name_and_description_come_from_the_function_unless_given() -> None:
    assert (add.name, add.description, add.timeout, add.is_async) == (
        "add",
        "Add two numbers.",
        None,
        False,
    )
    assert (rest.name, rest.description, rest.timeout, rest.is_async) == (
        "sleep_well",
        "Sleep.",
        1.5,
        True,
    )
    assert repr(rest) == "<Tool 'sleep_well' of rest>"


def test_the_spec_is_what_thread_start_takes() -> None:
    assert add.spec() == {
        "type": "function",
        "name": "add",
        "description": "Add two numbers.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "a": {"type": "integer"},
                "b": {"type": "integer", "default": 2, "description": "(default: 2)"},
            },
            "required": ["a"],
            "additionalProperties": False,
        },
    }


def test_of_returns_a_tool_as_it_is() -> None:
    assert Tool.of(add) is add


def test_a_bound_call_runs_the_function() -> None:
    assert add.bind({"a": 1})() == 3
    assert add.bind({"a": 1, "b": 1})() == 2


async def test_a_bound_call_of_an_async_function_is_awaited() -> None:
    assert await rest.bind({"hours": 7})() == "slept 7"


def test_the_context_is_injected_and_not_in_the_schema() -> None:
    def whoami(name: str, context: ToolContext, other: ToolContext | None = None) -> Any:
        return name, context, other

    made = Tool.of(whoami)
    assert made.wants_context
    assert list(made.input_schema["properties"]) == ["name"]
    assert made.bind({"name": "n"}, context=CONTEXT)() == ("n", CONTEXT, CONTEXT)
    assert not add.wants_context


def test_a_context_may_be_optional_and_annotated() -> None:
    def whoami(
        one: Annotated[ToolContext, "who"] = None,  # type: ignore[assignment]
        two: Annotated[ToolContext | None, "who"] = None,
    ) -> Any:
        return one, two

    made = Tool.of(whoami)
    assert made.input_schema["properties"] == {}
    assert made.bind({}, context=CONTEXT)() == (CONTEXT, CONTEXT)


def test_a_context_cannot_be_forged_by_the_model() -> None:
    def whoami(context: ToolContext) -> str:
        return context.thread_id

    with pytest.raises(ToolArgumentsError, match="context: unknown field"):
        Tool.of(whoami).bind({"context": {"thread_id": "x"}}, context=CONTEXT)


class Desk:
    def __init__(self, open_hours: int) -> None:
        self.open_hours = open_hours

    @tool(timeout=3, namespace="desk")
    def hours(self, factor: int) -> int:
        """Say the hours."""
        return self.open_hours * factor

    @staticmethod
    @tool
    def fixed(x: int) -> int:
        return x

    def __call__(self, x: int) -> int:
        """Call the desk."""
        return self.open_hours + x


def test_a_method_is_bound_to_its_instance() -> None:
    bound = Desk(8).hours
    assert bound(2) == 16
    assert bound.bind({"factor": 3})() == 24
    assert list(bound.input_schema["properties"]) == ["factor"]
    assert (bound.name, bound.timeout, bound.namespace) == ("hours", 3, "desk")
    assert isinstance(Desk.hours, Tool)


class Mute:
    @classmethod
    @tool
    def of_all(cls, x: int) -> tuple[str, int]:
        return cls.__name__, x


def test_a_class_method_without_a_docstring_is_a_tool() -> None:
    made = Tool.of(Mute.of_all)
    assert list(made.input_schema["properties"]) == ["x"]
    assert made.bind({"x": 3})() == ("Mute", 3)


def test_a_method_without_its_instance_is_refused_with_the_way_to_give_it() -> None:
    with pytest.raises(ToolDefinitionError, match=r"take it from one, instance\.hours"):
        Desk.hours.spec()


def test_a_static_method_and_an_undecorated_method_are_tools() -> None:
    assert Desk(1).fixed.bind({"x": 5})() == 5
    made = Tool(Desk(8).__call__, name="call_desk")
    assert made.bind({"x": 1})() == 9


def test_a_callable_object_needs_a_name() -> None:
    made = Tool(Desk(8), name="desk")
    assert made.description == "Call the desk."
    assert made.bind({"x": 2})() == 10
    with pytest.raises(ToolDefinitionError, match="give it one with name="):
        Tool.of(Desk(8))


def test_a_partial_takes_what_is_left_of_the_parameters() -> None:
    def scale(factor: int, x: int) -> int:
        """Scale."""
        return factor * x

    made = Tool.of(functools.partial(scale, 3))
    assert (made.name, made.description) == ("scale", "Scale.")
    assert list(made.input_schema["properties"]) == ["x"]
    assert made.bind({"x": 2})() == 6


def test_a_wrapped_function_shows_what_it_wraps() -> None:
    def shout(text: str) -> str:
        """Shout."""
        return text.upper()

    @functools.wraps(shout)
    def traced(*args: Any, **kwargs: Any) -> str:
        return shout(*args, **kwargs)

    assert Tool.of(traced).bind({"text": "a"})() == "A"
    assert Tool.of(traced).description == "Shout."


def test_positional_only_parameters_are_filled_in() -> None:
    def divide(a: int, b: int = 2, /, *, exact: bool = True) -> tuple[int, int, bool]:
        return a, b, exact

    made = Tool.of(divide)
    assert made.bind({"a": 1})() == (1, 2, True)
    assert made.bind({"a": 1, "b": 4, "exact": False})() == (1, 4, False)


def test_a_positional_only_parameter_left_out_keeps_its_place() -> None:
    def divide(a: int = 1, b: int = 2, /) -> tuple[int, int]:
        return a, b

    assert Tool.of(divide).bind({"b": 4})() == (1, 4)


def test_a_local_type_is_found_even_when_hints_are_text() -> None:
    class Local(BaseModel):
        n: int

    @tool
    def take(local: Local) -> int:
        return local.n

    @tool(timeout=1)
    def take_too(local: Local) -> int:
        return local.n

    assert take.bind({"local": {"n": 4}})() == 4
    assert take_too.bind({"local": {"n": 5}})() == 5


class Heavy:
    pass


def make_tool_beside(heavy: Heavy) -> Tool[..., int]:
    Pair = Annotated[tuple[int, int], "two numbers"]  # noqa: N806
    Rows = list[int]  # noqa: N806

    @tool
    def take(pair: Pair, rows: Rows) -> int:  # pyright: ignore[reportInvalidTypeForm]
        return pair[0] + rows[0]

    return take


def test_a_local_alias_is_found() -> None:
    assert make_tool_beside(Heavy()).bind({"pair": [1, 2], "rows": [3]})() == 4


def test_a_tool_does_not_keep_other_local_values_alive() -> None:
    heavy = Heavy()
    gone = weakref.ref(heavy)
    made = make_tool_beside(heavy)
    del heavy
    assert gone() is None
    assert made.name == "take"


def test_a_type_defined_further_down_is_found() -> None:
    assert later.bind({"thing": {"n": 1}})().n == 1


@tool
def later(thing: Thing) -> Thing:
    return thing


class Thing(BaseModel):
    n: int


def test_hints_that_cannot_be_read_are_refused_with_the_reason() -> None:
    def lost(x: Missing) -> None:  # type: ignore[name-defined]  # noqa: F821
        pass

    with pytest.raises(ToolDefinitionError, match=r"tool 'lost'.*'Missing' is not defined.*module"):
        Tool.of(lost).spec()


def test_a_return_type_that_cannot_be_read_does_not_matter() -> None:
    def fine(x: int) -> Missing:  # type: ignore[name-defined]  # noqa: F821
        return x

    assert Tool.of(fine).bind({"x": 1})() == 1


def no_hint(x) -> None:  # type: ignore[no-untyped-def]
    pass


def many(*names: str) -> None:
    pass


def options(**values: str) -> None:
    pass


def old_field(x: int = Field(3)) -> None:
    pass


def stranger(ok: int, other: Stranger) -> None:
    pass


class Stranger:
    pass


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (no_hint, "'no_hint': parameter 'x' has no type hint"),
        (many, "take a list, names: list"),
        (options, "take a dictionary, values: dict"),
        (old_field, "write x: Annotated"),
        (stranger, "no JSON Schema for parameter 'other': Unable"),
        (getattr, "no readable signature"),
        (print, "'print': it .*: write a function with type hints that calls it"),
        (len, "'len': it is built in and has no type hints: write a function with type hints"),
        (str.upper, "it is built in"),
    ],
)
def test_parameters_without_a_json_form_are_refused(function: Any, reason: str) -> None:
    with pytest.raises(ToolDefinitionError, match=reason):
        Tool.of(function).spec()


class Shop:
    """A class whose methods are taken from it, and not from an instance."""

    def look(self, n: int) -> int:
        return n

    @classmethod
    def count(cls, n: int) -> int:
        return n


@pytest.mark.parametrize("function", [Shop.look, vars(Shop)["count"].__func__])
def test_a_method_without_its_instance_is_refused_by_its_name(function: Any) -> None:
    text = f"a method without its instance: take it from one, instance.{function.__name__}"
    with pytest.raises(ToolDefinitionError, match=text):
        Tool.of(function).spec()
    assert Tool.of(Shop().look).bind({"n": 1})() == Tool.of(Shop.count).bind({"n": 1})() == 1


def test_a_built_in_function_without_parameters_is_a_tool() -> None:
    made = Tool.of(os.getpid)
    assert made.name == "getpid"
    assert made.bind({})() == os.getpid()


def numbers(n: int) -> Iterator[int]:
    yield n


def of_class(cls: type, n: int) -> int:
    return n


async def later_numbers(n: int) -> AsyncIterator[int]:
    yield n


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda x: x, "'<lambda>' is not made of letters"),
        (numbers, "yields; a tool returns its result"),
        (later_numbers, "yields; a tool returns its result"),
        (staticmethod(numbers), "put @tool below @staticmethod"),
        (classmethod(of_class), "put @tool below @classmethod"),
        (Thing, "a tool is a function"),
        (3, "a tool is a function, not 3"),
    ],
)
def test_what_is_not_a_function_with_a_name_is_refused(function: Any, reason: str) -> None:
    with pytest.raises(ToolDefinitionError, match=reason):
        Tool.of(function)


def test_a_timeout_must_be_positive() -> None:
    with pytest.raises(ToolDefinitionError, match="'add': timeout must be above 0 seconds"):
        tool(timeout=0)(add.function)


def test_a_timeout_takes_a_timedelta_and_infinity_is_no_limit() -> None:
    assert tool(timeout=timedelta(minutes=1))(add.function).timeout == 60.0
    assert tool(timeout=float("inf"))(add.function).timeout is None


async def explain_later(error: BaseException) -> str:
    return str(error)


@pytest.mark.parametrize(
    ("option", "value", "wanted"),
    [
        *(("timeout", value, "at least 0 seconds") for value in (-1, float("nan"))),
        *(("timeout", value, "a number of seconds or a timedelta") for value in ("3", True)),
        *(("max_result_chars", value, "at least 1") for value in (-1, 0)),
        *(("max_result_chars", value, "a whole number") for value in ("3", 2.5, True, None)),
        ("on_error", 3, "callable, got int"),
        ("on_error", explain_later, "a plain function, not an async one"),
        *(("defer_loading", value, "True or False") for value in ("no", 1, None)),
        *((name, 3, "a str, got int") for name in ("name", "description", "namespace")),
    ],
)
def test_an_option_that_is_something_else_is_refused_where_the_tool_is_declared(
    option: str, value: Any, wanted: str
) -> None:
    with pytest.raises(ToolDefinitionError) as caught:
        tool(**{option: value})(add.function)
    assert f"{option} must be {wanted}" in str(caught.value)


@pytest.mark.parametrize("namespace", ["", "a b", "web", "mcp__x"])
def test_a_namespace_is_checked_where_the_tool_is_declared(namespace: str) -> None:
    with pytest.raises(ToolDefinitionError, match="namespace"):
        tool(namespace=namespace)(add.function)


def test_an_unknown_option_is_refused_before_there_is_a_function() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'timout'"):
        tool(timout=3)  # type: ignore[call-overload]


def test_a_name_in_place_of_the_function_is_refused_with_the_way_to_give_one() -> None:
    with pytest.raises(ToolDefinitionError, match=r"write @tool\(name='add_up'\)"):
        tool("add_up")  # type: ignore[call-overload]


def test_a_tool_of_a_tool_is_one_of_its_function() -> None:
    assert Tool(rest, name="nap").is_async
    assert Tool(rest).function is rest.function


def test_an_error_is_told_with_its_type_and_message_alone() -> None:
    answer = add.render_error(KeyError("T-1"))
    assert answer == {
        "contentItems": [{"type": "inputText", "text": "KeyError: 'T-1'"}],
        "success": False,
    }
    assert text_of(add.render_error(ValueError())) == "ValueError"
    assert len(text_of(add.render_error(ValueError("x" * 9000)))) < 2100


def test_wrong_arguments_are_told_in_full() -> None:
    made = tool(on_error=lambda error: "down")(add.function)
    with pytest.raises(ToolArgumentsError) as caught:
        made.bind({"a": "many"})
    assert text_of(made.render_error(caught.value)) == str(caught.value)


def test_a_timeout_is_told_with_the_limit() -> None:
    assert text_of(rest.render_timeout()) == (
        "TimeoutError: the tool 'sleep_well' did not finish within 1.5 seconds"
    )
    assert text_of(add.render_timeout()).endswith("did not finish in time")


def test_on_error_chooses_what_the_model_reads() -> None:
    def explain(error: BaseException) -> object:
        return ToolResult({"code": 7}) if isinstance(error, KeyError) else None

    made = tool(on_error=explain)(add.function)
    assert text_of(made.render_error(KeyError("x"))) == '{"code":7}'
    assert text_of(made.render_error(ValueError("x"))) == "ValueError: x"


def test_an_on_error_that_raises_is_logged_and_the_plain_error_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(error: BaseException) -> object:
        raise RuntimeError("no")

    made = tool(on_error=broken)(add.function)
    with caplog.at_level(logging.ERROR, logger="openai_codex.tools"):
        assert text_of(made.render_error(KeyError("x"))) == "KeyError: 'x'"
    assert "on_error of tool 'add' raised" in caplog.text


def test_a_result_is_cut_at_the_tools_own_limit() -> None:
    made = tool(max_result_chars=3)(add.function)
    assert made.render("abcdef")["contentItems"][0]["text"].startswith("abc\n[cut: 6")


def test_annotated_names_stay_with_the_function() -> None:
    @tool
    def near(place: Annotated[str, "a city"]) -> str:
        return place

    assert near("Ulm") == "Ulm"
    assert near.input_schema["properties"]["place"]["description"] == "a city"


def test_declaring_a_tool_does_not_import_pydantic_or_asyncio() -> None:
    code = (
        "import sys\n"
        "from openai_codex.tools import ToolSet, tool\n"
        "from openai_codex.output import OutputType\n"
        "@tool\n"
        "def add(a: int) -> int: return a\n"
        "ToolSet([add])\n"
        "print([name for name in sys.modules if name in ('pydantic', 'asyncio')])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


class MuteError(Exception):
    """An exception that cannot even say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_an_exception_that_cannot_be_shown_is_told_by_its_name() -> None:
    told = Tool.of(len).render_error(MuteError())
    assert told["contentItems"] == [{"type": "inputText", "text": "MuteError"}]
