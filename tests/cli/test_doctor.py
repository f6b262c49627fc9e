"""`openai-codex doctor`, as a process against the real runtime."""

from __future__ import annotations

import itertools
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from openai_codex import __version__, methods
from openai_codex.cli.doctor.probes import mcp_checks
from openai_codex.errors import JsonRpcError
from openai_codex.testing import LoginIssuer, ScriptedModel
from tests.cli.conftest import make_place
from tests.cli.processes import Place

SERVER = Path(__file__).parent.parent / "asks" / "mcp_server.py"
OURS = ("versions", "binary", "start", "home", "state", "account", "sandbox", "mcp")


def checks_of(place: Place, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = place.run("doctor", "--json", *words).json["checks"]
    return found


def test_the_runtimes_report_is_there_with_our_checks_in_it(place: Place) -> None:
    done = place.run("doctor", "--json")
    report = done.json
    assert (report["codexVersion"], report["sdkVersion"]) == (__version__, __version__)
    assert report["checks"]["config.load"]["status"] == "ok"
    ours = {name: report["checks"][f"sdk.{name}"]["status"] for name in OURS}
    assert ours == dict.fromkeys(OURS, "ok")
    # The scripted model has no list of models, which is what the runtime's own check asks for.
    assert report["checks"]["network.provider_reachability"]["status"] == "fail"
    assert (done.code, report["overallStatus"]) == (1, "fail")


def test_each_failing_line_says_what_to_do_and_fits(place: Place) -> None:
    done = place.run("doctor", COLUMNS="80")
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 80
    failing = next(n for n, line in enumerate(lines) if line.startswith("fail "))
    told = itertools.takewhile(lambda line: line.startswith("      "), lines[failing + 1 :])
    assert [line for line in told if line.startswith("      -> ")]
    assert not [line for line in lines if line.startswith(("fail", "warn")) and "..." in line]
    assert "ok    sdk.sandbox: a command ran in it and could not write" in lines


def test_a_login_that_is_missing_fails(model: ScriptedModel, tmp_path: Path) -> None:
    with LoginIssuer() as issuer:
        stranger = make_place(model, tmp_path, issuer=issuer)
        check = checks_of(stranger)["sdk.account"]
    assert (check["status"], check["remediation"]) == ("fail", "run `openai-codex login`")


def test_what_the_runtimes_doctor_advises_names_commands_of_this_install(
    model: ScriptedModel, tmp_path: Path
) -> None:
    with LoginIssuer() as issuer:
        stranger = make_place(model, tmp_path, issuer=issuer)
        shown = " ".join(stranger.run("doctor", COLUMNS="80").out.split())
        raw = checks_of(stranger)["auth.credentials"]["remediation"]
    assert "-> Run openai-codex login or provide an API key" in shown
    assert "Run codex " not in shown
    assert raw.startswith("Run codex login or provide an API key")


def test_mcp_servers_are_started(model: ScriptedModel, tmp_path: Path) -> None:
    servers = {
        "good": {"command": sys.executable, "args": [str(SERVER)]},
        "bad": {"command": sys.executable, "args": ["-c", "raise SystemExit(3)"]},
        "off": {"command": "/nowhere", "enabled": False},
        "far": {"url": "http://127.0.0.1:1/mcp"},
    }
    checks = checks_of(make_place(model, tmp_path, mcp_servers=servers))
    assert checks["sdk.mcp.good"]["status"] == "ok"
    assert checks["sdk.mcp.bad"]["status"] == "fail"
    assert "command, args and env of mcp_servers.bad" in checks["sdk.mcp.bad"]["remediation"]
    assert checks["sdk.mcp.off"]["summary"] == "it is switched off"
    assert "url and its login of mcp_servers.far" in checks["sdk.mcp.far"]["remediation"]


def test_a_config_that_cannot_be_read_is_named_with_what_to_do(place: Place) -> None:
    (place.home / "config.toml").write_text("no = = toml")
    done = place.run("doctor", COLUMNS="80")
    shown = " ".join(done.out.split())
    assert done.code == 1
    assert "-> check config.toml and every --config" in shown
    assert "line: 1" in shown
    assert "fail config.load" in shown


def test_a_home_that_is_not_there_is_a_failed_check(place: Place) -> None:
    checks = place.run("doctor", "--json", CODEX_HOME=str(place.home / "no")).json["checks"]
    assert checks["sdk.home"]["status"] == checks["sdk.start"]["status"] == "fail"
    assert "mkdir" in checks["sdk.home"]["remediation"]
    assert "openai-codex doctor" not in checks["sdk.start"]["remediation"]


@pytest.mark.parametrize("name", ["x" * 300, "a b/c"])
def test_a_home_that_cannot_be_used_is_a_failed_check(place: Place, name: str) -> None:
    home = place.home / name
    done = place.run("doctor", "--json", CODEX_HOME=str(home))
    check = done.json["checks"]["sdk.home"]
    advice = f"mkdir -p '{home}'" if " " in name else "you may read and write"
    assert (done.code, check["status"], advice in check["remediation"]) == (1, "fail", True)


def test_mcp_servers_are_told_without_the_config() -> None:
    class Client:
        def call(self, method: object, params: Any) -> Any:
            if method is methods.config.READ:
                raise JsonRpcError(-32603, "no")
            server = SimpleNamespace(name="s", tools_error="broken", server_info=None)
            return SimpleNamespace(data=[server])

    (check,) = mcp_checks(Client())
    assert (check.id, check.status) == ("sdk.mcp.s", "fail")


def test_a_binary_that_is_not_there_is_a_failed_check(place: Place) -> None:
    done = place.run("doctor", "--json", "--codex-bin", "/nowhere/codex")
    check = done.json["checks"]["sdk.binary"]
    assert (done.code, check["status"]) == (1, "fail")
    assert "--codex-bin" in check["remediation"]


def test_a_runtime_that_does_not_start_is_a_failed_check(place: Place) -> None:
    checks = checks_of(place, "-c", "sandbox_mode=nonsense")
    assert checks["sdk.start"]["status"] == "fail"
    assert "nonsense" in json.dumps(checks["sdk.start"])


def test_much_that_is_stored_is_a_warning(place: Place) -> None:
    with (place.home / "logs_9.sqlite").open("wb") as file:
        os.truncate(file.fileno(), 600 * 1024 * 1024)
    check = checks_of(place)["sdk.state"]
    assert check["status"] == "warn"
    assert "logs_*.sqlite" in check["remediation"]


def test_verbose_shows_details(place: Place) -> None:
    assert "CODEX_HOME: " in place.run("doctor", "--verbose").out


@pytest.mark.parametrize("words", [("doctor", "extra")])
def test_doctor_takes_no_arguments(place: Place, words: tuple[str, ...]) -> None:
    assert place.run(*words).code == 2
