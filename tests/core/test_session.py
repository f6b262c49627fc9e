"""Bytes in, deliveries out: every rule of a connection, on literal lines of the wire."""

from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Callable

import pytest

from openai_codex._core.account import Usage
from openai_codex._core.calls import Calls
from openai_codex._core.messages import (
    Closed,
    Failure,
    QuestionAsked,
    QuestionSettled,
    RawQuestion,
    Reply,
    encode_answer,
    encode_call,
    encode_refusal,
)
from openai_codex._core.routes import MAX_EDGES
from openai_codex._core.session import Session, State
from openai_codex.errors import (
    TransportClosedError,
    UnsendableError,
)
from tests.core.boxes import Box, hear, sent, session
from tests.core.wire_lines import (
    APPROVAL,
    COMPLETED,
    DELTA,
    HELLO,
    RESOLVED,
    STARTED,
    asked,
    start_turn,
    turn_reply,
)

GONE = TransportClosedError("the codex runtime exited", exit_code=3, stderr_tail="panicked")


def answer(one: Session, question_id: int | str, result: object) -> bytes:
    return one.questions.answer(question_id, encode_answer(question_id, result))


def refuse(one: Session, question_id: int | str, *, code: int, message: str) -> bytes:
    return one.questions.answer(question_id, encode_refusal(question_id, code, message))


# --- calls ---------------------------------------------------------------------------------------


def test_calls_count_up_from_zero_and_are_lines() -> None:
    one, box = session(), Box()
    assert one.call("initialize", {"clientInfo": {}}, box) == (
        0,
        b'{"id":0,"method":"initialize","params":{"clientInfo":{}}}\n',
    )
    call_id, line = one.call("account/logout", None, box)
    assert (call_id, sent(line)) == (1, {"id": 1, "method": "account/logout"})


def test_the_first_reply_opens_the_connection() -> None:
    one, box = session(), Box()
    states = [one.state]
    one.call("initialize", {}, box)
    states.append(one.state)
    hear(one, HELLO)
    states.append(one.state)
    assert states == [State.NEW, State.OPENING, State.OPEN]
    assert box.items == [Reply(0, json.loads(HELLO)["result"])]
    assert one.intake.last_event == "reply to initialize"


def test_a_refused_first_call_does_not_open_it() -> None:
    one, box = session(), Box()
    one.call("model/list", {}, box)
    hear(one, '{"id":0,"error":{"code":-32600,"message":"Not initialized"}}')
    assert one.state is State.OPENING
    assert box.items == [Failure(0, -32600, "Not initialized")]
    assert one.intake.last_event == "error reply to model/list"


def test_replies_find_their_calls_in_any_order() -> None:
    one, boxes = session(), [Box(), Box(), Box()]
    for box in boxes:
        one.call("model/list", {}, box)
    hear(one, '{"id":2,"result":"c"}', '{"id":0,"result":"a"}', '{"id":1,"result":"b"}')
    assert [[item.result for item in box.items] for box in boxes] == [["a"], ["b"], ["c"]]


def test_duplicate_and_unasked_replies_go_nowhere() -> None:
    one, box = session(), Box()
    one.call("model/list", {}, box)
    lines = ['{"id":0,"result":1}', '{"id":0,"result":2}', '{"id":99,"result":3}']
    hear(one, *lines, '{"id":98,"error":{"code":1,"message":"m"}}')
    assert box.items == [Reply(0, 1)]


def test_a_forgotten_call_is_not_answered() -> None:
    one, box, events = session(), Box(), Box()
    call_id = start_turn(one, events, reply=box)
    one.calls.forget(call_id)
    one.calls.forget(call_id)
    hear(one, STARTED, turn_reply(call_id), DELTA)
    assert box.items == events.items == []
    assert list(one.routes.boxes()) == []


def test_what_cannot_be_sent_opens_no_call() -> None:
    one, box = session(), Box()
    with pytest.raises(UnsendableError, match=r"params\.input\[0\]\.text holds a lone surrogate"):
        one.call("turn/start", {"input": [{"text": "\udc00"}]}, box, events=Box())
    assert one.state is State.NEW
    one.call("model/list", {}, box)
    assert [told for told, _ in one.close(GONE)][:-2] == [box]


