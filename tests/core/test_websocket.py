"""A websocket as its client sees it: frames, the handshake, and what is no websocket at all."""

from __future__ import annotations

import os
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_codex._core.frames import (
    CLOSE_FRAME,
    PING_FRAME,
    FrameError,
    FrameReader,
    text_frames,
)
from openai_codex._core.upgrade import (
    HeadReader,
    HttpHead,
    NotHttpError,
    accepted,
    connect_request,
)
from openai_codex._core.websocket import RefusedError, Websocket

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # the example of RFC 6455, as is its answer
ANSWER = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
MEBIBYTE = 1024 * 1024


def frame(payload: bytes, first: int = 0x81) -> bytes:
    """Return a frame of a server."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", first, size) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", first, 126, size) + payload
    return struct.pack("!BBQ", first, 127, size) + payload


def read(data: bytes) -> bytes:
    return FrameReader().feed(data)


class TestWhatComes:
    @pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 3 * MEBIBYTE])
    def test_a_message_of_any_size_is_a_line(self, size: int) -> None:
        assert read(frame(b"x" * size)) == b"x" * size + b"\n"

    def test_messages_of_one_read_are_lines_of_one_piece(self) -> None:
        assert read(frame(b"{}") + frame(b'{"id":1}')) == b'{}\n{"id":1}\n'

    def test_a_message_in_parts_is_one_line(self) -> None:
        parts = frame(b"a", 0x01) + frame(b"", 0x00) + frame(b"b", 0x00) + frame(b"", 0x80)
        assert read(parts + frame(b"c")) == b"ab\nc\n"

    def test_a_ping_between_the_parts_of_a_message_is_answered(self) -> None:
        reader = FrameReader()
        data = frame(b"a", 0x01) + frame(b"hi", 0x89) + frame(b"b", 0x80)
        assert reader.feed(data) == b"ab\n"
        assert reader.take_replies() == b"\x8a\x82\0\0\0\0hi"
        assert reader.take_replies() == b""

    def test_a_pong_may_come_twice(self) -> None:
        assert read(frame(b"", 0x8A) * 2 + frame(b"{}")) == b"{}\n"

    def test_a_newline_within_a_message_is_a_blank(self) -> None:
        assert read(frame(b'{\n"id":1}')) == b'{ "id":1}\n'

    def test_what_is_binary_is_passed_over(self) -> None:
        parts = frame(b"\xff", 0x02) + frame(b"\xff", 0x80)
        assert read(frame(b"\xff", 0x82) + parts + frame(b"{}")) == b"{}\n"

    @pytest.mark.parametrize(
        ("payload", "told"),
        [
            (b"", "it closed the connection"),
            (b"\x03\xe8", "it closed the connection 1000"),
            (b"\x03\xf1too slow", "it closed the connection 1009 too slow"),
        ],
    )
    def test_a_server_that_closes_says_why(self, payload: bytes, told: str) -> None:
        reader = FrameReader()
        assert reader.feed(frame(b"a") + frame(payload, 0x88) + frame(b"b")) == b"a\n"
        assert reader.closing == told
        assert reader.feed(frame(b"c")) == b""

    @pytest.mark.parametrize(
        "data",
        [
            b"\x81\x82\0\0\0\0hi",  # masked
            b"\xc1\x02hi",  # compressed
            frame(b"hi", 0x83),  # of a reserved kind
            frame(b"hi", 0x8B),
            frame(b"hi", 0x80),  # a part of nothing
            frame(b"hi", 0x01) + frame(b"hi", 0x81),  # a message within another
            frame(b"hi", 0x09),  # a ping in parts
            frame(b"x" * 126, 0x89),  # and one that is too long
        ],
    )
    def test_what_no_server_sends_is_an_error(self, data: bytes) -> None:
        with pytest.raises(FrameError):
            read(data)

    def test_frames_may_come_byte_by_byte(self) -> None:
        sizes = (0, 1, 124, 125, 126, 127, 255, 256, 300, 65_535, 65_536, 70_000)
        payloads = [bytes([97 + at]) * size for at, size in enumerate(sizes)]
        pings = b"".join(frame(b"h" * size, 0x89) for size in (0, 2, 124, 125))
        reader = FrameReader()
        data = pings + b"".join(map(frame, payloads)) + frame(b"{}")
        pieces = (data[at : at + 1] for at in range(len(data)))
        assert b"".join(map(reader.feed, pieces)) == b"\n".join([*payloads, b"{}", b""])
        pongs = [b"\x8a" + bytes([0x80 + size]) + b"\0\0\0\0" for size in (0, 2, 124, 125)]
        answers = (pong + b"h" * (pong[1] - 0x80) for pong in pongs)
        assert reader.take_replies() == b"".join(answers)

    @pytest.mark.parametrize("size", [1, 125, 126, 60_000])
    def test_messages_that_come_whole_and_in_one_read_cost_no_call_each(self, size: int) -> None:
        data, calls = frame(b"x" * size) * 100, 0

        def count(frame: object, event: str, argument: object) -> None:
            nonlocal calls
            calls += event == "call"

        reader, before = FrameReader(), sys.getprofile()
        sys.setprofile(count)
        try:
            lines = reader.feed(data)
        finally:
            sys.setprofile(before)
        assert lines == (b"x" * size + b"\n") * 100
        assert calls < 10

    def test_a_long_message_is_passed_on_while_it_comes(self) -> None:
        reader, data = FrameReader(), frame(b"x" * MEBIBYTE)
        assert reader.feed(data[:1000]) == b"x" * 990
        assert reader.feed(data[1000:]) == b"x" * (MEBIBYTE - 990) + b"\n"


MESSAGES = st.lists(
    st.tuples(st.sampled_from([0x81, 0x82, 0x89, 0x8A]), st.binary(max_size=100))
    | st.tuples(st.just(0x81), st.sampled_from([b"y" * 126, b"z" * 70_000])),
    max_size=8,
)


@given(messages=MESSAGES, cuts=st.lists(st.integers(min_value=0, max_value=300), max_size=40))
def test_how_bytes_are_split_makes_no_difference(
    messages: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    data = b"".join(frame(payload, first) for first, payload in messages)
    whole, cut = FrameReader(), FrameReader()
    at, pieces = 0, []
    for size in cuts:
        pieces.append(data[at : at + size])
        at += size
    pieces.append(data[at:])
    assert b"".join(map(cut.feed, pieces)) == whole.feed(data)
    assert cut.take_replies() == whole.take_replies()


class TestWhatGoesOut:
    @pytest.mark.parametrize(
        ("size", "head"),
        [
            (2, b"\x81\x82"),
            (125, b"\x81\xfd"),
            (126, b"\x81\xfe\0\x7e"),
            (65535, b"\x81\xfe\xff\xff"),
            (65536, b"\x81\xff\0\0\0\0\0\x01\0\0"),
        ],
    )
    def test_a_line_is_a_masked_frame(self, size: int, head: bytes) -> None:
        assert text_frames(b"x" * size + b"\n") == head + b"\0\0\0\0" + b"x" * size

    def test_each_line_is_a_message(self) -> None:
        assert text_frames(b"{}\n[]\n") == text_frames(b"{}\n") + text_frames(b"[]\n")
        assert text_frames(b"") == b""

    def test_a_long_line_goes_in_parts_of_four_mebibytes(self) -> None:
        line = os.urandom(9 * MEBIBYTE).replace(b"\n", b" ")
        heads = [(0x01, 4), (0x00, 4), (0x80, 1)]
        begin, seen = 0, b""
        data = text_frames(line + b"\n")
        for first, size in heads:
            head = struct.pack("!BBQ", first, 0xFF, size * MEBIBYTE) + b"\0\0\0\0"
            assert data[begin : begin + 14] == head
            seen += data[begin + 14 : begin + 14 + size * MEBIBYTE]
            begin += 14 + size * MEBIBYTE
        assert (begin, seen) == (len(data), line)

    @pytest.mark.parametrize("size", [4 * MEBIBYTE, 4 * MEBIBYTE + 1, 8 * MEBIBYTE])
    def test_a_line_of_any_length_comes_back_whole(self, size: int) -> None:
        data, begin, sizes = text_frames(b"x" * size + b"\n"), 0, []
        while begin < len(data):
            kind, length = data[begin], data[begin + 1] & 0x7F
            wide = {126: 2, 127: 8}.get(length, 0)
            if wide:
                length = int.from_bytes(data[begin + 2 : begin + 2 + wide], "big")
            begin += 2 + wide + 4 + length
            sizes.append((kind, length))
        assert sum(length for _, length in sizes) == size
        assert [kind & 0x80 for kind, _ in sizes] == [0] * (len(sizes) - 1) + [0x80]
        assert all(0 < length <= 4 * MEBIBYTE for _, length in sizes)

    def test_frames_of_control_are_masked(self) -> None:
        assert PING_FRAME == b"\x89\x80\0\0\0\0"
        assert CLOSE_FRAME == b"\x88\x82\0\0\0\0\x03\xe8"


class TestTheHandshake:
    @staticmethod
    def websocket(token: str | None = None) -> Websocket:
        return Websocket(host="h:1", path="/", key=KEY, token=token)

    TAKEN = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Accept: " + ANSWER.encode() + b"\r\n\r\n"
    )

    def test_the_request_has_no_origin_and_the_token_where_there_is_one(self) -> None:
        hello = self.websocket().hello
        assert hello.startswith(b"GET / HTTP/1.1\r\nHost: h:1\r\nUpgrade: websocket\r\n")
        assert hello.endswith(b"\r\n\r\n")
        assert b"Origin" not in hello + self.websocket("k").hello
        assert b"Authorization" not in hello
        assert b"\r\nAuthorization: Bearer k\r\n" in self.websocket("k").hello

    @pytest.mark.parametrize("size", [1, 7, 1000])
    def test_it_may_come_in_pieces_with_the_first_messages(self, size: int) -> None:
        socket, data = self.websocket(), self.TAKEN + frame(b"{}")
        pieces = (data[at : at + size] for at in range(0, len(data), size))
        assert b"".join(map(socket.feed, pieces)) == b"{}\n"
        assert socket.is_open
        assert socket.feed(frame(b"", 0x89) + frame(b"[]")) == b"[]\n"
        assert socket.take_replies() == b"\x8a\x80\0\0\0\0"
        assert socket.closing is None

    @pytest.mark.parametrize(
        ("answer", "status", "told"),
        [
            (b"HTTP/1.1 401 Unauthorized\r\n\r\n", 401, "it answered 401 Unauthorized"),
            (b"HTTP/1.1 403 Forbidden\r\na: b\r\n\r\nno", 403, "it answered 403 Forbidden"),
            (b"HTTP/1.1 101 Yes\r\n\r\n", 101, "as no websocket server does"),
            (b"SSH-2.0-OpenSSH\r\n", None, "b'SSH-2.0-OpenSSH\\r\\n', which is not HTTP"),
            (b"HTTP/1.1 ok\r\n\r\n", None, "which is not HTTP"),
            (b"HTTP/1.1 \xc2\xb2 ok\r\n\r\n", None, "which is not HTTP"),
            (b"HTTP/1.1 200 " + b"x" * 70_000, None, "which is not HTTP"),
        ],
    )
    def test_what_is_refused_is_an_error_that_says_what_came(
        self, answer: bytes, status: int | None, told: str
    ) -> None:
        with pytest.raises(RefusedError) as raised:
            self.websocket().feed(answer)
        assert raised.value.status == status
        assert told in raised.value.text
        assert told in str(raised.value)

    def test_the_answer_to_a_key_is_that_of_the_standard(self) -> None:
        assert accepted(KEY) == ANSWER


def test_a_way_through_a_proxy_is_asked_for() -> None:
    assert connect_request(host="h:1", login=None) == b"CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n"
    asked = connect_request(host="h:1", login="me:pw")
    assert b"\r\nProxy-Authorization: Basic bWU6cHc=\r\n" in asked


def test_a_head_comes_apart_from_what_follows() -> None:
    reader = HeadReader()
    assert reader.feed(b"HTTP/1.1 200 OK\r\nA: b: c\r\n") is None
    assert reader.feed(b"\r\nrest") == HttpHead(200, "OK", {"a": "b: c"})
    assert reader.rest == b"rest"
    with pytest.raises(NotHttpError):
        HeadReader().feed(b"FTP")
