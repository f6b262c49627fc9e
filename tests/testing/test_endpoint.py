"""Who answers at a shared address, asked as the runtime asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from openai_codex.testing import ScriptedModel, say
from openai_codex.testing.endpoint import ModelEndpoint


@pytest.fixture
def endpoint() -> Iterator[ModelEndpoint]:
    with ModelEndpoint() as endpoint:
        yield endpoint


def ask(endpoint: ModelEndpoint, thread: str, *, parent: str | None = None) -> int:
    metadata = {"turn_id": f"turn of {thread}", "parent_thread_id": parent}
    headers = {"thread-id": thread, "x-codex-turn-metadata": json.dumps(metadata)}
    request = Request(f"{endpoint.base_url}/responses", b'{"input": []}', headers)
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=10) as answer:
            answer.read()
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def scripted(model: ScriptedModel, *texts: str) -> None:
    for text in texts:
        model.script(say(text))


def test_the_guest_answers_at_the_address_of_the_endpoint(endpoint: ModelEndpoint) -> None:
    with endpoint.guest() as model:
        scripted(model, "one")
        assert model.base_url == endpoint.base_url
        assert ask(endpoint, "T1") == 200
        assert [request.thread_id for request in model.requests] == ["T1"]
        model.check()


def test_what_is_late_reaches_nobody(endpoint: ModelEndpoint) -> None:
    with endpoint.guest() as first:
        scripted(first, "one", "never asked for")
        assert ask(endpoint, "T1") == 200
    assert ask(endpoint, "T1") == 410
    assert ask(endpoint, "between two tests") == 410
    with endpoint.guest() as second:
        scripted(second, "two")
        assert ask(endpoint, "T1") == 410
        assert ask(endpoint, "child of T1", parent="T1") == 410
        assert ask(endpoint, "between two tests") == 410
        assert ask(endpoint, "T2") == 200
        assert [request.thread_id for request in second.requests] == ["T2"]
        second.check()


def test_a_late_answer_gets_the_reason(endpoint: ModelEndpoint) -> None:
    request = Request(f"{endpoint.base_url}/responses", b'{"input": []}', {"thread-id": "T1"})
    with pytest.raises(HTTPError) as caught:
        build_opener(ProxyHandler({})).open(request, timeout=10)
    with caught.value as error:
        assert b"start a thread in each test" in error.read()


def test_a_child_belongs_to_the_guest_of_its_parent(endpoint: ModelEndpoint) -> None:
    with endpoint.guest() as model:
        scripted(model, "one", "two")
        assert (ask(endpoint, "T1"), ask(endpoint, "T2", parent="T1")) == (200, 200)
        model.check()
