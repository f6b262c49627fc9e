"""A thread's stored turns, page by page: all, in either order, and no more than asked for."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import AsyncCodex, AsyncThread, InvalidRequestError
from openai_codex.testing import say
from openai_codex.types import AgentMessageThreadItem, Turn, TurnItemsView
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def talked(codex: AsyncCodex, model: SharedModel, *, turns: int) -> AsyncThread:
    """Start a thread and let it have that many turns."""
    thread = await codex.thread_start()
    for number in range(turns):
        model.script(say(f"answer {number}"), thread=thread.id)
        await thread.run(f"question {number}")
    return thread


def answer(turn: Turn) -> str | None:
    """Give the text of a turn's last message."""
    return next(
        (item.text for item in turn.items if isinstance(item, AgentMessageThreadItem)), None
    )


async def test_all_turns_come_newest_first_over_several_pages(
    codex: AsyncCodex, model: SharedModel
) -> None:
    thread = await talked(codex, model, turns=5)
    answers = [answer(turn) async for turn in thread.history(page_size=2)]
    assert answers == ["answer 4", "answer 3", "answer 2", "answer 1", "answer 0"]


async def test_the_oldest_can_come_first(codex: AsyncCodex, model: SharedModel) -> None:
    thread = await talked(codex, model, turns=3)
    answers = [answer(turn) async for turn in thread.history(page_size=2, newest_first=False)]
    assert answers == ["answer 0", "answer 1", "answer 2"]


async def test_a_page_is_asked_for_only_when_it_is_reached(
    codex: AsyncCodex, model: SharedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await talked(codex, model, turns=3)
    asked = requests_of(thread, monkeypatch)
    async for turn in thread.history(page_size=1):
        assert answer(turn) == "answer 2"
        break
    assert [method for method, _ in asked] == ["thread/turns/list"]


async def test_full_items_come_on_request(codex: AsyncCodex, model: SharedModel) -> None:
    thread = await talked(codex, model, turns=1)
    (turn,) = [turn async for turn in thread.history(items_view=TurnItemsView.full)]
    assert [item.type for item in turn.items] == ["userMessage", "agentMessage"]


async def test_a_thread_that_is_not_stored_has_no_history(codex: AsyncCodex) -> None:
    thread = await codex.thread_start(ephemeral=True)
    with pytest.raises(InvalidRequestError):
        [turn async for turn in thread.history()]


def requests_of(thread: AsyncThread, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """Watch what the thread's connection sends from now on."""
    driver = thread._rpc.driver
    sent: list[tuple[str, object]] = []
    call = driver.call

    def watched(method: str, params: dict[str, object] | None, *boxes: Any, **words: Any) -> int:
        sent.append((method, params))
        return call(method, params, *boxes, **words)

    monkeypatch.setattr(driver, "call", watched)
    return sent
