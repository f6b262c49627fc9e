"""Where in the words of a command other commands stand, by what `programs` says of its program.

For deny rules alone: where it is not known which word a command begins with, several may. It must
never be used to allow anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .programs import PROGRAMS, Runs
from .shell import Words
from .spellings import HOLE

__all__ = ["Within", "program_name", "runs_of", "within"]

_VERSION = "0123456789."
_ASSIGNMENT = re.compile(r"\w+\+?=")


@dataclass(slots=True)
class Within:
    """What a command may run: where in its words commands begin, shell scripts, other code.

    `reads`: it runs what it reads; `may_read`: it would, if it were given something to read.
    """

    starts: set[int] = field(default_factory=set)
    scripts: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    reads: bool = False
    may_read: bool = False


def program_name(word: str) -> str:
    """Return a program's name without its folder, case and `.exe`."""
    return re.split(r"[/\\]", word)[-1].casefold().removesuffix(".exe")


def runs_of(word: str) -> Runs | None:
    """Return how a program runs commands, or None for one that does not."""
    name = program_name(word)
    if name.startswith(("ld-linux", "ld-musl", "ld.so", "qemu-")):
        return Runs(rest=0)
    return PROGRAMS.get(name) or PROGRAMS.get(name.rstrip(_VERSION))


def within(words: Words) -> Within:
    """Return what the command `words` may run beside its own program."""
    found = Within()
    runs = runs_of(words[0])
    if runs is None:
        return found
    if words[1:2] not in (("-v",), ("-V",)):  # `command -v rm` looks and runs nothing
        _note_rest(runs, words, found)
    _note_starts(runs, words, found)
    codes = list(_codes(runs, words))
    (found.scripts if runs.is_shell else found.codes).extend(codes)
    if runs.is_shell and any(
        "$" in code or HOLE in code for code in codes
    ):  # `sh -c '"$@"' _ rm x`
        found.starts.update(range(1, len(words)))
    if runs.joins:
        found.scripts.append(" ".join(words[1:]))
    found.may_read = runs.reads
    found.reads = runs.reads and not codes and not _has_operand(words)
    name = program_name(words[0])
    special = _SPECIAL.get(name) or _SPECIAL.get(name.rstrip(_VERSION))
    if special is not None:
        special(words, found)
    return found


# --- reading the words ---------------------------------------------------------------------------


def _note_rest(runs: Runs, words: Words, found: Within) -> None:
    """Note where the rest may begin: the word behind an option may be its value, or not."""
    begin = _behind_subcommand(runs, words)
    if runs.rest is None or begin is None:
        return
    operands, may_be_value = runs.rest, False
    for at in range(begin, len(words)):
        word = words[at]
        if word == "--":
            found.starts.add(at + 1)
            found.scripts += [part for part in words[at + 1 : at + 2] if " " in part]
            return
        if word.startswith("-"):
            found.scripts += [part for part in (word[2:], word.partition("=")[2]) if " " in part]
            may_be_value = True
            continue
        if _ASSIGNMENT.match(word):
            continue
        found.starts.add(at)
        found.scripts += [word] if " " in word else []
        if not may_be_value and not operands:
            return
        operands -= not may_be_value
        may_be_value = False


def _behind_subcommand(runs: Runs, words: Words) -> int | None:
    if not runs.after:
        return 1
    places = (at for at, word in enumerate(words[1:], 2) if word in runs.after)
    return next(places, None)


def _note_starts(runs: Runs, words: Words, found: Within) -> None:
    for at, word in enumerate(words):
        if word in runs.starts:
            found.starts.add(at + 1)


def _codes(runs: Runs, words: Words) -> Iterator[str]:
    """Yield the words, or parts of them, that are code."""
    given = False
    for word, following in zip(words[1:], (*words[2:], ""), strict=False):
        code = _code_of(runs, word, following)
        given = given or code is not None
        yield from () if code is None else (code,)
    if runs.first and not given:
        yield from _operands(words)[:1]


def _code_of(runs: Runs, word: str, following: str) -> str | None:
    if word in runs.options:
        return following
    for option in runs.options:
        if word.startswith(f"{option}=") or (len(option) == 2 and word.startswith(option)):
            return word[len(option) :].removeprefix("=")
    is_flag = word[:1] == "-" and word[1:2] != "-" and runs.letters
    place = next((at for at, letter in enumerate(word) if at and letter in runs.letters), 0)
    if is_flag and place and word[1:place].replace("-", "").isalnum() | (place == 1):
        return f"{word[place + 1 :]} {following}" if word[place + 1 :] else following
    return None


def _operands(words: Words) -> list[str]:
    return [word for word in words[1:] if not word.startswith("-")]


def _has_operand(words: Words) -> bool:
    return any(word != "-" and not word.startswith("-") for word in words[1:])


# --- programs of their own kind ------------------------------------------------------------------

_GIT_SETTING = re.compile(
    r"(?i)(?:alias\.|pager|editor|fsmonitor|command|cmd|helper|textconv|driver|filter|program|askpass|proxy)"
    r"[^=]*=(.*)",
    re.DOTALL,
)