def test_notifications_go_out_as_lines() -> None:
    assert session().notify("initialized", None) == b'{"method":"initialized"}\n'


# --- how many may be under way -------------------------------------------------------------------

MANY_TURNS, MANY_CALLS = 2, 4  # what `session()` lets through


def goes_out(one: Session, method: str, box: Box | None = None) -> bool:
    return one.call(method, {"threadId": "th"}, box or Box())[1] != b""


def under_way(one: Session, method: str) -> int:
    call_id, line = one.call(method, {"threadId": "th"}, Box())
    assert line
    return call_id


def test_a_full_gate_sends_no_more() -> None:
    one = session()
    assert [goes_out(one, "model/list") for _ in range(MANY_CALLS + 1)] == [True] * MANY_CALLS + [
        False
    ]
    assert one.calls.take_ready() == []


def test_fewer_turns_may_start_at_once_and_other_calls_go_out_meanwhile() -> None:
    one = session()
    assert [goes_out(one, "turn/start") for _ in range(MANY_TURNS + 1)] == [True] * MANY_TURNS + [
        False
    ]
    assert goes_out(one, "model/list")


ENDINGS: dict[str, Callable[[Session, int], object]] = {
    "a reply": lambda one, ident: hear(one, f'{{"id":{ident},"result":{{}}}}'),
    "an error": lambda one, ident: hear(one, f'{{"id":{ident},"error":{{"code":1}}}}'),
    "a reply over the ceiling": lambda one, ident: hear(
        one, f'{{"id":{ident},"result":"{"x" * (1 << 20)}"}}'
    ),
    "being forgotten": lambda one, ident: one.calls.forget(ident),
    "being abandoned": lambda one, ident: one.calls.redirect(ident, Box()),
}


@pytest.mark.parametrize("method", ["turn/start", "model/list"])
@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_the_end_of_a_call_sends_the_next(
    method: str, ending: Callable[[Session, int], object]
) -> None:
    one = session(max_in_flight=1)
    first = under_way(one, method)
    second, line = one.call(method, {"cwd": "/second"}, Box())
    seen = [bool(line), bool(one.calls.ready)]
    ending(one, first)
    seen.append(bool(one.calls.ready))
    assert one.calls.take_ready() == [encode_call(second, method, {"cwd": "/second"})]
    assert [*seen, bool(one.calls.ready)] == [False, False, True, False]


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_a_turn_that_waits_for_others_to_start_is_sent_after_one_of_them(
    ending: Callable[[Session, int], object],
) -> None:
    one = session()
    first, _ = (under_way(one, "turn/start") for _ in range(MANY_TURNS))
    last, line = one.call("turn/start", {"cwd": "/last"}, Box())
    assert (line, one.calls.take_ready()) == (b"", [])  # there is room for calls, not for starts
    ending(one, first)
    assert one.calls.take_ready() == [encode_call(last, "turn/start", {"cwd": "/last"})]


def test_what_queues_at_both_gates_passes_one_after_the_other() -> None:
    one = session(max_in_flight=2)
    other, start = under_way(one, "model/list"), under_way(one, "turn/start")
    starts = [one.call("turn/start", {"threadId": "th"}, Box())[0] for _ in range(2)]
    one.calls.forget(start)
    assert [json.loads(line)["id"] for line in one.calls.take_ready()] == [starts[0]]
    one.calls.forget(other)
    assert [json.loads(line)["id"] for line in one.calls.take_ready()] == [starts[1]]


def test_what_cannot_be_sent_holds_no_place() -> None:
    one = session(max_in_flight=1)
    with pytest.raises(UnsendableError):
        one.call("turn/start", {"text": "\udc00"}, Box(), events=Box())
    assert goes_out(one, "turn/start")


