"""What a recording answers, with literals and without a process."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex.testing.recording.divergence import Diverged
from openai_codex.testing.recording.matching import Bindings
from openai_codex.testing.recording.playback import Playback
from openai_codex.testing.recording.tape import CLIENT, SERVER, Entry

DEFAULTS = {"cwd": "/here", "home": "/home/me", "codex_home": "/codex", "port": "9"}


def play(*lines: tuple[str, Any]) -> Playback:
    entries = [Entry(number, sender, message) for number, (sender, message) in enumerate(lines, 2)]
    return Playback(entries, Bindings(DEFAULTS), name="session.jsonl")


def ask(ident: int, method: str, **params: Any) -> tuple[str, Any]:
    return CLIENT, {"id": ident, "method": method, "params": params}


def reply(ident: int, **result: Any) -> tuple[str, Any]:
    return SERVER, {"id": ident, "result": result}


def tell(method: str, **params: Any) -> tuple[str, Any]:
    return SERVER, {"method": method, "params": params}


def thread(ident: int, name: str, **params: Any) -> list[tuple[str, Any]]:
    return [ask(ident, "thread/start", **params), reply(ident, thread={"id": name})]


def turn(ident: int, name: str, text: str) -> list[tuple[str, Any]]:
    asked = ask(ident, "turn/start", threadId=name, input=[{"type": "text", "text": text}])
    started = tell("turn/started", threadId=name, turn={"id": f"<<U{ident}>>"})
    completed = tell("turn/completed", threadId=name, turn={"id": f"<<U{ident}>>"})
    return [asked, reply(ident, turn={"id": f"<<U{ident}>>"}), started, completed]


def methods(messages: list[Any]) -> list[Any]:
    return [message.get("method", message.get("id")) for message in messages]


def test_replies_carry_the_ids_of_the_client_and_names_their_defaults() -> None:
    playback = play(*thread(1, "<<T1>>", cwd="<<cwd>>/sub"))
    said = playback.receive(ask(40, "thread/start", cwd="/here/sub")[1])
    assert said == [{"id": 40, "result": {"thread": {"id": "T1"}}}]
    assert playback.unasked == []


def test_a_name_that_the_client_says_first_stands_for_that_from_then_on() -> None:
    playback = play(
        ask(1, "thread/resume", threadId="<<T1>>", cwd="<<cwd2>>"),
        reply(1, thread={"id": "<<T1>>", "path": "<<cwd2>>/x"}),
        ask(2, "thread/read", threadId="<<T1>>"),
        reply(2),
    )
    said = playback.receive(ask(1, "thread/resume", threadId="0199-live", cwd="/tmp/live")[1])
    assert said == [{"id": 1, "result": {"thread": {"id": "0199-live", "path": "/tmp/live/x"}}}]
    with pytest.raises(Diverged, match="threadId"):
        playback.receive(ask(2, "thread/read", threadId="another")[1])


def test_a_different_request_says_where_what_and_which_line() -> None:
    playback = play(*thread(1, "<<T1>>"), *turn(2, "<<T1>>", "Hello"))
    playback.receive(ask(1, "thread/start")[1])
    asked = ask(2, "turn/start", threadId="T1", input=[{"type": "text", "text": "Bye"}])
    with pytest.raises(Diverged) as caught:
        playback.receive(asked[1])
    assert caught.value.line == 4
    assert caught.value.text.startswith(
        "session.jsonl:4: the client left the recording at params.input[0].text\n"
        "  recorded: 'Hello'\n"
        "  now:      'Bye'\n"
    )


@pytest.mark.parametrize(
    ("params", "where"),
    [
        ({"a": 1}, "params.b"),
        ({"a": 1, "b": [1, 2], "c": 0}, "params.c"),
        ({"a": 1, "b": [1]}, r"params.b\[1\]"),
        ({"a": True, "b": [1, 2]}, "params.a"),
    ],
)
def test_members_lengths_and_types_count(params: dict[str, Any], where: str) -> None:
    playback = play(ask(1, "x", a=1, b=[1, 2]), reply(1))
    with pytest.raises(Diverged, match=where):
        playback.receive(ask(1, "x", **params)[1])


def test_what_one_side_lacks_is_called_nothing_and_differs_from_that_word() -> None:
    lacks, has = {"a": 1}, {"a": 1, "b": "nothing"}
    with pytest.raises(Diverged) as caught:
        play(ask(1, "x", **lacks), reply(1)).receive(ask(1, "x", **has)[1])
    assert "  recorded: nothing\n  now:      'nothing'\n" in caught.value.text
    with pytest.raises(Diverged) as caught:
        play(ask(1, "x", **has), reply(1)).receive(ask(1, "x", **lacks)[1])
    assert "  recorded: 'nothing'\n  now:      nothing\n" in caught.value.text


def test_more_than_was_recorded_diverges_and_less_is_told() -> None:
    playback = play(ask(1, "model/list"), reply(1), ask(2, "account/read"), reply(2))
    playback.receive(ask(1, "model/list")[1])
    assert [entry.line for entry in playback.unasked] == [4]
    playback.receive(ask(2, "account/read")[1])
    with pytest.raises(Diverged, match="asks more than was recorded"):
        playback.receive(ask(3, "model/list")[1])


def test_requests_outside_threads_come_in_any_order() -> None:
    playback = play(ask(1, "model/list"), ask(2, "account/read"), reply(2, b=1), reply(1, a=1))
    assert playback.receive(ask(7, "account/read")[1]) == [{"id": 7, "result": {"b": 1}}]
    assert playback.receive(ask(8, "model/list")[1]) == [{"id": 8, "result": {"a": 1}}]


def test_threads_do_not_wait_for_each_other() -> None:
    opened = [*thread(1, "<<T1>>", model="a"), *thread(2, "<<T2>>", model="b")]
    playback = play(*opened, *turn(3, "<<T1>>", "one"), *turn(4, "<<T2>>", "two"))
    playback.receive(ask(1, "thread/start", model="a")[1])
    playback.receive(ask(2, "thread/start", model="b")[1])
    for ident, (name, text) in enumerate([("T2", "two"), ("T1", "one")], 10):
        asked = ask(ident, "turn/start", threadId=name, input=[{"type": "text", "text": text}])
        assert methods(playback.receive(asked[1])) == [ident, "turn/started", "turn/completed"]


def test_threads_that_began_alike_may_change_places() -> None:
    opened = [*thread(1, "<<T1>>"), *thread(2, "<<T2>>")]
    playback = play(*opened, *turn(3, "<<T1>>", "one"), *turn(4, "<<T2>>", "two"))
    playback.receive(ask(1, "thread/start")[1])
    playback.receive(ask(2, "thread/start")[1])
    for ident, (name, text) in enumerate([("T1", "two"), ("T2", "one")], 10):
        asked = ask(ident, "turn/start", threadId=name, input=[{"type": "text", "text": text}])
        said = playback.receive(asked[1])
        assert methods(said) == [ident, "turn/started", "turn/completed"]
        assert said[1]["params"]["threadId"] == name  # type: ignore[index]


def test_in_one_thread_order_counts() -> None:
    first, second = turn(2, "<<T1>>", "one"), turn(3, "<<T1>>", "two")
    playback = play(*thread(1, "<<T1>>"), *first, *second)
    playback.receive(ask(1, "thread/start")[1])
    with pytest.raises(Diverged, match="recorded: 'one'"):
        playback.receive(
            ask(2, "turn/start", threadId="T1", input=[{"type": "text", "text": "two"}])[1]
        )


def approvals() -> Playback:
    first, *rest = turn(2, "<<T1>>", "go")
    return play(
        *thread(1, "<<T1>>"),
        first,
        *rest[:2],
        (SERVER, {"id": 0, "method": "approve", "params": {"threadId": "<<T1>>"}}),
        (SERVER, {"id": 1, "method": "approve", "params": {"threadId": "<<T1>>"}}),
        (CLIENT, {"id": 0, "result": {"decision": "accept"}}),
        tell("item/completed", threadId="<<T1>>"),
        (CLIENT, {"id": 1, "result": {"decision": "decline"}}),
        rest[2],
    )


def begin(playback: Playback) -> list[Any]:
    playback.receive(ask(1, "thread/start")[1])
    return playback.receive(
        ask(2, "turn/start", threadId="T1", input=[{"type": "text", "text": "go"}])[1]
    )


def test_questions_are_asked_and_what_follows_waits_for_the_answers_in_any_order() -> None:
    playback = approvals()
    assert methods(begin(playback)) == [2, "turn/started", "approve", "approve"]
    assert playback.receive({"id": 1, "result": {"decision": "decline"}}) == []
    said = playback.receive({"id": 0, "result": {"decision": "accept"}})
    assert methods(said) == ["item/completed", "turn/completed"]


def test_another_answer_diverges_and_a_needless_one_is_ignored() -> None:
    playback = approvals()
    begin(playback)
    assert playback.receive({"id": 17, "result": {}}) == []
    with pytest.raises(Diverged, match=r"session.jsonl:9: .* at result.decision"):
        playback.receive({"id": 0, "result": {"decision": "cancel"}})


def test_a_client_that_waits_for_its_own_word_is_told_which() -> None:
    playback = approvals()
    awaited = [playback.is_awaited]
    begin(playback)
    assert [*awaited, playback.is_awaited] == [False, True]
    found = playback.silence(3)
    assert found is not None
    assert found.line == 9
    assert '{"id": 0, "result": {"decision": "accept"}}' in found.text


def test_a_thread_that_nobody_opened_begins_after_what_was_said_before() -> None:
    first, *rest = turn(2, "<<T1>>", "go")
    child = tell("item/started", threadId="<<T2>>")
    playback = play(*thread(1, "<<T1>>"), first, *rest[:2], child, rest[2])
    assert playback.start() == []
    assert methods(playback.receive(ask(1, "thread/start")[1])) == [1]
    asked = ask(2, "turn/start", threadId="T1", input=[{"type": "text", "text": "go"}])
    said = playback.receive(asked[1])
    assert methods(said) == [2, "turn/started", "item/started", "turn/completed"]


def test_what_was_hidden_matches_anything() -> None:
    playback = play(ask(1, "account/login/start", type="apiKey", apiKey="[redacted]"), reply(1))
    said = playback.receive(ask(1, "account/login/start", type="apiKey", apiKey="sk-live")[1])
    assert methods(said) == [1]


def test_lines_that_were_not_json_come_back_as_they_were() -> None:
    playback = play(ask(1, "model/list"), (SERVER, "not { json"), reply(1))
    assert playback.receive(ask(1, "model/list")[1])[0] == "not { json"
