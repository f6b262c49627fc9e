"""Secrets leave the texts of a stored conversation, and nothing else changes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_codex._redaction import redact
from openai_codex.sessions import SessionError
from openai_codex.sessions.redacting import redacted_line

KEY = "sk-abcdefghijklmnopqrstuvwx"


def redacted(payload: dict[str, Any]) -> dict[str, Any]:
    line = json.dumps({"timestamp": "t", "type": "response_item", "payload": payload}) + "\n"
    shown = redacted_line(line.encode(), redact)
    assert shown.endswith(b"\n")
    fields: dict[str, Any] = json.loads(shown)["payload"]
    return fields


def test_secrets_are_masked_in_texts_however_deep() -> None:
    content = [{"type": "input_text", "text": f"use {KEY}, please"}]
    assert redacted({"content": content}) == {
        "content": [{"type": "input_text", "text": "use [redacted], please"}]
    }


def test_the_name_of_a_field_tells_a_secret_too() -> None:
    assert redacted({"args": {"password": "hunter22"}}) == {"args": {"password": "[redacted]"}}


def test_arguments_that_are_json_in_a_text_are_looked_through() -> None:
    arguments = json.dumps({"cmd": f"curl -H 'Authorization: Bearer {KEY}'"})
    shown = redacted({"arguments": arguments})["arguments"]
    assert KEY not in shown
    assert "curl" in shown


def test_ids_types_and_encrypted_content_stay() -> None:
    payload = {
        "id": "sk-11111111111111111111",
        "turn_id": "sk-11111111111111111111",
        "encrypted_content": KEY,
        "type": "message",
    }
    assert redacted(payload) == payload


def test_a_line_without_a_secret_stays_byte_for_byte() -> None:
    line = b'{"type": "x",  "payload": {"text": "\\u00e9 1.0"}}\n'
    assert redacted_line(line, redact) is line


def test_a_function_of_the_users_is_asked_for_every_text() -> None:
    line = b'{"type":"x","payload":{"text":"ACME","list":["ACME"]}}\n'
    shown = redacted_line(line, lambda text: text.replace("ACME", "the customer"))
    assert shown.count(b"the customer") == 2


def test_what_is_no_json_is_not_exported_unseen() -> None:
    with pytest.raises(SessionError, match="no JSON"):
        redacted_line(b"{\n", redact)


def test_what_the_runtime_finds_its_way_by_stays_whatever_a_function_says() -> None:
    kept = ("type", "timestamp", "encrypted_content", "role", "status", "id", "call_id", "ids")
    record = {**dict.fromkeys(kept, "word"), "text": "word", "n": 1, "list": ["word"], "x": None}
    shown = redacted_line(json.dumps(record).encode() + b"\n", lambda text: "-")
    assert json.loads(shown) == {**record, "text": "-", "list": ["-"]}
    assert b'"text":"-","n":1,"list":["-"]' in shown


def test_a_line_that_is_changed_keeps_its_letters() -> None:
    line = json.dumps({"text": "ACME \u00e9 \ud800"}).encode() + b"\n"
    shown = redacted_line(line, lambda text: text.replace("ACME", "them"))
    assert shown == '{"text":"them \u00e9 \ud800"}\n'.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("line", [b"\n", b" \n", b""])
def test_a_blank_line_stays(line: bytes) -> None:
    assert redacted_line(line, redact) == line
