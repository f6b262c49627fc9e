"""A union is a door: it builds, validates and recognises its variants, like a root model."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any, cast

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from openai_codex import types
from openai_codex._wire.index import ALIASES, MODULES
from openai_codex._wire.open_enum import OpenEnum
from openai_codex.generated import v2_all

# To a type checker unions are plain aliases; what they are at run time is what this file is about.
doors: Any = types


def test_validating_with_a_union_returns_the_variant() -> None:
    policy = doors.SandboxPolicy.model_validate({"type": "readOnly", "networkAccess": True})
    assert type(policy) is types.ReadOnlySandboxPolicy
    assert policy.network_access is True
    assert doors.SandboxPolicy.model_validate_json('{"type":"dangerFullAccess"}').root.type == (
        "dangerFullAccess"
    )


def test_calling_a_union_returns_the_variant_whatever_the_spelling() -> None:
    raw = {"type": "plan", "id": "p", "text": "do"}
    for built in (
        doors.ThreadItem(raw),
        doors.ThreadItem(root=raw),
        doors.ThreadItem(**raw),
        doors.ThreadItem(types.PlanThreadItem(id="p", text="do")),
    ):
        assert type(built) is types.PlanThreadItem
        assert built.root.text == "do"


def test_a_union_of_strings_is_one_open_enum() -> None:
    for built in (
        doors.ReasoningSummary.model_validate("concise"),
        doors.ReasoningSummary("concise"),
        doors.ReasoningSummary(root="concise"),
    ):
        assert built is types.ReasoningSummary.concise
        assert built.root == "concise"
    assert [member.value for member in types.ReasoningSummary] == [
        *("auto", "concise", "detailed", "none"),
    ]


def test_a_union_of_strings_and_objects_takes_both() -> None:
    assert doors.AskForApproval.model_validate("never") is types.AskForApprovalValue.never
    granular = doors.AskForApproval.model_validate(
        {"granular": {"mcp_elicitations": True, "rules": True, "sandbox_approval": False}}
    )
    assert type(granular) is types.GranularAskForApproval
    assert granular.granular.sandbox_approval is False


def test_error_info_is_a_string_or_an_object_known_or_not() -> None:
    read = doors.CodexErrorInfo.model_validate
    assert read("serverOverloaded") == "serverOverloaded"
    assert read("serverOverloaded").is_known
    assert not read("cosmicRays").is_known
    failed = read({"responseTooManyFailedAttempts": {"httpStatusCode": 503}})
    assert type(failed) is types.ResponseTooManyFailedAttemptsCodexErrorInfo
    assert failed.response_too_many_failed_attempts.http_status_code == 503
    unknown = read({"cosmicRays": {"flux": 9}})
    assert type(unknown) is types.UnknownCodexErrorInfo
    assert (unknown.type, unknown.raw) == ("cosmicRays", {"cosmicRays": {"flux": 9}})


def test_a_union_of_plain_values_returns_them() -> None:
    assert doors.ThreadListCwdFilter("/x") == "/x"
    assert doors.ThreadListCwdFilter(root=["/x", "/y"]) == ["/x", "/y"]
    assert doors.RequestId(0) == 0
    assert isinstance("/x", doors.ThreadListCwdFilter)


def test_isinstance_and_optional_work_with_a_union() -> None:
    item = types.PlanThreadItem(id="p", text="do")
    assert isinstance(item, doors.ThreadItem)
    assert isinstance(doors.UnknownThreadItem(type="new"), doors.ThreadItem)
    assert not isinstance(item, doors.SandboxPolicy)
    optional: Any = doors.ThreadItem | None
    assert TypeAdapter(optional).validate_python(None) is None


def test_a_union_is_a_field_type_of_other_peoples_models() -> None:
    class Mine(BaseModel):
        item: types.ThreadItem
        path: types.AbsolutePathBuf

    mine = Mine.model_validate({"item": {"type": "plan", "id": "p", "text": "do"}, "path": "/x"})
    assert type(mine.item) is types.PlanThreadItem
    assert Mine(item=mine.item, path="/x") == mine


def test_a_union_that_only_we_send_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValidationError):
        doors.ReviewTarget.model_validate({"type": "everything"})
    with pytest.raises(ValidationError):
        doors.LoginAccountParams.model_validate({"type": "apiKey", "apiKeey": "sk"})


def test_a_variant_puts_its_tag_on_the_wire_unasked() -> None:
    assert types.TextUserInput(text="hi").model_dump(by_alias=True, exclude_unset=True) == {
        "type": "text",
        "text": "hi",
    }
    hook = types.PromptHookMetadata.model_construct()
    assert hook.handler_type == "prompt"


def test_a_variant_is_recognised_again_when_it_is_validated_as_an_instance() -> None:
    turn = types.Turn(id="t", status=types.TurnStatus.completed, items=[doors.ThreadItem(
        {"type": "plan", "id": "p", "text": "do"}
    )])  # fmt: skip
    assert type(turn.items[0]) is types.PlanThreadItem
    (sample,) = [{"kind": "root"}]
    special = doors.FileSystemSpecialPath.model_validate(sample)
    path = types.SpecialFileSystemPath(value=special)
    assert path.value is special


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_variants_known_and_unknown_survive_copy_and_pickle(again: Any) -> None:
    for raw in ({"type": "plan", "id": "p", "text": "do"}, {"type": "new", "threadId": "th"}):
        item = doors.ThreadItem(raw)
        assert again(item) == item
        assert again(item).model_dump(by_alias=True, exclude_unset=True) == raw


def test_named_strings_are_strings_that_answer_to_root() -> None:
    item = doors.ThreadItem({"type": "imageView", "id": "v", "path": "/x.png"})
    assert item.path == item.path.root == "/x.png"
    assert doors.AbsolutePathBuf("/x") == doors.AbsolutePathBuf(root="/x") == "/x"
    assert doors.AbsolutePathBuf.model_validate("/x").root == "/x"
    with pytest.raises(ValidationError, match="Input should be a valid string"):
        doors.AbsolutePathBuf.model_validate(7)


def test_every_union_and_named_string_is_a_model() -> None:
    for name in (*ALIASES, *MODULES):
        kind = getattr(doors, name)
        assert issubclass(kind, BaseModel) or issubclass(kind, OpenEnum), name
        assert kind.model_json_schema(), name


def test_plain_values_of_a_union_answer_like_a_root_model() -> None:
    assert (doors.RequestId(1).root, doors.RequestId(root="a").root) == (1, "a")
    assert doors.RequestId(1).model_dump_json() == "1"
    assert doors.RequestId.model_construct(2).root == 2
    assert doors.ThreadListCwdFilter(["/x"]).root == ["/x"]
    resolved = types.ServerRequestResolvedNotification.model_validate(
        {"threadId": "th", "requestId": 7}
    )
    assert cast("Any", resolved.request_id).root == 7
    assert resolved.model_dump(by_alias=True) == {"threadId": "th", "requestId": 7}


def test_values_of_unions_are_dumped_like_models() -> None:
    never = doors.AskForApproval("never")
    assert never.model_dump() is types.AskForApprovalValue.never
    assert type(never.model_dump(mode="json")) is str
    assert never.model_dump_json() == '"never"'
    item = {"type": "input_text", "text": "hi"}
    body = doors.FunctionCallOutputBody([item])
    assert body.model_dump(by_alias=True) == json.loads(body.model_dump_json()) == [item]
    assert doors.FunctionCallOutputBody("hi").model_dump(exclude_unset=True) == "hi"


def test_a_union_tells_its_schema_and_its_one_field() -> None:
    schema = doors.ThreadItem.model_json_schema()
    assert (schema["title"], "PlanThreadItem" in schema["$defs"]) == ("ThreadItem", True)
    assert list(doors.ThreadItem.model_fields) == ["root"]
    assert doors.TurnStatus.model_json_schema()["enum"][0] == "completed"


def test_what_has_an_underscore_on_the_wire_has_its_other_name_too() -> None:
    content = types.TextResourceContent.model_validate({"uri": "u", "text": "t", "_meta": {"a": 1}})
    assert (content.meta, content.field_meta) == ({"a": 1}, {"a": 1})
    made: Any = types.BlobResourceContent.model_validate({"uri": "u", "blob": "b", "field_meta": 3})
    assert made.model_dump(by_alias=True, exclude_unset=True) == {
        "uri": "u",
        "blob": "b",
        "_meta": 3,
    }
    defaults = types.AppsConfig.model_validate({"_default": {"enabled": False}})
    assert defaults.field_default is defaults.default
    assert defaults.default is not None


def test_a_member_may_have_the_name_of_a_method_of_str() -> None:
    assert doors.MergeStrategy("replace") is doors.MergeStrategy.replace
    assert doors.MergeStrategy.replace_ is doors.MergeStrategy.replace
    assert [member.name for member in types.MergeStrategy] == ["replace", "upsert"]


SECOND_NAMES = {
    "Granular": "GranularDetails",
    "ThreadSpawn": "ThreadSpawnDetails",
    "FileIdUserInput": "ImageUserInput",
    "HookMetadata2": "McpToolHookMetadata",
    "ResourceContent1": "TextResourceContent",
    "FileSystemSpecialPath1": "UnknownFileSystemSpecialPath",
}


@pytest.mark.parametrize(("old", "new"), SECOND_NAMES.items())
def test_names_of_another_generator_are_second_names(old: str, new: str) -> None:
    assert getattr(v2_all, old) is getattr(v2_all, new)


@pytest.mark.parametrize(
    "name",
    [
        "GetAccountRateLimitsParams",
        "GetAccountTokenUsageParams",
        "RemoteControlDisableParams",
        "RemoteControlEnableParams",
    ],
)
def test_a_nullable_name_takes_the_shape_or_nothing(name: str) -> None:
    model, nullable = getattr(v2_all, name), getattr(v2_all, f"Nullable{name}")
    assert nullable is getattr(types, f"Nullable{name}")
    assert nullable(None) is nullable(root=None) is nullable.model_validate_json("null") is None
    assert isinstance(None, nullable)
    assert isinstance(nullable.model_validate({}), model)
    assert isinstance(nullable(root={}), nullable)
    assert {"type": "null"} in nullable.model_json_schema()["anyOf"]
    assert issubclass(nullable, BaseModel)
