"""From a schema to the text of every generated file. Reads repairs.toml and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tools.gen_wire.emitted import merged_definitions
from tools.gen_wire.homes import assign_homes
from tools.gen_wire.json_schema import reachable
from tools.gen_wire.lowering import lower
from tools.gen_wire.protocol import Protocol, read_protocol
from tools.gen_wire.render_models import render_module
from tools.gen_wire.render_tables import (
    render_calls,
    render_events,
    render_families,
    render_index,
    render_names,
    render_tables,
)
from tools.gen_wire.repairs import Repairs
from tools.gen_wire.shapes import Lowered
from tools.gen_wire.snapshot import take_snapshot

PLACE = "src/openai_codex/_wire"
EVENTS = "src/openai_codex/_turns/events.py"


@dataclass(frozen=True, slots=True)
class Wire:
    """What the schema says, once repaired: methods, shapes, and the module of each shape."""

    protocol: Protocol
    lowered: Lowered
    homes: dict[str, str]


def read_wire(schema: dict[str, Any]) -> Wire:
    """Read a schema; stops when it needs a repair or when a repair is stale."""
    repairs = Repairs.load()
    definitions = {**merged_definitions(schema), **own_definitions(schema, repairs)}
    protocol = read_protocol(definitions, repairs)
    sent_by_us = reachable(definitions, protocol.outgoing())
    incoming = reachable(definitions, protocol.incoming())
    lowered = lower(definitions, (definitions.keys() - sent_by_us) | incoming, repairs)
    repairs.stop_if_stale()
    return Wire(protocol, lowered, assign_homes(lowered, protocol))


def own_definitions(schema: dict[str, Any], repairs: Repairs) -> dict[str, Any]:
    """The definitions that this package adds: what it says by itself in the words of the wire."""
    known = merged_definitions(schema)
    rows = [row for row in repairs.all("define") if row["name"] not in known]
    return {row["name"]: repairs.use(row)["schema"] for row in rows}


def generate(schema: dict[str, Any]) -> dict[str, str]:
    """Map the path of every generated file to its text, not yet formatted."""
    wire = read_wire(schema)
    snapshot = take_snapshot(schema)
    code = {
        f"{PLACE}/index.py": render_index(wire.homes, wire.lowered.aliases),
        f"{PLACE}/tables.py": render_tables(wire.protocol),
        f"{PLACE}/names.py": render_names(wire.homes, wire.lowered.aliases),
        EVENTS: render_events(wire.protocol, wire.homes),
        f"{PLACE}/calls/__init__.py": render_families(wire.protocol),
        f"{PLACE}/models/__init__.py": '"""Pydantic models of every message."""\n',
    }
    for name, text in render_calls(wire.protocol, wire.homes).items():
        code[f"{PLACE}/calls/{name}.py"] = text
    for module in sorted(set(wire.homes.values())):
        code[f"{PLACE}/models/{module}.py"] = render_module(module, wire.homes, wire.lowered)
    header = snapshot.header()
    return {**snapshot.files(), **{path: f"{header}\n{text}" for path, text in code.items()}}
