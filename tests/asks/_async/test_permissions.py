"""May the agent have more permissions? All of them, some, none; for a turn or a session."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_codex import AsyncCodex, Decision, Grant, Handlers, PermissionsApproval
from openai_codex.testing import request_permissions, say
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only

ALL = {"network": {"enabled": True}, "file_system": {"write": ["/tmp/a", "/tmp/b"]}}
SOME = {"fileSystem": {"write": ["/tmp/a"]}}


@pytest.mark.parametrize(
    ("answer", "granted", "scope"),
    [
        (True, ALL, "turn"),
        (Decision.accept, ALL, "turn"),
        (Decision.accept_for_session, ALL, "session"),
        (Grant(SOME), {"file_system": {"write": ["/tmp/a"]}}, "turn"),
        (Grant(SOME, scope="session"), {"file_system": {"write": ["/tmp/a"]}}, "session"),
        (Grant({}), {}, "turn"),
        (False, {}, "turn"),
        (Decision.decline, {}, "turn"),
        (Decision.cancel, {}, "turn"),
    ],
)
async def test_each_answer_grants_what_it_says(
    codex: AsyncCodex,
    model: SharedModel,
    answer: Any,
    granted: dict[str, Any],
    scope: str,
) -> None:
    asked: list[PermissionsApproval] = []

    def approve(question: PermissionsApproval) -> Any:
        asked.append(question)
        return answer

    model.script(
        request_permissions(
            reason="To build", write=["/tmp/a", "/tmp/b"], network=True, call_id="p"
        ),
        say("Done"),
    )
    thread = await codex.thread_start(handlers=Handlers(approve_permissions=approve))
    result = await thread.run("hi")
    told = json.loads(model.requests[-1].function_outputs["p"])
    given = {name: what for name, what in told["permissions"].items() if what is not None}
    assert (given, told["scope"]) == (granted, scope)
    assert result.final_response == "Done"
    (question,) = asked
    assert (question.reason, question.item_id) == ("To build", "p")
    assert question.permissions["fileSystem"]["write"] == ["/tmp/a", "/tmp/b"]
    assert question.summary == "permissions: network, fileSystem"
