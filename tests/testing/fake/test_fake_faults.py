"""Each fault of the vocabulary, seen as bytes, exits and signals by a raw client."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from openai_codex.testing.fake import (
    FakeAppServer,
    ask,
    at_byte,
    at_eof,
    at_event,
    at_sigterm,
    at_start,
    begin,
    deltas,
    faults,
    notify,
    on,
    pause,
    reply,
    say,
    silent,
    turn,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_codex.testing.fake import Step

    from .conftest import Client

    Play = Callable[..., tuple[FakeAppServer, Client]]
    Spawn = Callable[[FakeAppServer], Client]

HELLO = b'{"id":0,"method":"initialize","params":{"clientInfo":{"name":"lab","version":"1"}}}\n'


# Replies


def test_a_dropped_request_is_never_answered_and_others_are(play: Play) -> None:
    _, client = play(faults.never_answers("model/list"))
    client.ask("model/list")
    other = client.ask("account/read")
    assert client.message()["id"] == other


def test_a_delayed_reply_lets_others_pass(play: Play) -> None:
    server, client = play(on("model/list", pause("late"), reply()))
    late = client.ask("model/list")
    server.wait_for("late", kind="paused")
    other = client.ask("account/read")
    assert client.message()["id"] == other
    server.release("late")
    assert client.message()["id"] == late


def test_a_delay_in_seconds_ends_by_itself(play: Play) -> None:
    _, client = play(on("model/list", faults.delay(0.01), reply()))
    assert "result" in client.call("model/list")


def test_a_reply_is_sent_twice(play: Play) -> None:
    _, client = play(on("account/read", faults.duplicate()), turn(reply(times=3)))
    asked = client.ask("account/read")
    assert [client.message()["id"], client.message()["id"]] == [asked, asked]
    started = client.start_turn(client.start_thread())
    assert [client.message()["id"] for _ in range(3)] == [started] * 3


def test_replies_come_in_the_opposite_order(play: Play) -> None:
    _, client = play(on("account/read", faults.reorder(3)))
    asked = [client.ask("account/read") for _ in range(3)]
    assert [client.message()["id"] for _ in range(3)] == asked[::-1]


def test_an_error_comes_k_times_and_then_the_normal_reply(play: Play) -> None:
    _, client = play(faults.overloaded("thread/start", times=2))
    busy = {"code": -32001, "message": "Server overloaded; retry later."}
    assert client.call("thread/start")["error"] == busy
    assert client.call("thread/start")["error"] == busy
    assert client.call("thread/start")["result"]["thread"]


def test_an_error_carries_code_message_and_data_on_the_nth_request_only(play: Play) -> None:
    data = {"input_error_code": "input_too_large"}
    _, client = play(on("*", faults.error(-32602, "too large", data=data), nth=3))
    assert client.call("account/read")["error"] == {
        "code": -32602,
        "message": "too large",
        "data": data,
    }
    assert "result" in client.call("account/read")


def test_a_reply_can_be_made_up(play: Play) -> None:
    _, client = play(on("account/read", reply({"account": "not an object"})))
    assert client.call("account/read")["result"] == {"account": "not an object"}


def test_an_unknown_method_is_refused_in_the_runtimes_words(play: Play) -> None:
    _, client = play(faults.unknown_method("thread/future"))
    error = client.call("thread/future")["error"]
    assert error["code"] == -32600
    assert error["message"].startswith("Invalid request: unknown variant `thread/future`")


def test_a_reply_nobody_asked_for_comes_first(play: Play) -> None:
    _, client = play(on("account/read", faults.stray_reply("nobody"), reply()))
    asked = client.ask("account/read")
    assert [client.message()["id"], client.message()["id"]] == ["nobody", asked]


# Bytes


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (faults.garbage("boo"), b"boo"),
        (faults.broken_utf8(), b'{"method":"warning","params":{"message":"\xff\xfe\xc3"}}'),
        (faults.truncated_json(), b'{"method":"warning","params":{"mess'),
        (faults.json_array(), b'[{"method":"warning","params":{"message":"batch"}}]'),
        (faults.bare_scalar(), b"42"),
        (faults.raw(b"\x00\xff\n"), b"\x00\xff"),
    ],
)
def test_bytes_that_are_no_message_come_between_messages(
    play: Play, fault: Step, line: bytes
) -> None:
    _, client = play(on("account/read", fault, reply()))
    asked = client.ask("account/read")
    assert client.line() == line
    assert client.message()["id"] == asked


def test_a_partial_line_waits_for_its_rest(play: Play) -> None:
    server, client = play(
        on(
            "account/read",
            faults.partial_line('{"id":'),
            pause("on"),
            faults.raw(b'7,"result":1}\n'),
        )
    )
    client.ask("account/read")
    server.wait_for("on", kind="paused")
    assert os.read(client.stdout.fileno(), 100) == b'{"id":'
    server.release("on")
    assert client.line() == b'7,"result":1}'


def test_a_huge_line_is_one_valid_message_of_that_size(play: Play) -> None:
    _, client = play(on("account/read", faults.huge_line(3_000_000), faults.die(0)))
    client.ask("account/read")
    data = client.rest()
    assert len(data) == 3_000_000
    assert data.count(b"\n") == 1
    assert json.loads(data)["method"] == "warning"


def test_a_flood_sends_the_same_line_n_times(play: Play) -> None:
    _, client = play(
        on("account/read", faults.flood(50_000, params={"message": "m"}), faults.die(0)),
        on("model/list", faults.flood(3, line="not json"), reply()),
    )
    client.ask("model/list")
    assert [client.line() for _ in range(3)] == [b"not json"] * 3
    client.message()
    client.ask("account/read")
    lines = client.rest().splitlines()
    assert len(lines) == 50_000
    assert len(set(lines)) == 1
    assert json.loads(lines[0])["params"] == {"message": "m"}


def test_a_flood_of_deltas_stops_where_an_event_has_a_fault(play: Play) -> None:
    _, client = play(turn(deltas(10_000, 10), at_event(5_005, faults.die(3))))
    client.start_turn(client.start_thread())
    client.line()
    lines = client.rest().splitlines()
    assert len(lines) == 5_005
    assert json.loads(lines[-1])["params"]["delta"] == "x" * 10
    assert client.process.wait() == 3


# Deaths


def test_the_process_dies_at_a_byte_of_stdout(spawn: Spawn) -> None:
    with FakeAppServer([at_byte(10, faults.die(9, stderr="bye\n"))]) as server:
        client = spawn(server)
        client.write(HELLO)
        assert client.rest() == b'{"id":0,"r'
        assert client.process.wait() == 9
        assert client.stderr.read() == b"bye\n"


def test_what_happens_at_a_byte_may_write_and_go_on(spawn: Spawn) -> None:
    with FakeAppServer(
        [at_byte(8, faults.raw(b"<8>")), at_byte(11, faults.raw(b"<11>"))]
    ) as server:
        client = spawn(server)
        client.write(HELLO)
        assert client.line().startswith(b'{"id":0,<8><11>"result":')


def test_the_process_dies_by_a_signal_in_the_middle_of_a_turn(play: Play) -> None:
    server, client = play(turn(say("Hello", deltas=5), at_event(6, faults.die(signal="SIGKILL"))))
    client.start_turn(client.start_thread())
    lines = client.rest().splitlines()
    assert len(lines) == 1 + 6
    assert client.process.wait() == -signal.SIGKILL
    assert server.wait_for(kind="ended").spawn == 1


def test_the_process_can_die_by_sigterm_itself(play: Play) -> None:
    _, client = play(on("account/read", faults.die(signal="SIGTERM")))
    client.ask("account/read")
    assert client.process.wait() == -signal.SIGTERM


def test_the_process_exits_at_once_with_its_reason_on_stderr(spawn: Spawn) -> None:
    with FakeAppServer([faults.exits_at_once(2, stderr="Error: bad flag\n")]) as server:
        client = spawn(server)
        assert client.rest() == b""
        assert client.process.wait() == 2
        assert client.stderr.read() == b"Error: bad flag\n"


def test_only_the_first_processes_lose_the_cold_start_race(spawn: Spawn) -> None:
    with FakeAppServer([faults.cold_start_race(spawns=2)]) as server:
        for _ in range(2):
            client = spawn(server)
            assert client.process.wait() == 1
            assert b"failed to initialize sqlite state runtime" in client.stderr.read()
        spawn(server).open()


# Pipes


def test_stdout_closes_and_the_process_lives_and_reads(play: Play) -> None:
    server, client = play(on("account/read", faults.close_stdout(), reply()))
    client.ask("account/read")
    assert client.rest() == b""
    client.ask("model/list")
    server.wait_for("model/list")
    assert client.process.poll() is None


def test_stdin_closes_while_it_is_read_and_the_process_lives_and_writes(play: Play) -> None:
    server, client = play(turn(faults.close_stdin(), pause("go"), say("still here")))
    client.start_turn(client.start_thread())
    server.wait_for("go", kind="paused")
    with pytest.raises(BrokenPipeError):
        client.write(b"{}\n")
    server.release("go")
    assert client.until("turn/completed")[-1]["params"]["turn"]["items"][0]["text"] == "still here"


def test_stdin_closes_on_a_request(play: Play) -> None:
    server, client = play(on("account/read", faults.close_stdin(), reply()))
    assert "result" in client.call("account/read")
    server.wait_for("close_stdin", kind="step")
    with pytest.raises(BrokenPipeError):
        client.write(b"{}\n")


def test_a_process_that_stops_reading_lets_the_pipe_fill_until_it_is_released(play: Play) -> None:
    server, client = play(on("account/read", faults.stop_reading("again"), reply()))
    client.call("account/read")
    line = json.dumps({"id": 900, "method": "x", "params": {"fill": "y" * 4000}}).encode() + b"\n"
    sent = 0
    while _has_room(client, len(line)):
        sent += os.write(client.stdin.fileno(), line)
    assert 0 < sent < 1_000_000
    assert "x" not in [record.name for record in server.records]
    server.release("again")
    for _ in range(sent // len(line)):
        assert client.message()["id"] == 900


def _has_room(client: Client, size: int) -> bool:
    """Say whether a write would go through whole: a pipe is writable while a page of it is free."""
    import select

    assert size <= select.PIPE_BUF
    return bool(select.select([], [client.stdin], [], 0)[1])


def test_stderr_takes_more_than_a_pipe_holds(play: Play) -> None:
    _, client = play(on("account/read", faults.stderr("0123456789\n", times=100_000), reply()))
    asked = client.ask("account/read")
    assert client.stderr.read(11) == b"0123456789\n"
    left = 1_100_000 - 11
    while left:
        left -= len(client.stderr.read(left) or b"")
    assert client.message()["id"] == asked


# Handshake


def test_initialize_is_never_answered(spawn: Spawn) -> None:
    with FakeAppServer([faults.never_answers()]) as server:
        client = spawn(server)
        client.write(HELLO)
        server.wait_for("drop", kind="step")
        client.stdin.close()
        assert client.rest() == b""


def test_initialize_is_refused(spawn: Spawn) -> None:
    with FakeAppServer([faults.refuses(message="too old")]) as server:
        client = spawn(server)
        client.write(HELLO)
        assert client.message()["error"] == {"code": -32600, "message": "too old"}


def test_the_initialized_notification_can_be_a_place(play: Play) -> None:
    _, client = play(on("initialized", notify("configWarning", {"summary": "s", "details": None})))
    assert client.message()["method"] == "configWarning"


# Turns


def test_a_turn_stalls_and_other_requests_are_served(play: Play) -> None:
    server, client = play(turn(say("par", finish=False), pause()))
    client.start_turn(client.start_thread())
    client.until("item/agentMessage/delta")
    server.wait_for("", kind="paused")
    assert "result" in client.call("account/read")


def test_a_silent_turn_does_not_even_answer_its_interrupt(play: Play) -> None:
    server, client = play(turn(silent()))
    thread_id = client.start_thread()
    client.start_turn(thread_id)
    turn_id = client.until("turn/started")[0]["result"]["turn"]["id"]
    server.wait_for("silent", kind="paused")
    client.until("item/completed")
    client.ask("turn/interrupt", threadId=thread_id, turnId=turn_id)
    other = client.ask("account/read")
    assert client.message()["id"] == other


def test_a_turn_completes_before_its_reply(play: Play) -> None:
    _, client = play(faults.early_completion("early"))
    asked = client.start_turn(client.start_thread())
    closing = client.until("turn/completed")[-1]["params"]["turn"]
    late = client.message()
    assert (late["id"], late["result"]["turn"]["id"]) == (asked, closing["id"])
    assert closing["items"][0]["text"] == "early"


def test_a_turn_that_completes_early_says_ok_unless_told_otherwise(play: Play) -> None:
    _, client = play(faults.early_completion())
    client.start_turn(client.start_thread())
    assert client.until("turn/completed")[-1]["params"]["turn"]["items"][0]["text"] == "ok"


def test_turn_started_has_another_id(play: Play) -> None:
    _, client = play(turn(begin(started_id="inner"), say("x")))
    client.start_turn(client.start_thread())
    messages = client.until("turn/completed")
    outer = messages[0]["result"]["turn"]["id"]
    started = next(m["params"] for m in messages if m.get("method") == "turn/started")
    assert (started["turn"]["id"], started["turn"]["rootTurnId"]) == ("inner", outer)
    assert messages[-1]["params"]["turn"]["id"] == outer


def test_interrupts_come_too_early_k_times(play: Play) -> None:
    _, client = play(faults.interrupt_too_early(times=2), turn(pause()))
    thread_id = client.start_thread()
    client.start_turn(thread_id)
    turn_id = client.until("turn/started")[0]["result"]["turn"]["id"]
    ids = {"threadId": thread_id, "turnId": turn_id}
    for _ in range(2):
        assert client.call("turn/interrupt", **ids)["error"]["message"] == (
            "no active turn to interrupt"
        )
    assert client.call("turn/interrupt", **ids)["result"] == {}


def test_a_question_is_settled_without_its_answer(play: Play) -> None:
    server, client = play(turn(ask("item/tool/requestUserInput", {"q": 1}, until="settle")))
    client.start_turn(client.start_thread())
    question = client.until("item/tool/requestUserInput")[-1]
    server.release("settle")
    resolved = client.until("turn/completed")[0]
    assert resolved["params"]["requestId"] == question["id"]
    client.send({"id": question["id"], "result": {}})
    server.wait_for("item/tool/requestUserInput", kind="answered")


def test_a_question_may_be_asked_outside_a_turn_with_any_id(play: Play) -> None:
    server, client = play(
        on("initialized", ask("currentTime/read", {"threadId": "t"}, question_id="q-7"))
    )
    assert client.message() == {
        "id": "q-7",
        "method": "currentTime/read",
        "params": {"threadId": "t"},
    }
    client.send({"id": "q-7", "result": {"currentTimeAt": 1}})
    assert server.wait_for("currentTime/read", kind="answered").message["result"] == {
        "currentTimeAt": 1
    }


def test_a_question_may_be_asked_without_waiting(play: Play) -> None:
    _, client = play(turn(ask("item/tool/call", {"tool": "t"}, wait=False), say("went on")))
    client.start_turn(client.start_thread())
    messages = client.until("turn/completed")
    assert [m["id"] for m in messages if m.get("method") == "item/tool/call"] == [0]


# The end


def test_the_end_of_stdin_is_ignored(play: Play) -> None:
    server, client = play(faults.ignores_eof())
    client.stdin.close()
    server.wait_for("eof", kind="step")
    client.process.terminate()
    assert client.process.wait() == 0


def test_sigterm_is_ignored_and_sigkill_is_not(play: Play) -> None:
    server, client = play(faults.ignores_sigterm())
    client.process.terminate()
    server.wait_for("sigterm", kind="step")
    assert "result" in client.call("account/read")
    client.process.kill()
    assert client.process.wait() == -signal.SIGKILL


def test_the_end_can_have_steps_of_its_own(play: Play) -> None:
    server, client = play(at_eof(faults.garbage("last words"), faults.die(4)))
    client.stdin.close()
    assert client.line() == b"last words"
    assert client.process.wait() == 4
    server, client = play(at_sigterm(pause("slowly"), faults.die(5)))
    client.process.terminate()
    server.wait_for("slowly", kind="paused")
    server.release("slowly")
    assert client.process.wait() == 5


def test_a_grandchild_holds_stdout_open_until_the_server_closes(play: Play) -> None:
    server, client = play(at_start(faults.grandchild()))
    pid = server.wait_for(kind="grandchild", spawn=1).facts["pid"]
    client.process.kill()
    client.process.wait()
    assert os.getpgid(pid) == client.process.pid
    os.set_blocking(client.stdout.fileno(), False)
    assert client.stdout.read(1) is None
    os.set_blocking(client.stdout.fileno(), True)
    server.close()
    assert client.rest() == b""
    assert server.wait_for(kind="grandchild ended")


def test_a_grandchild_in_its_own_session_survives_its_group(play: Play) -> None:
    server, client = play(at_start(faults.grandchild(new_session=True)))
    pid = server.wait_for(kind="grandchild").facts["pid"]
    os.killpg(client.process.pid, signal.SIGKILL)
    client.process.wait()
    os.kill(pid, 0)
    server.close()
    assert client.rest() == b""


def test_a_step_out_of_place_ends_the_process_and_says_so(play: Play) -> None:
    _, client = play(on("account/read", say("no turn here")))
    client.ask("account/read")
    assert client.process.wait() == 70
    assert b"say(...): this step belongs into turn(...)" in client.stderr.read()


def test_rules_hold_in_the_spawns_they_name(spawn: Spawn) -> None:
    rules: list[Any] = [turn(faults.die(1)).in_spawns(1), turn(say("second")).in_spawns(2)]
    with FakeAppServer(rules) as server:
        first = spawn(server).open()
        first.start_turn(first.start_thread())
        assert first.process.wait() == 1
        second = spawn(server).open()
        second.start_turn(second.start_thread())
        closing = second.until("turn/completed")[-1]
        assert closing["params"]["turn"]["items"][0]["text"] == "second"