def test_what_comes_for_a_turn_that_queues_is_kept_once_it_is_sent() -> None:
    one, events = session(max_in_flight=1), Box()
    first = under_way(one, "model/list")
    queued = start_turn(one, events)
    hear(one, STARTED)
    one.calls.forget(first)
    one.calls.take_ready()
    hear(one, DELTA, turn_reply(queued))
    assert events.methods == ["item/agentMessage/delta"]


@pytest.mark.parametrize("leave", [Calls.forget, Calls.withdraw])
def test_a_queued_call_may_leave_and_is_not_sent(leave: Callable[[Calls, int], object]) -> None:
    one = session(max_in_flight=1)
    first = under_way(one, "turn/start")
    gone, last = (one.call("turn/start", {}, Box())[0] for _ in range(2))
    leave(one.calls, gone)
    one.calls.forget(first)
    assert [json.loads(line)["id"] for line in one.calls.take_ready()] == [last]


def test_leaving_when_there_is_room_admits_the_next() -> None:
    one = session(max_in_flight=1)
    first = under_way(one, "turn/start")
    gone, last = (one.call("turn/start", {}, Box())[0] for _ in range(2))
    one.calls.forget(first)
    one.calls.forget(gone)
    assert [json.loads(line)["id"] for line in one.calls.take_ready()] == [last]


def test_a_call_admitted_twice_is_sent_once() -> None:
    one = session(max_in_flight=1)
    first = under_way(one, "model/list")
    one.call("model/list", {}, Box())
    one.calls.forget(first)
    one.calls.ready.extend(one.calls.ready)
    assert len(one.calls.take_ready()) == 1


def test_only_what_queues_can_be_withdrawn() -> None:
    one = session(max_in_flight=1)
    first = under_way(one, "turn/start")
    queued, _ = one.call("turn/start", {}, Box())
    assert [one.calls.withdraw(ident) for ident in (first, queued, queued, 99)] == [
        *(False, True, False, False)
    ]


def test_an_abandoned_call_that_queues_is_withdrawn() -> None:
    one, orphan = session(max_in_flight=1), Box("orphan")
    first = under_way(one, "turn/start")
    queued, _ = one.call("turn/start", {}, Box())
    one.calls.redirect(queued, orphan)
    one.calls.forget(first)
    assert one.calls.take_ready() == orphan.items == []


def test_an_open_call_knows_when_it_was_sent() -> None:
    one = session(max_in_flight=1, now=7.0)
    first = under_way(one, "model/list")
    queued, _ = one.call("model/list", {}, Box())
    assert [one.calls.sent_at(ident) for ident in (first, queued, 99)] == [7.0, None, 0.0]
    one.calls.forget(first)
    one.calls.take_ready()
    assert one.calls.sent_at(queued) == 7.0


def test_a_queued_call_fails_at_the_end_of_the_connection() -> None:
    one, waiting = session(max_in_flight=1), Box()
    first = under_way(one, "model/list")
    assert not goes_out(one, "model/list", waiting)
    one.calls.forget(first)
    assert waiting in [box for box, _ in one.close(GONE)]
    one.forget_everyone()
    assert one.calls.take_ready() == []


# --- turns ---------------------------------------------------------------------------------------


def test_a_turns_events_follow_its_reply() -> None:
    one, reply, events = session(), Box(), Box()
    call_id = start_turn(one, events, reply=reply)
    hear(one, turn_reply(call_id), STARTED, DELTA, COMPLETED, DELTA)
    assert reply.methods == ["Reply"]
    assert events.methods == ["turn/started", "item/agentMessage/delta", "turn/completed"]
    assert one.routes.dropped == 1


def test_events_before_the_reply_are_delivered_completion_included() -> None:
    one, reply, events = session(), Box(), Box()
    call_id = start_turn(one, events, reply=reply)
    deliveries = hear(one, STARTED, DELTA, COMPLETED, turn_reply(call_id))
    assert deliveries[0][0] is reply
    assert events.methods == ["turn/started", "item/agentMessage/delta", "turn/completed"]


