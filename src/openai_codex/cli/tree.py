"""`Node`: every command with its options, read from the parsers; completion and pages need it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from .catalogue import COMMANDS, PROGRAM, Entry
from .loading import module_of
from .parser import parser_of

__all__ = ["Flag", "Node", "all_nodes", "node_of"]

FILES = ("FILE", "DIR", "PATH")


@dataclass(frozen=True)
class Flag:
    """One option: its names, what it does, and what may follow it."""

    names: tuple[str, ...]
    help: str
    metavar: str | None
    """What its value is called, or None where it takes none."""
    choices: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words that its value may be, or may begin with: `ask`, `deny` of `ask|deny|FILE`."""
        first = [part.partition(" ")[0] for part in (self.metavar or "").split("|")]
        return self.choices or tuple(word for word in first if word.isalpha() and word.islower())

    @property
    def is_file(self) -> bool:
        """Whether its value is the name of a file or a folder."""
        return self.metavar is not None and any(word in self.metavar for word in FILES)


@dataclass(frozen=True)
class Node:
    """One command: its words after the program's name, options, arguments and sub-commands."""

    words: tuple[str, ...]
    summary: str
    parser: argparse.ArgumentParser
    flags: tuple[Flag, ...]
    arguments: tuple[Flag, ...]
    children: tuple[Node, ...] = ()

    @property
    def name(self) -> str:
        """The command as one types it."""
        return " ".join((PROGRAM, *self.words))


def all_nodes() -> list[Node]:
    """Return every command of the catalogue."""
    return [node_of(entry) for entry in COMMANDS]


def node_of(entry: Entry) -> Node:
    """Return one command of the catalogue."""
    parser = parser_of(entry, module_of(entry))
    return _node((entry.name,), entry.summary, parser)


def _node(words: tuple[str, ...], summary: str, parser: argparse.ArgumentParser) -> Node:
    flags, arguments, children = [], [], []
    for action in parser._actions:
        if action.help == argparse.SUPPRESS:
            continue
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            children += [
                _node((*words, name), helps.get(name, ""), child)
                for name, child in action.choices.items()
            ]
        elif action.option_strings:
            flags.append(_flag(action))
        else:
            arguments.append(_flag(action))
    return Node(words, summary, parser, tuple(flags), tuple(arguments), tuple(children))


def _flag(action: argparse.Action) -> Flag:
    takes_value = action.nargs != 0
    metavar = action.metavar if isinstance(action.metavar, str) else None
    return Flag(
        names=tuple(action.option_strings),
        help=action.help or "",
        metavar=(metavar or action.dest.upper()) if takes_value else None,
        choices=tuple(map(str, action.choices or ())),
    )
