"""A person in the loop, in a browser: what the agent wants to do is shown, with buttons.

    python examples/20_human_in_the_loop_web/app.py [--offline] [--port 8000]

The task, what was run and decided, and what the agent says are on every open page. Questions wait
while nobody looks, for hours if need be, and the first click counts. One task at a time; Stop ends
it. Needs `pip install starlette uvicorn`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import socket
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from openai_codex import (
    AlreadySettledError,
    AppServerConfig,
    AsyncCodex,
    AsyncQuestions,
    AsyncThread,
    AsyncTurnHandle,
    CodexError,
    CommandApproval,
    Decision,
    FileChangeApproval,
    Notification,
    Question,
    Sandbox,
)
from openai_codex.types import (
    AgentMessageDeltaNotification,
    CommandExecutionThreadItem,
    FileChangeThreadItem,
    ItemCompletedNotification,
    ItemStartedNotification,
)

PAGE = Path(__file__).with_name("page.html")
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" '
    'fill="#d80"/><path d="M16 7v11M16 22v3" stroke="#fff" stroke-width="4"/></svg>'
)
TITLES = {"command": "Run a command?", "file_change": "Change files?"}
DECIDED = {
    "accept": "you allowed",
    "accept_for_session": "you allowed, for this session",
    "decline": "you declined",
    "cancel": "you declined and stopped",
}


class Desk:
    """What waits for a person, what the agent does, and who wants to know when that changes."""

    def __init__(self) -> None:
        self.thread: AsyncThread
        self.questions: dict[str, Question] = {}
        self.decided: dict[str, str] = {}
        self.task = ""
        self.state = "idle"
        self.steps: list[str] = []
        self.said = ""
        self._turn: AsyncTurnHandle | None = None
        self._keys = map(str, itertools.count(1))
        self._changes = asyncio.Condition()
        self._version = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def read(self, questions: AsyncQuestions) -> None:
        async for question in questions:
            self.begin(self.show(question))

    async def show(self, question: Question) -> None:
        """Show a question until it is settled: by a click, by an interrupt, by the end."""
        key = next(self._keys)
        self.questions[key] = question
        await self.changed()
        await question.settled
        del self.questions[key]
        how = DECIDED.get(self.decided.pop(key, ""), question.settled.reason)
        await self.note(f"{how}: {question.summary}")

    async def note(self, step: str) -> None:
        self.steps.append(step)
        await self.changed()

    @property
    def is_busy(self) -> bool:
        return self.state in ("starting", "working")

    def take(self, task: str) -> None:
        """Begin a task; the caller has looked whether another one is running."""
        self.task, self.state, self.steps, self.said = task, "starting", [], ""
        self.begin(self.work(task))

    async def work(self, task: str) -> None:
        try:
            await self.changed()
            self._turn = turn = await self.thread.turn(task)
            self.state = "working"
            async for event in turn.stream():
                await self.see(event)
            self.state = (await turn.run()).status.value
        except CodexError as error:
            self.state, self.said = "failed", f"{self.said}\n{error}"
        finally:
            self._turn = None
            await self.changed()

    async def see(self, event: Notification) -> None:
        match event.payload:
            case AgentMessageDeltaNotification(delta=text):
                self.said += text
                await self.changed()
            case ItemStartedNotification(item=CommandExecutionThreadItem(command=command)):
                await self.note(f"runs: {command}")
            case ItemCompletedNotification(item=CommandExecutionThreadItem() as done):
                await self.note(f"{done.status.value}, exit code {done.exit_code}")
            case ItemCompletedNotification(item=FileChangeThreadItem() as done):
                paths = ", ".join(change.path for change in done.changes)
                await self.note(f"{done.status.value}: {paths}")

    async def interrupt(self) -> None:
        if self._turn is not None:
            await self._turn.interrupt()

    async def changed(self) -> None:
        async with self._changes:
            self._version += 1
            self._changes.notify_all()

    async def states(self) -> AsyncIterator[str]:
        """Yield the state now and whenever it changes, as server-sent events."""
        while True:
            seen = self._version
            state = {
                "task": self.task,
                "state": self.state,
                "busy": self.is_busy,
                "steps": self.steps,
                "said": self.said,
                "questions": [_shown(*item) for item in self.questions.items()],
            }
            yield f"data: {json.dumps(state)}\n\n"
            async with self._changes:
                while self._version == seen:
                    await self._changes.wait()


def _shown(key: str, question: Question) -> dict[str, Any]:
    is_diff = isinstance(question, FileChangeApproval)
    what = question.diff if isinstance(question, FileChangeApproval) else question.summary
    why = getattr(question, "reason", None)
    if isinstance(question, CommandApproval):
        why = f"{why or ''} (in {question.cwd})"
    title = TITLES.get(question.kind, "Allow?")
    return {"key": key, "title": title, "what": what, "why": why, "diff": is_diff}


# --- the web -------------------------------------------------------------------------------------


async def page(request: Request) -> Response:
    return FileResponse(PAGE)


async def state(request: Request) -> Response:
    return StreamingResponse(request.app.state.desk.states(), media_type="text/event-stream")


async def start_turn(request: Request) -> Response:
    asked = await _json(request)
    desk: Desk = request.app.state.desk
    if desk.is_busy:  # and nothing is awaited before it is taken: two pages cannot both begin
        return JSONResponse({"error": "another task is running: stop it first"}, status_code=409)
    desk.take(str(asked["task"]))
    return Response(status_code=202)


async def stop_turn(request: Request) -> Response:
    await _json(request)
    await request.app.state.desk.interrupt()
    return Response(status_code=204)


async def favicon(request: Request) -> Response:
    return Response(ICON, media_type="image/svg+xml")


async def decide(request: Request) -> Response:
    desk: Desk = request.app.state.desk
    key = request.path_params["key"]
    question = desk.questions.get(key)
    asked = await _json(request)
    if question is None:
        return JSONResponse({"error": "there is no such question any more"}, status_code=404)
    try:
        question.answer(Decision[asked["decision"]])
    except AlreadySettledError as error:
        return JSONResponse({"error": str(error)}, status_code=409)
    desk.decided[key] = asked["decision"]
    return Response(status_code=204)


async def _json(request: Request) -> dict[str, Any]:
    # Only JSON: a form on another site could not send it here, so no other site can click for you.
    if request.headers.get("content-type") != "application/json":
        raise ValueError("expected application/json")
    asked: dict[str, Any] = await request.json()
    return asked


async def bad_request(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": repr(error)}, status_code=400)


def make_app(config: AppServerConfig | None = None) -> Starlette:
    """Return the web app; its agent lives as long as it does."""

    @contextlib.asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        # The questions are opened before the thread: from then on the agent asks for approval.
        async with AsyncCodex(config) as codex, codex.questions() as questions:
            desk = app.state.desk = Desk()
            desk.thread = await codex.thread_start(sandbox=Sandbox.read_only)
            desk.begin(desk.read(questions))
            yield
            desk.stop()

    return Starlette(
        routes=[
            Route("/", page),
            Route("/state", state),
            Route("/favicon.ico", favicon),
            Route("/turns", start_turn, methods=["POST"]),
            Route("/stop", stop_turn, methods=["POST"]),
            Route("/questions/{key}", decide, methods=["POST"]),
        ],
        # A site that points its own name at this address is not answered.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
        exception_handlers={ValueError: bad_request, KeyError: bad_request},
        lifespan=life,
    )


def serve(config: AppServerConfig | None, port: int) -> None:
    """Serve on this machine alone, until Ctrl-C; port 0 takes a free one."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        print(f"open http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        settings = uvicorn.Config(
            make_app(config), log_level="warning", timeout_graceful_shutdown=1
        )
        uvicorn.Server(settings).run(sockets=[listener])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--offline", action="store_true", help="a scripted model answers")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    if options.offline:
        from offline import offline

        with offline() as config:
            serve(config, options.port)
    else:
        serve(None, options.port)


if __name__ == "__main__":
    main()
