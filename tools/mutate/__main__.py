"""Plants small faults by chance and tells which of them the tests of their room do not find.

scripts/mutate                             every room, a few mutants each
scripts/mutate --seed 7 --count 60 _core   sixty of one room; the same seed, the same mutants
"""

from __future__ import annotations

import argparse
import difflib
import random
from pathlib import Path

from .known import Known
from .mutants import Mutant, mutants
from .reach import Reach
from .rooms import ROOMS, mirrors, sources
from .trying import copied, finds, watched

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Try the rooms that are named, or all; return 1 when a mutant survived."""
    wanted = _arguments()
    known = Known.load(ROOT)
    with copied(ROOT) as place:
        figures = [_try_room(place, room, wanted, known) for room in wanted.rooms]
    print(f"{'room':14} killed  of   rate")
    for room, killed, tried in figures:
        print(f"{room:14} {killed:6} {tried:4} {killed / max(tried, 1):6.1%}")
    return 1 if any(killed < tried for _, killed, tried in figures) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__)
    parser.add_argument("rooms", nargs="*", metavar="room", help=", ".join(ROOMS))
    parser.add_argument("--seed", type=int, default=1, help="which mutants are drawn (1)")
    parser.add_argument("--count", type=int, default=20, help="how many of each room (20)")
    wanted = parser.parse_args()
    for room in wanted.rooms:
        if room not in ROOMS:
            parser.error(f"there is no room {room}: {', '.join(ROOMS)}")
    wanted.rooms = wanted.rooms or list(ROOMS)
    return wanted


def _try_room(
    place: Path, room: str, wanted: argparse.Namespace, known: Known
) -> tuple[str, int, int]:
    tests, seed = list(mirrors(room)), wanted.seed
    reach = watched(place, tests, seconds=1800)
    if reach is None:
        raise SystemExit(f"mutate: the tests of {room} fail without any mutant: {' '.join(tests)}")
    every = [(path, each) for path in sources(place, room) for each in mutants(path.read_text())]
    every = [(path, each) for path, each in every if not known.has(path.relative_to(place), each)]
    drawn = random.Random(f"{seed} {room}").sample(every, min(wanted.count, len(every)))
    killed = 0
    for path, mutant in drawn:
        if _is_killed(place, path, mutant, tests, reach):
            killed += 1
        else:
            print(_difference(path.relative_to(place), path.read_text(), mutant), flush=True)
    print(f"mutate: {room}: {killed} of {len(drawn)} killed, seed {seed}", flush=True)
    return room, killed, len(drawn)


def _is_killed(place: Path, path: Path, mutant: Mutant, tests: list[str], reach: Reach) -> bool:
    likely = reach.tests(path, mutant.line)
    if likely and finds(place, likely, path, mutant.text, seconds=reach.bound(likely)):
        return True
    return finds(place, tests, path, mutant.text, seconds=reach.bound(list(reach.seconds)))


def _difference(path: Path, before: str, mutant: Mutant) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), mutant.text.splitlines(), str(path), str(path), lineterm="", n=2
    )
    return "\n".join(["survived:", *lines, ""])


if __name__ == "__main__":
    raise SystemExit(main())
