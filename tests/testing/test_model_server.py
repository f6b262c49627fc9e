"""The server on its own: connections, faults, and what is left after it is closed."""

from __future__ import annotations

import http.client
import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from openai_codex.testing import (
    Gate,
    ScriptedModel,
    ScriptError,
    cut,
    delay,
    hold,
    incomplete,
    malformed,
    say,
    silence,
)

COMPLETED = b"event: response.completed\n"


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel(strict=False) as running:
        yield running


def connect(model: ScriptedModel) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(model.base_url).netloc, timeout=30)


def post(
    connection: http.client.HTTPConnection, turn: str = "U1", thread: str = "T1"
) -> http.client.HTTPResponse:
    body = {"client_metadata": {"turn_id": turn}, "input": []}
    connection.request("POST", "/v1/responses", json.dumps(body), {"thread-id": thread})
    return connection.getresponse()


def ask(model: ScriptedModel, turn: str = "U1") -> bytes:
    connection = connect(model)
    try:
        return post(connection, turn).read()
    finally:
        connection.close()


def test_a_connection_serves_many_requests(model: ScriptedModel) -> None:
    model.default(say("hi"))
    connection = connect(model)
    bodies = [post(connection, f"U{number}").read() for number in range(3)]
    connection.close()
    assert all(COMPLETED in body for body in bodies)
    assert [request.turn_id for request in model.requests] == ["U0", "U1", "U2"]


def test_ids_are_never_used_twice(model: ScriptedModel) -> None:
    model.default(say("a"), say("b"))
    blocks = (ask(model, "U1") + ask(model, "U2")).decode().split("\n\n")
    events = [json.loads(block.partition("data: ")[2]) for block in blocks if block]
    ids = [event["item"]["id"] for event in events if event["type"] == "response.output_item.done"]
    assert len(ids) == 4
    assert len(set(ids)) == 4


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/responses", 426), ("GET", "/v1/models?x=1", 404), ("POST", "/other", 404)],
)
def test_another_address_is_recorded(
    model: ScriptedModel, method: str, path: str, status: int
) -> None:
    connection = connect(model)
    connection.request(method, path)
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.status == status
    assert model.strays == [f"{method} {path}"]


def test_a_body_that_is_not_json_is_a_problem(model: ScriptedModel) -> None:
    connection = connect(model)
    connection.request("POST", "/v1/responses", b"\x28\xb5", {"content-encoding": "zstd"})
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.status == 400
    assert "content-encoding: zstd" in model.problems[0]


def test_a_cut_drops_the_connection_midway(model: ScriptedModel) -> None:
    model.script(say("par"), cut())
    with pytest.raises(http.client.IncompleteRead) as raised:
        ask(model)
    assert b'"par"' in raised.value.partial


def test_a_clean_cut_ends_the_body_without_its_end(model: ScriptedModel) -> None:
    model.script(say("par"), cut(clean=True))
    assert COMPLETED not in ask(model)


def test_a_malformed_block_stands_in_the_middle(model: ScriptedModel) -> None:
    model.script(say("a"), malformed("data: {oops"), say("b"))
    before, _, after = ask(model).partition(b"data: {oops\n\n")
    assert b'"a"' in before
    assert COMPLETED in after


def test_an_incomplete_response_tells_its_reason(model: ScriptedModel) -> None:
    model.script(say("a"), incomplete("content_filter"))
    body = ask(model)
    assert b'"reason": "content_filter"' in body
    assert COMPLETED not in body


def test_a_held_answer_goes_on_when_its_gate_opens(model: ScriptedModel) -> None:
    gate = Gate()
    model.script(say(deltas=["Hel", hold(gate), "lo"]))
    connection = connect(model)
    response = post(connection)
    gate.wait_reached()
    first = b""
    while b'"Hel"' not in first:
        first += response.readline()
    gate.open()
    rest = response.read()
    connection.close()
    assert b'"delta": "lo"' not in first
    assert b'"delta": "lo"' in rest
    assert COMPLETED in rest


def test_a_gate_that_nothing_reaches_says_so() -> None:
    with pytest.raises(TimeoutError, match=r"reached 0 of 1 times .*is hold\(gate\) in"):
        Gate().wait_reached(timeout=0.01)


@pytest.mark.parametrize("pause", [silence(), hold(Gate()), delay(3600)])
def test_closing_releases_what_is_held(pause: object) -> None:
    with ScriptedModel() as model:
        model.script([say("a"), pause])  # type: ignore[list-item]
        connection = connect(model)
        response = post(connection)
        while b'"a"' not in response.readline():
            pass
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    connection.close()


def test_many_streams_at_once_and_nothing_left_behind() -> None:
    before = threading.active_count()
    files = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc").exists() else 0
    gate = Gate()
    with ScriptedModel() as model, ThreadPoolExecutor(200) as pool:
        model.default(say(deltas=["a", hold(gate), "b"]))
        bodies = [pool.submit(ask, model, f"U{number}") for number in range(200)]
        gate.wait_reached(200)
        gate.open()
        assert all(COMPLETED in body.result() for body in bodies)
    assert threading.active_count() == before
    assert not files or len(list(Path("/proc/self/fd").iterdir())) == files


def test_a_callable_sees_the_request_and_decides(model: ScriptedModel) -> None:
    model.default(lambda request: [say(request.turn_id), say(request.thread_id)])
    body = ask(model, "U7")
    assert b'"U7"' in body
    assert b'"T1"' in body


def test_a_callable_that_fails_is_a_problem(model: ScriptedModel) -> None:
    def broken(request: object) -> list[object]:
        raise KeyError("oops")

    model.script(broken)  # type: ignore[arg-type]
    assert b"KeyError('oops')" in ask(model)
    with pytest.raises(ScriptError, match="KeyError"):
        model.check()


def test_waiting_for_a_request_that_does_not_come_shows_what_came(model: ScriptedModel) -> None:
    model.default(say("hi"))
    ask(model)
    assert model.wait_for_request(1).turn_id == "U1"
    with pytest.raises(TimeoutError, match=r"(?s)request 2 did not come .*turn='U1'"):
        model.wait_for_request(2, timeout=0.01)


def test_a_model_that_is_not_running_has_no_address() -> None:
    with pytest.raises(ScriptError, match="with ScriptedModel"):
        _ = ScriptedModel().base_url


def test_temporary_folders_go_when_the_model_closes() -> None:
    with ScriptedModel() as model:
        folder = model.temporary_folder("work")
        (folder / "file").write_text("x")
    assert not os.path.lexists(folder)
