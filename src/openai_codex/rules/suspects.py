r"""Find every command that a text might run, for deny rules: rather too many than too few.

This is the opposite of `shell`: it never fails, guesses freely, and looks inside wrappers. It must
never be used to allow anything, and what it finds is not all that a shell can hide.

>>> [suspect.words for suspect in suspects("cd /x && r''m -rf .")]
[('cd', '/x'), ('rm', '-rf', '.')]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import dropwhile

from .shell import KEYWORDS, NotUnderstood, Words, read_script

_WRAPPERS = frozenset(
    "- ."  # noqa: SIM905 - a list would fill a page
    " ash awk bash builtin bun bunx busybox bwrap caffeinate chroot chrt cmd command conda"
    " coproc csh dash deno doas entr env eval exec expect fd find fish flock gawk gdb gtimeout"
    " hatch ionice ksh ltrace lua mksh nawk nice nocorrect node noglob nohup npx nsenter"
    " numactl osascript parallel pdm perl php pipenv pipx pkexec pnpx poetry powershell"
    " proxychains pwsh python rbash repeat ruby runuser script setpriv setsid sg sh source ssh"
    " stdbuf strace su sudo systemd-run taskset tcsh time timeout toybox trap unbuffer unshare"
    " uv uvx watch xargs zsh".split()
)
_VERSION = "0123456789."
_PIECES = re.compile(r"[^\s;|&()<>`'\"={}\[\],]+")
_QUOTES = re.compile(r"\\\n|\$?['\"]|\\")
_EXPANSIONS = re.compile(r"\$\{\w*\}|\$\w+|\$[@*#?!$-]")
_REDIRECTIONS = re.compile(r"(?<![0-9])[0-9]{0,3}[<>]+[&|]?[ \t]*[^\s;&|()<>`{}]*")
_BREAKS = re.compile(r"[;&|()`{}\n\r\x00]+")
_ASSIGNMENT = re.compile(r"\w+\+?=")


@dataclass(frozen=True, slots=True)
class Suspect:
    """Words that may be run as one command; `anywhere`: it may begin at any of them."""

    words: Words
    anywhere: bool = False


def suspects(text: str) -> Iterator[Suspect]:
    """Yield what the script `text` may run."""
    try:
        commands = read_script(text).commands
    except NotUnderstood:
        commands = tuple(_rough_commands(text))
    return map(suspect, commands)


def suspect(words: Words) -> Suspect:
    """Return the command `words`, opened when its program runs another command."""
    if program_name(words[0]).rstrip(_VERSION) not in _WRAPPERS:
        return Suspect(words)
    return Suspect(tuple(piece for word in words for piece in _pieces(word)), anywhere=True)


def program_name(word: str) -> str:
    """Return a program's name without its folder, case and `.exe`."""
    return re.split(r"[/\\]", word)[-1].casefold().removesuffix(".exe")


def _pieces(word: str) -> Iterator[str]:
    yield word
    yield from _PIECES.findall(word)
    if word.startswith("-"):  # `env -S"rm -rf x"`, `find -execrm`: the option touches its value
        yield from _PIECES.findall(word[2:])


def _rough_commands(text: str) -> Iterator[Words]:
    bare = _EXPANSIONS.sub(" ", _QUOTES.sub("", text))
    for part in _BREAKS.split(_REDIRECTIONS.sub(" ", bare)):
        written = part.split()
        words = tuple(dropwhile(KEYWORDS.__contains__, written))
        if words:
            yield ("env", *words) if _ASSIGNMENT.match(words[0]) else words
        for keyword in set(written[: len(written) - len(words)]):
            yield (keyword, *words)
