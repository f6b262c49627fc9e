"""Makes `docs/commands/`: a page for each command, from its parser.

python -m tools.gen_commands            write the pages
python -m tools.gen_commands --check    write nothing; fail when one is out of date
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai_codex.cli.tree import Flag, Node

FOLDER = Path(__file__).parents[1] / "docs/commands"
MADE = "<!-- Made by `python -m tools.gen_commands` from the parsers. -->"


def pages() -> dict[str, str]:
    """Return the text of each page by its file's name."""
    from openai_codex.cli.tree import all_nodes

    nodes = all_nodes()
    found = {f"{node.words[0]}.md": page_of(node) for node in nodes}
    return {"index.md": index_of(nodes), **found}


def index_of(nodes: list[Node]) -> str:
    """Return the page that lists the commands."""
    from openai_codex.cli.catalogue import EXITS
    from openai_codex.cli.main import help_text

    rows = "".join(f"| [{n.words[0]}]({n.words[0]}.md) | {n.summary} |\n" for n in nodes)
    codes = "".join(f"| {code} | {meaning} |\n" for code, meaning in EXITS)
    return (
        f"# Commands\n\n{MADE}\n\nSee [the guide](../guides/command-line.md) for how they go "
        f"together.\n\n| command | what it does |\n|---|---|\n{rows}\n"
        f"| exit code | meaning |\n|---|---|\n{codes}\n"
        f"<!-- shape -->\n```text\n{help_text()}```\n"
    )


def page_of(node: Node) -> str:
    """Return the page of a command with its sub-commands."""
    return "\n".join([f"# {node.name}\n\n{MADE}\n", *_parts(node, level=2)]).rstrip() + "\n"


def _parts(node: Node, level: int) -> Iterator[str]:
    parser = node.parser
    yield f"{' '.join((parser.description or '').split())}\n"
    yield f"<!-- shape -->\n```text\n{_usage(node)}\n```\n"
    if node.arguments:
        yield _table("argument", node.arguments)
    yield _table("option", node.flags)
    if parser.epilog and node.words:
        yield _examples(parser.epilog)
    for child in node.children:
        yield f"{'#' * level} {child.name}\n"
        yield from _parts(child, level + 1)


def _usage(node: Node) -> str:
    """Return the usage in one line; argparse's own is another one in each version of Python."""
    values = [flag.metavar or "" for flag in node.arguments]
    words = ["COMMAND ..."] if node.children else [f"[{value}]" for value in values]
    return " ".join([node.name, "[OPTIONS]", *words])


def _table(head: str, flags: tuple[Flag, ...]) -> str:
    rows = "".join(f"| {_named(flag)} | {_escaped(_told(flag))} |\n" for flag in flags)
    return f"| {head} | what it does |\n|---|---|\n{rows}"


def _named(flag: Flag) -> str:
    value = f" {flag.metavar}" if flag.metavar and flag.names else ""
    names = flag.names or (flag.metavar or "",)
    return ", ".join(f"`{_escaped(name + value)}`" for name in names)


def _told(flag: Flag) -> str:
    choices = f" ({', '.join(flag.choices)})" if flag.choices else ""
    return f"{' '.join(flag.help.split())}{choices}"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _examples(epilog: str) -> str:
    lines = [line.strip() for line in epilog.splitlines()[1:]]
    pairs = zip(lines[::2], lines[1::2], strict=True)
    return "\n".join(
        f"{what[:1].upper()}{what[1:]}:\n\n<!-- shape -->\n```text\n{command}\n```\n"
        for command, what in pairs
    )


def main() -> None:
    """Write the pages, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a page is out of date")
    options = parser.parse_args()
    wanted = pages()
    present = {path.name for path in FOLDER.glob("*.md")}
    stale = [name for name in wanted if _read(FOLDER / name) != wanted[name]]
    stale += sorted(present - set(wanted))
    if options.check:
        if stale:
            sys.exit(f"docs/commands is out of date: {', '.join(stale)}")
        return
    FOLDER.mkdir(exist_ok=True)
    for name in present - set(wanted):
        (FOLDER / name).unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    main()
