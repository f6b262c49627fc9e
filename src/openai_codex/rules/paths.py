"""Rules for the files that a patch writes, and how a file change question is judged by them.

Paths are compared as text, once as written and once with symlinks followed: both must be allowed.
Nothing here reads or writes a file.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from .ground import Ground, is_plain, names_below, names_of
from .questions import Change, FileSubject
from .verdict import Rule, Verdict, allowed_by, denied_by, unsettled

KINDS = frozenset({"add", "delete", "update"})
_WILD = frozenset("*?[")
_EXPANDED = re.compile(r"(?:~[\w.-]*|\$[A-Z_][A-Z0-9_]*|\$\{\w+\})(?:/|\Z)")
_BRACES = re.compile(r"\{(?!\])[^{}/]*,[^{}/]*\}")

Match = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class PathRule(Rule):
    """A glob over the paths of a patch. Make it with `path()`."""

    pattern: str
    kinds: frozenset[str] = KINDS

    def __post_init__(self) -> None:
        if not isinstance(self.pattern, str):
            raise TypeError(f"the pattern of a path rule is a string, not {self.pattern!r}")
        if not isinstance(self.kinds, frozenset):
            raise TypeError(f"the kinds of a path rule are a frozenset, not {self.kinds!r}")
        _check_pattern(self.pattern)
        if not self.kinds or not self.kinds <= KINDS:
            raise ValueError(f"kinds are some of {sorted(KINDS)}, not {list(self.kinds)}")

    def __str__(self) -> str:
        kinds = "" if self.kinds == KINDS else f", kinds={sorted(self.kinds)}"
        return f"path({self.pattern!r}{kinds})"

    def allows(self, change: Change, ground: Ground) -> bool:
        """Say whether the change lies within the pattern, wherever its links lead."""
        folder, names = self._anchor(ground)
        if folder is None or change.kind not in self.kinds or not is_plain(change.path):
            return False
        if ground.is_tangled(change.path):
            return False
        if change.kind != "delete" and ground.has_other_names(change.path):
            return False
        return all(
            _below_matches(names, names_below(place, top), _strict)
            for place, top in ground.readings(change.path, below=folder)
        )

    def denies(self, change: Change, ground: Ground) -> bool:
        """Say whether the change may touch the pattern, as written or through a symlink."""
        if change.kind in KINDS - self.kinds:
            return False
        folder, names = self._anchor(ground)
        if folder is None:
            folder, names = os.sep, ("**", *names)
        written = os.path.normpath(os.path.join(folder, change.path))  # noqa: PTH118 - text only
        readings = ground.readings(written, below=folder) if is_plain(written) else ()
        return any(
            _below_matches(
                tuple(map(_fold, names)), names_below(_fold(place), _fold(top)), fnmatchcase
            )
            for place, top in ((written, folder), *readings)
        )

    def _anchor(self, ground: Ground) -> tuple[str | None, tuple[str, ...]]:
        """Return the folder to start from, and the rest of the pattern, by names."""
        names = names_of(self.pattern)
        if not os.path.isabs(self.pattern):  # noqa: PTH117 - text only
            return ground.root, names
        wild = (at for at, name in enumerate(names) if _WILD & set(name))
        first = next(wild, len(names) - 1)
        drive = os.path.splitdrive(self.pattern)[0]
        below_drive = names[1 if drive else 0 : first]
        return "/".join((drive, *below_drive)) or "/", names[first:]


def path(pattern: str, *, kinds: Collection[str] = KINDS) -> PathRule:
    """Make a rule for files: `*` within a name, `**` over folders, from the root or absolute.

    `kinds` narrows it to some of `add`, `delete` and `update`; a move is a delete and an add. In
    an allow rule, wildcards never match a name that begins with a dot. Raises ValueError for a
    pattern that climbs with `..`, names nothing, or could not match what it says.

    >>> str(path("src/**/*.py", kinds=["update"]))
    "path('src/**/*.py', kinds=['update'])"
    """
    return PathRule(pattern, frozenset(kinds))


def _check_pattern(pattern: str) -> None:
    names = names_of(pattern)
    if not names or os.pardir in names:
        raise ValueError(f"a path rule names files below a folder, without '..', not {pattern!r}")
    if pattern.endswith("/"):
        raise ValueError(f"{pattern!r} names a folder: write {pattern + '**'!r} for what is in it")
    if any("**" in name and name != "**" for name in names):
        raise ValueError(f"'**' stands alone between slashes, as in '**/*.py', not {pattern!r}")
    if _EXPANDED.match(pattern):
        raise ValueError(
            f"{pattern!r} is not expanded: write the folder in full,"
            f" or {'./' + pattern!r} for one of that name"
        )
    if _BRACES.search(pattern):
        raise ValueError(f"braces are not alternatives: write a rule for each, not {pattern!r}")


@dataclass(frozen=True, slots=True)
class PathPolicy:
    """The path rules of one `Rules`."""

    allow: tuple[PathRule, ...]
    deny: tuple[PathRule, ...]
    ground: Ground

    def judge(self, subject: FileSubject) -> Verdict:
        """Return the verdict on a patch: every file must be allowed, and none denied."""
        ground = self.ground if self.ground.root else replace(self.ground, root=subject.cwd)
        for rule in self.deny:
            if any(rule.denies(change, ground) for change in subject.changes):
                return denied_by(rule)
        if subject.extra is not None:
            return unsettled(f"the question is about {subject.extra}, which no path rule covers")
        return self._judge_allowed(subject.changes, ground)

    def _judge_allowed(self, changes: tuple[Change, ...], ground: Ground) -> Verdict:
        rules = [self._rule_for(change, ground) for change in changes]
        if not rules:
            return unsettled("the question names no files")
        if rules[0] is None or None in rules:
            return unsettled("no allow rule matches every file")
        return allowed_by(rules[0])

    def _rule_for(self, change: Change, ground: Ground) -> PathRule | None:
        return next((rule for rule in self.allow if rule.allows(change, ground)), None)


def _below_matches(pattern: tuple[str, ...], names: tuple[str, ...] | None, match: Match) -> bool:
    """Match names against a pattern, `**` for any number, following all readings at once."""
    if names is None:
        return False
    states = _without_stars(pattern, {0})
    for name in names:
        after = {at + 1 for at in states if at < len(pattern) and match(name, pattern[at])}
        stay = {at for at in states if pattern[at : at + 1] == ("**",) and match(name, "*")}
        states = _without_stars(pattern, after | stay)
    return len(pattern) in states


def _without_stars(pattern: tuple[str, ...], states: set[int]) -> set[int]:
    """Add the states reached when a `**` stands for nothing."""
    reached = set(states)
    for at in sorted(states):
        while pattern[at : at + 1] == ("**",):
            at += 1
            reached.add(at)
    return reached


def _strict(name: str, pattern: str) -> bool:
    if name.startswith(".") and not pattern.startswith("."):
        return False
    return fnmatchcase(name, pattern)


def _fold(text: str) -> str:
    """Make equal what some file systems take for the same name."""
    return unicodedata.normalize("NFC", text).casefold()
