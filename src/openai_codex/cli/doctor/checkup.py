"""`checks_of`: ask the runtime's own doctor, then look ourselves at what Python can see."""

from __future__ import annotations

import json
import subprocess
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import Any

from ... import __version__
from ..._drivers.process.launch import plan
from ...errors import CodexError, RuntimeNotFoundError
from ...transcript.store import home_folder
from ..problems import problem_of
from ..runtime import client, runtime_config
from .checks import Check, Report
from .place import home_check, state_check
from .probes import account_check, mcp_checks, sandbox_check

__all__ = ["checks_of"]

SECONDS = 60  # for the runtime's own doctor, which waits for the network


def checks_of(options: Namespace) -> Report:
    """Return the report of every check; a check that cannot be made is a failed check."""
    try:
        argv = plan(runtime_config(options)).argv
    except RuntimeNotFoundError as error:
        return Report([_failed("sdk.binary", error)], {"sdkVersion": __version__})
    checks, head = _own_doctor(argv)
    ours = [_versions(str(head.get("codexVersion"))), _binary(argv[0], options)]
    return Report([*ours, *_guarded(options), *checks], {**head, "sdkVersion": __version__})


def _guarded(options: Namespace) -> Iterator[Check]:
    try:
        home = str(home_folder())  # before the start, which fails where the home is not well
        yield from _stored(home)
        with client(options) as codex:
            yield Check("sdk.start", "ok", f"the runtime starts, pid {codex.process.pid}")
            for probe in (account_check, sandbox_check):
                yield _probed(probe, codex)
            yield from mcp_checks(codex)
    except CodexError as error:
        failed = _failed("sdk.start", error)
        failed.advice = "check CODEX_HOME, config.toml and every --config"
        yield failed


def _stored(home: str) -> Iterator[Check]:
    try:
        yield home_check(home)
        yield state_check(home)
    except OSError as error:  # a name that is too long, a folder that may not be entered
        text = f"CODEX_HOME cannot be looked into: {error}"
        advice = "set CODEX_HOME to a folder that you may read and write"
        yield Check("sdk.home", "fail", text, {"CODEX_HOME": home}, advice)


def _probed(probe: Callable[[Any], Check], codex: Any) -> Check:
    try:
        return probe(codex)
    except CodexError as error:
        return _failed(f"sdk.{probe.__name__.removesuffix('_check')}", error)


def _failed(ident: str, error: CodexError) -> Check:
    problem = problem_of(error)
    text, advice = (problem.message, problem.advice) if problem else (str(error), "")
    return Check(ident, "fail", text, advice=advice)


def _versions(runtime: str) -> Check:
    facts = {"openai-codex": __version__, "runtime": runtime}
    if runtime == __version__:
        return Check("sdk.versions", "ok", f"openai-codex {__version__} and its runtime", facts)
    advice = "leave --codex-bin out, or install openai-codex again, so that both are one version"
    return Check(
        "sdk.versions", "warn", f"openai-codex {__version__}, runtime {runtime}", facts, advice
    )


def _binary(binary: str, options: Namespace) -> Check:
    why = "--codex-bin names it" if options.codex_bin else "it is installed with openai-codex"
    return Check("sdk.binary", "ok", f"{why}: {binary}", {"binary": binary, "because": why})


# --- the runtime's own doctor --------------------------------------------------------------------


def _own_doctor(argv: tuple[str, ...]) -> tuple[list[Check], dict[str, Any]]:
    command = [*argv[:-1], "doctor", "--json"]  # the same overrides, another subcommand
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=SECONDS, check=False
        )
        report = json.loads(done.stdout)
        checks = [_own_check(raw) for raw in report["checks"].values()]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, AttributeError) as error:
        advice = f"run it yourself: {argv[0]} doctor"
        text = f"the runtime's own doctor gave no report: {error}"
        return [Check("runtime.doctor", "fail", text, advice=advice)], {}
    return checks, {name: value for name, value in report.items() if name != "checks"}


def _own_check(raw: dict[str, Any]) -> Check:
    remedies = [issue.get("remedy") for issue in raw.get("issues") or []]
    advice = "; ".join(filter(None, [*remedies, raw.get("remediation")]))
    return Check(
        id=str(raw.get("id")),
        status=str(raw.get("status")),
        summary=str(raw.get("summary")),
        details=raw.get("details") or {},
        advice=advice or "run it with --verbose for the details",
        raw=raw,
    )
