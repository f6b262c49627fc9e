"""`openai-codex completion`: the completion script of a shell."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .. import exits
from ..runtime import add_json_option
from ..terminal import Terminal

SHELLS = ("bash", "zsh", "fish")
DESCRIPTION = "Print the completion script of a shell, made from the commands of this version."
EXAMPLES = (
    ('eval "$(openai-codex completion bash)"', "in ~/.bashrc"),
    ('eval "$(openai-codex completion zsh)"', "in ~/.zshrc, after compinit"),
    ("openai-codex completion fish | source", "in ~/.config/fish/config.fish"),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `completion`."""
    parser.add_argument("shell", choices=SHELLS, help="the shell")
    add_json_option(parser, "print the script as a JSON value")


def execute(options: Namespace, terminal: Terminal) -> int:
    """Print the script; returns the exit code."""
    from ..tree import all_nodes

    script = _writer(options.shell)(all_nodes())
    if options.json:
        terminal.json({"shell": options.shell, "script": script})
    else:
        terminal.out.write(script)
    return exits.DONE


def _writer(shell: str):  # type: ignore[no-untyped-def]
    from ..completion.bash import bash_script
    from ..completion.fish import fish_script
    from ..completion.zsh import zsh_script

    return {"bash": bash_script, "zsh": zsh_script, "fish": fish_script}[shell]
