"""Which methods there are, and what they carry: the three method lists of the schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tools.gen_wire.repairs import Repairs


@dataclass(frozen=True, slots=True)
class Call:
    """A request of ours: `params` is None where the method takes none."""

    method: str
    params: str | None
    result: str
    doc: str


@dataclass(frozen=True, slots=True)
class Question:
    """A request of the server."""

    method: str
    params: str
    response: str


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification of the server. `listed` is false where a repair added it."""

    method: str
    params: str
    listed: bool


@dataclass(frozen=True, slots=True)
class Protocol:
    """All methods, each list sorted by method."""

    calls: tuple[Call, ...]
    questions: tuple[Question, ...]
    notifications: tuple[Notification, ...]

    def outgoing(self) -> set[str]:
        """The definitions that we send."""
        params = {call.params for call in self.calls if call.params}
        return params | {question.response for question in self.questions}

    def incoming(self) -> set[str]:
        """The definitions that the server sends."""
        return (
            {call.result for call in self.calls}
            | {question.params for question in self.questions}
            | {notification.params for notification in self.notifications}
        )


def read_protocol(definitions: dict[str, Any], repairs: Repairs) -> Protocol:
    """Read ClientRequest, ServerRequest and ServerNotification."""
    calls = [_call(row, definitions, repairs) for row in definitions["ClientRequest"]["oneOf"]]
    questions = [_question(row) for row in definitions["ServerRequest"]["oneOf"]]
    return Protocol(
        tuple(sorted(calls, key=lambda call: call.method)),
        tuple(sorted(questions, key=lambda question: question.method)),
        tuple(sorted(_notifications(definitions, repairs), key=lambda row: row.method)),
    )


def _method(row: dict[str, Any]) -> str:
    return str(row["properties"]["method"]["enum"][0])


def _reference(schema: dict[str, Any] | None) -> str | None:
    """The definition behind `$ref`, `anyOf [$ref, null]` or `null`."""
    for option in [schema or {}, *(schema or {}).get("anyOf", [])]:
        if "$ref" in option:
            return str(option["$ref"]).rsplit("/", 1)[-1]
    return None


def _call(row: dict[str, Any], definitions: dict[str, Any], repairs: Repairs) -> Call:
    method, params = _method(row), _reference(row["properties"].get("params"))
    paired = params.removesuffix("Params") + "Response" if params else None
    if paired in definitions:
        result = str(paired)
    else:
        repair = repairs.find("result", method=method)
        if repair is None or repair["model"] not in definitions:
            raise SystemExit(f"gen_wire: {method} has no result model: add a [[result]] repair")
        result = repair["model"]
    return Call(method, params, result, row.get("description", ""))


def _question(row: dict[str, Any]) -> Question:
    params = _reference(row["properties"]["params"])
    if params is None:
        raise SystemExit(f"gen_wire: the server request {_method(row)} has no params model")
    return Question(_method(row), params, params.removesuffix("Params") + "Response")


def _notifications(definitions: dict[str, Any], repairs: Repairs) -> list[Notification]:
    listed = {
        _method(row): _reference(row["properties"].get("params"))
        for row in definitions["ServerNotification"]["oneOf"]
    }
    if missing := [method for method, params in listed.items() if params is None]:
        raise SystemExit(f"gen_wire: notifications without a params model: {missing}")
    found = [Notification(method, str(params), True) for method, params in listed.items()]
    for row in repairs.all("notification"):
        if row["method"] not in listed and row["params"] in definitions:
            repairs.use(row)
            found.append(Notification(row["method"], row["params"], False))
    return found
