"""What an option of a thread or a turn may be is checked by name before anything is sent."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pytest

from openai_codex import ExternalMessage, ImageInput, LocalImageInput, SkillInput, TextInput
from openai_codex._turns.config_keys import CONFIG_KEYS
from openai_codex._turns.inputs import run_input
from openai_codex._turns.options import check_folder, unknown_settings
from openai_codex._turns.params import options, thread_params, turn_params
from openai_codex.types import Personality, ReasoningEffort, ThreadSourceKind


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"effort": "hihg"}, ValueError, "effort must be one of .*did you mean 'high'"),
        ({"effort": ""}, ValueError, "effort must be one of 'none', 'minimal', .*, got ''$"),
        ({"effort": 5}, TypeError, "effort must be a ReasoningEffort or a str, got int"),
        ({"personality": "frendly"}, ValueError, r"Personality\('frendly'\)"),
        ({"summary": "long"}, ValueError, "summary must be one of 'auto', 'concise'"),
        ({"sort_direction": "down"}, ValueError, "sort_direction must be one of 'asc', 'desc'"),
        ({"items_view": "some"}, ValueError, "items_view must be one of "),
        ({"session_start_source": "x"}, ValueError, "session_start_source must be one of 'start"),
        ({"sort_key": "updatedAt"}, ValueError, "did you mean 'updated_at'"),
        ({"source_kinds": "cli"}, TypeError, "source_kinds must be a list or a tuple, got str"),
        ({"source_kinds": ["clii"]}, ValueError, "source_kinds must be one of .* mean 'cli'"),
        ({"model": 5}, TypeError, "model must be a str, got int"),
        ({"base_instructions": b"x"}, TypeError, "base_instructions must be a str, got bytes"),
        ({"ephemeral": "no"}, TypeError, "ephemeral must be True or False, got 'no'"),
        ({"limit": -1}, ValueError, "limit must be at least 0, got -1"),
        ({"limit": 2.5}, TypeError, "limit must be a whole number, got float 2.5"),
        ({"cwd": b"/tmp"}, TypeError, "cwd must be a str or a PathLike, got bytes"),
        ({"cwd": ""}, ValueError, "cwd must not be empty"),
        ({"cwd": ["a", 3]}, TypeError, "cwd must be a str or a PathLike, got int"),
        ({"config": "model=x"}, TypeError, "config must be a dict, got str: write config="),
        ({"config": {1: 2}}, TypeError, "each key of config must be a string, got 1"),
        ({"output_schema": int}, TypeError, "must be a dict, got type: for a Python type write"),
        ({"output_schema": "{}"}, TypeError, "output_schema must be a dict, got str$"),
        ({"model_providers": "openai"}, TypeError, "model_providers must be a list or a tuple"),
        ({"model_providers": [3]}, TypeError, "each of model_providers must be a str, got int"),
        ({"thread_id": 5}, TypeError, "thread_id must be a str, got int"),
    ],
)
def test_a_wrong_option_is_refused_by_name(
    given: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        options(**given)


def test_a_word_that_this_version_does_not_know_may_be_newer() -> None:
    sent = options(effort=ReasoningEffort("deep"), personality=Personality("stern"))
    assert sent == {"effort": "deep", "personality": "stern"}


def test_known_words_may_be_plain_strings() -> None:
    given = {"effort": "high", "source_kinds": ["cli", ThreadSourceKind.exec]}
    assert options(**given) == {"effort": "high", "sourceKinds": ["cli", "exec"]}


# --- places --------------------------------------------------------------------------------------


def test_a_folder_that_is_not_there_is_refused_where_the_runtime_has_our_files(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    for cwd in (tmp_path / "none", "none"):
        with pytest.raises(FileNotFoundError, match="cwd names no folder") as caught:
            turn_params("t", "hi", cwd=cwd, folder=str(tmp_path))
        assert caught.value.filename == str(tmp_path / "none")
    with pytest.raises(NotADirectoryError, match="cwd is no folder"):
        thread_params(approval_mode=None, sandbox=None, cwd="file", folder=str(tmp_path))


def test_a_folder_of_another_machine_is_not_looked_for() -> None:
    assert turn_params("t", "hi", cwd="/srv/elsewhere")["cwd"] == "/srv/elsewhere"
    check_folder("cwd", "/srv/elsewhere", base=None)


@pytest.mark.parametrize("folder", [None, "/"])
def test_what_is_no_folder_is_refused_by_name(folder: str | None) -> None:
    wrong: Any = 3
    with pytest.raises(TypeError, match=r"^cwd must be a str or a PathLike, got int"):
        check_folder("cwd", wrong, base=folder)
    with pytest.raises(ValueError, match=r"^cwd must not be empty"):
        check_folder("cwd", "", base=folder)
    with pytest.raises(TypeError, match=r"^cwd must be a str or a PathLike, got int"):
        turn_params("t", "hi", cwd=wrong, folder=folder)
    check_folder("cwd", None, base=folder)


def test_a_folder_of_another_place_is_not_looked_for_among_our_files(tmp_path: Path) -> None:
    params = turn_params("t", "hi", cwd="/srv/elsewhere", folder=str(tmp_path), is_far=True)
    assert params["cwd"] == "/srv/elsewhere"
    with pytest.raises(FileNotFoundError, match="names no file"):
        turn_params("t", LocalImageInput("none.png"), folder=str(tmp_path), is_far=True)


@pytest.mark.parametrize("kind", [LocalImageInput, lambda path: SkillInput("name", path)])
def test_a_file_that_is_not_there_is_refused(kind: Any, tmp_path: Path) -> None:
    (tmp_path / "there.png").write_bytes(b"x")
    run_input(kind("there.png"), folder=str(tmp_path))
    run_input(kind(tmp_path / "there.png"), folder=str(tmp_path))
    with pytest.raises(FileNotFoundError, match="path names no file, nothing was sent"):
        run_input([TextInput("look"), kind("none.png")], folder=str(tmp_path))
    with pytest.raises(IsADirectoryError, match="path names a folder"):
        run_input(kind(tmp_path), folder=str(tmp_path))
    run_input(kind("none.png"), folder=None)


def test_a_file_that_cannot_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.png").touch()
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may read everything
    with pytest.raises(PermissionError, match="cannot be read"):
        run_input(LocalImageInput("secret.png"), folder=str(tmp_path))


# --- parts of an input ---------------------------------------------------------------------------


class Raw:
    """The inputs as a program without type hints calls them."""

    TextInput: Any = TextInput
    ImageInput: Any = ImageInput
    LocalImageInput: Any = LocalImageInput
    SkillInput: Any = SkillInput
    ExternalMessage: Any = ExternalMessage


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: Raw.TextInput(5), TypeError, r"TextInput\.text must be a string, got 5"),
        (lambda: Raw.ImageInput(b"x"), TypeError, "data: URL, got bytes: write 'data:image/png"),
        (lambda: Raw.ImageInput(Path("a.png")), TypeError, r"write LocalImageInput\(path\)"),
        (lambda: Raw.ImageInput("a.png"), ValueError, r"write LocalImageInput\(path\)"),
        (lambda: Raw.ImageInput("/srv/a.png"), ValueError, "must be a data: URL, got '/srv/a.png'"),
        (lambda: Raw.ImageInput("C:/a.png"), ValueError, "must be a data: URL, got 'C:/a.png'"),
        (lambda: Raw.ImageInput("File:///srv/a.png"), ValueError, "LocalImageInput"),
        (lambda: Raw.LocalImageInput(""), ValueError, "path must not be empty$"),
        (lambda: Raw.ImageInput(""), ValueError, "must be a data: URL, got ''"),
        (lambda: Raw.ImageInput(None), TypeError, r"ImageInput\.url must be a str, got NoneType"),
        (
            lambda: Raw.LocalImageInput(b"a.png"),
            TypeError,
            r"LocalImageInput\.path must be a str or",
        ),
        (lambda: Raw.LocalImageInput(None), TypeError, "path must be a str or a PathLike"),
        (lambda: Raw.LocalImageInput(""), ValueError, r"LocalImageInput\.path must not be empty"),
        (lambda: Raw.SkillInput(None, "p"), TypeError, r"SkillInput\.name must be a string"),
        (lambda: Raw.ExternalMessage("ci", b"red"), TypeError, "content must be text or a list"),
        (lambda: Raw.ExternalMessage("ci", {"type": "x"}), TypeError, "content must be text"),
        (lambda: Raw.ExternalMessage("ci", [3]), TypeError, r"content\[0\] must be .*, got int"),
        (
            lambda: Raw.ExternalMessage("ci", ["red"]),
            TypeError,
            r"content\[0\] must .* got str",
        ),
        (lambda: Raw.ExternalMessage("ci", [{}]), ValueError, r"content\[0\] must have a type"),
        (
            lambda: Raw.ExternalMessage("ci", [{"type": "input_text", "text": None}]),
            ValueError,
            r"content\[0\] is of type 'input_text' and must have 'text', a string",
        ),
        (
            lambda: Raw.ExternalMessage("ci", "red", namespace=3),
            TypeError,
            "namespace must be a str",
        ),
    ],
)
def test_the_parts_of_an_input_are_checked_when_it_is_built(
    make: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        make()


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "unknown"),
    [
        ({"model": "gpt-5.5", "features.shell_tool": True, "features": {"goals": False}}, {}),
        ({"modle": "x"}, {"modle": "model"}),
        ({"features.gaols": True}, {"features.gaols": "features.goals"}),
        ({"features": {"gaols": True}}, {"features.gaols": "features.goals"}),
        ({"mcp_servers.my server.comand": "x"}, {"mcp_servers.my server.comand": "command"}),
        ({"mcp_servers": {"a.b": {"command": "x", "argz": []}}}, {"mcp_servers.a.b.argz": "args"}),
        ({"sandbox_workspace_write": {"network": True}}, {"sandbox_workspace_write.network": None}),
        ({"quite_another": 1}, {"quite_another": None}),
    ],
)
def test_unknown_settings_are_found_with_the_nearest_known_name(
    config: dict[str, Any], unknown: dict[str, str | None]
) -> None:
    found = unknown_settings(config)
    assert list(found) == list(unknown)
    for key, near in unknown.items():
        assert (found[key] or "").endswith(near or ""), found
        assert near is not None or found[key] is None or "network" in str(found[key])


def test_an_unknown_setting_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "openai_codex.config"):
        assert options(config={"modle": "x"}) == {"config": {"modle": "x"}}
    assert "knows no setting 'modle'; did you mean 'model'?" in caplog.text


def test_the_known_settings_name_what_the_guides_use() -> None:
    assert {"model", "mcp_servers", "features", "sandbox_workspace_write"} <= CONFIG_KEYS[""]
    assert {"command", "args", "env", "url"} <= CONFIG_KEYS["mcp_servers.*"]
