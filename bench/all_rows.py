"""Every row, one after the other, and what is written about them: `scripts/bench` runs this.

With `--quick` or row numbers it only prints. Else it writes `results.json` (every single figure),
`RESULTS.md` and `ratios.svg`, which are made of nothing but `results.json`: `--rewrite` makes them
again without measuring.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
from pathlib import Path
from typing import Any

import first_turn
import huge_line
import import_cpu
import import_memory
import long_history
import many_async
import many_sync
import ready_and_close
import real_turns
import report
import round_trip
import run_turn
import silent_turns
import slow_consumer
import stream_async
import stream_sync
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
]
QUICK = {1, 2, 3, 4, 5, 11}
HERE = Path(__file__).parent


def machine() -> dict[str, str]:
    """Return what figures depend on, and nothing that names the machine."""
    import pydantic

    return {
        "date": datetime.date.today().isoformat(),
        "python": platform.python_version(),
        "pydantic": pydantic.VERSION,
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f} before the first row",
    }


def measure(wanted: set[int], repetitions: int | None) -> None:
    """Measure the rows, and print each when it is done."""
    for module in MODULES:
        if module.ROW.number in wanted:
            assert module.__file__ is not None
            module.ROW.measure(script=module.__file__, repetitions=repetitions)
            print(module.ROW.report(), flush=True)


def main() -> None:
    """Do what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--repetitions", type=int)
    parser.add_argument("--rewrite", action="store_true")
    options = parser.parse_args()
    numbers = {module.ROW.number for module in MODULES}
    wanted = set(options.rows) or (QUICK if options.quick else numbers)
    if not options.rewrite:
        facts = machine()
        measure(wanted, 1 if options.quick else options.repetitions)
        if wanted != numbers:
            return
        results: dict[str, Any] = {"machine": facts}
        results["rows"] = {module.ROW.number: module.ROW.runs for module in MODULES}
        (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    results = json.loads((HERE / "results.json").read_text())
    for module in MODULES:
        module.ROW.runs.update(results["rows"][str(module.ROW.number)])
    rows = [module.ROW for module in MODULES]
    (HERE / "RESULTS.md").write_text(report.markdown(rows, results["machine"]))
    (HERE.parent / "docs" / "images" / "ratios.svg").write_text(report.picture(rows))


if __name__ == "__main__":
    main()
