"""Take files and conversation back to before a turn, keep what you typed, change your mind."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from openai_codex import AppServerConfig, Codex, FilesChangedError, Sandbox


def main(config: AppServerConfig | None = None) -> None:
    with tempfile.TemporaryDirectory() as folder, Codex(config) as codex:
        thread = codex.thread_start(cwd=folder, sandbox=Sandbox.workspace_write, checkpoints=True)
        thread.run("Write prices.py with a function that adds the tax")
        thread.run("Use decimals instead of floats")

        # One checkpoint was made before each turn.
        before_decimals = thread.checkpoints()[-1]
        for file in thread.diff(before_decimals).files:
            print(f"{file.kind}: {file.path}")

        # What somebody else wrote is not lost by accident.
        notes = Path(folder) / "notes.txt"
        notes.write_text("ask about the rounding")
        try:
            thread.rewind(before_decimals)
        except FilesChangedError as error:
            print("not yet:", ", ".join(error.paths))

        done = thread.rewind(before_decimals, force=True)
        print("back:   ", ", ".join(done.files))
        print("turns:  ", [turn.status.value for turn in thread.history()])

        # And back again: the notes, the decimals, the turn.
        thread.redo()
        print("again:  ", ", ".join(sorted(path.name for path in Path(folder).iterdir())))
        print("turns:  ", [turn.status.value for turn in thread.history()])


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            main(config)
    else:
        main()
