"""Let commands and patches happen in a place of their own, while login and model stay here."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    EnvironmentRequiredError,
    ExecServer,
    Sandbox,
)


async def main(config: AppServerConfig | None = None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # Here a process beside this one; a container or another host is Environment("ws://...").
        async with ExecServer(cwd=folder, name="box", env={"WHERE": "in the box"}) as box:
            async with AsyncCodex(config) as codex:
                place = await codex.environment(box.environment)
                print("place: ", place.name, "ready" if box.is_alive else "gone")

                thread = await codex.thread_start(environment=place, sandbox=Sandbox.full_access)
                result = await thread.run("Say where you are, and leave a note")
                print("answer:", result.final_response)
                print("note:  ", (Path(folder) / "note.txt").read_text().strip())

            # Another runtime does not know the place, and does not work here instead.
            async with AsyncCodex(config) as codex:
                try:
                    await codex.thread_resume(thread.id)
                except EnvironmentRequiredError as error:
                    print("needs: ", ", ".join(error.environments))
                again = await codex.thread_resume(thread.id, environment=box.environment)
                print("again: ", (await again.run("Still there?")).final_response)


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
