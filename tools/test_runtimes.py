"""The main paths against runtimes of other versions; `--write` puts the results into the docs.

    python -m tools.test_runtimes [--write] FOLDER VERSION...

`FOLDER` has the package of each version in a folder of that name; the pinned runtime is always
tried as well. A path works, is refused with UnsupportedByRuntimeError before anything is sent, or
fails: then so does this program.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openai_codex import (
    AppServerConfig,
    Codex,
    ExternalMessage,
    Handlers,
    Namespace,
    Sandbox,
    UnsupportedByRuntimeError,
    tool,
)
from openai_codex._version import __version__
from openai_codex.testing import (
    ScriptedModel,
    call_tool,
    offline_config,
    run_command,
    say,
    silence,
)
from openai_codex.types import TurnStatus

PAGE = Path(__file__).parent.parent / "docs" / "compatibility.md"
TABLE = re.compile(r"(?<=<!-- runtimes -->\n).*?(?=<!-- end -->)", re.DOTALL)
WORKS, REFUSED = "works", "refused"
SECONDS = 60.0


@tool
def price(item: str) -> str:
    """Look up the price of an item."""
    return {"tea": "3.50"}[item]


def run(codex: Codex, model: ScriptedModel) -> None:
    """A turn and its result."""
    model.script(say("Hello"))
    assert codex.thread_start().run("hi", timeout=SECONDS).final_response == "Hello"


def stream(codex: Codex, model: ScriptedModel) -> None:
    """A turn's events as they come."""
    model.script(say("Hello there"))
    turn = codex.thread_start().turn("hi", timeout=SECONDS)
    assert "".join(turn.stream_text()) == "Hello there"


def command(codex: Codex, model: ScriptedModel) -> None:
    """A command in the sandbox."""
    model.script(run_command("echo hi"), say("done"))
    thread = codex.thread_start(sandbox=Sandbox.full_access)
    result = thread.run("go", timeout=SECONDS)
    assert "commandExecution" in [item.type for item in result.items]


def approval(codex: Codex, model: ScriptedModel) -> None:
    """A question that a handler answers."""
    asked: list[str] = []

    def refuse(question: Any) -> bool:
        asked.append(question.summary)
        return False

    model.script(run_command("touch nothing-here", escalate=True), say("done"))
    thread = codex.thread_start(handlers=Handlers(approve=refuse))
    assert thread.run("go", timeout=SECONDS).final_response == "done"
    assert len(asked) == 1


def interrupt(codex: Codex, model: ScriptedModel) -> None:
    """A turn that is stopped."""
    model.script(silence())
    turn = codex.thread_start().turn("hi", timeout=SECONDS)
    model.wait_for_request()
    turn.interrupt()
    assert turn.run().status == TurnStatus.interrupted


def functions(codex: Codex, model: ScriptedModel) -> None:
    """A Python function as a tool."""
    model.script(call_tool("price", {"item": "tea"}, call_id="price"), say("3.50"))
    codex.thread_start(tools=[price]).run("price?", timeout=SECONDS)
    assert model.requests[-1].function_outputs == {"price": "3.50"}


def namespaces(codex: Codex, model: ScriptedModel) -> None:
    """Tools in a namespace."""
    codex.thread_start(tools=[Namespace("shop", "Prices.", [price])])


def output_type(codex: Codex, model: ScriptedModel) -> None:
    """An answer as a Python type."""
    model.script(say('{"value": [1, 2]}'))
    result = codex.thread_start().run("hi", output_type=list[int], timeout=SECONDS)
    assert result.output == [1, 2]


def sessions(codex: Codex, model: ScriptedModel) -> None:
    """Threads that are listed, read, named, resumed, forked, archived."""
    model.script(say("one"))
    thread = codex.thread_start()
    thread.run("hi", timeout=SECONDS)
    thread.set_name("mine")
    assert codex.thread_resume(thread.id).id == thread.id
    assert codex.thread_fork(thread.id).id != thread.id
    assert thread.read(include_turns=True).thread.turns
    assert thread.id in [stored.id for stored in codex.thread_list(limit=10).data]
    codex.thread_archive(thread.id)
    codex.thread_unarchive(thread.id)


