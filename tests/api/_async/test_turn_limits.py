"""What a limit of a turn sees of the real runtime: the turn's events, and its sub-agents'."""

from __future__ import annotations

from typing import Any

from openai_codex import AsyncCodex
from openai_codex._async.start import AsyncStart
from openai_codex._core.deadline import NEVER
from openai_codex._turns.limits import Limit
from openai_codex.testing import offline_config, say, spawn_agent, usage, wait_agent
from tests.conftest import SharedModel

USAGE = "thread/tokenUsage/updated"


class Tokens(Limit):
    """Adds up what the turn's model calls took, and those of its sub-agents."""

    methods = frozenset({USAGE})

    def __init__(self) -> None:
        self.own = self.agents = 0

    def see(self, event: Any, *, is_agents: bool) -> None:
        tokens = event.params["tokenUsage"]["last"]["totalTokens"]
        if is_agents:
            self.agents += tokens
        else:
            self.own += tokens


async def test_a_limit_sees_what_the_sub_agents_of_its_turn_take(
    shared_model: SharedModel,
) -> None:
    shared_model.renew()
    shared_model.script(
        usage(input=10, output=1),
        spawn_agent("sub", "do it"),
        usage(input=10, output=1),
        wait_agent(),
        usage(input=10, output=1),
        say("Both done"),
    )
    shared_model.script(usage(input=5000, output=1), say("Sub done"), agent="/root/sub")
    limit = Tokens()
    async with AsyncCodex(offline_config(shared_model, model_name="gpt-6.1-sol")) as codex:
        thread = await codex.thread_start()
        params = {"threadId": thread.id, "input": [{"type": "text", "text": "hi"}]}
        begun = AsyncStart(thread._rpc, thread.id, params, deadline=NEVER, limits=[limit])
        turn = await begun.turn()
        assert (await turn.run()).final_response == "Both done"
    assert (limit.own, limit.agents) == (33, 5001)
    shared_model.check()
