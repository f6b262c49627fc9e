"""Every request of the protocol is a typed constant that says what goes on the wire."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from openai_codex import methods
from openai_codex._wire import Method, model_class
from openai_codex.types import (
    GetAccountParams,
    ReadOnlySandboxPolicy,
    TextUserInput,
    ThreadStartParams,
    ThreadStartResponse,
    TurnStartParams,
)
from tests.wire.samples import valid_samples


def test_there_are_172_methods_and_each_is_reachable_by_its_constant() -> None:
    entries = list(methods.all())
    assert len(entries) == len({entry[1:] for entry in entries}) == 172
    for entry in entries:
        method = getattr(getattr(methods, entry.family), entry.constant)
        assert isinstance(method, Method)
        assert method.name == entry.method
        assert method is methods.find(entry.method)
        assert method.params is None or method.params is model_class(method.params_name or "")
        assert method.result is model_class(method.result_name)


def test_constants_are_named_after_the_method() -> None:
    assert methods.thread.START.name == "thread/start"
    assert methods.thread.TURNS_LIST.name == "thread/turns/list"
    assert methods.thread.BACKGROUND_TERMINALS_CLEAN.name == "thread/backgroundTerminals/clean"
    assert methods.initialize.INITIALIZE.name == "initialize"
    assert methods.mcp_server.OAUTH_LOGIN.name == "mcpServer/oauth/login"


def test_a_method_knows_its_classes() -> None:
    assert methods.thread.START.params is ThreadStartParams
    assert methods.thread.START.result is ThreadStartResponse
    assert methods.account.LOGOUT.params is None


def test_only_what_was_set_is_sent() -> None:
    params = ThreadStartParams(cwd="/x", model=None)
    assert methods.thread.START.encode(params) == {"cwd": "/x", "model": None}


def test_nested_models_are_sent_with_their_tags() -> None:
    params = TurnStartParams(
        thread_id="th",
        input=[TextUserInput(text="hi")],
        sandbox_policy=ReadOnlySandboxPolicy(network_access=True),
    )
    assert methods.turn.START.encode(params) == {
        "threadId": "th",
        "input": [{"type": "text", "text": "hi"}],
        "sandboxPolicy": {"type": "readOnly", "networkAccess": True},
    }


def test_none_leaves_out_a_field_that_the_runtime_does_not_take_as_null() -> None:
    assert methods.account.READ.encode(GetAccountParams(refresh_token=None)) == {}
    assert methods.account.READ.encode(GetAccountParams(refresh_token=False)) == {
        "refreshToken": False
    }


def test_omitted_params_are_an_empty_object_where_the_method_has_params() -> None:
    assert methods.thread.START.encode() == {}
    assert methods.account.RATE_LIMITS_READ.encode(None) == {}


def test_a_method_without_params_sends_none_and_refuses_any() -> None:
    assert methods.account.LOGOUT.encode() is None
    with pytest.raises(TypeError, match="account/logout takes no params"):
        methods.account.LOGOUT.encode({"really": True})


def test_a_plain_dict_goes_as_it_is() -> None:
    raw = {"threadId": "th", "fromTheFuture": [1]}
    sent = methods.thread.READ.encode(raw)
    assert sent == raw
    assert sent is not raw


def test_both_spellings_of_a_field_are_taken() -> None:
    by_name = TurnStartParams(thread_id="th", input=[])
    by_alias = TurnStartParams.model_validate({"threadId": "th", "input": []})
    assert by_name == by_alias


def test_a_misspelt_param_is_named_in_the_error() -> None:
    with pytest.raises(ValidationError, match="modle"):
        ThreadStartParams.model_validate({"modle": "gpt-5"})


@pytest.mark.parametrize("method", [entry.method for entry in methods.all()])
def test_a_result_is_the_same_made_from_its_json(method: str) -> None:
    made = methods.find(method)
    for sample in valid_samples(made.result.__name__):
        assert made.decode_json(json.dumps(sample.value).encode()) == made.decode(sample.value)


@pytest.mark.parametrize("text", [b"nonsense", b'{"thread":{"id":7}}', b"{},{}"])
def test_json_that_is_no_such_result_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="ThreadStartResponse"):
        methods.thread.START.decode_json(text)


def test_an_unknown_family_or_method_is_an_error_of_its_kind() -> None:
    with pytest.raises(AttributeError, match="telepathy"):
        _ = methods.telepathy  # type: ignore[attr-defined]
    with pytest.raises(KeyError):
        methods.find("no/such")
    assert "thread" in dir(methods)
