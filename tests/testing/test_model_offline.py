"""Offline settings are hermetic: nothing of the user gets in, and nothing gets out."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import openai_codex.testing
from openai_codex import Codex, methods
from openai_codex.testing import ScriptedModel, offline_config, run_command, say
from openai_codex.testing.toml import toml_value
from tests.testing.runtime import Runtime, reply_text

FREE = {"approvalPolicy": "never", "sandbox": "danger-full-access"}


def test_homes_are_new_empty_and_gone_after_the_model() -> None:
    with ScriptedModel() as model:
        first, second = offline_config(model), offline_config(model)
        assert first.env is not None
        assert second.env is not None
        homes = {config["CODEX_HOME"] for config in (first.env, second.env)}
        assert len(homes) == 2
        assert not any(any(Path(home).iterdir()) for home in (*homes, first.env["HOME"]))
    assert not any(os.path.lexists(home) for home in homes)


def test_a_home_of_your_own_is_made_and_kept(tmp_path: Path) -> None:
    with ScriptedModel() as model:
        config = offline_config(model, home=tmp_path / "home", cwd=tmp_path)
    assert config.env is not None
    assert config.env["CODEX_HOME"] == str(tmp_path / "home")
    assert config.cwd == str(tmp_path)
    assert (tmp_path / "home").is_dir()


def test_the_users_variables_and_proxies_do_not_reach_the_runtime(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed = "http://127.0.0.1:9"
    hostile = {
        "OPENAI_API_KEY": "sk-user",
        "OPENAI_BASE_URL": closed,
        "CODEX_API_KEY": "sk-user",
        "CODEX_SQLITE_HOME": "/nonexistent",
        "CODEX_APP_SERVER_LOGIN_ISSUER": closed,
        "HTTP_PROXY": closed,
        "http_proxy": closed,
        "ALL_PROXY": closed,
    }
    for name, value in hostile.items():
        monkeypatch.setenv(name, value)
    with ScriptedModel() as model:
        model.script(run_command("env", call_id="env"), say("ok"))
        with Runtime(offline_config(model)) as runtime:
            assert reply_text(runtime.turn(runtime.thread(**FREE), "hi")) == "ok"
    shown = model.requests[1].function_outputs["env"]
    assert "sk-user" not in shown
    assert "authorization" not in model.requests[0].headers


def test_settings_are_put_over_the_defaults() -> None:
    with ScriptedModel() as model:
        config = offline_config(
            model,
            model_name="mock-model",
            features={"apps": True},
            config={"web_search": "disabled"},
            env={"HOME": "/elsewhere"},
            client_name="me",
            config_overrides=("x=1",),
        )
    assert "features.apps=true" in config.config_overrides
    assert 'web_search="disabled"' in config.config_overrides
    assert 'model="mock-model"' in config.config_overrides
    assert config.config_overrides[-1] == "x=1"
    assert config.env is not None
    assert (config.env["HOME"], config.client_name) == ("/elsewhere", "me")


TOML = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(VALUES)
def test_every_value_survives_toml(value: object) -> None:
    text = toml_value(value)
    assert "\n" not in text
    assert TOML.loads(f"key = {text}")["key"] == value


def test_none_has_no_toml() -> None:
    with pytest.raises(TypeError, match="no value for None"):
        toml_value({"a": None})


def test_every_public_name_loads_and_an_unknown_one_does_not() -> None:
    names = openai_codex.testing.__all__
    assert all(getattr(openai_codex.testing, name) is not None for name in names)
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = openai_codex.testing.nope


@pytest.mark.parametrize("name", ["plain", "my server", "a.b", 'q"uote', "ü"])
def test_a_server_may_have_any_name(name: str) -> None:
    server = {"command": sys.executable, "args": ["-c", "pass"], "env": {"A.B": "x y"}}
    with ScriptedModel() as model:
        config = offline_config(model, mcp_servers={name: server}, features={"goals": False})
        with Codex(config) as codex:
            known = codex.call(methods.config.READ, {}).config.model_dump()["mcp_servers"]
    assert list(known) == [name]
    assert known[name]["args"] == ["-c", "pass"]
    assert known[name]["env"] == {"A.B": "x y"}
