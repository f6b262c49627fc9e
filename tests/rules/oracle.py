"""An oracle for shell scripts: a real shell, in which every program is a stub that logs its words.

It shares nothing with the rules. The stubs are the only programs on the PATH; a program that is not
found is logged as well, and a file that the script makes counts as something done.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

# One printf each: the parts of a pipeline write at the same time. Program, number of words, words.
_STUB = """#!/bin/sh
printf '%s\\0' "${0##*/}" "$#" "$@" >> LOG
"""
_PRELUDE = """command_not_found_handle() {
  set -- "$1" "$(($# - 1))" "${@:2}"
  printf '%s\\0' "$@" >> LOG
}
"""


@dataclass(frozen=True)
class Oracle:
    """A folder with stubs, a log beside it, and an empty folder to run in."""

    folder: Path

    @classmethod
    def with_programs(cls, folder: Path, programs: list[str]) -> Oracle:
        """Make a stub for each program."""
        oracle = cls(folder)
        for name in ("bin", "work"):
            (folder / name).mkdir()
        log = str(oracle.log)
        (folder / "prelude").write_text(_PRELUDE.replace("LOG", log))
        for program in programs:
            stub = folder / "bin" / program
            stub.write_text(_STUB.replace("LOG", log))
            stub.chmod(0o755)
        return oracle

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def run(self, shell: str, script: str) -> list[tuple[str, ...]]:
        """Run the script and return what it ran, and the files it made as `('made', name)`."""
        self.log.write_bytes(b"")
        subprocess.run(
            [shell, "-c", script],
            cwd=self.folder / "work",
            env={
                "PATH": str(self.folder / "bin"),
                "BASH_ENV": str(self.folder / "prelude"),
                "LC_ALL": "C.UTF-8",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
        return [*self._logged(), *self._made()]

    def _logged(self) -> list[tuple[str, ...]]:
        fields = self.log.read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]
        ran: list[tuple[str, ...]] = []
        while fields:
            end = 2 + int(fields[1])
            ran.append((fields[0], *fields[2:end]))
            del fields[:end]
        return ran

    def _made(self) -> list[tuple[str, ...]]:
        made = sorted((self.folder / "work").iterdir())
        for entry in made:
            entry.unlink()
        return [("made", entry.name) for entry in made]
