"""Without faults the fake answers like runtime 0.163.0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_codex.testing.fake import (
    FakeAppServer,
    ask_command,
    ask_file_change,
    ask_user,
    begin,
    call_tool,
    event,
    fail,
    item,
    pause,
    reply,
    retrying,
    run_command,
    say,
    think,
    turn,
    usage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Client

    Play = Callable[..., tuple[FakeAppServer, Client]]
    Spawn = Callable[[FakeAppServer], Client]

PLAIN_TURN = [
    "thread/status/changed",
    "turn/started",
    "item/started",
    "item/completed",
    "item/started",
    "item/agentMessage/delta",
    "item/completed",
    "thread/tokenUsage/updated",
    "thread/status/changed",
    "turn/completed",
]


def methods(messages: list[dict[str, Any]]) -> list[str]:
    return [message.get("method", "reply") for message in messages]


def test_initialize_says_who_is_there(spawn: Spawn) -> None:
    with FakeAppServer(runtime_version="0.150.0") as server:
        client = spawn(server)
        client.write(
            b'{"id":0,"method":"initialize","params":{"clientInfo":{"name":"lab","version":"0.1"}}}\n'
        )
        reply_line = client.message()
    assert reply_line["id"] == 0
    assert reply_line["result"]["userAgent"].startswith("lab/0.150.0 (")
    assert set(reply_line["result"]) == {
        "userAgent",
        "codexHome",
        "platformFamily",
        "platformOs",
    }


def test_requests_before_initialize_and_a_second_initialize_are_refused(spawn: Spawn) -> None:
    with FakeAppServer() as server:
        client = spawn(server)
        early = client.call("model/list")
        client.open()
        again = client.call("initialize", clientInfo={"name": "x", "version": "1"})
    assert early["error"] == {"code": -32600, "message": "Not initialized"}
    assert again["error"]["message"] == "Already initialized"


@pytest.mark.parametrize(
    ("mode", "policy"),
    [
        ("danger-full-access", {"type": "dangerFullAccess"}),
        (
            "workspace-write",
            {
                "type": "workspaceWrite",
                "writableRoots": [],
                "networkAccess": False,
                "excludeTmpdirEnvVar": False,
                "excludeSlashTmp": False,
            },
        ),
        ("read-only", {"type": "readOnly", "networkAccess": False}),
        (None, {"type": "readOnly", "networkAccess": False}),
    ],
)
def test_a_thread_has_the_policy_of_its_sandbox(
    play: Play, mode: str | None, policy: dict[str, Any]
) -> None:
    _, client = play()
    assert client.call("thread/start", sandbox=mode)["result"]["sandbox"] == policy


def test_a_thread_asks_when_the_client_says_and_else_on_request(play: Play) -> None:
    _, client = play()
    for given, told in (({}, "on-request"), ({"approvalPolicy": "never"}, "never")):
        assert client.call("thread/start", **given)["result"]["approvalPolicy"] == told


def test_an_item_begins_as_the_script_says_and_keeps_its_id(play: Play) -> None:
    script = item({"type": "plan", "text": "done"}, started={"type": "plan", "text": ""})
    _, client = play(turn(script, item({"type": "plan", "id": "p", "text": "own"})))
    client.start_turn(client.start_thread())
    messages = client.until("turn/completed")
    items = [m["params"]["item"] for m in messages if m.get("method", "").startswith("item/")]
    plans = [each for each in items if each["type"] == "plan"]
    assert [each["text"] for each in plans] == ["", "done", "own", "own"]
    assert plans[0]["id"] == plans[1]["id"] != "p" == plans[2]["id"] == plans[3]["id"]


def test_a_thread_that_is_read_has_its_turns_with_all_their_items(play: Play) -> None:
    _, client = play(turn(item({"type": "plan", "text": "p"}), say("done")))
    thread_id = client.start_thread()
    client.start_turn(thread_id)
    closing = client.until("turn/completed")[-1]["params"]["turn"]
    assert (closing["itemsView"], [each["type"] for each in closing["items"]]) == (
        "summary",
        ["agentMessage"],
    )
    read = client.call("thread/read", threadId=thread_id, includeTurns=True)["result"]["thread"]
    (whole,) = read["turns"]
    types = [each["type"] for each in whole["items"]]
    assert (whole["itemsView"], types) == ("full", ["userMessage", "plan", "agentMessage"])


def test_ids_come_back_unchanged(play: Play) -> None:
    _, client = play()
    client.send({"id": "a-string", "method": "account/read", "params": {}})
    assert client.message()["id"] == "a-string"


@pytest.mark.parametrize(
    "line",
    [
        b"not json\n",
        b"[1]\n",
        b"7\n",
        b"\n",
        b'{"id":null,"method":"model/list","params":{}}\n',
        b'{"id":1.5,"method":"model/list","params":{}}\n',
        b'{"id":true,"method":"model/list","params":{}}\n',
        b'{"id":1,"method":"model/list","params":{"cursor":"\\ud800"}}\n',
        b'{"id":1,"method":"model/list","params":{"limit":NaN}}\n',
        b'{"id":1,"method":"model/list","params":{"cursor":"\xff"}}\n',
    ],
)
def test_a_malformed_request_is_dropped_without_reply(play: Play, line: bytes) -> None:
    server, client = play()
    client.write(line)
    client.send({"id": "next", "method": "account/read", "params": {}})
    assert client.message()["id"] == "next"
    assert server.wait_for(kind="malformed").facts["text"].encode() in (
        line[:-1],
        line[:-1].decode("utf-8", "replace").encode(),
    )
    assert b"Failed to deserialize" in client.stderr.read(200)


def test_params_must_be_there_and_whole(play: Play) -> None:
    _, client = play()
    client.send({"id": 90, "method": "thread/list"})
    assert client.message()["error"]["message"] == "Invalid request: missing field `params`"
    assert client.call("thread/read")["error"]["message"].endswith("missing field `threadId`")
    assert client.call("turn/start")["error"]["message"].endswith("missing field `threadId`")
    client.send({"id": 91, "method": "account/logout"})
    assert client.message() == {"id": 91, "result": {}}


def test_a_thread_is_started_named_read_listed_archived_and_found_again(play: Play) -> None:
    _, client = play()
    thread_id = client.start_thread(cwd="/tmp", ephemeral=True)
    assert client.call("thread/name/set", threadId=thread_id, name="n")["result"] == {}
    assert client.message()["params"] == {"threadId": thread_id, "threadName": "n"}
    shown = client.call("thread/read", threadId=thread_id)["result"]["thread"]
    assert (shown["name"], shown["cwd"], shown["ephemeral"]) == ("n", "/tmp", True)
    assert client.call("thread/list")["result"]["data"][0]["id"] == thread_id
    assert client.call("thread/archive", threadId=thread_id)["result"] == {}
    assert client.message()["method"] == "thread/archived"
    assert client.call("thread/list")["result"]["data"] == []
    assert client.call("thread/list", archived=True)["result"]["data"][0]["id"] == thread_id
    assert "error" in client.call("thread/resume", threadId=thread_id)
    assert client.call("thread/unarchive", threadId=thread_id)["result"]["thread"]["name"] == "n"
    forked = client.call("thread/fork", threadId=thread_id)["result"]["thread"]
    assert forked["forkedFromId"] == thread_id
    assert client.call("thread/unsubscribe", threadId=thread_id)["result"] == {
        "status": "unsubscribed"
    }


def test_a_thread_of_a_process_that_died_can_be_resumed_in_the_next(spawn: Spawn) -> None:
    with FakeAppServer() as server:
        first = spawn(server).open()
        thread_id = first.start_thread()
        first.close()
        second = spawn(server).open()
        missing = second.call("turn/start", threadId=thread_id, input=[])
        assert missing["error"]["message"] == f"thread not found: {thread_id}"
        resumed = second.call("thread/resume", threadId=thread_id)
        assert resumed["result"]["thread"]["id"] == thread_id
        assert second.call("turn/start", threadId=thread_id, input=[])["result"]["turn"]["id"]


def test_a_turn_has_the_runtimes_order(play: Play) -> None:
    _, client = play(turn(say("Hello", deltas=2)), turn())
    thread_id = client.start_thread()
    client.start_turn(thread_id)
    started, *events = client.until("turn/completed")
    turn_id = started["result"]["turn"]["id"]
    delta = "item/agentMessage/delta"
    assert methods(events) == [*PLAIN_TURN[:5], delta, *PLAIN_TURN[5:]]
    assert [e["params"]["delta"] for e in events if e["method"] == delta] == ["He", "llo"]
    assert events[1]["params"]["turn"]["id"] == turn_id
    assert events[2]["params"]["item"]["content"][0]["text"] == "hi"
    closing = events[-1]["params"]["turn"]
    assert (closing["id"], closing["status"]) == (turn_id, "completed")
    assert [shown["text"] for shown in closing["items"]] == ["Hello"]
    assert all("emittedAtMs" in message for message in events)
    turns = client.call("thread/read", threadId=thread_id, includeTurns=True)["result"]["thread"]
    assert [i["type"] for i in turns["turns"][0]["items"]] == ["userMessage", "agentMessage"]


def test_a_turn_that_no_rule_names_says_ok_and_when_picks_by_text(play: Play) -> None:
    _, client = play(turn(say("for the blue"), when="blue", times=None))
    thread_id = client.start_thread()
    texts = []
    for text in ("red", "blue", "blue"):
        client.start_turn(thread_id, text)
        texts.append(client.until("turn/completed")[-1]["params"]["turn"]["items"][0]["text"])
    assert texts == ["ok", "for the blue", "for the blue"]


def test_all_kinds_of_items_and_events_can_be_sent(play: Play) -> None:
    _, client = play(
        turn(
            think("why"),
            run_command("false", output="no\n", exit_code=1),
            item({"type": "neverSeen", "extra": 1}),
            event("future/thing", {"x": 1}),
            retrying(),
            usage(input=100, output=1, cached=50),
            say("done"),
        )
    )
    thread_id = client.start_thread()
    client.start_turn(thread_id)
    events = client.until("turn/completed")
    done = [m["params"]["item"] for m in events if m.get("method") == "item/completed"]
    assert [d["type"] for d in done] == [
        "userMessage",
        "reasoning",
        "commandExecution",
        "neverSeen",
        "agentMessage",
    ]
    assert (done[2]["status"], done[2]["aggregatedOutput"]) == ("failed", "no\n")
    future = next(m for m in events if m.get("method") == "future/thing")
    assert future["params"]["threadId"] == thread_id
    assert future["params"]["x"] == 1
    usages = [m["params"] for m in events if m.get("method") == "thread/tokenUsage/updated"]
    assert [u["tokenUsage"]["last"]["totalTokens"] for u in usages] == [101]
    assert [m["params"]["willRetry"] for m in events if m.get("method") == "error"] == [True]


def test_a_failed_turn_sends_its_error_and_the_next_turn_works(play: Play) -> None:
    _, client = play(turn(say("par", finish=False), fail("limit", info="usageLimitExceeded")))
    thread_id = client.start_thread()
    client.start_turn(thread_id)
    *_, status, error, closing = client.until("turn/completed")
    assert status["params"]["status"] == {"type": "systemError"}
    assert error["params"]["error"] == {
        "message": "limit",
        "codexErrorInfo": "usageLimitExceeded",
        "additionalDetails": None,
    }
    assert error["params"]["willRetry"] is False
    assert closing["params"]["turn"]["status"] == "failed"
    assert closing["params"]["turn"]["error"] == error["params"]["error"]
    client.start_turn(thread_id)
    assert client.until("turn/completed")[-1]["params"]["turn"]["status"] == "completed"


@pytest.mark.parametrize(
    ("answer", "status", "end"),
    [
        ({"result": {"decision": "accept"}}, "completed", "completed"),
        ({"result": {"decision": "acceptForSession"}}, "completed", "completed"),
        ({"result": {"decision": "decline"}}, "declined", "completed"),
        ({"result": {"decision": "cancel"}}, "declined", "interrupted"),
        ({"error": {"code": -32603, "message": "no"}}, "failed", "completed"),
        ({"result": {}}, "failed", "completed"),
    ],
)
def test_an_approval_is_obeyed(play: Play, answer: dict[str, Any], status: str, end: str) -> None:
    server, client = play(turn(ask_command("touch x", reason="May I?", output="made\n")))
    client.start_turn(client.start_thread())
    *_, flagged, started, question = client.until("item/commandExecution/requestApproval")
    assert flagged["params"]["status"]["activeFlags"] == ["waitingOnApproval"]
    assert question["id"] == 0
    assert question["params"]["itemId"] == started["params"]["item"]["id"]
    client.send({"id": 0, **answer})
    resolved, unflagged, *rest = client.until("turn/completed")
    assert resolved["method"] == "serverRequest/resolved"
    assert resolved["params"]["requestId"] == 0
    assert unflagged["params"]["status"]["activeFlags"] == []
    done = [m["params"]["item"] for m in rest if m["method"] == "item/completed"]
    assert done[0]["status"] == status
    assert rest[-1]["params"]["turn"]["status"] == end
    assert server.answers == [{"id": 0, **answer}]


@pytest.mark.parametrize(
    ("decision", "status"), [("accept", ["completed"]), ("decline", ["declined"]), ("cancel", [])]
)
def test_a_file_change_is_asked_for(play: Play, decision: str, status: list[str]) -> None:
    _, client = play(turn(ask_file_change("/w/new.txt")))
    client.start_turn(client.start_thread())
    client.until("item/fileChange/requestApproval")
    client.send({"id": 0, "result": {"decision": decision}})
    events = client.until("turn/completed")
    done = [m["params"]["item"] for m in events if m["method"] == "item/completed"]
    assert [d["status"] for d in done] == status
    assert events[-1]["params"]["turn"]["status"] == (
        "interrupted" if decision == "cancel" else "completed"
    )


def test_a_tool_of_the_client_is_called_and_its_result_shown(play: Play) -> None:
    _, client = play(turn(call_tool("lookup", {"id": "A"}), call_tool("lookup")))
    client.start_turn(client.start_thread())
    question = client.until("item/tool/call")[-1]
    assert question["params"]["arguments"] == {"id": "A"}
    content = [{"type": "inputText", "text": "open"}]
    client.send({"id": 0, "result": {"contentItems": content, "success": True}})
    client.until("item/tool/call")
    client.send({"id": 1, "error": {"code": -32603, "message": "broken"}})
    events = client.until("turn/completed")
    assert "serverRequest/resolved" not in methods(events)
    done = next(m["params"]["item"] for m in events if m["method"] == "item/completed")
    assert (done["type"], done["status"], done["success"]) == ("dynamicToolCall", "failed", False)


def test_the_user_is_asked(play: Play) -> None:
    server, client = play(turn(ask_user("Q?", "Yes", "No")))
    client.start_turn(client.start_thread())
    question = client.until("item/tool/requestUserInput")[-1]
    assert [o["label"] for o in question["params"]["questions"][0]["options"]] == ["Yes", "No"]
    client.send({"id": 0, "result": {"answers": {"q1": {"answers": ["Yes"]}}}})
    assert client.until("turn/completed")[0]["method"] == "serverRequest/resolved"
    assert server.answers[0]["result"]["answers"]["q1"] == {"answers": ["Yes"]}


def test_an_interrupt_ends_the_turn_and_a_second_one_waits_for_the_next_turn(play: Play) -> None:
    server, client = play(turn(say("par", finish=False), pause()))
    thread_id = client.start_thread()
    client.start_turn(thread_id)
    turn_id = client.until("item/agentMessage/delta")[0]["result"]["turn"]["id"]
    first = client.ask("turn/interrupt", threadId=thread_id, turnId=turn_id)
    answered, idle, closing = client.until("turn/completed")
    assert answered == {"id": first, "result": {}}
    assert idle["params"]["status"] == {"type": "idle"}
    assert closing["params"]["turn"]["status"] == "interrupted"
    assert server.wait_for(kind="interrupted").name == turn_id
    second = client.ask("turn/interrupt", threadId=thread_id, turnId=turn_id)
    server.wait_for("turn/interrupt", count=2)
    client.start_turn(thread_id)
    messages = client.until("turn/completed")
    assert [m["id"] for m in messages if "result" in m] == [messages[0]["id"], second]


def test_an_interrupt_settles_an_open_question_after_the_turns_end(play: Play) -> None:
    _, client = play(turn(ask_command("sleep 9")))
    thread_id = client.start_thread()
    client.start_turn(thread_id)
    messages = client.until("item/commandExecution/requestApproval")
    turn_id = messages[0]["result"]["turn"]["id"]
    client.ask("turn/interrupt", threadId=thread_id, turnId=turn_id)
    client.until("turn/completed")
    assert client.message()["method"] == "serverRequest/resolved"


def test_an_interrupt_before_turn_started_or_of_another_turn_is_refused(play: Play) -> None:
    server, client = play(turn(reply(), pause("begin"), begin(started_id="inner"), pause()))
    thread_id = client.start_thread()
    client.start_turn(thread_id)
    turn_id = client.message()["result"]["turn"]["id"]
    early = client.call("turn/interrupt", threadId=thread_id, turnId=turn_id)
    assert early["error"]["message"] == "no active turn to interrupt"
    server.release("begin")
    assert client.until("turn/started")[-1]["params"]["turn"]["id"] == "inner"
    server.wait_for("", kind="paused")
    outer = client.call("turn/interrupt", threadId=thread_id, turnId=turn_id)
    assert outer["error"]["message"] == f"expected active turn id {turn_id} but found inner"
    assert client.call("turn/interrupt", threadId=thread_id, turnId="inner")["result"] == {}
    assert client.until("turn/completed")[-1]["params"]["turn"]["id"] == turn_id


def test_a_second_turn_start_joins_and_a_steer_adds_input(play: Play) -> None:
    server, client = play(turn(pause("go"), say("both")))
    thread_id = client.start_thread()
    client.start_turn(thread_id)
    first = client.until("turn/started")[0]["result"]["turn"]["id"]
    server.wait_for("go", kind="paused")
    client.start_turn(thread_id, "more")
    joined = client.until("item/completed")
    joined += client.until("item/completed")
    assert next(m for m in joined if "result" in m)["result"]["turn"]["id"] == first
    content = [{"type": "text", "text": "steered"}]
    wrong = client.call("turn/steer", threadId=thread_id, expectedTurnId="x", input=content)
    assert wrong["error"]["message"] == f"expected active turn id x but found {first}"
    steered = client.call("turn/steer", threadId=thread_id, expectedTurnId=first, input=content)
    assert steered["result"] == {"turnId": first}
    server.release("go")
    assert methods(client.until("turn/completed")).count("turn/started") == 0
    late = client.call("turn/steer", threadId=thread_id, expectedTurnId=first, input=content)
    assert late["error"]["message"] == "no active turn to steer"


def test_turns_on_many_threads_play_at_once(play: Play) -> None:
    server, client = play(turn(pause("all"), say("x"), times=None))
    threads = [client.start_thread() for _ in range(20)]
    for thread_id in threads:
        client.start_turn(thread_id)
    server.wait_for("all", kind="paused", count=20)
    server.release("all")
    completed: set[str] = set()
    while len(completed) < 20:
        completed.add(client.until("turn/completed")[-1]["params"]["threadId"])
    assert completed == set(threads)


def test_review_and_compaction_are_turns_too(play: Play) -> None:
    _, client = play()
    thread_id = client.start_thread()
    target = {"type": "uncommittedChanges"}
    client.ask("review/start", threadId=thread_id, target=target)
    reviewed = client.until("turn/completed")
    outer = reviewed[0]["result"]["turn"]["id"]
    inner = next(m for m in reviewed if m.get("method") == "turn/started")["params"]["turn"]
    assert inner["id"] != outer == inner["rootTurnId"]
    client.ask("thread/compact/start", threadId=thread_id)
    compacted = client.until("turn/completed")
    assert compacted[0]["result"] == {}
    assert "contextCompaction" in [
        m["params"]["item"]["type"] for m in compacted if m.get("method") == "item/completed"
    ]


def test_a_client_gets_no_notification_that_it_opted_out_of(spawn: Spawn) -> None:
    with FakeAppServer([turn(say("Hello", deltas=9))]) as server:
        client = spawn(server)
        client.call(
            "initialize",
            clientInfo={"name": "x", "version": "1"},
            capabilities={"optOutNotificationMethods": ["item/agentMessage/delta"]},
        )
        client.start_turn(client.start_thread())
        assert "item/agentMessage/delta" not in methods(client.until("turn/completed"))


def test_logins_answer_in_their_shapes(play: Play) -> None:
    _, client = play()
    assert client.call("account/login/start", type="apiKey", apiKey="k")["result"] == {
        "type": "apiKey"
    }
    assert client.message()["params"]["success"] is True
    begun = client.call("account/login/start", type="chatgpt")["result"]
    cancelled = client.call("account/login/cancel", loginId=begun["loginId"])
    assert cancelled["result"] == {"status": "canceled"}
    assert client.message()["params"]["loginId"] == begun["loginId"]
    device = client.call("account/login/start", type="chatgptDeviceCode")["result"]
    assert set(device) == {"type", "loginId", "verificationUrl", "userCode"}


def test_the_end_of_stdin_ends_the_process_with_0_also_in_a_turn(play: Play) -> None:
    server, client = play(turn(pause()))
    client.start_turn(client.start_thread())
    server.wait_for("", kind="paused")
    client.stdin.close()
    assert client.process.wait() == 0


def test_sigterm_ends_the_process_with_0_and_sigint_by_the_signal(play: Play) -> None:
    for send, code in (("terminate", 0), ("interrupt", -2)):
        _, client = play()
        if send == "terminate":
            client.process.terminate()
        else:
            client.process.send_signal(2)
        assert client.process.wait() == code
