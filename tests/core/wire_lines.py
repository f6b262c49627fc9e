"""Literal lines of a runtime, and the calls and boxes that they are for."""

from __future__ import annotations

from openai_codex._core.session import Session
from tests.core.boxes import Box

HELLO = '{"id":0,"result":{"userAgent":"x/0.163.0 (Debian 12.0.0; x86_64)","platformOs":"linux"}}'
STARTED = (
    '{"method":"turn/started","params":{"threadId":"th","turn":{"id":"t1","status":"inProgress"}}}'
)
DELTA = (
    '{"method":"item/agentMessage/delta",'
    '"params":{"threadId":"th","turnId":"t1","itemId":"i","delta":"Hel"}}'
)
COMPLETED = (
    '{"method":"turn/completed","params":{"threadId":"th","turn":{"id":"t1","status":"completed"}}}'
)
APPROVAL = (
    '{"method":"item/commandExecution/requestApproval","id":0,'
    '"params":{"threadId":"th","turnId":"t1","itemId":"c1","command":"rm -rf build"}}'
)
RESOLVED = '{"method":"serverRequest/resolved","params":{"threadId":"th","requestId":0}}'


def turn_reply(call_id: int, turn_id: str = "t1") -> str:
    return f'{{"id":{call_id},"result":{{"turn":{{"id":"{turn_id}","status":"inProgress"}}}}}}'


def start_turn(one: Session, box: Box, thread_id: str = "th", reply: Box | None = None) -> int:
    params = {"threadId": thread_id, "input": [{"type": "text", "text": "hi"}]}
    call_id, _ = one.call("turn/start", params, reply or Box("reply"), events=box)
    return call_id


def asked(one: Session) -> Box:
    box = one._parts.questioner
    assert isinstance(box, Box)
    return box