def test_a_second_turn_on_a_busy_thread_joins_and_both_finish() -> None:
    one, first, second = session(), Box(), Box()
    hear(one, turn_reply(start_turn(one, first)), STARTED, DELTA)
    hear(one, turn_reply(start_turn(one, second)), DELTA, COMPLETED)
    whole = ["turn/started", "item/agentMessage/delta", "item/agentMessage/delta", "turn/completed"]
    assert first.methods == whole
    assert second.methods == ["Underway", *whole[2:]]


def test_a_turns_own_service_tier_is_what_its_responses_are_priced_by() -> None:
    one = session()
    asked: list[str | None] = []

    def price(model: str | None, tier: str | None, usage: Usage) -> None:
        asked.append(tier)

    one.ledger.price = price
    for name, tier, reply in (
        ("t1", "flex", '{"id":%d,"result":{"turn":{"id":"t1"}}}'),
        ("t2", None, '{"id":%d,"result":{"turn":{"id":"t2"}}}'),
        ("t3", "flex", '{"id":%d,"result":{"odd":1}}'),  # its caller says so
        ("t1", "priority", '{"id":%d,"result":{"turn":{"id":"t1"}}}'),  # it joins that one
    ):
        params: dict[str, object] = {"threadId": "th", "serviceTierForTurn": tier}
        call_id, _ = one.call("turn/start", params, Box(), events=Box())
        usage = json.dumps({"last": {"inputTokens": 1}, "total": {"inputTokens": len(asked)}})
        ids = f'"threadId":"th","turnId":"{name}"'
        event = f'{{"method":"thread/tokenUsage/updated","params":{{{ids},"tokenUsage":{usage}}}}}'
        hear(one, reply % call_id, event)
    assert asked == ["flex", None, None, "flex"]


def test_what_a_turn_does_is_counted_as_it_begins() -> None:
    one, events = session(), Box()
    hear(one, turn_reply(start_turn(one, events)), STARTED)
    for ident, kind in (("i1", "commandExecution"), ("i2", "mcpToolCall"), ("i3", "reasoning")):
        params = {"threadId": "th", "turnId": "t1", "item": {"type": kind, "id": ident}}
        hear(one, json.dumps({"method": "item/started", "params": params}))
    counts = one.ledger.total.counts
    assert (counts.commands, counts.tool_calls) == (1, 1)


def test_a_review_is_followed_by_the_turn_that_its_reply_names() -> None:
    one, events = session(), Box()
    params = {"threadId": "th", "target": {"type": "uncommittedChanges"}}
    call_id, _ = one.call("review/start", params, Box(), events=events)
    hear(
        one,
        '{"method":"item/started","params":{"threadId":"rt","turnId":"R",'
        '"item":{"type":"enteredReviewMode","id":"R"}}}',
        f'{{"id":{call_id},"result":{{"turn":{{"id":"R"}},"reviewThreadId":"rt"}}}}',
        '{"method":"turn/started","params":{"threadId":"rt","turn":{"id":"I","rootTurnId":"R"}}}',
        '{"method":"turn/completed","params":{"threadId":"rt","turn":{"id":"R"}}}',
    )
    assert events.methods == ["item/started", "turn/started", "turn/completed"]


def test_a_login_that_is_over_before_its_reply_is_told() -> None:
    one, events = session(), Box()
    call_id, _ = one.call("account/login/start", {"type": "chatgpt"}, Box(), events=events)
    hear(
        one,
        '{"method":"account/login/completed","params":{"loginId":"L","success":true}}',
        f'{{"id":{call_id},"result":{{"type":"chatgpt","loginId":"L","authUrl":"u"}}}}',
    )
    assert events.methods == ["account/login/completed"]


def test_a_refused_turn_leaves_no_route() -> None:
    one, reply, events = session(), Box(), Box()
    start_turn(one, events, reply=reply)
    hear(one, '{"id":0,"error":{"code":-32600,"message":"thread not found: th"}}')
    assert reply.methods == ["Failure"]
    assert list(one.routes.boxes()) == []