def models(codex: Codex, model: ScriptedModel) -> None:
    """The list of models, and who is logged in."""
    assert codex.models().data
    codex.account()


def include_turns(codex: Codex, model: ScriptedModel) -> None:
    """`thread_resume(include_turns=False)`."""
    model.script(say("one"))
    thread = codex.thread_start()
    thread.run("hi", timeout=SECONDS)
    codex.thread_resume(thread.id, include_turns=False)


def external_message(codex: Codex, model: ScriptedModel) -> None:
    """`run(ExternalMessage(...))`."""
    model.script(say("seen"))
    codex.thread_start().run(ExternalMessage("ci", "the build is red"), timeout=SECONDS)
    assert "the build is red" in str(model.requests[-1].body)


def source(codex: Codex, model: ScriptedModel) -> None:
    """`run(source=...)`."""
    model.script(say("seen"))
    codex.thread_start().run("hi", source="ci", timeout=SECONDS)


def turn_service_tier(codex: Codex, model: ScriptedModel) -> None:
    """`run(turn_service_tier=...)`."""
    model.script(say("seen"))
    codex.thread_start().run("hi", turn_service_tier="priority", timeout=SECONDS)


PATHS: tuple[Callable[[Codex, ScriptedModel], None], ...] = (
    *(run, stream, command, approval, interrupt, functions, namespaces, output_type, sessions),
    *(models, include_turns, external_message, source, turn_service_tier),
)


def try_runtime(binary: Path | None) -> list[str]:
    """Return what became of each path, in the order of PATHS."""
    return [outcome(path, binary) for path in PATHS]


def outcome(path: Callable[[Codex, ScriptedModel], None], binary: Path | None) -> str:
    """Run one path with a model and a runtime of its own; say whether it worked."""
    with tempfile.TemporaryDirectory() as folder, ScriptedModel(strict=False) as model:
        config: AppServerConfig = offline_config(model, cwd=folder)
        config.codex_bin = None if binary is None else str(binary)
        try:
            with Codex(config) as codex:
                path(codex, model)
        except UnsupportedByRuntimeError as error:
            return f"{REFUSED}: {error.data['needs']}"
        except Exception as error:  # whatever it is, it goes into the report
            return f"fails: {type(error).__name__}: {error}"
    return WORKS


def table(results: dict[str, list[str]]) -> str:
    """Return the Markdown table: a row for each path, a column for each runtime."""
    rows = [["", *results], ["---"] * (len(results) + 1)]
    for number, path in enumerate(PATHS):
        name = (path.__doc__ or "").rstrip(".")
        cells = [
            outcomes[number].replace(REFUSED + ":", "refused, needs")
            for outcomes in results.values()
        ]
        rows.append([name, *cells])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main() -> int:
    """Return the exit status: 1 when a path fails with any runtime."""
    parser = argparse.ArgumentParser(prog="python -m tools.test_runtimes", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    parser.add_argument("folder", type=Path)
    parser.add_argument("versions", nargs="*")
    given = parser.parse_args()
    name = "codex.exe" if os.name == "nt" else "codex"
    results: dict[str, list[str]] = {}
    for version in given.versions:
        print(f"test-runtimes: {version}", file=sys.stderr)
        results[version] = try_runtime(given.folder / version / "codex_cli_bin" / "bin" / name)
    print(f"test-runtimes: {__version__}, the pinned one", file=sys.stderr)
    results[__version__] = try_runtime(None)
    print(table(results), end="")
    if given.write:
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(TABLE.sub(lambda _: table(results), text), encoding="utf-8")
    return int(any(one.startswith("fails") for outcomes in results.values() for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())
