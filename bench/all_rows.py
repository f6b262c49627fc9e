"""Every row, one after the other, and what is written about them: `scripts/bench` runs this.

With `--quick` or row numbers it only prints, unless it is to `--keep` those rows. Else it writes
`results.json` (every single figure), `RESULTS.md` and `ratios.svg`, which are made of nothing but
`results.json`: `--rewrite` makes them again without measuring, and `--check` compares them with it.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import batch_tasks
import first_turn
import huge_line
import import_cpu
import import_memory
import long_history
import many_async
import many_sync
import over_sockets
import ready_and_close
import real_turns
import report
import round_trip
import run_turn
import silent_turns
import slow_consumer
import stream_async
import stream_sync
import traced_stream
import turns_in_a_row

MODULES = [
    stream_sync,
    stream_async,
    run_turn,
    import_cpu,
    import_memory,
    first_turn,
    ready_and_close,
    many_async,
    many_sync,
    silent_turns,
    round_trip,
    turns_in_a_row,
    slow_consumer,
    huge_line,
    real_turns,
    long_history,
    batch_tasks,
    over_sockets,
    traced_stream,
]
QUICK = {1, 2, 3, 4, 5, 11}
HERE = Path(__file__).parent
PICTURE = HERE.parent / "docs" / "images" / "ratios.svg"


def machine() -> dict[str, str]:
    """Return what figures depend on, and nothing that names the machine."""
    import pydantic

    return {
        "date": datetime.date.today().isoformat(),
        "commit": commit(),
        "python": platform.python_version(),
        "pydantic": pydantic.VERSION,
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f} before the first row",
    }


def commit() -> str:
    """Return the commit that is measured, marked where the tree differs from it."""
    head = _git("rev-parse", "--short", "HEAD")
    is_changed = _git("status", "--porcelain", "--untracked-files=no")
    return f"{head} and uncommitted changes" if is_changed else head


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(HERE.parent), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def measure(wanted: set[int], repetitions: int | None) -> None:
    """Measure the rows, and print each when it is done."""
    for module in MODULES:
        if module.ROW.number in wanted:
            assert module.__file__ is not None
            module.ROW.measure(script=module.__file__, repetitions=repetitions)
            print(module.ROW.report(), flush=True)


def results() -> dict[Path, str]:
    """Return what the committed data make: the page and the picture."""
    data = json.loads((HERE / "results.json").read_text())
    for module in MODULES:
        module.ROW.runs.update(data["rows"][str(module.ROW.number)])
    rows = [module.ROW for module in MODULES]
    apart = {int(number): said for number, said in data["apart"].items()}
    page = report.markdown(rows, data["machine"], apart)
    return {HERE / "RESULTS.md": page, PICTURE: report.picture(rows)}


def keep(wanted: set[int], numbers: set[int], facts: dict[str, str]) -> None:
    """Write what was measured into the committed data; of rows measured apart, also when."""
    path = HERE / "results.json"
    data: dict[str, Any] = {"machine": facts, "apart": {}, "rows": {}}
    if wanted != numbers:
        data = json.loads(path.read_text())
        said = f"at {facts['commit']}, on {facts['date']}, with a load of {facts['load']}"
        data["apart"].update({str(number): said for number in sorted(wanted)})
    runs = {str(module.ROW.number): module.ROW.runs for module in MODULES}
    data["rows"].update({number: runs[number] for number in map(str, sorted(wanted))})
    path.write_text(json.dumps(data, indent=1) + "\n")


def stale() -> list[str]:
    """Return the names of the files that the committed data do not make."""
    return [path.name for path, text in results().items() if path.read_text() != text]


def main() -> int:
    """Do what the arguments ask for; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--repetitions", type=int)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--rewrite", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.check:
        print("bench: stale:", ", ".join(stale()) or "nothing")
        return int(bool(stale()))
    numbers = {module.ROW.number for module in MODULES}
    wanted = set(options.rows) or (QUICK if options.quick else numbers)
    if not options.rewrite:
        facts = machine()
        measure(wanted, 1 if options.quick else options.repetitions)
        if wanted != numbers and not options.keep:
            return 0
        keep(wanted, numbers, facts)
    for path, text in results().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