@pytest.mark.parametrize("result", ["{}", "null", "[]", '{"turn":null}', '{"turn":{}}'])
def test_a_reply_without_a_turn_reaches_its_caller_and_opens_no_route(result: str) -> None:
    one, reply, events = session(), Box(), Box()
    start_turn(one, events, reply=reply)
    hear(one, f'{{"id":0,"result":{result}}}')
    assert reply.methods == ["Reply"]
    assert list(one.routes.boxes()) == []


def test_what_the_limits_were_is_remembered() -> None:
    one = session()
    hear(one, '{"method":"account/rateLimits/updated","params":{"rateLimits":{"primary":null}}}')
    assert one.notices.latest["account/rateLimits/updated"].params == {
        "rateLimits": {"primary": None}
    }


# --- turns that were given up before their reply --------------------------------------------------


def test_the_reply_of_an_abandoned_call_tells_which_turn_to_stop() -> None:
    one, reply, orphan, events = session(), Box("reply"), Box("orphan"), Box("events")
    call_id = start_turn(one, events, reply=reply)
    one.calls.redirect(call_id, orphan)
    hear(one, STARTED, turn_reply(call_id), DELTA)
    assert orphan.items == [Reply(call_id, {"turn": {"id": "t1", "status": "inProgress"}})]
    assert reply.items == []
    assert events.methods == ["turn/started", "item/agentMessage/delta"]
    hear(one, COMPLETED)  # what stops the turn learns that it need not any more
    assert events.methods[-1] == "turn/completed"
    assert list(one.routes.boxes()) == []


def test_an_abandoned_call_keeps_only_what_begins_and_ends_turns() -> None:
    one, events = session(), Box("events")
    call_id = start_turn(one, events)
    hear(one, DELTA)
    one.calls.redirect(call_id, Box("orphan"))
    hear(one, STARTED, DELTA, *[COMPLETED] * 300)
    hear(one, turn_reply(call_id))
    assert events.methods == ["turn/completed"] * MAX_EDGES


def test_an_abandoned_turn_that_somebody_watches_is_not_stopped() -> None:
    one, first, orphan, second = session(), Box(), Box("orphan"), Box()
    hear(one, turn_reply(start_turn(one, first)))
    joined = start_turn(one, second)
    one.calls.redirect(joined, orphan)
    hear(one, turn_reply(joined), DELTA)
    assert orphan.items == []
    assert first.methods == ["item/agentMessage/delta"]


def test_an_abandoned_turn_that_somebody_may_be_joining_is_not_stopped() -> None:
    one, orphan, events = session(), Box("orphan"), Box("events")
    given_up = start_turn(one, Box())
    one.calls.redirect(given_up, orphan)
    joining = start_turn(one, events)
    hear(one, turn_reply(given_up), turn_reply(joining), DELTA)
    assert orphan.items == []
    assert events.methods == ["item/agentMessage/delta"]


def test_an_abandoned_call_that_failed_says_so_and_one_that_is_done_is_forgotten() -> None:
    one, orphan = session(), Box("orphan")
    first, second = start_turn(one, Box()), start_turn(one, Box())
    one.calls.redirect(first, orphan)
    hear(one, f'{{"id":{first},"error":{{"code":-32600,"message":"thread not found: th"}}}}')
    hear(one, turn_reply(second))
    one.calls.redirect(second, orphan)
    assert orphan.methods == ["Failure"]


@pytest.mark.parametrize("result", ["{}", "null", '{"turn":[]}', "nonsense"])
def test_an_abandoned_call_that_names_no_turn_leaves_nothing_to_stop(result: str) -> None:
    one, orphan = session(), Box("orphan")
    one.calls.redirect(call_id := start_turn(one, Box()), orphan)
    hear(one, f'{{"id":{call_id},"result":{result}}}')
    assert orphan.items == []


def test_the_stopper_of_orphans_learns_of_the_end() -> None:
    one, orphan = session(), Box("orphan")
    one.calls.redirect(start_turn(one, Box()), orphan)
    assert (orphan, Closed(GONE)) in one.close(GONE)


# --- sub-agents ----------------------------------------------------------------------------------


