r"""Finds every command that a text might run, for deny rules: rather too many than too few.

This is the opposite of `shell`: it never fails, guesses freely, and looks inside wrappers. It must
never be used to allow anything, and what it finds is not all that a shell can hide.

>>> [suspect.words for suspect in suspects("cd /x && r''m -rf .")]
[('cd', '/x'), ('rm', '-rf', '.')]
>>> [suspect.words[0] for suspect in suspects("sudo -u me sh -c 'ls; rm x'")]
['sudo', 'me', 'sh', 'ls', 'rm']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import dropwhile

from .heredocs import without_written
from .shell import KEYWORDS, NotUnderstood, Words, read_script
from .spellings import ENDS, HOLE, named_commands, spelled, values
from .wrappers import program_name, runs_of, within

__all__ = ["Suspect", "program_name", "suspects", "suspects_of"]

_PIECES = re.compile(r"[^\s;|&()<>`'\"={}\[\],:]+")
_QUOTES = re.compile(r"\\\n|\$?['\"]|\\")
_REDIRECTIONS = re.compile(r"(?<![0-9])[0-9]{0,3}[<>]+[&|]?[ \t]*[^\s;&|()<>`{}]*")
_BREAKS = re.compile(r"[;&|()`{}\n\r\x00]+")
_ASSIGNMENT = re.compile(r"\w+\+?=")

_DEEPEST = 8  # scripts within scripts that are read as such
_FEW = 16
_LONGEST = 400  # words of a command that is looked into
_MOST = 256  # commands of one text that are told apart


@dataclass(frozen=True, slots=True)
class Suspect:
    """Words that may be run as one command; `anywhere`: it may begin at any of them."""

    words: Words
    anywhere: bool = False


def suspects(text: str) -> Iterator[Suspect]:
    """Yield what the script `text` may run."""
    search = _Search()
    search.text(without_written(text))
    return iter(search.found)


def suspects_of(words: Words) -> Iterator[Suspect]:
    """Yield what the command `words` may run: itself, and what its program runs."""
    search = _Search()
    search.command(words)
    return iter(search.found)


class _Search:
    def __init__(self, depth: int = 0, left: int = _MOST) -> None:
        self.found: list[Suspect] = []
        self.reads = False  # whether a shell or an interpreter runs what it reads
        self.may_read = False
        self.is_computed = False  # whether a program is named by an expansion
        self._depth = depth
        self._left = left

    def text(self, text: str) -> None:
        try:
            commands = read_script(text).commands
        except NotUnderstood:
            commands = tuple(_rough_commands(text))
        for words in commands:
            self.command(words)
        for script in named_commands(text):
            self._script(script)
            self.reads = self.reads or script.startswith("<(")  # a file that holds what is printed
        if self.is_computed:
            for value in values(text):
                self._anywhere(_QUOTES.sub("", value))
        if self.reads or (
            self.may_read and "<<" in text
        ):  # `echo rm x | sh`, `sh <<< 'rm x'`: what it reads may be in this text
            self._anywhere(_QUOTES.sub("", text))

    def command(self, words: Words) -> None:
        ahead, seen = [0], {0}
        while ahead:
            begin = ahead.pop()
            if begin >= len(words) or not words[begin]:
                continue
            if self._left <= 0:  # too many to tell apart: any word may be the one
                self._anywhere(" ".join(words[begin:]))
                return
            self._left -= 1
            self.is_computed = self.is_computed or HOLE in words[begin]
            self.found.append(Suspect(words[begin:]))
            inner = set() if _ASSIGNMENT.match(words[begin]) else self._look_into(words[begin:])
            new = {begin + at for at in inner} - seen
            seen |= new
            ahead += sorted(new, reverse=True)

    def _look_into(self, words: Words) -> set[int]:
        if len(words) > _LONGEST and runs_of(words[0]) is not None:
            self._anywhere(" ".join(words))  # too long to look at every word of every command in it
            return set()
        inner = within(words)
        self.reads = self.reads or inner.reads
        self.may_read = self.may_read or inner.may_read
        for script in inner.scripts:
            self._script(script)
        for code in inner.codes:
            self._anywhere(code)
        return inner.starts

    def _script(self, text: str) -> None:
        if self._depth >= _DEEPEST or self._left <= 0:
            self._anywhere(_QUOTES.sub("", text))
            return
        search = _Search(self._depth + 1, self._left)
        search.text(text)
        self._left = search._left
        self.found += search.found
        self.is_computed = self.is_computed or search.is_computed

    def _anywhere(self, code: str) -> None:
        pieces = tuple(_pieces(code))
        if pieces:
            self.found.append(Suspect(pieces, anywhere=True))


def _pieces(code: str) -> Iterator[str]:
    for piece in _PIECES.findall(code):
        yield piece
        bare = piece.lstrip("!@+\\.-")
        if bare and bare != piece:
            yield bare


def _rough_commands(text: str) -> Iterator[Words]:
    seen: set[str] = set()
    for bare in spelled(text):
        for part in _BREAKS.split(_REDIRECTIONS.sub(" ", bare)):
            if part not in seen:
                seen.add(part)
                yield from _commands_of(part)


def _commands_of(part: str) -> Iterator[Words]:
    written = part.split()
    words = tuple(dropwhile(KEYWORDS.__contains__, written))
    if words and words[0].endswith(ENDS):
        yield tuple(word.removesuffix(ENDS) for word in words)
        written = list(dropwhile(lambda word: word.endswith(ENDS), words))
        words = tuple(written)
    if words and _ASSIGNMENT.match(words[0]):
        # Its value may have had blanks: any of the next words may be the command.
        yield from (words[begin:] for begin in range(min(len(words), _FEW)))
        yield ("env", *words)
    elif words:
        yield words
    for keyword in set(written[: len(written) - len(words)]):
        yield (keyword, *words)
