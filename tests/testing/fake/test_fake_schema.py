"""Everything that the fake says has the shape that the pinned runtime's own schema asks for."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from openai_codex.testing.fake import (
    FakeAppServer,
    ask_command,
    ask_file_change,
    ask_user,
    begin,
    call_tool,
    deltas,
    fail,
    item,
    retrying,
    run_command,
    say,
    think,
    turn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .conftest import Client

    Play = Callable[..., tuple[FakeAppServer, Client]]
    Json = dict[str, Any]

TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}
RESULTS = {
    "account/login/cancel": "v2/CancelLoginAccountResponse",
    "account/login/start": "v2/LoginAccountResponse",
    "account/logout": "v2/LogoutAccountResponse",
    "account/read": "v2/GetAccountResponse",
    "initialize": "v1/InitializeResponse",
    "model/list": "v2/ModelListResponse",
    "review/start": "v2/ReviewStartResponse",
    "thread/archive": "v2/ThreadArchiveResponse",
    "thread/compact/start": "v2/ThreadCompactStartResponse",
    "thread/fork": "v2/ThreadForkResponse",
    "thread/list": "v2/ThreadListResponse",
    "thread/loaded/list": "v2/ThreadLoadedListResponse",
    "thread/name/set": "v2/ThreadSetNameResponse",
    "thread/read": "v2/ThreadReadResponse",
    "thread/resume": "v2/ThreadResumeResponse",
    "thread/start": "v2/ThreadStartResponse",
    "thread/turns/list": "v2/ThreadTurnsListResponse",
    "thread/unarchive": "v2/ThreadUnarchiveResponse",
    "thread/unsubscribe": "v2/ThreadUnsubscribeResponse",
    "turn/interrupt": "v2/TurnInterruptResponse",
    "turn/start": "v2/TurnStartResponse",
    "turn/steer": "v2/TurnSteerResponse",
}


class Schema:
    """Find what is wrong with a value, by as much of JSON Schema as the runtime's schema uses."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def named(self, name: str) -> Json:
        schema: Json = json.loads((self._directory / f"{name}.json").read_text())
        return schema

    def wrong(self, value: Any, schema: Json | bool, root: Json, at: str = "$") -> Iterator[str]:
        if isinstance(schema, bool):
            return
        if "$ref" in schema:
            yield from self.wrong(value, root["definitions"][schema["$ref"][14:]], root, at)
        for part in schema.get("allOf", []):
            yield from self.wrong(value, part, root, at)
        for union in ("anyOf", "oneOf"):
            tried = [list(self.wrong(value, s, root, at)) for s in schema.get(union, [])]
            if tried and all(tried):
                yield f"{at}: no branch of {union} fits; nearest: {min(tried, key=len)}"
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(_is(value, kind) for kind in kinds):
            yield f"{at}: {value!r} is not {kinds}"
        if "enum" in schema and value not in schema["enum"]:
            yield f"{at}: {value!r} is not one of {schema['enum']}"
        yield from self._wrong_inside(value, schema, root, at)

    def _wrong_inside(self, value: Any, schema: Json, root: Json, at: str) -> Iterator[str]:
        if isinstance(value, dict):
            yield from self._wrong_members(value, schema, root, at)
        if isinstance(value, list) and "items" in schema:
            for number, element in enumerate(value):
                yield from self.wrong(element, schema["items"], root, f"{at}[{number}]")

    def _wrong_members(self, value: Json, schema: Json, root: Json, at: str) -> Iterator[str]:
        for name in schema.get("required", []):
            if name not in value:
                yield f"{at}: lacks {name}"
        for name, part in schema.get("properties", {}).items():
            if name in value:
                yield from self.wrong(value[name], part, root, f"{at}.{name}")
        if at != "$" and "properties" in schema and "additionalProperties" not in schema:
            unknown = value.keys() - schema["properties"].keys()
            yield from (f"{at}: {name} is not known" for name in sorted(unknown))


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    from codex_cli_bin import bundled_codex_path  # type: ignore[import-untyped]

    command = [bundled_codex_path(), "app-server", "generate-json-schema", "--experimental"]
    directory, home = tmp_path_factory.mktemp("schema"), tmp_path_factory.mktemp("home")
    subprocess.run(
        [*command, "--out", str(directory)],
        env={**os.environ, "CODEX_HOME": str(home)},
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return Schema(directory)


def test_the_checker_finds_what_is_wrong(schema: Schema) -> None:
    root = schema.named("v2/TurnStartResponse")
    assert list(schema.wrong({"turn": {"id": "x", "items": []}}, root, root)) == [
        "$.turn: lacks status"
    ]
    ended: Json = {"id": "x", "items": [], "status": "failed", "errorx": None}
    assert list(schema.wrong({"turn": ended}, root, root)) == ["$.turn: errorx is not known"]
    assert "is not" in next(
        schema.wrong({"turn": {"id": 7, "items": [], "status": "x"}}, root, root)
    )


def test_every_result_fits_its_schema(play: Play, schema: Schema) -> None:
    _, client = play(turn(item({"type": "plan", "text": "p"})))
    thread_id = client.start_thread(sandbox="workspace-write")
    text = [{"type": "text", "text": "hi"}]
    asked: list[tuple[str, Json]] = [
        ("account/login/start", {"type": "apiKey", "apiKey": "k"}),
        ("account/login/start", {"type": "chatgpt"}),
        ("account/login/start", {"type": "chatgptDeviceCode"}),
        ("account/login/cancel", {"loginId": "l"}),
        ("account/logout", {}),
        ("account/read", {}),
        ("model/list", {}),
        ("turn/start", {"threadId": thread_id, "input": text}),
        ("thread/compact/start", {"threadId": thread_id}),
        ("review/start", {"threadId": thread_id, "target": {"type": "uncommittedChanges"}}),
        ("thread/start", {"sandbox": "danger-full-access", "approvalPolicy": "never"}),
        ("thread/start", {"sandbox": "workspace-write"}),
        ("thread/resume", {"threadId": thread_id}),
        ("thread/fork", {"threadId": thread_id}),
        ("thread/read", {"threadId": thread_id, "includeTurns": True}),
        ("thread/turns/list", {"threadId": thread_id}),
        ("thread/list", {}),
        ("thread/loaded/list", {}),
        ("thread/name/set", {"threadId": thread_id, "name": "n"}),
        ("thread/archive", {"threadId": thread_id}),
        ("thread/unarchive", {"threadId": thread_id}),
        ("thread/unsubscribe", {"threadId": thread_id}),
    ]
    for method, params in asked:
        result = client.call(method, **params)["result"]
        root = schema.named(RESULTS[method])
        assert (method, list(schema.wrong(result, root, root))) == (method, [])
        if method in ("turn/start", "thread/compact/start", "review/start"):
            client.until("turn/completed")


def test_every_notification_and_question_fits_its_schema(play: Play, schema: Schema) -> None:
    _, client = play(
        turn(
            begin(),
            think("why"),
            run_command("ls", output="x\n"),
            ask_command("touch x"),
            ask_file_change("/w/x"),
            ask_user("Q?", "Yes"),
            call_tool("lookup", {"id": 1}),
            deltas(3, 4),
            retrying(),
            say("done"),
        ),
        turn(fail("no")),
    )
    answers: dict[str, Json] = {
        "item/commandExecution/requestApproval": {"decision": "accept"},
        "item/fileChange/requestApproval": {"decision": "accept"},
        "item/tool/requestUserInput": {"answers": {}},
        "item/tool/call": {"contentItems": [], "success": True},
    }
    thread_id = client.start_thread()
    seen: list[Json] = []
    for _ in range(2):
        client.start_turn(thread_id)
        while not seen or seen[-1].get("method") != "turn/completed":
            seen.append(client.message())
            if seen[-1].get("method") in answers:
                client.send({"id": seen[-1]["id"], "result": answers[seen[-1]["method"]]})
        seen.append({})
    roots = {True: schema.named("ServerRequest"), False: schema.named("ServerNotification")}
    for message in (m for m in seen if "method" in m):
        root = roots["id" in message]
        assert (message["method"], list(schema.wrong(message, root, root))) == (
            message["method"],
            [],
        )