def test_a_turn_whose_root_is_another_threads_makes_its_thread_a_child() -> None:
    one = session()
    hear(one, turn_reply(start_turn(one, Box())), STARTED)
    hear(
        one,
        '{"method":"turn/started","params":{"threadId":"sub",'
        '"turn":{"id":"t9","rootTurnId":"t1"}}}',
        '{"method":"turn/started","params":{"threadId":"stranger",'
        '"turn":{"id":"t8","rootTurnId":"t7"}}}',
        '{"method":"turn/started","params":{"threadId":["sub"],"turn":{"rootTurnId":"t1"}}}',
        '{"method":"turn/started","params":{"threadId":"none","turn":null}}',
    )
    assert one.notices.parents == {"sub": "th"}
    hear(one, '{"method":"turn/completed","params":{"threadId":"sub","turn":{"id":"t9"}}}')
    assert one.notices.parents == {}


# --- questions -----------------------------------------------------------------------------------


def test_a_question_is_put_and_answered_once() -> None:
    one = session()
    hear(one, APPROVAL)
    assert asked(one).items == [
        RawQuestion(0, "item/commandExecution/requestApproval", json.loads(APPROVAL)["params"])
    ]
    assert sent(answer(one, 0, {"decision": "accept"})) == {
        "id": 0,
        "result": {"decision": "accept"},
    }
    assert answer(one, 0, {"decision": "accept"}) == b""
    assert refuse(one, 0, code=-32603, message="late") == b""


def test_what_came_last_may_be_a_question() -> None:
    one = session()
    hear(one, '{"id":7,"method":"item/x","params":{"threadId":"th"}}')
    assert one.intake.last_event == "item/x"


def test_questions_are_here_at_first() -> None:
    assert session().questions.is_away is False


def test_a_question_can_be_refused() -> None:
    one = session()
    hear(one, '{"method":"attestation/generate","id":"q","params":{}}')
    line = refuse(one, "q", code=-32601, message="no")
    assert sent(line) == {"id": "q", "error": {"code": -32601, "message": "no"}}


def test_a_question_id_is_no_call_id() -> None:
    one, box = session(), Box()
    one.call("model/list", {}, box)
    hear(one, APPROVAL, '{"id":0,"result":[]}')
    assert box.items == [Reply(0, [])]
    assert answer(one, 0, {}) != b""


def test_an_answer_that_cannot_be_sent_leaves_the_question_open() -> None:
    one = session()
    hear(one, APPROVAL)
    with pytest.raises(UnsendableError):
        answer(one, 0, {"decision": object()})
    assert refuse(one, 0, code=-32603, message="the handler failed") != b""


def test_a_question_that_is_replayed_is_asked_once() -> None:
    one = session()
    hear(one, APPROVAL, APPROVAL)
    assert asked(one).methods == ["item/commandExecution/requestApproval"]
    answer(one, 0, {"decision": "accept"})
    hear(one, APPROVAL)  # the same id again, after its answer, is a new question
    assert len(asked(one).items) == 2


def test_a_question_that_is_resolved_elsewhere_needs_no_answer() -> None:
    one = session()
    hear(one, APPROVAL, RESOLVED, RESOLVED)
    assert asked(one).items[1:] == [QuestionSettled(0, "resolved elsewhere")]
    assert answer(one, 0, {"decision": "accept"}) == b""


@pytest.mark.parametrize("ident", ["null", "[0]", "{}", "7", '"0"'])
def test_a_resolution_of_nothing_we_know_changes_nothing(ident: str) -> None:
    one = session()
    hear(one, APPROVAL)
    hear(one, f'{{"method":"serverRequest/resolved","params":{{"requestId":{ident}}}}}')
    assert answer(one, 0, {}) != b""


def test_the_end_of_its_turn_settles_a_question_and_no_other() -> None:
    one = session()
    hear(
        one, APPROVAL, '{"method":"item/tool/call","id":1,"params":{"threadId":"th","turnId":"t2"}}'
    )
    hear(one, COMPLETED)
    assert asked(one).items[2:] == [QuestionSettled(0, "turn over")]
    assert answer(one, 0, {}) == b""
    assert answer(one, 1, {}) != b""


