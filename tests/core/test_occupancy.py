"""A thread takes one turn at a time; starts that wait get it in the order they came."""

from __future__ import annotations

from openai_codex._core.messages import Closed, Reply
from openai_codex._core.routes import turn_key
from openai_codex.errors import TransportClosedError
from tests.core.boxes import Box, hear, session

STARTED = '{"method":"turn/started","params":{"threadId":"th","turn":{"id":"t1"}}}'
OVER = '{"method":"turn/completed","params":{"threadId":"th","turn":{"id":"t1"}}}'
START = {"threadId": "th", "input": []}


def test_a_thread_is_busy_while_a_start_is_under_way_and_a_turn_runs() -> None:
    one, reply, events = session(), Box(), Box()
    assert one.occupancy.turn_in("th") is None
    call_id, _ = one.call("turn/start", START, reply, events=events)
    assert one.occupancy.turn_in("th") == ""
    assert one.occupancy.turn_in("another") is None
    hear(one, f'{{"id":{call_id},"result":{{"turn":{{"id":"t1"}}}}}}')
    assert one.occupancy.turn_in("th") == "t1"
    assert one.routes.readers(turn_key("th", "t1")) == [events]
    hear(one, STARTED, OVER)
    assert one.routes.readers(turn_key("th", "t1")) == []
    assert one.occupancy.turn_in("th") is None


def test_a_turn_that_others_started_keeps_its_thread_busy() -> None:
    one = session()
    hear(one, STARTED)
    assert one.occupancy.turn_in("th") == "t1"
    assert one.occupancy.claim("th", Box()) == "t1"


def test_a_claim_keeps_others_off_until_it_is_given_back() -> None:
    one, mine = session(), Box()
    assert one.occupancy.claim("th", mine) is None
    assert one.occupancy.claim("th", Box()) == ""
    assert one.occupancy.leave("th", Box()) == []
    assert one.occupancy.leave("th", mine) == []
    assert one.occupancy.claim("th", Box()) is None


def test_those_who_wait_get_a_thread_in_the_order_they_came() -> None:
    one, first, second, gone = session(), Box("first"), Box("second"), Box("gone")
    hear(one, STARTED)
    for box in (first, gone, second):
        one.occupancy.queue("th", box)
    assert one.occupancy.free("th") == []
    assert one.occupancy.leave("th", gone) == []
    hear(one, OVER)
    assert [type(item) for item in first.items] == [Reply]
    assert (gone.items, second.items) == ([], [])
    assert [box for box, _ in one.occupancy.leave("th", first)] == [second]
    assert one.occupancy.leave("th", second) == []
    assert one.occupancy.free("th") == []


def test_a_start_that_is_refused_frees_its_thread() -> None:
    one, reply, waits = session(), Box(), Box()
    call_id, _ = one.call("turn/start", START, reply, events=Box())
    one.occupancy.queue("th", waits)
    hear(one, f'{{"id":{call_id},"error":{{"code":-32600,"message":"no"}}}}')
    assert [type(item) for item in waits.items] == [Reply]


def test_the_end_of_the_connection_reaches_those_who_wait() -> None:
    one, waits = session(), Box()
    hear(one, STARTED)
    one.occupancy.queue("th", waits)
    for box, item in one.close(TransportClosedError("gone")):
        box.put(item)
    assert [type(item) for item in waits.items] == [Closed]
    one.forget_everyone()
    assert one.occupancy.boxes() == []


def test_whoever_gives_up_waiting_leaves_nothing_behind() -> None:
    one, gone, other = session(), Box("gone"), Box("other")
    hear(one, STARTED)
    one.occupancy.queue("th", gone)
    one.occupancy.leave("th", gone)
    one.occupancy.queue("another", other)
    assert one.occupancy._waiting.keys() == {"another"}
