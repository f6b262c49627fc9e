"""What a recorded file looks like: readable, the same each time, and without secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openai_codex.config import AppServerConfig
from openai_codex.testing import record
from openai_codex.testing.recording import tape
from openai_codex.testing.recording.names import Names, folders
from openai_codex.testing.recording.recorder import Recorder
from openai_codex.testing.recording.secrets import hide, secret_values
from openai_codex.testing.recording.tape import CLIENT, SERVER, Entry

THREAD = "01a20291-c105-7362-825e-f8f9f0682de8"
TURN = "01a20291-c11e-7ef3-bf50-cc752ef043d9"
ITEM = "01a20291-c1b1-78b0-ab6c-e9d8312bfc1f"


def named(*entries: tuple[str, Any], timed: bool = False) -> list[Any]:
    tape_ = [Entry(number, sender, message) for number, (sender, message) in enumerate(entries, 2)]
    names = Names(tape_, folders("/srv/app", "/home/me/.codex", "/home/me"), timed=timed)
    return [names.of(entry.message) for entry in tape_]


def test_ids_are_numbered_by_what_they_name() -> None:
    reply = {"id": 1, "result": {"thread": {"id": THREAD, "path": f"/x/{THREAD}.jsonl"}}}
    started = {"params": {"threadId": THREAD, "turn": {"id": TURN}}}
    item = {"params": {"item": {"id": ITEM, "text": f"see {ITEM} and {TURN[:-1]}0"}}}
    assert named((SERVER, reply), (SERVER, started), (SERVER, item)) == [
        {"id": 1, "result": {"thread": {"id": "<<T1>>", "path": "/x/<<T1>>.jsonl"}}},
        {"params": {"threadId": "<<T1>>", "turn": {"id": "<<U1>>"}}},
        {"params": {"item": {"id": "<<I1>>", "text": f"see <<I1>> and {TURN[:-1]}0"}}},
    ]


def test_folders_ports_times_and_the_machine_are_named() -> None:
    message = {
        "cwd": "/srv/app/sub",
        "other": "/srv/application and /home/me/.codex/config.toml in /home/me.",
        "url": "http://127.0.0.1:43211/v1",
        "durationMs": 12,
        "startedAt": None,
        "resetsAt": 99,
        "serverName": "my-laptop",
        "userAgent": "app/0.163.0 (Debian 12; x86_64)",
        "clientInfo": {"name": "app", "version": "1.2"},
        "processId": "85221",
    }
    assert named((SERVER, message))[0] == {
        "cwd": "<<cwd>>/sub",
        "other": "/srv/application and <<codex_home>>/config.toml in <<home>>.",
        "url": "http://127.0.0.1:<<port1>>/v1",
        "durationMs": 0,
        "startedAt": None,
        "resetsAt": 99,
        "serverName": "host",
        "userAgent": "app/0.163.0",
        "clientInfo": {"name": "app", "version": "<<client_version>>"},
        "processId": "<<P1>>",
    }


def test_folders_that_the_client_asked_for_have_names_too() -> None:
    asked = (CLIENT, {"params": {"cwd": "/tmp/a"}}), (CLIENT, {"params": {"cwd": "/tmp/a/b"}})
    said = (SERVER, {"params": {"path": "/tmp/a/b/c"}})
    first, second, third = named(*asked, said)
    assert (first["params"], second["params"]) == ({"cwd": "<<cwd2>>"}, {"cwd": "<<cwd3>>"})
    assert third == {"params": {"path": "<<cwd3>>/c"}}


@pytest.mark.parametrize(
    ("message", "hidden"),
    [
        ({"apiKey": "k-1"}, {"apiKey": "[redacted]"}),
        ({"accessToken": "t"}, {"accessToken": "[redacted]"}),
        ({"env": {"A": "1", "B": None}}, {"env": {"A": "[redacted]", "B": None}}),
        ({"email": "me@example.com"}, {"email": "[redacted]"}),
        ({"authUrl": "https://x.y/z?state=1"}, {"authUrl": "https://x.y/z?[redacted]"}),
        ({"text": "key sk-abcdefghijkl."}, {"text": "key [redacted]."}),
        ({"text": "it is hunter2hunter2"}, {"text": "it is [redacted]"}),
        ({"tokens": 3, "tokenUsage": {"a": "b"}}, {"tokens": 3, "tokenUsage": {"a": "b"}}),
    ],
)
def test_secrets_are_hidden(message: Any, hidden: Any) -> None:
    known = secret_values({"MY_PASSWORD": "hunter2hunter2", "PATH": "/usr/bin:/bin"})
    assert hide(message, known) == hidden


SESSION = [
    (b'{"id":0,"method":"initialize","params":{}}\n', b""),
    (b"", b'{"id":0,"result":{"userAgent":"app/0.163.0 (x)","codexHome":"/c"}}\n{"method":"a'),
    (b'{"method":"initialized"}\n', b'bc","params":{}}\nplain words\n'),
]


def recorded(tmp_path: Path, *, timed: bool = False) -> str:
    recorder = Recorder(AppServerConfig(cwd="/srv/app"))
    for sent, came in SESSION:
        if came:
            recorder("<", came)
        if sent:
            recorder(">", sent)
    path = tmp_path / "new" / "session.jsonl"
    recorder.write(path, timed=timed)
    return path.read_text()


def test_the_file_has_a_message_a_line_in_an_order_without_chance(tmp_path: Path) -> None:
    assert recorded(tmp_path).splitlines() == [
        '{"recording": 1, "runtime": "0.163.0"}',
        '{">": {"id": 0, "method": "initialize", "params": {}}}',
        '{"<": {"id": 0, "result": {"codexHome": "<<codex_home>>", "userAgent": "app/0.163.0"}}}',
        '{">": {"method": "initialized"}}',
        '{"<": {"method": "abc", "params": {}}}',
        '{"<": "plain words"}',
    ]


def test_times_are_kept_when_asked_for(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in recorded(tmp_path, timed=True).splitlines()]
    assert all(isinstance(line["ms"], int) for line in lines[1:])


def test_a_second_client_is_refused_and_a_failed_start_forgotten(tmp_path: Path) -> None:
    recorder = Recorder(AppServerConfig())
    recorder(">", SESSION[0][0])
    recorder(">", SESSION[0][0])
    recorder("<", b'{"id":0,"result":{}}\n')
    with pytest.raises(ValueError, match="one client"):
        recorder(">", SESSION[0][0])
    recorder.write(tmp_path / "s.jsonl", timed=False)
    assert len(tape.read(tmp_path / "s.jsonl")) == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "s.jsonl:1: not a recording"),
        ('{"recording": 99}\n', "s.jsonl:1: not a recording of version 1"),
        ('{"recording": 1}\n{"<": {}}\n{"<"', "s.jsonl:3: not JSON"),
        ('{"recording": 1}\n[]\n', "s.jsonl:2: not an object"),
        ('{"recording": 1}\n{}\n', "s.jsonl:2: neither"),
    ],
)
def test_a_broken_file_names_its_line(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(text)
    with pytest.raises(ValueError, match=problem):
        tape.read(path)


def test_a_recording_that_is_not_there_is_told_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"make it with record\(path\)"):
        tape.read(tmp_path / "session.jsonl")


def test_nobody_else_may_read_a_recording_and_no_link_is_followed(tmp_path: Path) -> None:
    theirs, path = tmp_path / "theirs", tmp_path / "session.jsonl"
    theirs.write_text("theirs")
    path.symlink_to(theirs)
    for planted in (f".{path.name}.new", f".{path.name}.tmp"):
        (tmp_path / planted).symlink_to(theirs)
    tape.write(path, [Entry(1, ">", {"method": "x"})], runtime="1")
    assert theirs.read_text() == "theirs"
    assert not path.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.method for entry in tape.read(path)] == ["x"]


def test_a_recording_that_fails_leaves_the_old_one_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        tape.write(path, [Entry(1, ">", {"method": "\ud800"})], runtime="1")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_secret_within_a_longer_one_does_not_leave_the_rest_of_it() -> None:
    known = secret_values({"A_TOKEN": "abcdefgh", "B_TOKEN": "abcdefghijklmnop", "N": "x"})
    assert known == ["abcdefghijklmnop", "abcdefgh"]
    assert hide({"text": "say abcdefghijklmnop"}, known) == {"text": "say [redacted]"}


def say_and_fail(config: AppServerConfig) -> None:
    assert config.wire_tap is not None
    config.wire_tap(">", SESSION[0][0])
    raise ZeroDivisionError


def test_a_session_that_fails_is_recorded_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    with pytest.raises(ZeroDivisionError), record(path) as config:
        say_and_fail(config)
    assert [entry.method for entry in tape.read(path)] == ["initialize"]