@pytest.mark.parametrize("turn", ["null", "{}", '"t1"', '{"id":null}'])
def test_a_completion_without_a_turn_settles_nothing(turn: str) -> None:
    one = session()
    hear(one, APPROVAL, '{"method":"attestation/generate","id":1}')
    hear(one, f'{{"method":"turn/completed","params":{{"threadId":"th","turn":{turn}}}}}')
    assert answer(one, 0, {}) != b""
    assert answer(one, 1, {}) != b""


def test_a_turn_is_asked_about_until_its_question_is_answered() -> None:
    one = session()
    assert not one.is_asked_in("t1")
    hear(one, APPROVAL)
    assert one.is_asked_in("t1")
    assert not one.is_asked_in("t2")
    answer(one, 0, {"decision": "accept"})
    assert not one.is_asked_in("t1")


PATCH = (
    '{"method":"item/started","params":{"threadId":"th","turnId":"t1",'
    '"item":{"type":"fileChange","id":"c1","changes":[]}}}'
)
PATCH_DONE = PATCH.replace("item/started", "item/completed")
PATCH_ITEM = {"type": "fileChange", "id": "c1", "changes": []}
ASKED_BY_ID = (
    '{"method":"item/fileChange/requestApproval","id":4,'
    '"params":{"threadId":"th","turnId":"t1","itemId":"c1"}}'
)
ASKED_BY_THREAD = '{"method":"mcpServer/elicitation/request","id":5,"params":{"threadId":"th"}}'


def test_a_question_comes_with_the_item_that_it_is_about() -> None:
    one = session()
    hear(one, PATCH, ASKED_BY_ID)
    assert [question.item for question in asked(one).items] == [PATCH_ITEM]


TOOL_CALL = (
    '{"method":"item/started","params":{"threadId":"th","turnId":"t1",'
    '"item":{"type":"mcpToolCall","id":"m1","server":"notes","tool":"add","arguments":{"n":1}}}}'
)


def test_a_question_about_a_tool_comes_with_its_call() -> None:
    one = session()
    hear(one, PATCH, TOOL_CALL, TOOL_CALL.replace('"th"', '"other"'))
    hear(
        one,
        '{"method":"mcpServer/elicitation/request","id":5,"params":{"threadId":"th",'
        '"serverName":"notes","_meta":{"tool_params":{"n":1}}}}',
    )
    assert [question.item["id"] for question in asked(one).items] == ["m1"]


@pytest.mark.parametrize(
    "params",
    [
        '{"threadId":["th"],"itemId":{}}',
        '{"itemId":["c1"]}',
        '{"threadId":"th","serverName":"notes","_meta":7}',
        '{"threadId":{},"serverName":[],"_meta":{"tool_params":[]}}',
    ],
)
def test_a_question_of_any_shape_is_asked(params: str) -> None:
    one = session()
    odd = TOOL_CALL.replace('"add"', '["add"]').replace('"m1"', "[1]")
    hear(one, TOOL_CALL, odd, f'{{"method":"x/ask","id":9,"params":{params}}}')
    assert asked(one).methods == ["x/ask"]
    assert answer(one, 9, {}) != b""


def test_an_item_of_another_thread_or_of_no_interest_is_not_shown() -> None:
    one = session()
    hear(one, PATCH.replace('"th"', '"other"'), PATCH.replace("fileChange", "agentMessage"))
    hear(one, ASKED_BY_ID, ASKED_BY_THREAD)
    assert [question.item for question in asked(one).items] == [None, None]


@pytest.mark.parametrize("over", [PATCH_DONE, COMPLETED])
def test_an_item_that_is_over_is_not_kept(over: str) -> None:
    one = session()
    hear(one, PATCH, PATCH.replace('"th"', '"other"'), over, ASKED_BY_ID)
    assert [question.item for question in asked(one).items] == [None]
    assert len(one.questions._items) == 1


