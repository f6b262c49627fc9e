"""The pytest plugin: a runtime, a scripted model and a client for each test that asks for them.

It is loaded in every pytest run, so importing it must stay cheap: no pydantic, no socket, nothing
started. It only joins the parts of the test kit; each is of use without pytest too.

    fixture          what it is                                                       scope
    codex            a started `Codex`                                                test
    async_codex      an `AsyncCodex`, started by its first `await` or `async with`    test
    codex_model      the `ScriptedModel` of this test; it must be used up             test
    codex_config     the `AppServerConfig` of both clients; override it               runtime's
    codex_endpoint   the address that `codex_config` gives the runtime as its model   runtime's
    codex_live       the `AppServerConfig` that recordings are made with; override it test

The ini option `codex_runtime` says whether the runtime of `codex` lives for a `function` (default)
or for the `session`. `@pytest.mark.codex_script(*steps)` scripts one turn; several marks script
several turns, read from the top. `@pytest.mark.codex_recording(path)` answers the clients from a
recording instead of a runtime; with the option `--codex-record` the recording is made, live.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, suppress
from os import PathLike
from pathlib import Path
from types import FunctionType
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
RECORDING_MARK = "codex_recording"
RECORDING_HELP = (
    "codex_recording(path): the clients are answered from this recording, beside the test file; "
    "with --codex-record it is made, by the runtime of `codex_live`."
)
RECORDING_USE = (
    'codex_recording takes the path of its recording, such as codex_recording("session.jsonl"), '
    "beside the test file"
)

_model_of = pytest.StashKey["ScriptedModel"]()
_passed = pytest.StashKey[bool]()
_told = pytest.StashKey[bool]()


# --- hooks ---------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    parser.addini("codex_runtime", "how long the runtime of `codex` lives: function or session")
    parser.getgroup("codex").addoption(
        "--codex-record",
        action="store_true",
        help="make the recordings of tests marked with codex_recording, against the live service",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks; a mistake in the options stops the run here."""
    config.addinivalue_line("markers", SCRIPT_HELP)
    config.addinivalue_line("markers", RECORDING_HELP)
    if _scope_name(config) not in RUNTIME_SCOPES:
        known = " or ".join(RUNTIME_SCOPES)
        raise pytest.UsageError(f"codex_runtime must be {known}, not {_scope_name(config)!r}")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give a model to every test that has a script or a runtime, also without `codex_model`."""
    names: list[str] = getattr(item, "fixturenames", [])
    is_ours = "codex_endpoint" in names or item.get_closest_marker(SCRIPT_MARK) is not None
    if is_ours and "codex_model" not in names:
        names.insert(0, "codex_model")


def pytest_pycollect_makeitem(collector: pytest.Collector, name: str, obj: object) -> None:
    """Refuse `codex_script(function)`: pytest marks that function, and the test is lost."""
    marks = getattr(obj, "pytestmark", ())
    is_test = isinstance(collector, pytest.Module | pytest.Class) and collector.funcnamefilter(name)
    lost = isinstance(obj, FunctionType) and not is_test
    if lost and any(mark.name == SCRIPT_MARK for mark in marks):
        raise pytest.Collector.CollectError(
            f"codex_script({name}) marks {name} itself, and pytest never sees the test below it: "
            f"write codex_script.with_args({name})"
        )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a recording that no client of the test would be answered from."""
    names: list[str] = getattr(item, "fixturenames", [])
    if item.get_closest_marker(RECORDING_MARK) and not {"codex", "async_codex"} & {*names}:
        pytest.fail(
            f"{RECORDING_MARK} is for tests with the fixture codex or async_codex; a client of the "
            "test's own takes its settings from `with replay(path) as config:`",
            pytrace=False,
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that passed, when its script and the runtime disagree."""
    result = yield
    if model := item.stash.get(_model_of, None):
        item.stash[_told] = True  # a failure of this check says it all
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
        if report.failed and model is not None and not item.stash.get(_told, False):
            problems = [f"{problem}\n" for problem in model.problems]
            report.sections.append(("codex_model", "".join([*problems, _asked(model)])))
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
            _script(model, mark)
        item.stash[_model_of] = model
        yield model
    del item.stash[_model_of]  # items live as long as the session; what was asked need not
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
def codex_live() -> AppServerConfig:
    """Give the settings that recordings are made with: those of a user, unless overridden."""
    from ..config import AppServerConfig

    return AppServerConfig()


@pytest.fixture
def _codex_recording(request: pytest.FixtureRequest) -> Iterator[AppServerConfig | None]:
    """Give the settings of a recorded session for a test with that mark, else None."""
    from .recording.divergence import ReplayDivergedError

    mark = request.node.get_closest_marker(RECORDING_MARK)
    if mark is None:
        yield None
        return
    try:
        with _recording(request, _path_of(mark)) as config:
            yield config
    except ReplayDivergedError as error:
        if request.node.stash.get(_passed, False):  # else the test has said so itself
            pytest.fail(str(error), pytrace=False)


@pytest.fixture
def codex(
    request: pytest.FixtureRequest,
    codex_model: ScriptedModel,
    _codex_recording: AppServerConfig | None,
) -> Iterator[Codex]:
    """Give the test a started client whose model is `codex_model`."""
    if _codex_recording is None:
        clients: _Clients = request.getfixturevalue("_codex_clients")
        yield clients.living()
    else:
        from .._sync.client import Codex

        with Codex(_codex_recording) as client:
            yield client


@pytest.fixture
def async_codex(
    request: pytest.FixtureRequest,
    codex_model: ScriptedModel,
    _codex_recording: AppServerConfig | None,
) -> Iterator[AsyncCodex]:
    """Give the test an async client; the loop that first awaits it is the loop that it runs on."""
    from .._async.client import AsyncCodex

    client = AsyncCodex(_codex_recording or request.getfixturevalue("codex_config"))
    yield client
    _close_without_loop(client)


# --- internals -----------------------------------------------------------------------------------


class _Clients:
    """One live client, replaced when a test has closed it or ended its runtime."""

    def __init__(self, config: AppServerConfig) -> None:
        self._config = config
        self._client: Codex | None = None

    def living(self) -> Codex:
        if self._client is None or not _answers(self._client):
            from .._sync.client import Codex

            self.close()
            self._client = Codex(self._config)
        return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.close()


def _answers(client: Codex) -> bool:
    # A killed process shows as alive for a while: only an answer proves the opposite.
    from .. import methods
    from ..errors import CodexError

    try:
        client.call(methods.thread.LOADED_LIST, {"limit": 1})
    except CodexError:
        return False
    return True


def _close_without_loop(client: AsyncCodex) -> None:
    # The test's loop is over or at rest. Away from its loop `close` does not await anything: one
    # step runs it to its end, and no loop of ours gets in the way of pytest-asyncio's or anyio's.
    with suppress(StopIteration):
        client.close().send(None)


def _script(model: ScriptedModel, mark: pytest.Mark) -> None:
    from .model.problems import ScriptError

    try:
        model.script(*mark.args, **mark.kwargs)
        return
    except (ScriptError, TypeError, ValueError) as error:
        wrong = f"{type(error).__name__}: {error}"
    pytest.fail(f"{SCRIPT_MARK}: {wrong}", pytrace=False)


def _path_of(mark: pytest.Mark) -> Path:
    given = [*mark.args, *mark.kwargs.values()]
    is_path = len(given) == 1 and isinstance(given[0], (str, PathLike))
    if not is_path or not mark.kwargs.keys() <= {"path"}:
        shown = [*map(repr, mark.args), *(f"{name}={mark.kwargs[name]!r}" for name in mark.kwargs)]
        told = f"{RECORDING_USE}; got codex_recording({', '.join(shown)})"
        pytest.fail(f"TypeError: {told}", pytrace=False)
    return Path(given[0])


def _recording(
    request: pytest.FixtureRequest, path: Path
) -> AbstractContextManager[AppServerConfig]:
    file = request.path.parent / path
    if request.config.getoption("codex_record"):
        from .recording.recorder import record

        return record(file, request.getfixturevalue("codex_live"))
    if not file.exists():
        pytest.fail(f"{file} is not there: make it with `pytest --codex-record`", pytrace=False)
    from .recording.replaying import replay

    return replay(file)


def _scope_name(config: pytest.Config) -> str:
    return str(config.getini("codex_runtime") or "function")


def _check(model: ScriptedModel) -> None:
    from .model.problems import ScriptError

    try:
        model.check()
        return
    except ScriptError as error:
        wrong = error
    pytest.fail(f"{wrong}\n{_asked(model)}", pytrace=False)


def _asked(model: ScriptedModel) -> str:
    requests = "".join(f"\n  {request!r}" for request in model.requests) or " nothing"
    return f"the model was asked:{requests}"
