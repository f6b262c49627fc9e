"""`ScriptedModel`: a Responses API on loopback that answers the real runtime from a script.

It joins the parts: `loopback` moves the bytes, `routes` picks the response, `player` sends it.
"""

from __future__ import annotations

import json
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ..._checks import check_count, checked_seconds
from ..loopback import Exchange, HttpRequest, LoopbackServer
from .answering import answered
from .player import Player
from .problems import ScriptError
from .request import ModelRequest
from .routes import Router
from .script import Response, Script, route
from .steps import Step

if TYPE_CHECKING:
    from datetime import timedelta

    from typing_extensions import Self


class ScriptedModel:
    """A model that says what the test tells it to; use it in a `with` block.

    Leaving the block closes the server and raises `ScriptError` when a request had no answer or a
    script was not used up, unless another exception is on its way or `strict` is off.
    """

    def __init__(self, *, strict: bool = True) -> None:
        self._strict = strict
        self._router = Router()
        self._player = Player()
        self._server: LoopbackServer | None = None
        self._folders: tempfile.TemporaryDirectory[str] | None = None
        self._recorded = threading.Condition()  # guards _requests and _strays
        self._requests: list[ModelRequest] = []
        self._strays: list[str] = []

    def start(self) -> Self:
        """Listen on an ephemeral port of 127.0.0.1."""
        if self._server is None:
            self._server = LoopbackServer(self.serve, name="scripted-model")
        return self

    def close(self) -> None:
        """Drop what is open, join every thread, remove the temporary folders; idempotent."""
        self._player.close()
        if self._server is not None:
            self._server.close()
        if self._folders is not None:
            self._folders.cleanup()
            self._folders = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if error is None and self._strict:
            self.check()

    @property
    def base_url(self) -> str:
        """The address that the runtime's provider is given; raises `ScriptError` before `start`."""
        if self._server is None:
            raise ScriptError("the model is not running: use `with ScriptedModel() as model:`")
        return f"http://127.0.0.1:{self._server.port}/v1"

    def script(
        self,
        *steps: Step,
        thread: str | None = None,
        agent: str | None = None,
        kind: str | None = None,
    ) -> Script:
        """Say what one turn gets: the next new turn, or the next one of this thread, agent or kind.

        `thread` is a thread's id; `agent` is a sub-agent's path such as `/root/sub`; `kind` is
        `subagent`, or one of the runtime's own calls (`compaction`, `review`, `guardian`, `goal`).
        `guardian` is the reviewer of approvals, which denies unless `allow` is scripted for it.
        How steps make responses: see `script.py`. When several turns start at the same time, give
        `thread`. Raises `ScriptError` for what is not a step, `ValueError` for a condition that
        cannot match any turn.
        """
        if not steps:
            raise ScriptError('a script is made of steps, such as script(say("Hello")); got none')
        script = Script(steps, route(thread=thread, agent=agent, kind=kind))
        self._router.add(script)
        return script

    def default(self, *steps: Step) -> None:
        """Answer every turn without a script with these steps, or with a callable `(request)`."""
        if not steps:
            raise ScriptError('a default is made of steps, such as default(say("Ok")); got none')
        self._router.set_default(steps)

    @property
    def requests(self) -> list[ModelRequest]:
        """Every request so far, in order of arrival."""
        with self._recorded:
            return list(self._requests)

    @property
    def strays(self) -> list[str]:
        """What came to another address than the model's, such as `GET /v1/models`."""
        with self._recorded:
            return list(self._strays)

    def wait_for_request(
        self, n: int = 1, *, timeout: float | timedelta | None = 30.0
    ) -> ModelRequest:
        """Block until the n-th request has come and return it; `TimeoutError` shows what came."""
        check_count("n", n, least=1)
        bound = checked_seconds("timeout", timeout)
        with self._recorded:
            if not self._recorded.wait_for(lambda: len(self._requests) >= n, bound):
                came = "".join(f"\n  {request!r}" for request in self._requests) or " nothing"
                raise TimeoutError(f"request {n} did not come in {bound:g} s; came:{came}")
            return self._requests[n - 1]

    @property
    def problems(self) -> list[str]:
        """Requests that had no answer, and answers that could not be made."""
        return self._router.problems

    def check(self) -> None:
        """Raise `ScriptError` when a request had no answer or a script was not used up."""
        wrong = self.problems + self._router.leftovers()
        if wrong:
            raise ScriptError("the script and the runtime disagree:\n" + "\n".join(wrong))

    def temporary_folder(self, name: str) -> Path:
        """Make a new empty folder that goes when the model closes."""
        if self._folders is None:
            self._folders = tempfile.TemporaryDirectory(
                prefix="scripted-codex-", ignore_cleanup_errors=True
            )
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._folders.name)).resolve()

    def serve(self, request: HttpRequest, exchange: Exchange) -> None:
        """Answer one request of the runtime, whoever listens for it."""
        if request.path.partition("?")[0] != "/v1/responses":
            self._stray(request, exchange, 404)
        elif request.method != "POST":
            self._stray(request, exchange, 426)  # websocket: the runtime falls back to HTTP at once
        else:
            self._answer(request, exchange)

    def _stray(self, request: HttpRequest, exchange: Exchange, status: int) -> None:
        with self._recorded:
            self._strays.append(f"{request.method} {request.path}")
        exchange.respond(
            status, {"error": {"message": "the scripted model has only POST /v1/responses"}}
        )

    def _answer(self, asked: HttpRequest, exchange: Exchange) -> None:
        try:
            request = self._record(asked)
            response = self._expand(self._router.route(request), request)
        except ScriptError as error:
            exchange.respond(400, str(error))  # plain, since the runtime shows the body as it is
            return
        self._player.play(response, exchange)

    def _record(self, asked: HttpRequest) -> ModelRequest:
        try:
            request = ModelRequest(asked.headers, json.loads(asked.body))
        except ValueError as error:  # compressed, most likely
            coding = asked.headers.get("content-encoding", "none")
            text = f"a request whose body is not JSON (content-encoding: {coding})"
            self._router.problem(text)
            raise ScriptError(text) from error
        with self._recorded:
            self._requests.append(request)
            self._recorded.notify_all()
        return request

    def _expand(self, response: Response, request: ModelRequest) -> Response:
        try:
            return answered(response, request)
        except ScriptError as error:
            self._router.problem(str(error))
            raise
