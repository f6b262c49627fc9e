"""A login service on loopback where somebody says yes at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import LoginIssuer, ScriptedModel, offline_config


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with LoginIssuer(email="dev@example.com", plan="pro") as issuer, ScriptedModel() as model:
        issuer.approve()
        yield offline_config(model, issuer=issuer)