def test_an_end_of_what_never_began_changes_nothing() -> None:
    one = session()
    hear(one, PATCH_DONE, PATCH, '{"method":"item/completed","params":{"threadId":"th"}}')
    assert len(one.questions._items) == 1


# --- the end -------------------------------------------------------------------------------------


def test_an_open_call_is_found_by_its_box() -> None:
    one, reply = session(), Box()
    ident, _ = one.call("model/list", {}, reply)
    assert one.calls.id_of(reply) == ident
    assert one.calls.id_of(Box()) is None
    one.calls.forget(ident)
    assert one.calls.id_of(reply) is None


def test_a_question_is_told_to_its_turn_and_open_until_it_is_answered() -> None:
    one, live = session(), Box()
    hear(one, turn_reply(start_turn(one, live)), APPROVAL)
    assert live.items == [QuestionAsked("item/commandExecution/requestApproval")]
    assert one.is_asked_in("t1")
    assert not one.is_asked_in("t2")
    answer(one, 0, {"decision": "accept"})
    assert not one.is_asked_in("t1")


def test_closing_ends_every_wait() -> None:
    one, reply, unborn, live = session(), Box(), Box(), Box()
    hear(one, turn_reply(start_turn(one, live)), APPROVAL)
    start_turn(one, unborn, "other", reply=reply)
    for box, item in one.close(GONE):
        box.put(item)
    word = Closed(GONE)
    assert reply.items == unborn.items == [word]
    assert live.items == [QuestionAsked("item/commandExecution/requestApproval"), word]
    assert asked(one).items[1:] == [QuestionSettled(0, "closed"), word]
    assert one.state is State.CLOSED


def test_a_closed_connection_raises_its_cause_at_once() -> None:
    one = session()
    one.close(GONE)
    for attempt in (
        lambda: one.call("model/list", {}, Box()),
        lambda: one.call("model/list", {"text": "\udc00"}, Box()),  # the end comes first
        lambda: one.notify("initialized", None),
    ):
        with pytest.raises(TransportClosedError, match="exit code 3") as caught:
            attempt()
        assert caught.value is not GONE


def test_only_the_first_cause_counts() -> None:
    one, later = session(), TransportClosedError("something later")
    one.call("model/list", {}, Box())
    told = one.close(GONE)
    assert one.close(later) == told  # nobody is forgotten before all were told
    one.forget_everyone()
    assert one.close(later) == []
    assert one.cause is GONE


def test_nobody_is_kept_by_a_connection_that_is_closed() -> None:
    one = session()
    one.call("model/list", {}, Box())
    one.routes.join(("everything",), Box())
    one.close(GONE)
    one.forget_everyone()
    assert (list(one.calls.boxes()), list(one.routes.boxes())) == ([], [])


def test_nothing_keeps_the_callers_of_a_connection_that_is_closed_in_memory() -> None:
    one = session()
    boxes = [Box() for _ in range(9)]
    for at in range(3):
        one.call("turn/start", {"threadId": f"th{at}"}, boxes[at], events=boxes[3 + at])
        one.call("model/list", {}, boxes[6 + at])
    kept = [weakref.ref(box) for box in boxes]
    told = one.close(GONE)
    for at in range(len(told)):
        told[at][0].put(told[at][1])
    one.forget_everyone()
    del told, boxes
    gc.collect()
    assert [ref() for ref in kept] == [None] * 9


def test_a_closed_connection_hears_nothing() -> None:
    one, box = session(), Box()
    one.call("model/list", {}, box)
    one.close(GONE)
    assert hear(one, '{"id":0,"result":1}', APPROVAL, DELTA) == []
    assert answer(one, 0, {}) == b""


def test_a_connection_never_goes_back() -> None:
    one = session()
    one.close(GONE)
    with pytest.raises(ValueError, match="from closed to open"):
        one._go(State.OPEN)


def test_a_box_that_joins_after_the_end_gets_the_end() -> None:
    one, box = session(), Box()
    one.tell_if_closed(box)
    assert box.items == []
    cause = TransportClosedError("gone")
    one.close(cause)
    one.tell_if_closed(box)
    assert [item.cause for item in box.items] == [cause]
