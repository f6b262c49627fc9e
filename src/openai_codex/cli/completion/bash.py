"""Completion for bash: one function that looks at the words before the cursor."""

from __future__ import annotations

from collections.abc import Iterable

from ..catalogue import PROGRAM
from ..tree import Node

__all__ = ["bash_script"]

FRAME = """\
# bash completion for {program}
_openai_codex() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
  local path="${{COMP_WORDS[*]:1:COMP_CWORD-1}}" words="" files="" also=""
  case "$path " in
{cases}    *) words="{commands} --help --version" ;;
  esac
  COMPREPLY=()
  if [ -n "$files" ]; then
    COMPREPLY=($(compgen -f -- "$word"))
  elif [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  fi
  if [ -n "$also" ] && [ "${{word:0:1}}" != - ]; then
    COMPREPLY+=($(compgen -f -- "$word"))
  fi
  if [ ${{#COMPREPLY[@]}} -eq 0 ] && [ -z "$words" ]; then COMPREPLY=($(compgen -f -- "$word")); fi
}}
complete -o filenames -F _openai_codex {program}
"""


def bash_script(nodes: Iterable[Node]) -> str:
    """Return the script to be evaluated by bash."""
    listed = list(nodes)
    # Sub-commands come first: their path begins with their parent's.
    cases = "".join(_case(child) for node in listed for child in [*node.children, node])
    commands = " ".join(node.words[0] for node in listed)
    return FRAME.format(program=PROGRAM, cases=cases, commands=commands)


def _case(node: Node) -> str:
    values = "".join(
        f"        {'|'.join(flag.names)}) {_value(flag.words, is_file=flag.is_file)} ;;\n"
        for flag in node.flags
        if flag.metavar is not None
    )
    names = [name for flag in node.flags for name in flag.names]
    words = [child.words[-1] for child in node.children] or names
    choices = [choice for flag in node.arguments for choice in flag.words]
    usual = " ".join([*choices, *words])
    also = " also=1" if any(flag.is_file for flag in node.arguments) else ""
    return (
        f'    "{" ".join(node.words)} "*)\n      case "$before" in\n{values}'
        f'        *) words="{usual}"{also} ;;\n      esac ;;\n'
    )


def _value(choices: tuple[str, ...], *, is_file: bool) -> str:
    if choices:
        return f'words="{" ".join(choices)}"'
    return "files=1" if is_file else 'words=" "'
