"""A machine on which `Codex()` itself is offline, so that pages run exactly as they are printed."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from openai_codex.testing import LoginIssuer, ScriptedModel, browser_port, offline_config, say

VISIT = "import sys, urllib.request as web; web.urlopen(sys.argv[1]).read()"


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """Undo what a page does to our loggers: the tests after it want none of that."""
    before = {log.name: (log.level, list(log.handlers)) for log in our_loggers()}
    yield
    for log in our_loggers():
        level, handlers = before.get(log.name, (logging.NOTSET, []))
        log.setLevel(level)
        for handler in log.handlers[:]:
            if handler not in handlers and not isinstance(handler, logging.NullHandler):
                log.removeHandler(handler)


def our_loggers() -> list[logging.Logger]:
    known = logging.root.manager.loggerDict.values()
    found = [log for log in known if isinstance(log, logging.Logger)]
    return [log for log in found if log.name.startswith("openai_codex")]


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedModel]:
    """A scripted model that every runtime started here talks to, in an empty working directory."""
    with ScriptedModel() as model:
        settle(model, None, tmp_path, monkeypatch)
        yield model


@pytest.fixture
def scripted_with_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedModel]:
    """The same, where the model wants a login and everybody who asks for one is let in."""
    visit = tmp_path / "visit.py"
    visit.write_text(VISIT, encoding="utf-8")
    monkeypatch.setenv("BROWSER", f"{sys.executable} {visit} %s")
    with browser_port(), LoginIssuer() as issuer, ScriptedModel() as model:
        issuer.approve()
        settle(model, issuer, tmp_path, monkeypatch)
        yield model


def settle(
    model: ScriptedModel, issuer: LoginIssuer | None, folder: Path, patch: pytest.MonkeyPatch
) -> None:
    """Make the settings of `offline_config` those of the machine."""
    model.default(say("Done."))
    config = offline_config(model, issuer=issuer)
    env = config.env or {}
    home = Path(env["CODEX_HOME"])
    (home / "config.toml").write_text("\n".join(config.config_overrides), encoding="utf-8")
    for name, value in env.items():
        patch.setenv(name, value)
    work = folder / "work"
    work.mkdir()
    patch.chdir(work)
