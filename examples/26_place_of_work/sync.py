"""Let commands and patches happen in a place of their own, while login and model stay here."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from openai_codex import AppServerConfig, Codex, EnvironmentRequiredError, ExecServer, Sandbox


def main(config: AppServerConfig | None = None) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        # Here a process beside this one; a container or another host is Environment("ws://...").
        ExecServer(cwd=folder, name="box", env={"WHERE": "in the box"}) as box,
    ):
        with Codex(config) as codex:
            place = codex.environment(box.environment)
            print("place: ", place.name, "ready" if box.is_alive else "gone")

            thread = codex.thread_start(environment=place, sandbox=Sandbox.full_access)
            result = thread.run("Say where you are, and leave a note")
            print("answer:", result.final_response)
            print("note:  ", (Path(folder) / "note.txt").read_text().strip())

        # Another runtime does not know the place, and does not work here instead.
        with Codex(config) as codex:
            try:
                codex.thread_resume(thread.id)
            except EnvironmentRequiredError as error:
                print("needs: ", ", ".join(error.environments))
            again = codex.thread_resume(thread.id, environment=box.environment)
            print("again: ", again.run("Still there?").final_response)


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            main(config)
    else:
        main()
