"""The fake process: reads lines, follows the script, answers the rest normally.

The only place that knows all the others. It must start fast: no pydantic, no asyncio.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from .actions import MAY_BLOCK, perform
from .behaviour import respond
from .channel import Channel
from .input import Input
from .messages import parse
from .output import Output, print_error
from .plan import Plan
from .scene import Request, Scene
from .stage import Stage
from .waiting import Waiting
from .world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    Body = dict[str, Any]

SCRIPT_MISTAKE = 70
LARGEST_RECORD = 256 * 1024
REFUSED_LINE = (
    b"ERROR codex_app_server_transport::transport: Failed to deserialize JSONRPCMessage\n"
)


class Process:
    """The fake process: its input, its output, and the script it follows."""

    def __init__(self, script: dict[str, Any]) -> None:
        self.waiting = Waiting()
        self.address: list[Any] | None = script["control"]
        self.channel = Channel(self.address, self.waiting)
        self.plan = Plan(script["rules"], self.channel.spawn)
        self.world = World(self.channel.spawn, script["version"])
        self.input = Input(self.waiting)
        self.output = Output()
        self.stage = Stage(self)
        self.answers: dict[int | str, Body] = {}
        self.dying = False
        self._questions: dict[int | str, str] = {}
        self._kept: list[bytes] = []
        self._changing = threading.Lock()  # guards questions and kept replies
        self._turn_requests: dict[str, Callable[[Request], None]] = {
            "review/start": self.stage.start,
            "thread/compact/start": self.stage.start,
            "turn/interrupt": self.stage.interrupt,
            "turn/start": self.stage.start,
            "turn/steer": self.stage.steer,
        }

    def run(self) -> None:
        """Serve until stdin ends; never return."""
        self._obey_signals()
        for rule in self.plan.at("byte"):
            self.output.at_byte(rule["count"], partial(perform, Scene(self), rule["steps"]))
        for rule in self.plan.at("start"):
            perform(Scene(self), rule["steps"])
        for line in self.input.lines():
            self._receive(line)
        self._end("eof")

    def notify(self, method: str, params: dict[str, Any]) -> None:
        """Send a notification, unless the client opted out of it."""
        self.output.write(self.encode_notification(method, params))

    def encode_notification(self, method: str, params: dict[str, Any]) -> bytes:
        """Return a notification as a line; an empty one when the client opted out of it."""
        if method in self.world.opted_out:
            return b""
        now = int(time.time() * 1000)
        return _encode({"method": method, "params": params, "emittedAtMs": now})

    def reply(self, request: Request, body: Body, *, times: int = 1) -> None:
        """Send a reply, or keep it back until enough are kept with it."""
        # The runtime writes an error before the id, and a result after it.
        whole = {**body, "id": request.id} if "error" in body else {"id": request.id, **body}
        line = _encode(whole) * times
        with self._changing:
            if request.kept_with:
                self._kept.append(line)
                if len(self._kept) < request.kept_with:
                    return
                line = b"".join(reversed(self._kept))
                self._kept.clear()
        self.output.write(line)

    def serve(self, request: Request, *, times: int = 1) -> None:
        """Answer a request as the runtime would."""
        on_stage = self._turn_requests.get(request.method)
        if on_stage and self.world.client_name and "threadId" in (request.params or {}):
            on_stage(request)
            return
        for body in respond(self.world, request.method, request.params):
            if "method" in body:
                self.notify(body["method"], body["params"])
            else:
                self.reply(request, body, times=times)

    def ask(self, method: str, params: Body, *, question_id: int | str | None) -> int | str:
        """Send a question and return its id; numbers count from 0."""
        with self._changing:
            question = len(self._questions) if question_id is None else question_id
            self._questions[question] = method
        self.channel.record("asked", method, id=question)
        self.output.write(_encode({"method": method, "id": question, "params": params}))
        return question

    def start_thread(self, work: Callable[..., None], *given: Any) -> None:
        """Do work beside the reading of stdin."""
        threading.Thread(target=_guarded, args=(work, *given), daemon=True).start()

    def _receive(self, line: bytes) -> None:
        message = parse(line)
        if message is None:
            self.channel.record("malformed", "", text=line[:200].decode("utf-8", "replace"))
            print_error(REFUSED_LINE)
        elif "method" not in message:
            self._take_answer(message)
        else:
            shown = message if len(line) <= LARGEST_RECORD else {"id": message.get("id")}
            self.channel.record("received", message["method"], message=shown, bytes=len(line))
            self._take_request(message)

    def _take_answer(self, message: Body) -> None:
        method = self._questions.get(message["id"], "")
        self.channel.record("answered", method, message=message)
        self.answers.setdefault(message["id"], message)
        self.waiting.tell()

    def _take_request(self, message: Body) -> None:
        rule = self.plan.for_request(message["method"])
        request = None
        if "id" in message:
            request = Request(message["id"], message["method"], message.get("params"))
        if rule is None:
            if request:
                self.serve(request)
            return
        scene, steps = Scene(self, request), rule["steps"]
        if MAY_BLOCK & {step["do"] for step in steps}:
            self.start_thread(perform, scene, steps)
        else:
            perform(scene, steps)

    def _obey_signals(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, lambda number, frame: self._terminate())

    def _terminate(self) -> None:
        if self.dying:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)
        elif any(self.plan.at("sigterm")):
            self.start_thread(self._end, "sigterm")
        else:
            os._exit(0)  # at once, since the interrupted code may hold any lock

    def _end(self, place: str) -> None:
        """Exit with 0, or do what the script says instead."""
        rules = list(self.plan.at(place))
        self.channel.record("step", place)
        if not rules:
            os._exit(0)
        for rule in rules:
            perform(Scene(self), rule["steps"])
        self.waiting.for_ever()


def _guarded(work: Callable[..., None], *given: Any) -> None:
    try:
        work(*given)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(SCRIPT_MISTAKE)


def _encode(message: Body) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def main(path: str) -> None:
    """Run the script in a file."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  (pathlib costs start-up time)
        script = json.load(file)
    _guarded(Process(script).run)
