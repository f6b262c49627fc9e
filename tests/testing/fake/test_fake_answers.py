"""What each request makes the fake say when nothing is scripted: pure, without a process."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex.testing.fake.behaviour import respond
from openai_codex.testing.fake.world import World

HELLO = {"clientInfo": {"name": "lab", "version": "1"}}
FIRST = "00000003-0000-7000-8000-000000000001"
SECOND = "00000003-0000-7000-8000-000000000002"


@pytest.fixture
def world() -> World:
    made = World(3, "0.163.0")
    respond(made, "initialize", HELLO)
    return made


def result(value: Any) -> dict[str, Any]:
    return {"result": value}


def told(method: str, **params: Any) -> dict[str, Any]:
    return {"method": method, "params": params}


def refused(message: str) -> list[dict[str, Any]]:
    return [{"error": {"code": -32600, "message": message}}]


def status(kind: str) -> dict[str, Any]:
    return told("thread/status/changed", threadId=FIRST, status={"type": kind})


def test_initialize_names_the_client_and_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    for system, family, name in (
        ("linux", "unix", "linux"),
        ("darwin", "unix", "macos"),
        ("win32", "windows", "windows"),
    ):
        monkeypatch.setattr("sys.platform", system)
        monkeypatch.setenv("CODEX_HOME", "/h")
        assert respond(World(1, "0.163.0"), "initialize", HELLO) == [
            result(
                {
                    "userAgent": "lab/0.163.0 (Fake 1; x86_64) fake (lab; 1)",
                    "codexHome": "/h",
                    "platformFamily": family,
                    "platformOs": name,
                }
            )
        ]


def test_what_the_client_opts_out_of_is_noted() -> None:
    world = World(1, "0.163.0")
    assert world.opted_out == set()
    opted = {"capabilities": {"optOutNotificationMethods": ["warning"]}}
    respond(world, "initialize", {**HELLO, **opted})
    assert world.opted_out == {"warning"}


@pytest.mark.parametrize("params", [{}, {"clientInfo": "lab"}, {"clientInfo": {"name": "lab"}}])
def test_a_client_without_name_and_version_is_refused(params: dict[str, Any]) -> None:
    answer = respond(World(1, "0.163.0"), "initialize", params)
    assert answer == refused("Invalid request: missing field `clientInfo`")


def test_a_started_thread_is_told_as_it_was_asked_for(world: World) -> None:
    asked = {"cwd": "/w", "model": "m", "modelProvider": "p", "ephemeral": True}
    reply, started = respond(world, "thread/start", {**asked, "approvalsReviewer": "auto"})
    opened = reply["result"]
    assert started == told("thread/started", thread=opened["thread"])
    thread = opened["thread"]
    assert {name: thread[name] for name in asked} == asked
    assert {name: opened[name] for name in ("cwd", "model", "modelProvider")} == {
        name: asked[name] for name in ("cwd", "model", "modelProvider")
    }
    assert opened["approvalsReviewer"] == "auto"
    assert opened["runtimeWorkspaceRoots"] == ["/w"]
    assert thread["environments"] == [
        {"environmentId": "local", "cwd": "/w", "runtimeWorkspaceRoots": ["/w"]}
    ]
    assert (thread["id"], thread["sessionId"], thread["status"]) == (FIRST, FIRST, {"type": "idle"})
    assert (thread["originator"], thread["cliVersion"]) == ("lab", "0.163.0")


def test_a_thread_that_says_nothing_has_what_is_usual(world: World) -> None:
    opened = respond(world, "thread/start", {})[0]["result"]
    assert (opened["model"], opened["modelProvider"]) == ("gpt-5.5", "fake")
    assert (opened["thread"]["ephemeral"], opened["approvalsReviewer"]) == (False, "user")
    assert opened["thread"]["forkedFromId"] is None


def test_a_fork_names_its_source_and_has_its_turns(world: World) -> None:
    respond(world, "thread/start", {"cwd": "/w"})
    world.threads[FIRST]["turns"].append({"id": "t"})
    reply, started = respond(world, "thread/fork", {"threadId": FIRST})
    fork = reply["result"]["thread"]
    assert (fork["id"], fork["forkedFromId"], fork["cwd"]) == (SECOND, FIRST, "/w")
    assert fork["turns"] == [{"id": "t"}]
    assert started == told("thread/started", thread={**fork, "turns": []})
    bare = respond(world, "thread/fork", {"threadId": FIRST, "excludeTurns": True})
    assert bare[0]["result"]["thread"]["turns"] == []


def test_a_thread_that_is_resumed_is_told_to_be_loaded_once(world: World) -> None:
    first = respond(world, "thread/resume", {"threadId": FIRST, "cwd": "/w"})
    assert (first[0], first[2]) == (status("idle"), told("thread/goal/cleared", threadId=FIRST))
    assert first[1]["result"]["thread"]["id"] == FIRST
    world.threads[FIRST]["turns"].append({"id": "t"})
    again = respond(world, "thread/resume", {"threadId": FIRST})
    assert again[0]["result"]["thread"]["turns"] == [{"id": "t"}]
    assert again[1:] == first[2:]
    bare = respond(world, "thread/resume", {"threadId": FIRST, "excludeTurns": True})
    assert bare[0]["result"]["thread"]["turns"] == []


def test_an_archived_thread_is_listed_apart_and_found_again(world: World) -> None:
    for _ in range(2):
        respond(world, "thread/start", {})
    assert respond(world, "thread/archive", {"threadId": FIRST}) == [
        status("notLoaded"),
        result({}),
        told("thread/archived", threadId=FIRST),
    ]
    assert listed(world, archived=True) == [FIRST]
    assert listed(world) == [SECOND]
    assert respond(world, "thread/resume", {"threadId": FIRST}) == refused(
        f"thread {FIRST} is archived; unarchive it first"
    )
    reply, back = respond(world, "thread/unarchive", {"threadId": FIRST})
    assert reply["result"]["thread"]["id"] == FIRST
    assert back == told("thread/unarchived", threadId=FIRST)
    assert listed(world) == [SECOND, FIRST]
    assert listed(world, limit=1) == [SECOND]


def listed(world: World, **params: Any) -> list[str]:
    """Return the ids of `thread/list`, the newest first."""
    (reply,) = respond(world, "thread/list", params)
    page = reply["result"]
    assert (page["nextCursor"], page["backwardsCursor"]) == (None, None)
    assert [thread["turns"] for thread in page["data"]] == [[]] * len(page["data"])
    return [thread["id"] for thread in page["data"]]


def test_a_thread_is_read_with_its_turns_where_they_are_wanted(world: World) -> None:
    respond(world, "thread/start", {})
    world.threads[FIRST]["turns"] += [{"id": "1"}, {"id": "2"}]
    for params, turns in (({}, []), ({"includeTurns": True}, [{"id": "1"}, {"id": "2"}])):
        (reply,) = respond(world, "thread/read", {"threadId": FIRST, **params})
        assert reply["result"]["thread"]["turns"] == turns
    newest_first = {"data": [{"id": "2"}, {"id": "1"}], "nextCursor": None, "backwardsCursor": None}
    assert respond(world, "thread/turns/list", {"threadId": FIRST}) == [result(newest_first)]
    nothing = {**newest_first, "data": []}
    assert respond(world, "thread/turns/list", {"threadId": SECOND}) == [result(nothing)]


def test_a_name_is_told_and_kept(world: World) -> None:
    respond(world, "thread/start", {})
    assert respond(world, "thread/name/set", {"threadId": FIRST, "name": "n"}) == [
        result({}),
        told("thread/name/updated", threadId=FIRST, threadName="n"),
    ]
    assert world.threads[FIRST]["name"] == "n"


@pytest.mark.parametrize(
    ("method", "why"),
    [
        ("thread/fork", f"no rollout found for thread id {FIRST}"),
        ("thread/read", f"thread not loaded: {FIRST}"),
        ("thread/archive", f"no rollout found for thread id {FIRST}"),
        ("thread/unarchive", f"no archived rollout found for thread id {FIRST}"),
        ("thread/name/set", f"thread not found: {FIRST}"),
    ],
)
def test_a_thread_that_is_not_there_is_refused(world: World, method: str, why: str) -> None:
    assert respond(world, method, {"threadId": FIRST, "name": "n"}) == refused(why)


@pytest.mark.parametrize(
    "method",
    [
        *("review/start", "thread/compact/start", "turn/interrupt", "turn/start", "turn/steer"),
        *("thread/archive", "thread/fork", "thread/name/set", "thread/read", "thread/resume"),
        *("thread/turns/list", "thread/unarchive", "thread/unsubscribe"),
    ],
)
def test_a_request_that_names_no_thread_is_refused(world: World, method: str) -> None:
    assert respond(world, method, {}) == refused("Invalid request: missing field `threadId`")
    assert respond(world, method, None) == refused("Invalid request: missing field `params`")


@pytest.mark.parametrize(
    ("method", "params", "answer"),
    [
        ("thread/unsubscribe", {"threadId": "x"}, [result({"status": "notLoaded"})]),
        ("thread/loaded/list", {}, [result({"data": [], "nextCursor": None})]),
        (
            "account/read",
            {},
            [result({"account": None, "requiresOpenaiAuth": False, "workspaceRouting": None})],
        ),
        (
            "account/logout",
            None,
            [result({}), told("account/updated", authMode=None, planType=None)],
        ),
        (
            "account/rateLimits/read",
            None,
            refused("codex account authentication required to read rate limits"),
        ),
        (
            "account/login/start",
            {"type": "apiKey", "apiKey": "k"},
            [
                result({"type": "apiKey"}),
                told("account/login/completed", loginId=None, success=True, error=None),
                told("account/updated", authMode="apikey", planType=None),
            ],
        ),
        (
            "account/login/start",
            {"type": "chatgpt"},
            [result({"type": "chatgpt", "loginId": FIRST, "authUrl": "http://127.0.0.1:9/auth"})],
        ),
        (
            "account/login/start",
            {"type": "chatgptDeviceCode"},
            [
                result(
                    {
                        "type": "chatgptDeviceCode",
                        "loginId": FIRST,
                        "verificationUrl": "http://127.0.0.1:9/device",
                        "userCode": "FAKE-CODE",
                    }
                )
            ],
        ),
        (
            "account/login/cancel",
            {"loginId": "l"},
            [
                result({"status": "canceled"}),
                told(
                    "account/login/completed",
                    loginId="l",
                    success=False,
                    error="Login was not completed",
                ),
            ],
        ),
        ("memory/reset", None, [result({})]),
        ("not/known", {}, [result({})]),
    ],
)
def test_a_request_has_its_whole_answer(
    world: World, method: str, params: dict[str, Any] | None, answer: list[dict[str, Any]]
) -> None:
    assert respond(world, method, params) == answer


def test_the_threads_that_are_loaded_are_listed_and_let_go_of(world: World) -> None:
    respond(world, "thread/start", {})
    (reply,) = respond(world, "thread/loaded/list", {})
    assert reply["result"]["data"] == [FIRST]
    gone = respond(world, "thread/unsubscribe", {"threadId": FIRST})
    assert gone == [result({"status": "unsubscribed"})]
