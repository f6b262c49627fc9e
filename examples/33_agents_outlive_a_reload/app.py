"""A web server whose agents outlive it: reload it, or kill it, while they work.

    cd examples/33_agents_outlive_a_reload
    uvicorn app:app --reload --timeout-graceful-shutdown 1

POST /tasks begins a task, GET /tasks/ID waits for its end. GET /questions says what the agents want
to do, POST /questions/KEY answers. Needs `pip install fastapi uvicorn`. `python offline.py` runs it
with a scripted model.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated

from fastapi import Body, FastAPI, HTTPException, Request

from openai_codex import (
    Approval,
    AsyncCodex,
    AsyncRuntimeServer,
    AsyncThread,
    CodexError,
    Handlers,
    ThreadNotFoundError,
    methods,
)

threads: dict[str, AsyncThread] = {}
questions: dict[str, tuple[Approval, asyncio.Future[bool]]] = {}


async def show(question: Approval) -> bool:
    """Keep a question where the web finds it, until it is answered; elsewhere counts as well."""
    key = str(question.item_id)
    questions[key] = question, asyncio.get_running_loop().create_future()
    try:
        return await questions[key][1]
    finally:
        del questions[key]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, AsyncCodex]]:
    """Attach to the runtime and to all that works there; in the end, leave it as it is."""
    server = await AsyncRuntimeServer.find() or await AsyncRuntimeServer(detached=True).start()
    async with AsyncCodex(connect=server.connect, handlers=Handlers(approve=show)) as codex:
        for thread_id in (await codex.call(methods.thread.LOADED_LIST, {})).data:
            with suppress(ThreadNotFoundError):  # it had no turn yet, or is ephemeral
                threads[thread_id] = await codex.thread_attach(thread_id)
        yield {"codex": codex}
        await codex.close(interrupt=False)


app = FastAPI(lifespan=lifespan)


@app.post("/tasks", status_code=202)
async def begin(request: Request, text: Annotated[str, Body(embed=True)]) -> dict[str, str]:
    codex: AsyncCodex = request.state.codex
    thread = await codex.thread_start()
    threads[thread.id] = thread
    turn = await thread.turn(text)
    turn.detach()
    return {"task": thread.id}


@app.get("/tasks/{task}")
async def result(request: Request, task: str) -> dict[str, str]:
    codex: AsyncCodex = request.state.codex
    try:
        thread = threads.get(task) or await codex.thread_attach(task)
    except ThreadNotFoundError as error:
        raise HTTPException(404) from error
    turn = await thread.current_turn()
    if turn is not None:
        with suppress(CodexError):  # how it ended is stored
            await turn.run()
    last = await anext(thread.history(page_size=1))
    said = [item.text for item in last.items if item.type == "agentMessage"]
    return {"status": last.status.value, "answer": "\n".join(said)}


@app.get("/questions")
async def waiting() -> dict[str, str]:
    return {key: question.summary for key, (question, _) in questions.items()}


@app.post("/questions/{key}", status_code=204)
async def answer(key: str, yes: Annotated[bool, Body(embed=True)]) -> None:
    if key not in questions or questions[key][1].done():
        raise HTTPException(404)
    questions[key][1].set_result(yes)
