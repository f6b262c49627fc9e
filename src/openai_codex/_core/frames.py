"""Websocket frames of one client: lines of JSON to frames, and back. Pure.

Rule 1. A client masks; a mask of zeros is a mask, and costs nothing.
Rule 2. No frame is longer than 4 MiB: the runtime cuts a connection at 16 MiB without a word.
Rule 3. A message is passed on while it comes, as a line; how long it may be is the session's rule.
Rule 4. A ping is answered, a pong is a sign of life: the runtime sends each one twice.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

__all__ = ["CLOSE_FRAME", "PING_FRAME", "FrameError", "FrameReader", "text_frames"]

_FRAGMENT = 4 * 1024 * 1024
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_LAST, _RESERVED, _OPCODE, _CONTROL = 0x80, 0x70, 0x0F, 0x08
_MASKED, _TWO_BYTES, _EIGHT_BYTES = 0x80, 126, 127
_NO_MASK = b"\0\0\0\0"
_LONGEST_CONTROL = 125
_LONG_HEAD = 4  # bytes before a payload whose size takes two of them


class FrameError(Exception):
    """Raised for bytes that no websocket server sends; says what is wrong with them."""


def text_frames(lines: bytes) -> bytes:
    """Return the frames of whole lines, a message for each."""
    return b"".join(frame for line in lines.split(b"\n") if line for frame in _message_frames(line))


def _message_frames(payload: bytes) -> Iterator[bytes]:
    for start in range(0, len(payload), _FRAGMENT):
        kind = _CONTINUATION if start else _TEXT
        is_last = start + _FRAGMENT >= len(payload)
        yield _made(kind | (_LAST if is_last else 0), payload[start : start + _FRAGMENT])


def _made(first: int, payload: bytes) -> bytes:
    size = len(payload)
    if size <= _LONGEST_CONTROL:
        head = struct.pack("!BB", first, _MASKED | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, _MASKED | _TWO_BYTES, size)
    else:
        head = struct.pack("!BBQ", first, _MASKED | _EIGHT_BYTES, size)
    return b"".join((head, _NO_MASK, payload))


PING_FRAME = _made(_PING | _LAST, b"")
"""Asks the other end for a sign of life."""

CLOSE_FRAME = _made(_CLOSE | _LAST, struct.pack("!H", 1000))
"""Tells the other end that this one leaves."""


class FrameReader:
    """What a server sends, cut anywhere, as lines for a session."""

    def __init__(self) -> None:
        self.closing: str | None = None
        """Why the server closes the connection, once it said so."""
        self._replies = b""
        self._rest = b""  # of a header or a frame of control that has begun
        self._left = 0  # bytes of a payload that are to come
        self._is_last = True  # whether their frame ends its message
        self._kind = _CONTINUATION  # of the message that has begun; that, where none has

    def take_replies(self) -> bytes:
        """Return what has to be sent: the answers to pings."""
        replies, self._replies = self._replies, b""
        return replies

    def feed(self, data: bytes) -> bytes:
        """Return what is there of messages, with a newline at the end of each; raises FrameError.

        What comes after a frame that closes the connection is dropped.
        """
        if self._rest:
            data, self._rest = self._rest + data, b""
        out: list[bytes] = []
        at, end = 0, len(data)
        while at < end and self.closing is None:
            if self._kind == _CONTINUATION and (at := _short_messages(data, at, out)) == end:
                break
            after = self._payload(data, at, out) if self._left else self._frame(data, at, out)
            if after < 0:
                self._rest = data[at:]
                break
            at = after
        return b"".join(out)

    def _frame(self, data: bytes, at: int, out: list[bytes]) -> int:
        """Take what begins at `at`; returns where the next thing begins, -1 to wait for more."""
        end = len(data)
        if end - at < 2:
            return -1
        first, size, begin = data[at], data[at + 1], at + 2
        if first & _RESERVED or size & _MASKED:
            raise FrameError("it sent a frame that no websocket server sends")
        if size > _LONGEST_CONTROL:
            begin += 2 if size == _TWO_BYTES else 8
            if end < begin:
                return -1
            length = int.from_bytes(data[at + 2 : begin], "big")
        else:
            length = size
        if first & _CONTROL:
            return self._control(first, size, data[begin : begin + length], begin + length)
        self._begin(first)
        self._left = length
        return self._payload(data, begin, out)

    def _begin(self, first: int) -> None:
        """Begin a frame of a message, or go on with one."""
        kind = first & _OPCODE
        if kind > _BINARY or (kind == _CONTINUATION) != (self._kind != _CONTINUATION):
            raise FrameError("it sent the parts of a message in a wrong order")
        self._kind = kind or self._kind
        self._is_last = first >= _LAST

    def _payload(self, data: bytes, at: int, out: list[bytes]) -> int:
        piece = data[at : at + self._left]
        self._left -= len(piece)
        is_text = self._kind == _TEXT
        if is_text:  # a newline within JSON is a blank like any other
            out.append(piece if b"\n" not in piece else piece.replace(b"\n", b" "))
        if self._left == 0 and self._is_last:
            self._kind = _CONTINUATION
            if is_text:
                out.append(b"\n")
        return at + len(piece)

    def _control(self, first: int, size: int, payload: bytes, after: int) -> int:
        if size > _LONGEST_CONTROL or first < _LAST:
            raise FrameError("it sent a frame of control that is too long or in parts")
        if len(payload) < size:
            return -1
        kind = first & _OPCODE
        if kind == _PING:
            self._replies += _made(_PONG | _LAST, payload)
        elif kind == _CLOSE:
            self.closing = _why(payload)
        elif kind != _PONG:
            raise FrameError("it sent a frame of an unknown kind")
        return after


def _short_messages(data: bytes, at: int, out: list[bytes]) -> int:
    """Take whole text messages of less than 64 KiB; returns where anything else begins.

    Nearly all that a server sends is of this kind. What is not is left to the reader.
    """
    end = len(data)
    messages: list[bytes] = []
    while end - at > _LONG_HEAD and data[at] == _TEXT | _LAST:
        size, begin = data[at + 1], at + 2
        if size == _TWO_BYTES:
            size, begin = data[at + 2] << 8 | data[at + 3], at + _LONG_HEAD
        elif size > _LONGEST_CONTROL:
            break
        after = begin + size
        payload = data[begin:after]
        if after > end or b"\n" in payload:
            break
        messages.append(payload)
        at = after
    if messages:
        out += (b"\n".join(messages), b"\n")
    return at


def _why(payload: bytes) -> str:
    code, text = int.from_bytes(payload[:2], "big"), payload[2:].decode("utf-8", "replace")
    return " ".join(filter(None, ("it closed the connection", str(code or ""), text)))
