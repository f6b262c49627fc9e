"""Completion for fish: one `complete` line for each word that may stand somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..catalogue import PROGRAM
from ..tree import Flag, Node

__all__ = ["fish_script"]


def fish_script(nodes: Iterable[Node]) -> str:
    """Return the script to be sourced by fish."""
    lines = [f"# fish completion for {PROGRAM}", f"complete -c {PROGRAM} -f"]
    for node in nodes:
        lines.append(_word(node, "__fish_use_subcommand"))
        lines += _node(node)
    return "\n".join(lines) + "\n"


def _node(node: Node) -> Iterator[str]:
    here = " and ".join(f"__fish_seen_subcommand_from {word}" for word in node.words)
    here = here.replace(" and ", "; and ")
    names = " ".join(child.words[-1] for child in node.children)
    for child in node.children:
        yield _word(child, f"{here}; and not __fish_seen_subcommand_from {names}")
        yield from _node(child)
    if not node.children:
        yield from (_flag(flag, here) for flag in node.flags)
        choices = " ".join(choice for flag in node.arguments for choice in flag.words)
        if choices:
            yield f"complete -c {PROGRAM} -n {_quoted(here)} -a {_quoted(choices)}"
        if any(flag.is_file for flag in node.arguments):
            yield f"complete -c {PROGRAM} -n {_quoted(here)} -F"


def _word(node: Node, condition: str) -> str:
    summary = _quoted(node.summary)
    return f"complete -c {PROGRAM} -n {_quoted(condition)} -a {node.words[-1]} -d {summary}"


def _flag(flag: Flag, condition: str) -> str:
    names = " ".join(
        f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in flag.names
    )
    value = ""
    if flag.words:
        value = f" -x -a {_quoted(' '.join(flag.words))}"
    elif flag.metavar is not None:
        value = " -r -F" if flag.is_file else " -x"
    text = _quoted(" ".join(flag.help.split()))
    return f"complete -c {PROGRAM} -n {_quoted(condition)} {names}{value} -d {text}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
