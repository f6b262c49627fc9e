"""Take files and conversation back to before a turn, keep what you typed, change your mind."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from openai_codex import AppServerConfig, AsyncCodex, FilesChangedError, Sandbox


async def main(config: AppServerConfig | None = None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncCodex(config) as codex:
            thread = await codex.thread_start(
                cwd=folder, sandbox=Sandbox.workspace_write, checkpoints=True
            )
            await thread.run("Write prices.py with a function that adds the tax")
            await thread.run("Use decimals instead of floats")

            # One checkpoint was made before each turn.
            before_decimals = (await thread.checkpoints())[-1]
            for file in (await thread.diff(before_decimals)).files:
                print(f"{file.kind}: {file.path}")

            # What somebody else wrote is not lost by accident.
            notes = Path(folder) / "notes.txt"
            notes.write_text("ask about the rounding")
            try:
                await thread.rewind(before_decimals)
            except FilesChangedError as error:
                print("not yet:", ", ".join(error.paths))

            done = await thread.rewind(before_decimals, force=True)
            print("back:   ", ", ".join(done.files))
            print("turns:  ", [turn.status.value async for turn in thread.history()])

            # And back again: the notes, the decimals, the turn.
            await thread.redo()
            names = sorted(path.name for path in Path(folder).iterdir())  # noqa: ASYNC240  # few
            print("again:  ", ", ".join(names))
            print("turns:  ", [turn.status.value async for turn in thread.history()])


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