def _note_git(words: Words, found: Within) -> None:
    for at, word in enumerate(words[1:], 1):
        before = words[at - 1]
        setting = _GIT_SETTING.search(word)
        if before in ("-c", "--config") and setting is not None:
            found.scripts.append(setting[1].lstrip("!"))
        if before == "config" or words[at - 2 : at - 1] == ("config",):  # `git config core.pager x`
            setting = _GIT_SETTING.search(f"{word}={' '.join(words[at + 1 :])}")
            found.scripts += [setting[1].lstrip("!")] if setting is not None else []
        if word.startswith("!"):  # `git config alias.x '!rm'`
            found.scripts.append(word[1:])
        if re.match(r"--\w+-filter(=|\Z)", word):
            found.scripts.append(word.partition("=")[2] or "".join(words[at + 1 : at + 2]))
        if (word == "run" and "bisect" in words[:at]) or (
            word == "foreach" and "submodule" in words[:at]
        ):
            found.starts.update(range(at + 1, len(words)))
            found.scripts.append(" ".join(words[at + 1 :]))


# The command `e`, or the flag `e` of a replacement. Blanks are counted: without a bound, many in a
# row would be tried again from each of them.
_SED_RUNS = re.compile(
    r"\A\s{0,99}(?:\d{1,9}|\$)?\s{0,9}e|(?:\A|[;{}\n\d$/!])\s{0,9}e(?:\s|\Z)"
    r"|/[gIimMp\d]{0,9}e[gIimMp\d]{0,9}\s{0,9}(?:\Z|[;}\n])"
)
_ADDRESS = r"(?:\d{1,9}(?:~\d{1,9})?|\$|[+~]\d{1,9}|/(?:[^/\\\n]|\\.){0,99}/[IM]{0,2})"
_BLANKS = r"[ \t]{0,9}"
_SED_COMMAND = re.compile(
    rf"(?:\A|[;{{}}\n]){_BLANKS}(?:{_ADDRESS}(?:,{_BLANKS}{_ADDRESS})?)?{_BLANKS}!?{_BLANKS}"
    r"e([^\n]*)"
)


def _note_sed(words: Words, found: Within) -> None:
    found.scripts += [run for code in found.codes for run in _SED_COMMAND.findall(code)]
    found.codes = [code for code in found.codes if _SED_RUNS.search(code)]


def _note_make(words: Words, found: Within) -> None:
    found.codes += [word.partition("=")[2] for word in words[1:] if _ASSIGNMENT.match(word)]


def _note_editor(words: Words, found: Within) -> None:
    found.codes += [word[1:] for word in words[1:] if word.startswith("+")]


def _note_socat(words: Words, found: Within) -> None:
    found.codes += [
        word.partition(":")[2] for word in words[1:] if re.match(r"(?i)exec:|system:|shell:", word)
    ]


def _note_dots(words: Words, found: Within) -> None:
    found.codes += [word for word in words[1:] if word.startswith(".")]


def _note_each(words: Words, found: Within) -> None:
    """Each word is a script."""
    found.scripts += _operands(words)


def _note_alias(words: Words, found: Within) -> None:
    found.scripts.append(" ".join(words[1:]).partition("=")[2])


def _note_source(words: Words, found: Within) -> None:
    """Without a file, or with what is no file on the disk, it reads what the text gives it."""
    found.reads = not words[1:] or words[1].startswith(("/dev/", "/proc/"))
    found.may_read = False


# Options of bwrap by how many words they take; those that are not here take one.
_BWRAP_TAKES = {
    2: (
        *("--bind", "--bind-try", "--dev-bind", "--dev-bind-try", "--ro-bind", "--ro-bind-try"),
        *("--symlink", "--setenv", "--file", "--bind-data", "--ro-bind-data", "--chmod"),
        *("--bind-fd", "--ro-bind-fd"),
    ),
    0: (
        *("--die-with-parent", "--new-session", "--clearenv", "--as-pid-1", "--share-net"),
        *("--disable-userns", "--assert-userns-disabled"),
    ),
}


def _note_bwrap(words: Words, found: Within) -> None:
    at = 1
    while at < len(words) and words[at].startswith("-"):
        if words[at] == "--":
            at += 1
            break
        is_flag = words[at] in _BWRAP_TAKES[0] or words[at].startswith("--unshare-")
        at += 1 if is_flag else 3 if words[at] in _BWRAP_TAKES[2] else 2
    found.starts.add(at)


def _note_input(words: Words, found: Within) -> None:
    found.reads = True


def _note_filled_in(words: Words, found: Within) -> None:
    """What is read is put into the words: a shell among them runs it."""
    found.reads = any(runs.reads for runs in map(runs_of, words[1:]) if runs is not None)


_SPECIAL = {
    **dict.fromkeys(("at", "batch", "bc", "crontab", "dc", "ed"), _note_input),
    **dict.fromkeys(("ftp", "lftp", "m4", "sftp", "tftp"), _note_input),
    **dict.fromkeys(("xargs", "parallel"), _note_filled_in),
    **dict.fromkeys(("sqlite", "duckdb"), _note_dots),
    "git": _note_git,
    "sed": _note_sed,
    "gsed": _note_sed,
    "make": _note_make,
    "gmake": _note_make,
    **dict.fromkeys((".", "source"), _note_source),
    **dict.fromkeys(("pee", "mispipe", "concurrently", "hyperfine"), _note_each),
    "alias": _note_alias,
    "bwrap": _note_bwrap,
    "less": _note_editor,
    "socat": _note_socat,
    **dict.fromkeys(("vi", "vim", "nvim", "gvim", "view", "ex", "rvim", "vimdiff"), _note_editor),
}
