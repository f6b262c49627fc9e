"""Which options which published runtimes know, from the schema that each of them writes.

    python -m tools.gen_since FOLDER

`FOLDER` has, in a folder named after each version, the installed package `openai-codex-cli-bin`, or
the schema that its runtime wrote. Writes `src/openai_codex/_wire/since.py`. An older runtime drops
an option that it does not know without a word; the table lets the client refuse it instead.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools.gen_wire.emitted import COMMAND, FILE, merged_definitions
from tools.gen_wire.output import ROOT, formatted

TARGET = "src/openai_codex/_wire/since.py"
Version = tuple[int, ...]
Paths = dict[str, set[str]]

# No runtime between 0.149.0 and 0.153.4 was published for good; the official package says 0.151.0.
# `excludeTurns` was in the schema before, and not heeded for what it is meant for.
TOLD = {
    ("turn/start", "toolOutput"): "0.151.0",
    ("turn/start", "turnTrigger"): "0.151.0",
    ("turn/start", "serviceTierForTurn"): "0.151.0",
    ("thread/resume", "excludeTurns"): "0.151.0",
    ("thread/fork", "excludeTurns"): "0.151.0",
}
# Discriminators: what they tell apart has rows of its own. The handshake comes before the version.
PASSED_OVER = ("type",)
NOT_CHECKED = ("initialize",)


def main(folder: Path) -> None:
    """Read the schema of every runtime below `folder` and write the table."""
    versions = sorted((parsed(path.name), path) for path in folder.iterdir() if path.is_dir())
    known = {version: paths_of(schema(path)) for version, path in versions}
    text = render(rows(known), newest=".".join(map(str, versions[-1][0])))
    (ROOT / TARGET).write_text(formatted({TARGET: text})[TARGET], encoding="utf-8")


def parsed(version: str) -> Version:
    """Return the numbers of a version."""
    return tuple(int(part) for part in version.split("."))


def schema(place: Path) -> dict[str, Any]:
    """Return the definitions that the runtime installed at `place` writes."""
    if (place / FILE).is_file():
        return merged_definitions(json.loads((place / FILE).read_text(encoding="utf-8")))
    binary = place / "codex_cli_bin" / "bin" / ("codex.exe" if os.name == "nt" else "codex")
    with tempfile.TemporaryDirectory(prefix="gen-since-") as home:
        env = {**os.environ, "HOME": home, "CODEX_HOME": home}
        subprocess.run([str(binary), *COMMAND, home], env=env, check=True, capture_output=True)
        return merged_definitions(json.loads((Path(home) / FILE).read_text(encoding="utf-8")))


def paths_of(definitions: dict[str, Any]) -> Paths:
    """Return every property that the params of each request have, dotted where it is nested."""
    found: Paths = {}
    for option in definitions["ClientRequest"]["oneOf"]:
        (method,) = option["properties"]["method"]["enum"]
        found[method] = set(properties(option["properties"].get("params", {}), definitions, ()))
    return found


def properties(shape: Any, definitions: dict[str, Any], above: tuple[str, ...]) -> set[str]:
    """Return the properties of a schema; lists and alternatives add no step to a path."""
    if not isinstance(shape, dict):
        return set()
    if "$ref" in shape:
        name = str(shape["$ref"]).rsplit("/", 1)[-1]
        return (
            set() if name in above else properties(definitions[name], definitions, (*above, name))
        )
    found: set[str] = set()
    for part in (
        *(shape.get(kind, []) for kind in ("allOf", "anyOf", "oneOf")),
        [shape.get("items")],
    ):
        found = found.union(*(properties(one, definitions, above) for one in part))
    for name, inner in shape.get("properties", {}).items():
        nested = properties(inner, definitions, above)
        found |= {name} | {f"{name}.{path}" for path in nested}
    return found


def rows(known: dict[Version, Paths]) -> dict[str, dict[str, tuple[Version, Version]]]:
    """Return for each option that came later: below which version it is lost, and which has it."""
    versions = sorted(known)
    table: dict[str, dict[str, tuple[Version, Version]]] = {}
    for method, paths in known[versions[-1]].items():
        with_method = [version for version in versions if method in known[version]]
        for path in paths:
            if method in NOT_CHECKED or path.rsplit(".", 1)[-1] in PASSED_OVER:
                continue
            row = row_of(
                method, path, [v for v in with_method if path in known[v][method]], with_method
            )
            if row is not None:
                table.setdefault(method, {})[path] = row
    return {method: without_children(found) for method, found in table.items()}


def row_of(
    method: str, path: str, having: list[Version], versions: list[Version]
) -> tuple[Version, Version] | None:
    """Return the row of an option, or None where every runtime with the method has it."""
    told = TOLD.get((method, path))
    if told is not None:
        return parsed(told), parsed(told)
    if having[0] == versions[0]:
        return None
    *before, last = versions[versions.index(having[0]) - 1]
    return (*before, last + 1), having[0]


def without_children(
    found: dict[str, tuple[Version, Version]],
) -> dict[str, tuple[Version, Version]]:
    """Leave out what is inside an option that came with it, or later."""
    return {
        path: row
        for path, row in found.items()
        if all(found.get(above, ((),))[0] < row[0] for above in above_of(path))
    }


def above_of(path: str) -> list[str]:
    """Return the paths that lead to a path."""
    steps = path.split(".")
    return [".".join(steps[:count]) for count in range(1, len(steps))]


def render(table: dict[str, dict[str, tuple[Version, Version]]], *, newest: str) -> str:
    """Return the module."""
    lines = [
        f"# Generated by tools/gen_since.py from the schemas of published runtimes up to {newest}.",
        "# Do not edit: run `python -m tools.gen_since FOLDER`.",
        "",
        '"""Options that came after their request: lost below one version, known from another."""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Final",
        "",
        "SINCE: Final[dict[str, dict[str, tuple[tuple[int, ...], tuple[int, ...]]]]] = {",
    ]
    for method in sorted(table):
        lines.append(f'    "{method}": {{')
        lines += [f'        "{path}": {row!r},' for path, row in sorted(table[method].items())]
        lines.append("    },")
    return "\n".join([*lines, "}", ""])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
