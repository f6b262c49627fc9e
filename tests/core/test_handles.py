"""Threads whose handles are gone are told once, and never while something runs in them."""

from __future__ import annotations

import pytest

from openai_codex._core.handles import Handles
from openai_codex._core.ledger import Ledger
from tests.core.boxes import Note


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def started(ledger: Ledger, thread: str, turn: str, root: str | None = None) -> None:
    body = {"id": turn, "rootTurnId": root or turn}
    ledger.turn_started(Note("turn/started", {"threadId": thread, "turn": body}))


def completed(ledger: Ledger, thread: str, turn: str) -> None:
    ledger.turn_completed(Note("turn/completed", {"threadId": thread, "turn": {"id": turn}}))


def test_a_thread_is_let_go_with_its_last_handle_and_once(ledger: Ledger) -> None:
    handles = Handles()
    handles.take("T1")
    handles.take("T1")
    handles.take("T2")
    handles.dropped.append("T1")
    assert handles.unused(ledger) == []
    handles.dropped.append("T1")
    assert handles.unused(ledger) == ["T1"]
    assert handles.unused(ledger) == []


def test_a_thread_that_was_opened_again_is_not_let_go(ledger: Ledger) -> None:
    handles = Handles()
    handles.take("T1")
    started(ledger, "T1", "U1")
    handles.dropped.append("T1")
    assert handles.unused(ledger) == []
    handles.take("T1")
    completed(ledger, "T1", "U1")
    assert handles.unused(ledger) == []
    handles.dropped.append("T1")
    assert handles.unused(ledger) == ["T1"]


def test_a_thread_is_kept_while_its_turn_or_a_sub_agent_of_it_runs(ledger: Ledger) -> None:
    handles = Handles()
    handles.take("T1")
    handles.dropped.append("T1")
    started(ledger, "T1", "U1")
    started(ledger, "A1", "V1", root="U1")
    completed(ledger, "T1", "U1")
    assert handles.unused(ledger) == []
    completed(ledger, "A1", "V1")
    assert handles.unused(ledger) == ["T1"]


def test_nothing_is_kept_of_a_thread_that_was_let_go(ledger: Ledger) -> None:
    handles = Handles()
    handles.take("T1")
    handles.begun("T1", "U1")
    started(ledger, "T1", "U1")
    completed(ledger, "T1", "U1")
    handles.dropped.append("T1")
    assert handles.unused(ledger) == ["T1"]
    assert not any(vars(handles).values())


def test_a_thread_is_kept_while_a_turn_that_was_accepted_has_yet_to_begin(ledger: Ledger) -> None:
    handles = Handles()
    handles.begun("T0", "U0")  # of a thread that is stored: nothing is kept for it
    handles.take("T1")
    handles.begun("T1", "U1")
    handles.dropped.append("T1")
    assert handles.unused(ledger) == []
    started(ledger, "T1", "U1")
    assert handles.unused(ledger) == []
    completed(ledger, "T1", "U1")
    assert handles.unused(ledger) == ["T1"]
