"""Every definition has a model that takes what the schema takes and refuses what it refuses."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from openai_codex._wire import model_class
from openai_codex._wire.index import MODULES
from tests.wire.samples import DEFINITIONS, Sample, invalid_samples, valid_samples
from tools.gen_wire.json_schema import reachable
from tools.gen_wire.protocol import read_protocol
from tools.gen_wire.repairs import Repairs

REPAIRS = Repairs.load()
UNIONS = {"BedrockSetupParams", "LoginAccountParams"}
DROPPED = {name for row in REPAIRS.all("drop") for name in row["definitions"]}
MODELLED = sorted(DEFINITIONS.keys() - DROPPED)
PROTOCOL = read_protocol(DEFINITIONS, REPAIRS)
INCOMING = reachable(DEFINITIONS, PROTOCOL.incoming())

# The params of our requests, but for those that are unions.
PARAMS = sorted({call.params for call in PROTOCOL.calls if call.params} - UNIONS)
VALID = [sample for name in MODELLED for sample in valid_samples(name)]
INVALID = [sample for name in MODELLED for sample in invalid_samples(name)]


def build(sample: Sample) -> Any:
    return TypeAdapter(model_class(sample.definition)).validate_python(sample.value)


def build_from_json(sample: Sample) -> Any:
    return TypeAdapter(model_class(sample.definition)).validate_json(json.dumps(sample.value))


def dump(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(by_alias=True, exclude_unset=True)
    return [dump(item) for item in value] if isinstance(value, list) else value


def test_every_definition_has_a_class_of_its_name() -> None:
    assert [name for name in MODELLED if name not in MODULES] == []
    assert len(MODELLED) > 850
    assert len(VALID) > 2000
    assert len(INVALID) > 2000


@pytest.mark.parametrize("name", MODELLED)
def test_valid_samples_are_taken_and_come_back_as_they_were(name: str) -> None:
    for sample in valid_samples(name):
        built = build(sample)
        assert dump(built) == sample.value, str(sample)
        assert built == build_from_json(sample), str(sample)
        assert "Unknown" not in type(built).__name__ or "unknown" in str(sample.value), str(sample)


@pytest.mark.parametrize("name", MODELLED)
def test_invalid_samples_are_refused(name: str) -> None:
    for sample in invalid_samples(name):
        with pytest.raises(ValidationError):
            pytest.fail(f"{sample} was taken as {build(sample)!r}")


@pytest.mark.parametrize("name", sorted(INCOMING & set(MODELLED)))
def test_what_the_server_sends_may_have_fields_that_are_new(name: str) -> None:
    for sample in valid_samples(name):
        if isinstance(sample.value, dict):
            newer = {**sample.value, "addedInANewerRuntime": {"deep": [1]}}
            assert dump(build(Sample(name, "newer", newer))) == newer, str(sample)


@pytest.mark.parametrize("name", PARAMS)
def test_a_typo_in_our_params_is_an_error(name: str) -> None:
    model = model_class(name)
    value = next(iter(valid_samples(name))).value
    with pytest.raises(ValidationError, match="tpyo"):
        model.model_validate({**value, "tpyo": 1})


def test_enum_members_are_the_values_of_the_schema() -> None:
    enums = [name for name in MODELLED if "enum" in DEFINITIONS[name]]
    assert len(enums) > 120
    for name in enums:
        enum = model_class(name)
        assert issubclass(enum, Enum)
        assert [member.value for member in enum] == DEFINITIONS[name]["enum"], name
