"""What belongs to no turn reaches everyone who reads it, within bounds, also a little later."""

from __future__ import annotations

import logging

import pytest

from openai_codex._core import bulletin
from openai_codex._core.bulletin import Bulletin, Feed
from openai_codex._core.harmless import why_harmless
from openai_codex._core.messages import Closed
from openai_codex.errors import StreamOverflowError, TransportClosedError
from tests.core.boxes import Box, Note, hear, session

GONE = Closed(TransportClosedError("gone"))


class Queue(Box):
    def pop(self) -> object:
        return self.items.pop(0) if self.items else None


def feed(limit: int = 1000) -> Feed[Queue]:
    return Feed(Queue(), limit)


def taken(one: Feed[Queue]) -> list[object]:
    items = []
    while (item := one.take()) is not None and not isinstance(item, Closed):
        items.append(item)
    return items


def test_every_reader_gets_what_belongs_to_no_turn_and_what_came_before() -> None:
    one, early, late = session(), feed(), feed()
    one.bulletin.join(early)
    hear(
        one,
        '{"method":"skills/changed","params":{}}',
        '{"method":"turn/started","params":{"threadId":"th","turn":{"id":"t1"}}}',
        '{"method":"item/started","params":{"threadId":"th","turnId":"t1","item":{}}}',
        '{"method":"command/exec/outputDelta","params":{"processId":"p"}}',
        '{"method":"thread/started","params":{"thread":{"id":"th"}}}',
    )
    one.bulletin.join(late)
    wanted = ["skills/changed", "thread/started"]
    assert [note.method for note in taken(early)] == wanted  # type: ignore[attr-defined]
    assert [note.method for note in taken(late)] == wanted  # type: ignore[attr-defined]


def test_a_reader_that_left_gets_nothing_more() -> None:
    one, mine = Bulletin(), feed()
    one.join(mine)
    one.leave(mine)
    one.leave(mine)
    one.put(Note("skills/changed", {}))
    assert mine.take() is None


def test_what_is_kept_for_later_readers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulletin, "MOST_KEPT", 3)
    monkeypatch.setattr(bulletin, "MOST_KEPT_BYTES", 100)
    one, by_count, by_size = Bulletin(), feed(), feed()
    for name in "abcd":
        one.put(Note(name, {}, 10))
    one.join(by_count)
    assert [note.method for note in taken(by_count)] == ["b", "c", "d"]  # type: ignore[attr-defined]
    one.put(Note("e", {}, 95))
    one.join(by_size)
    assert [note.method for note in taken(by_size)] == ["e"]  # type: ignore[attr-defined]


def test_a_reader_that_falls_behind_loses_its_events_alone() -> None:
    one, slow, other = Bulletin(), feed(limit=15), feed()
    one.join(slow)
    one.join(other)
    for name in "ab":
        one.put(Note(name, {}, 10))
    lost = slow.take()
    assert isinstance(lost, Closed)
    assert isinstance(lost.cause, StreamOverflowError)
    assert len(taken(other)) == 2


def test_the_end_of_the_connection_comes_last() -> None:
    one, mine = session(), feed()
    one.bulletin.join(mine)
    for box, item in one.close(TransportClosedError("gone")):
        box.put(item)
    assert isinstance(mine.take(), Closed)
    mine.put(GONE)  # once is enough
    assert isinstance(mine.take(), Closed)


def test_settings_and_mcp_servers_that_are_wrong_are_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    one = session()
    with caplog.at_level(logging.WARNING):
        hear(
            one,
            '{"method":"configWarning","params":'
            '{"summary":"bad key","details":"near b","path":"/c"}}',
            '{"method":"configWarning","params":{"summary":'
            '"Codex will use the bundled bubblewrap in the meantime."}}',
            '{"method":"mcpServer/startupStatus/updated","params":'
            '{"name":"a\\u001b","status":"failed","error":"no such file"}}',
            '{"method":"mcpServer/startupStatus/updated","params":{"name":"b","status":"ready"}}',
            '{"method":"mcpServer/startupStatus/updated","params":{"name":"c","status":"failed"}}',
            '{"method":"mcpServer/startupStatus/updated","params":{"name":"d","status":"failed",'
            '"error":"The d MCP server is not logged in. Run `codex mcp login d`."}}',
            '{"method":"configWarning","params":{"summary":"no key; run codex login"}}',
        )
    assert [note.getMessage() for note in caplog.records] == [
        "config: bad key; near b; /c",
        "the MCP server 'a\\\\x1b' did not start: no such file",
        "the MCP server 'c' did not start: it does not say why",
        "the MCP server 'd' did not start: The d MCP server is not logged in. "
        'Run `codex.mcp.login("d")`.',
        "config: no key; run openai-codex login",
    ]


def test_lines_of_stderr_and_texts_are_harmless_alike() -> None:
    assert why_harmless(b"WARNING: could not create PATH aliases: no") is not None
    assert why_harmless("could not create PATH aliases: no") is not None
    assert why_harmless(b"WARNING: other") is why_harmless("other") is None


def test_what_a_reviewer_let_out_of_the_sandbox_is_warned_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    method = "item/autoApprovalReview/completed"
    reviewed = (
        '{"review":{"status":"denied"},"action":{"type":"command","command":"rm x"}}',
        '{"review":{"status":"approved"},"action":{"type":"command","command":"touch x"}}',
        '{"review":{"status":"approved"},"action":{"type":"applyPatch"}}',
        '{"review":{"status":"approved"},"action":{"type":"applyPatch","files":["/a","/b c"]}}',
        '{"review":{"status":"approved"},"action":{"type":"execve","argv":["rm","x"]}}',
        '{"review":{"status":"approved"},"action":{"type":"mcpToolCall","server":"db","toolName":"drop"}}',
        '{"review":{"status":"approved"},"action":{"type":[],"target":"https://example.com"}}',
        '{"review":{"status":"approved"},"action":{"type":"input","stdin":"y","reason":"net"}}',
        '{"review":{"status":"approved"}}',
        '{"review":7}',
    )
    with caplog.at_level(logging.DEBUG, logger="openai_codex.approvals"):
        hear(session(), *(f'{{"method":"{method}","params":{params}}}' for params in reviewed))
    told = [
        (note.levelname, note.getMessage().partition("sandbox: ")[2]) for note in caplog.records
    ]
    assert [(level, text.partition(". ")[0]) for level, text in told] == [
        ("WARNING", "touch x"),
        ("DEBUG", "applyPatch"),
        ("DEBUG", "applyPatch /a /b c"),
        ("DEBUG", "rm x"),
        ("DEBUG", "mcpToolCall db drop"),
        ("DEBUG", "[] https://example.com"),
        ("DEBUG", "input y net"),
        ("DEBUG", "it does not say what"),
    ]
