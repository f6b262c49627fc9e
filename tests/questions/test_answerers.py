"""Who answers for which thread: the thread's own handlers, its parent's, the client's, nobody."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from contextvars import Context
from typing import Any

import pytest

from openai_codex import Handlers, Question
from openai_codex.questions.answerers import Answerers, Setup
from openai_codex.questions.kinds import question_kind
from openai_codex.tools import ToolSet

COMMAND = "item/commandExecution/requestApproval"
NAME: contextvars.ContextVar[str] = contextvars.ContextVar("NAME", default="nobody")


def first(value: Any) -> Any:
    """Answer something, as the client's handler."""
    return True


def second(value: Any) -> Any:
    """Answer something, as a thread's handler."""
    return False


def greet(name: str) -> str:
    """Say hello."""
    return name


def nobody(thread_id: str) -> None:
    """Know of no parents."""


def parents(**known: str) -> Callable[[str], str | None]:
    return known.get


def ask(method: str = COMMAND, thread_id: str | None = "th") -> Question:
    params: dict[str, Any] = {} if thread_id is None else {"threadId": thread_id}
    kind = question_kind(method, params)
    assert kind is not None
    return kind(method, params)


def context(name: str) -> Context:
    made = contextvars.copy_context()
    made.run(NAME.set, name)
    return made


def name_in(found: Context | None) -> str | None:
    return None if found is None else found.run(NAME.get)


# --- handlers ------------------------------------------------------------------------------------


def test_the_clients_handlers_answer_where_a_thread_has_none() -> None:
    answerers = Answerers(Handlers(approve_command=first))
    for thread_id in ("th", None):
        assert answerers.handler_for(ask(thread_id=thread_id), nobody) == ("approve_command", first)
    assert answerers.handler_for(ask("attestation/generate"), nobody) is None


def test_a_threads_own_handlers_come_first_even_with_the_one_for_all() -> None:
    answerers = Answerers(Handlers(approve_command=first, attest=first))
    answerers.set_up("th", Setup(handlers=Handlers(approve=second)))
    assert answerers.handler_for(ask(), nobody) == ("approve", second)
    assert answerers.handler_for(ask(thread_id="other"), nobody) == ("approve_command", first)
    assert answerers.handler_for(ask("attestation/generate"), nobody) == ("attest", first)


def test_a_sub_agents_questions_go_to_the_thread_that_it_works_for() -> None:
    answerers = Answerers(Handlers())
    answerers.set_up("root", Setup(handlers=Handlers(approve=first)))
    line = parents(leaf="branch", branch="root")
    assert answerers.handler_for(ask(thread_id="leaf"), line) == ("approve", first)
    assert answerers.handler_for(ask(thread_id="leaf"), nobody) is None
    answerers.set_up("branch", Setup(handlers=Handlers(approve=second)))
    assert answerers.handler_for(ask(thread_id="leaf"), line) == ("approve", second)


def test_threads_that_are_said_to_be_each_others_parents_do_not_hang() -> None:
    circle = parents(a="b", b="a")
    assert Answerers(Handlers()).handler_for(ask(thread_id="a"), circle) is None


def test_a_hook_is_the_threads_or_else_the_clients() -> None:
    answerers = Answerers(Handlers(before_command=first, turn_ended=first))
    answerers.set_up("th", Setup(handlers=Handlers(before_command=second)))
    assert answerers.hook("before_command", "th", nobody) is second
    assert answerers.hook("turn_ended", "th", nobody) is first
    assert answerers.hook("before_command", "other", nobody) is first
    assert answerers.hook("before_command", None, nobody) is first
    assert answerers.hook("after_command", "th", nobody) is None


def test_approvals_are_answered_by_whoever_has_a_handler_for_them() -> None:
    one = Handlers(approve_permissions=first)
    assert not Answerers(Handlers(attest=first)).approve("th", None, nobody)
    assert Answerers(one).approve("th", None, nobody)
    assert Answerers(one).approve("th", Handlers(), nobody)
    answerers = Answerers(Handlers())
    assert answerers.approve("th", one, nobody)
    assert answerers.approve(None, one, nobody)
    assert not answerers.approve("th", Handlers(), nobody)
    answerers.set_up("th", Setup(handlers=one))
    assert answerers.approve("th", None, nobody)
    assert not answerers.approve("other", None, nobody)


# --- what is set up ------------------------------------------------------------------------------


def test_a_new_setup_keeps_of_the_older_one_what_it_leaves_out() -> None:
    tools, handlers, old = ToolSet([greet]), Handlers(approve=first), context("old")
    answerers = Answerers(Handlers())
    answerers.set_up("th", Setup(tools=tools, context=old))
    answerers.set_up("th", Setup(handlers=handlers))
    assert answerers.setup_of("th", nobody) == Setup(handlers, tools, old)
    newer, new = Handlers(approve=second), context("new")
    answerers.set_up("th", Setup(handlers=newer, context=new, answers=False))
    assert answerers.setup_of("th", nobody) == Setup(newer, tools, new, answers=False)
    answerers.set_up("th", Setup())
    assert answerers.setup_of("th", nobody).handlers is newer


