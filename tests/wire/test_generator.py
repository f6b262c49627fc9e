"""The generator makes the same files every time, and stops where schema and repairs disagree."""

from __future__ import annotations

import copy
import json
from graphlib import TopologicalSorter
from typing import Any

import pytest

from tests.wire.samples import SCHEMA
from tools.gen_wire import naming, output
from tools.gen_wire.generate import generate, read_wire
from tools.gen_wire.prose import docstring
from tools.gen_wire.repairs import Repairs
from tools.gen_wire.shapes import references


@pytest.fixture
def schema() -> dict[str, Any]:
    bundle: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return bundle


def test_the_same_schema_gives_the_same_text(schema: dict[str, Any]) -> None:
    shuffled = json.loads(json.dumps(schema, sort_keys=True))
    shuffled["definitions"] = dict(reversed(shuffled["definitions"].items()))
    assert generate(schema) == generate(shuffled)


def test_a_new_definition_appears_with_its_method(schema: dict[str, Any]) -> None:
    definitions = schema["definitions"]
    definitions["DreamParams"] = {
        "type": "object",
        "properties": {"sheepCount": {"type": "integer"}},
    }
    definitions["DreamResponse"] = {"type": "object"}
    row = {"properties": {"method": {"enum": ["dream"]}, "params": {"$ref": "#/x/DreamParams"}}}
    definitions["ClientRequest"]["oneOf"].append(row)
    wire = read_wire(schema)
    assert wire.homes["DreamParams"] == wire.homes["DreamResponse"] == "dream"
    assert "sheep_count: int | None" in generate(schema)["src/openai_codex/_wire/models/dream.py"]


def test_a_request_without_a_result_asks_for_a_repair(schema: dict[str, Any]) -> None:
    row = {"properties": {"method": {"enum": ["dream"]}, "params": {"type": "null"}}}
    schema["definitions"]["ClientRequest"]["oneOf"].append(row)
    with pytest.raises(SystemExit, match="dream has no result model"):
        generate(schema)


def test_a_repair_that_repairs_nothing_stops_the_generator(schema: dict[str, Any]) -> None:
    requests = schema["definitions"]["ClientRequest"]["oneOf"]
    requests[:] = [
        row for row in requests if row["properties"]["method"]["enum"] != ["memory/reset"]
    ]
    with pytest.raises(SystemExit, match=r"stale rows(.|\n)*memory/reset"):
        generate(schema)


def test_a_definition_of_ours_that_the_schema_has_stops_the_generator(
    schema: dict[str, Any],
) -> None:
    schema["definitions"]["v2"]["ReconnectedNotification"] = {"type": "object"}
    with pytest.raises(SystemExit, match=r"stale rows(.|\n)*\[\[define\]\].*Reconnected"):
        generate(schema)


def test_a_repair_needs_a_reason() -> None:
    with pytest.raises(SystemExit, match="has no reason"):
        Repairs({"drop": [{"definitions": ["X"]}]})


def test_two_shapes_of_one_name_stop_the_generator(schema: dict[str, Any]) -> None:
    v2 = schema["definitions"]["v2"]
    v2["PlanThreadItem"] = copy.deepcopy(v2["TurnStatus"])
    with pytest.raises(SystemExit, match="PlanThreadItem"):
        generate(schema)


def test_no_module_imports_itself_in_a_circle(schema: dict[str, Any]) -> None:
    wire = read_wire(schema)
    imports: dict[str, set[str]] = {home: set() for home in wire.homes.values()}
    for name, shape in wire.lowered.shapes.items():
        imports[wire.homes[name]] |= {wire.homes[ref] for ref in references(shape)}
    for home, needed in imports.items():
        needed.discard(home)
    assert len(list(TopologicalSorter(imports).static_order())) == len(imports) > 100


def test_what_one_method_alone_needs_lives_in_its_module(schema: dict[str, Any]) -> None:
    homes = read_wire(schema).homes
    assert homes["AgentMessageDeltaNotification"] == "item_agent_message"
    assert homes["ThreadGoal"] == homes["ThreadGoalSetParams"] == "thread_goal"
    assert homes["PlanThreadItem"] == homes["ThreadItem"] == "thread_item"
    assert homes["TurnStatus"] == "shared"


def test_differences_name_missing_changed_and_stray_files(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "ROOT", tmp_path)
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "stray.json").write_text("{}")
    (tmp_path / "changed.py").write_text("a = 1\nb = 2\n")
    blocks = output.differences({"changed.py": "a = 1\nb = 3\n", "missing.py": ""})
    assert blocks[0] == "schema/stray.json: should not be there"
    assert "-b = 2\n+b = 3" in blocks[1]
    assert blocks[2] == "missing.py: is missing"


def test_writing_leaves_no_difference_and_no_stray(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "ROOT", tmp_path)
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "stray.json").write_text("{}")
    files = {"schema/a.json": "{}\n", "src/x.py": "x = 1\n"}
    output.write(files)
    assert output.differences(files) == []
    assert not (tmp_path / "schema" / "stray.json").exists()


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("threadId", "thread_id"),
        ("async", "async_"),
        ("_meta", "meta"),
        ("$schema", "schema_"),
        ("MCPServer", "mcp_server"),
        ("PreToolUse", "pre_tool_use"),
    ],
)
def test_fields_are_named_in_snake_case(wire: str, python: str) -> None:
    assert naming.field_name(wire) == python


def test_members_do_not_hide_what_an_enum_has() -> None:
    assert naming.member_name("root") == "root_"
    assert naming.member_name("async") == "async_"
    assert naming.member_name("replace") == "replace"
    assert naming.member_name("on-request") == "on_request"
    assert naming.member_name("DISABLED_BY_ADMIN") == "disabled_by_admin"


def test_docstrings_survive_quotes_and_backslashes() -> None:
    for text in ('Say "hi"', 'A """ inside', r"A \d regex", "one\n\ntwo", "x" * 300):
        lines = docstring(text)
        scope: dict[str, Any] = {}
        exec("class A:\n" + "\n".join(lines), scope)
        assert scope["A"].__doc__.split()[0] == text.split()[0]
    assert docstring("  ") == []
