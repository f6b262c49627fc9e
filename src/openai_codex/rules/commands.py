"""Rules for commands, and how a command question is judged by them.

An allow rule must match every word that would run, exactly; a deny rule matches on suspicion.
Nothing here runs a command or looks for a program.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .._checks import check_flag
from . import wording
from .builtin import objection
from .climbs import climbs
from .ground import Ground
from .questions import CommandSubject
from .shell import (
    SHELLS,
    NotUnderstood,
    Script,
    Words,
    inner_script,
    read_script,
)
from .suspects import Suspect, program_name, suspects, suspects_of
from .verdict import Rule, Verdict, allowed_by, denied_by, unsettled


@dataclass(frozen=True, slots=True)
class CommandRule(Rule):
    """The first words of a command, or all of them with `exact`. Make it with `command()`."""

    words: Words
    exact: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.words, tuple) or not all(isinstance(w, str) for w in self.words):
            raise TypeError(f"the words of a command rule are strings, not {self.words!r}")
        check_flag("exact", self.exact)
        wording.check(self.words)

    def __str__(self) -> str:
        text = (shlex.join(self.words),) if _is_blank_name(self.words[0]) else self.words
        words = ", ".join(map(repr, text))
        return f"command({words}, exact=True)" if self.exact else f"command({words})"

    @property
    def is_local(self) -> bool:
        """Whether the program is given by a path that depends on the working folder."""
        return "/" in self.words[0] and not self.words[0].startswith("/")

    def allows(self, words: Words) -> bool:
        """Say whether the command begins with (`exact`: is) the words of this rule."""
        if len(words) < len(self.words) or (self.exact and len(words) > len(self.words)):
            return False
        if _has_folder(words[0]) and not _has_folder(self.words[0]):
            return False
        if words[0].startswith("/") and self.is_local:
            return False
        return all(map(_word_allowed, self.words, words))

    def denies(self, suspect: Suspect) -> bool:
        """Say whether the suspect may run the words of this rule, in order, others between."""
        starts = range(len(suspect.words)) if suspect.anywhere else range(1)
        for start in starts:
            word = suspect.words[start]
            if _program_denied(self.words[0], word) or (
                not suspect.anywhere and _is_pattern_of(word, self.words[0])
            ):
                return self._denies_rest(suspect.words[start + 1 :], suspect)
        return False

    def _denies_rest(self, words: Words, suspect: Suspect) -> bool:
        if self.exact and not suspect.anywhere and len(words) != len(self.words) - 1:
            return False
        rest = iter(words)
        return all(any(fnmatchcase(word, want) for word in rest) for want in self.words[1:])


def command(*words: str, exact: bool = False) -> CommandRule:
    """Make a rule for commands that begin with these words; with `exact`, that are these words.

    One argument is split as a shell would: `command("git status")` is `command("git", "status")`.
    Each word may be a glob of `fnmatch`. Raises TypeError for what is not text, ValueError for what
    is not one plain command.

    >>> command("npm run test:*").allows(("npm", "run", "test:unit", "--watch"))
    True
    >>> command("git", "status").allows(("git", "-c", "core.pager=sh", "status"))
    False
    """
    if len(words) == 1 and isinstance(words[0], str):
        return CommandRule(tuple(wording.split(words[0])), exact)
    rule = CommandRule(words, exact)
    if _is_blank_name(words[0]):
        parts = ", ".join(map(repr, (*words[0].split(), *words[1:])))
        raise ValueError(f"{words[0]!r} would be one program's name: write command({parts})")
    return rule


@dataclass(frozen=True, slots=True)
class CommandPolicy:
    """The command rules of one `Rules`. `compound` lets lists through, part by part."""

    allow: tuple[CommandRule, ...]
    deny: tuple[CommandRule, ...]
    ground: Ground
    compound: bool = False
    shells: tuple[str, ...] = SHELLS

    def judge(self, subject: CommandSubject) -> Verdict:
        """Return the verdict on a command. Deny wins over all else."""
        found = tuple(self._suspects(subject)) if self.deny else ()
        for rule in self.deny:
            if any(map(rule.denies, found)):
                return denied_by(rule)
        if subject.extra is not None:
            return unsettled(f"the question is about {subject.extra}, which no command rule covers")
        try:
            return self._judge_scripts(self._scripts(subject), subject.cwd)
        except NotUnderstood as unclear:
            return unsettled(f"not a plain command: {unclear}")

    def _scripts(self, subject: CommandSubject) -> Sequence[Script]:
        """Read text and argv alike: where a question has both, both must be allowed."""
        scripts = []
        if subject.text is not None:
            scripts.append(self._unwrapped(read_script(subject.text)))
        if subject.argv:
            scripts.append(self._unwrapped(Script((subject.argv,))))
        return scripts

    def _unwrapped(self, script: Script) -> Script:
        inner = _inner(script, self.shells)
        return script if inner is None else read_script(inner)

    def _suspects(self, subject: CommandSubject) -> Iterator[Suspect]:
        if subject.text is not None:
            yield from suspects(self._inner_text(subject.text))
        if subject.argv and subject.argv[0]:
            inner = inner_script(subject.argv, shells=self.shells)
            yield from suspects_of(subject.argv) if inner is None else suspects(inner)

    def _inner_text(self, text: str) -> str:
        try:
            return _inner(read_script(text), self.shells) or text
        except NotUnderstood:
            return text

    def _judge_scripts(self, scripts: Sequence[Script], cwd: str | None) -> Verdict:
        if not scripts:
            return unsettled("the question names no command")
        if not self.ground.holds(cwd):
            return unsettled("the command would not run below the root")
        verdicts = [self._judge_script(script, cwd) for script in scripts]
        return next((verdict for verdict in verdicts if verdict.outcome == "ask"), verdicts[0])

    def _judge_script(self, script: Script, cwd: str | None) -> Verdict:
        if len(script.commands) > 1 and not self.compound:
            return unsettled("several commands in one, and compound=True is not set")
        trouble = objection(script.commands)
        if trouble is not None:
            return unsettled(trouble)
        rules = [self._rule_for(words, cwd) for words in script.commands]
        if rules[0] is None or None in rules:
            return unsettled("no allow rule matches")
        return allowed_by(rules[0])

    def _rule_for(self, words: Words, cwd: str | None) -> CommandRule | None:
        for rule in self.allow:
            if rule.allows(words) and (not rule.is_local or self.ground.is_root(cwd)):
                return rule
        return None


def _inner(script: Script, shells: tuple[str, ...]) -> str | None:
    return inner_script(script.commands[0], shells=shells) if len(script.commands) == 1 else None


def _has_folder(program: str) -> bool:
    return "/" in program or "\\" in program


def _is_blank_name(program: str) -> bool:
    return not _has_folder(program) and program.split() != [program]


def _word_allowed(pattern: str, word: str) -> bool:
    if climbs(word) > climbs(pattern):
        return False
    return word == pattern or fnmatchcase(word, pattern)


def _program_denied(pattern: str, word: str) -> bool:
    if "/" in pattern:
        spellings = (str.casefold, _plain_path) if "/" in word else (str.casefold,)
        return any(fnmatchcase(spell(word), spell(pattern)) for spell in spellings)
    return fnmatchcase(program_name(word), program_name(pattern))


def _is_pattern_of(word: str, program: str) -> bool:
    """Tell whether a word such as `/bin/r?` is a pattern that a shell would find the program by."""
    folder, _, name = word.rpartition("/")
    if not folder or not any(letter in name for letter in "*?[") or not re.search(r"\w", name):
        return False
    return fnmatchcase(program_name(program), name.casefold())


def _plain_path(path: str) -> str:
    return posixpath.normpath(path.casefold())