def test_a_thread_without_a_setup_has_one_that_answers_and_holds_nothing() -> None:
    setup = Answerers(Handlers()).setup_of("th", nobody)
    assert setup == Setup(None, None, None, answers=True)
    assert setup.specs() is None


def test_the_tools_of_a_setup_have_their_wire_form() -> None:
    specs = Setup(tools=ToolSet([greet])).specs()
    assert specs is not None
    assert [spec["name"] for spec in specs] == ["greet"]


def test_what_was_set_up_is_forgotten() -> None:
    answerers = Answerers(Handlers())
    answerers.set_up("th", Setup(handlers=Handlers(approve=first), context=context("own")))
    answerers.serve("th", context("caller"))
    answerers.forget("th")
    answerers.forget("th")
    assert answerers.handler_for(ask(), nobody) is None
    assert answerers.context_of("th", nobody) is None


def test_a_setup_is_handed_over_to_the_thread_that_goes_on() -> None:
    answerers = Answerers(Handlers())
    answerers.set_up("th", Setup(handlers=Handlers(approve=first)))
    answerers.hand_over("th", "heir")
    assert answerers.handler_for(ask(thread_id="heir"), nobody) == ("approve", first)
    assert answerers.handler_for(ask(), nobody) is None
    answerers.hand_over("th", "heir")
    assert answerers.handler_for(ask(thread_id="heir"), nobody) == ("approve", first)


# --- contexts ------------------------------------------------------------------------------------


def test_answers_run_in_a_copy_of_the_context_of_the_turns_caller() -> None:
    answerers = Answerers(Handlers())
    answerers.set_up("th", Setup(context=context("setup")))
    assert name_in(answerers.context_of("th", nobody)) == "setup"
    caller = context("caller")
    answerers.serve("th", caller)
    found = answerers.context_of("agent", parents(agent="th"))
    assert found is not caller
    assert name_in(found) == "caller"
    answerers.served("th", caller)
    assert name_in(answerers.context_of("th", nobody)) == "setup"


def test_the_context_of_a_setup_is_copied_too() -> None:
    answerers, given = Answerers(Handlers()), context("setup")
    answerers.set_up("th", Setup(context=given))
    found = answerers.context_of("th", nobody)
    assert found is not None
    assert found is not given
    assert answerers.context_of("other", nobody) is None


def test_a_turn_that_ends_does_not_undo_the_context_of_the_next_one() -> None:
    answerers, old = Answerers(Handlers()), context("old")
    answerers.serve("th", old)
    answerers.serve("th", context("new"))
    answerers.served("th", old)
    assert name_in(answerers.context_of("th", nobody)) == "new"
    answerers.served("elsewhere", old)


# --- slots ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "slot"),
    [
        (COMMAND, "approve_command"),
        ("item/fileChange/requestApproval", "approve_file_change"),
        ("item/permissions/requestApproval", "approve_permissions"),
        ("execCommandApproval", "approve_command"),
        ("applyPatchApproval", "approve_file_change"),
    ],
)
def test_the_handler_for_all_takes_the_approvals_that_have_none_of_their_own(
    method: str, slot: str
) -> None:
    only: dict[str, Any] = {slot: second}
    assert Handlers(approve=first, **only).slot_for(ask(method)) == slot
    assert Handlers(approve=first).slot_for(ask(method)) == "approve"
    assert Handlers(elicit=first).slot_for(ask(method)) is None


@pytest.mark.parametrize(
    ("method", "slot"),
    [
        ("mcpServer/elicitation/request", "elicit"),
        ("item/tool/requestUserInput", "ask_user"),
        ("account/chatgptAuthTokens/refresh", "refresh_tokens"),
        ("currentTime/read", "current_time"),
        ("attestation/generate", "attest"),
    ],
)
def test_the_handler_for_all_approvals_takes_nothing_else(method: str, slot: str) -> None:
    only: dict[str, Any] = {slot: second}
    assert Handlers(approve=first, **only).slot_for(ask(method)) == slot
    assert Handlers(approve=first).slot_for(ask(method)) is None


def test_a_question_of_no_known_kind_has_no_slot() -> None:
    assert Handlers(approve=first).slot_for(Question("item/dance", {})) is None


def test_handlers_over_others_keep_what_they_leave_out() -> None:
    both = Handlers(approve=second, attest=second).over(Handlers(approve=first, elicit=first))
    assert both == Handlers(approve=second, attest=second, elicit=first)


@pytest.mark.parametrize("slot", ["after_command", "turn_started", "turn_ended"])
def test_the_hooks_that_are_told_of_events_watch(slot: str) -> None:
    told: dict[str, Any] = {slot: first}
    assert Handlers(**told).watches
    assert not Handlers(**told).approves


@pytest.mark.parametrize(
    "slot",
    [
        *("approve", "approve_command", "approve_file_change", "approve_permissions"),
        *("approve_mcp_tool", "before_command"),
    ],
)
def test_any_handler_of_approvals_approves(slot: str) -> None:
    given: dict[str, Any] = {slot: first}
    assert Handlers(**given).approves
    assert not Handlers(**given).watches


def test_a_handler_that_cannot_be_called_is_refused_by_name() -> None:
    wrong: Any = {"approve_command": True}
    with pytest.raises(TypeError, match=r"Handlers\.approve_command must be callable, got bool"):
        Handlers(**wrong)
