"""Bytes become the same lines however they are cut, in linear time, and within the ceiling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_codex._core.lines import HEAD_BYTES, LineBuffer, Oversized

Lines = list[bytes | Oversized]


def cut(data: bytes, *, limit: int = 100) -> Lines:
    return list(LineBuffer(limit=limit).feed(data))


def feed(lines: LineBuffer, data: bytes) -> Lines:
    return list(lines.feed(data))


def test_whole_lines_come_out_with_their_newlines() -> None:
    assert cut(b'{"id":0}\n{"id":1}\n') == [b'{"id":0}\n', b'{"id":1}\n']


def test_a_line_waits_for_its_newline() -> None:
    lines = LineBuffer(limit=100)
    assert feed(lines, b'{"id"') == []
    assert feed(lines, b":0}") == []
    assert feed(lines, b'\n{"id":1') == [b'{"id":0}\n']
    assert feed(lines, b"}\n") == [b'{"id":1}\n']


def test_empty_lines_come_out_as_well() -> None:
    assert cut(b"\n\na\n\n") == [b"\n", b"\n", b"a\n", b"\n"]


@pytest.mark.parametrize("pieces", [(b"abcd\n",), (b"abcd", b"\n"), (b"ab", b"cd\n")])
def test_a_line_of_exactly_the_ceiling_passes(pieces: tuple[bytes, ...]) -> None:
    lines = LineBuffer(limit=4)
    assert [line for piece in pieces for line in lines.feed(piece)] == [b"abcd\n"]


def test_a_line_over_the_ceiling_comes_out_as_its_head_and_size() -> None:
    assert cut(b"ok\nabcde\nfine\n", limit=4) == [b"ok\n", Oversized(b"abcde", 5), b"fine\n"]


def test_only_the_head_of_a_line_over_the_ceiling_is_kept() -> None:
    lines = LineBuffer(limit=1000)
    for _ in range(100):
        assert feed(lines, b"x" * 100) == []
    assert feed(lines, b"\n") == [Oversized(b"x" * HEAD_BYTES, 10_000)]


def test_the_head_is_whole_when_a_small_piece_comes_before_a_huge_one() -> None:
    lines = LineBuffer(limit=1000)
    lines.feed(b'{"')
    assert feed(lines, b"y" * 2000 + b"\n") == [Oversized(b'{"' + b"y" * 198, 2002)]


def test_lines_after_an_oversized_one_are_whole() -> None:
    lines = LineBuffer(limit=4)
    assert feed(lines, b"abc") == []
    assert feed(lines, b"def\nab") == [Oversized(b"abcdef", 6)]
    assert feed(lines, b"cd\n") == [b"abcd\n"]


def test_a_line_in_one_piece_is_not_copied() -> None:
    line, lines = b"z" * 1000, LineBuffer(limit=1 << 20)
    lines.feed(b"")
    lines.feed(line)
    assert lines._parts[0] is line


class CountedBytes(bytes):
    """Bytes that count how many of them were searched for a newline."""

    searched = 0

    def rfind(self, sub: object, *bounds: object) -> int:
        CountedBytes.searched += len(self)
        return super().rfind(b"\n")


def test_a_long_line_in_small_pieces_takes_linear_work() -> None:
    CountedBytes.searched = 0
    lines = LineBuffer(limit=1 << 30)
    pieces = [CountedBytes(b"x" * 1000)] * 5000
    for piece in pieces:
        lines.feed(piece)
    assert len(lines._parts) == 5000  # nothing was joined on the way
    (line,) = lines.feed(b"\n")
    assert isinstance(line, bytes)
    assert len(line) - 1 == CountedBytes.searched == 5_000_000


CHUNKS = st.lists(st.binary(max_size=40) | st.sampled_from([b"\n", b"a\n", b"\nb"]), max_size=30)


@given(chunks=CHUNKS, limit=st.integers(min_value=1, max_value=60))
def test_how_bytes_are_split_makes_no_difference(chunks: list[bytes], limit: int) -> None:
    data = b"".join(chunks)
    pieces = LineBuffer(limit=limit)
    whole = cut(data, limit=limit)
    assert [line for chunk in chunks for line in pieces.feed(chunk)] == whole
    assert whole == [
        line + b"\n" if len(line) <= limit else Oversized(line[:HEAD_BYTES], len(line))
        for line in data.split(b"\n")[:-1]
    ]


@given(st.binary(max_size=60), st.integers(0, 60), st.integers(1, 9))
def test_the_last_bytes_of_a_long_line_are_kept_however_it_is_cut(
    text: bytes, cut: int, limit: int
) -> None:
    line = text.replace(b"\n", b"") + b"x" * 300 + b"END"
    lines = LineBuffer(limit=limit)
    found = [*lines.feed(line[:cut]), *lines.feed(line[cut:] + b"\n")]
    (long,) = found
    assert isinstance(long, Oversized)
    assert long.tail.rstrip(b"\n").endswith(b"xEND")
    assert len(long.tail) <= HEAD_BYTES
