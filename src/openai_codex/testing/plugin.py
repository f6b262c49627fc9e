"""The pytest plugin: a runtime, a scripted model and a client for each test that asks for them.

It is loaded in every pytest run, so importing it must stay cheap: no pydantic, no socket, nothing
started. It only joins the parts of the test kit; each is of use without pytest too.

    fixture          what it is                                                       scope
    codex            a started `Codex`                                                test
    async_codex      an `AsyncCodex`, started by its first `await` or `async with`    test
    codex_model      the `ScriptedModel` of this test; it must be used up             test
    codex_config     the `AppServerConfig` of both clients; override it               runtime's
    codex_endpoint   the address that `codex_config` gives the runtime as its model   runtime's

The ini option `codex_runtime` says whether the runtime of `codex` lives for a `function` (default)
or for the `session`. `@pytest.mark.codex_script(*steps)` scripts one turn; several marks script
several turns, read from the top.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, cast

import pytest

if TYPE_CHECKING:
    from .._async.client import AsyncCodex
    from .._sync.client import Codex
    from ..config import AppServerConfig
    from .endpoint import ModelEndpoint
    from .model.server import ScriptedModel

Scope = Literal["function", "session"]

RUNTIME_SCOPES = ("function", "session")
SCRIPT_MARK = "codex_script"
SCRIPT_HELP = (
    "codex_script(*steps, thread=None, agent=None, kind=None): what one turn of the scripted model "
    "gets, as in `codex_model.script(...)`; several marks script several turns, from the top."
)

_model_of = pytest.StashKey["ScriptedModel"]()
_passed = pytest.StashKey[bool]()


# --- hooks ---------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini option."""
    parser.addini("codex_runtime", "how long the runtime of `codex` lives: function or session")


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks; a mistake in the options stops the run here."""
    config.addinivalue_line("markers", SCRIPT_HELP)
    if _scope_name(config) not in RUNTIME_SCOPES:
        known = " or ".join(RUNTIME_SCOPES)
        raise pytest.UsageError(f"codex_runtime must be {known}, not {_scope_name(config)!r}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that passed, when its script and the runtime disagree."""
    result = yield
    if model := item.stash.get(_model_of, None):
        _check(model)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show in the report of a failure what the model was asked."""
    report = yield
    if report.when == "call":
        item.stash[_passed] = report.passed
        model = item.stash.get(_model_of, None)
        if report.failed and model is not None:
            report.sections.append(("codex_model", _asked(model)))
    return report


# --- fixtures ------------------------------------------------------------------------------------


def _runtime_scope(fixture_name: str, config: pytest.Config) -> Scope:
    return cast("Scope", _scope_name(config))


@pytest.fixture(scope=_runtime_scope)
def codex_endpoint() -> Iterator[ModelEndpoint]:
    """Give the address of the model, for `offline_config(codex_endpoint, ...)`."""
    from .endpoint import ModelEndpoint

    with ModelEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def codex_model(
    request: pytest.FixtureRequest, codex_endpoint: ModelEndpoint
) -> Iterator[ScriptedModel]:
    """Give the test its scripted model; a script that runs out or is left over fails the test."""
    item: pytest.Item = request.node
    with codex_endpoint.guest() as model:
        for mark in reversed(list(item.iter_markers(SCRIPT_MARK))):
            model.script(*mark.args, **mark.kwargs)
        item.stash[_model_of] = model
        yield model
    if item.stash.get(_passed, False):
        _check(model)  # the client that has closed meanwhile may still have asked something


@pytest.fixture(scope=_runtime_scope)
def codex_config(codex_endpoint: ModelEndpoint) -> AppServerConfig:
    """Give the settings of the clients; override this fixture to change them."""
    from .offline import offline_config

    return offline_config(codex_endpoint)


@pytest.fixture(scope=_runtime_scope)
def _codex_clients(codex_config: AppServerConfig) -> Iterator[_Clients]:
    clients = _Clients(codex_config)
    yield clients
    clients.close()


@pytest.fixture
def codex(codex_model: ScriptedModel, _codex_clients: _Clients) -> Codex:
    """Give the test a started client whose model is `codex_model`."""
    return _codex_clients.living()


@pytest.fixture
def async_codex(codex_model: ScriptedModel, codex_config: AppServerConfig) -> Iterator[AsyncCodex]:
    """Give the test an async client; the loop that first awaits it is the loop that it runs on."""
    from .._async.client import AsyncCodex

    client = AsyncCodex(codex_config)
    yield client
    _close_without_loop(client)


# --- small words ---------------------------------------------------------------------------------


class _Clients:
    """Keep one client alive, and replace it when a test has closed it or ended its runtime."""

    def __init__(self, config: AppServerConfig) -> None:
        self._config = config
        self._client: Codex | None = None

    def living(self) -> Codex:
        process = self._client.process if self._client else None
        if self._client is None or process is None or not process.is_alive:
            from .._sync.client import Codex

            self.close()
            self._client = Codex(self._config)
        return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.close()


def _close_without_loop(client: AsyncCodex) -> None:
    # The test's loop is over or at rest. Away from its loop `close` does not await anything: one
    # step runs it to its end, and no loop of ours gets in the way of pytest-asyncio's or anyio's.
    with suppress(StopIteration):
        client.close().send(None)


def _scope_name(config: pytest.Config) -> str:
    return str(config.getini("codex_runtime") or "function")


def _check(model: ScriptedModel) -> None:
    from .model.problems import ScriptError

    try:
        model.check()
    except ScriptError as error:
        pytest.fail(f"{error}\n{_asked(model)}", pytrace=False)


def _asked(model: ScriptedModel) -> str:
    requests = "".join(f"\n  {request!r}" for request in model.requests) or " nothing"
    problems = "".join(f"\n{problem}" for problem in model.problems)
    return f"the model was asked:{requests}{problems}"
