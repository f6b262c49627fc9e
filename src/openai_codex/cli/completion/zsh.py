"""Completion for zsh: a function for each command, by `_arguments`."""

from __future__ import annotations

from collections.abc import Iterable

from ..catalogue import PROGRAM
from ..tree import Flag, Node

__all__ = ["zsh_script"]


def zsh_script(nodes: Iterable[Node]) -> str:
    """Return the script to be evaluated by zsh, or put on its `fpath` as `_openai-codex`."""
    listed = list(nodes)
    functions = "".join(map(_function, listed))
    top = _choosing("_openai_codex", listed)
    end = f"compdef _openai_codex {PROGRAM}\n"
    return f"#compdef {PROGRAM}\n# zsh completion for {PROGRAM}\n{functions}{top}{end}"


def _function(node: Node) -> str:
    name = _name(node)
    if node.children:
        return "".join(map(_function, node.children)) + _choosing(name, list(node.children))
    lines = [_option(flag) for flag in node.flags]
    lines += [_argument(flag) for flag in node.arguments]
    body = " \\\n    ".join(lines)
    return f"{name}() {{\n  _arguments -s \\\n    {body}\n}}\n"


def _choosing(name: str, nodes: list[Node]) -> str:
    listed = " ".join(_quoted(f"{node.words[-1]}:{node.summary}") for node in nodes)
    cases = "".join(f"    {node.words[-1]}) {_name(node)} ;;\n" for node in nodes)
    return (
        f"{name}() {{\n  if (( CURRENT == 2 )); then\n"
        f"    local -a commands; commands=({listed}); _describe command commands; return\n  fi\n"
        f"  local chosen=$words[2]; shift words; (( CURRENT-- ))\n"
        f"  case $chosen in\n{cases}  esac\n}}\n"
    )


def _option(flag: Flag) -> str:
    value = "" if flag.metavar is None else f":{_plain(flag.metavar)}:{_value(flag)}"
    names = flag.names
    group = names[0] if len(names) == 1 else f"{{{','.join(names)}}}"
    text = _quoted(f"[{_plain(flag.help)}]{value}")
    exclusive = _quoted(f"({' '.join(names)})") if len(names) > 1 else ""
    return f"{exclusive}{group}{text}"


def _argument(flag: Flag) -> str:
    return _quoted(f"*:{_plain(flag.metavar or '')}:{_value(flag)}")


def _value(flag: Flag) -> str:
    if flag.words:
        return f"({' '.join(flag.words)})"
    return "_files" if flag.is_file else " "


def _name(node: Node) -> str:
    return f"_openai_codex_{'_'.join(node.words)}"


def _plain(text: str) -> str:
    """Return text without what `_arguments` would take for its own."""
    for mark in "[]:'\"\\`$":
        text = text.replace(mark, "" if mark != ":" else " -")
    return " ".join(text.split())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "") + "'"
