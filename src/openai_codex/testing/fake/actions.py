"""How each step that needs no turn is taken: replies, bytes, pauses, questions, deaths.

A table from the step's name to a function. Steps that only a turn can take are in `turn_actions`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from .behaviour import refusal
from .behaviour import result as result_body
from .output import print_error
from .scene import ScriptMistakeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .scene import Scene

    Step = dict[str, Any]
    Action = Callable[[Scene, Step], None]

MAY_BLOCK = {"pause", "ask", "flood", "huge_line", "stderr"}
ENDS_ALL = {"die"}  # recorded before they are taken, since nothing is recorded after


def perform(scene: Scene, steps: Iterable[Step]) -> None:
    """Take the steps, one after the other."""
    for step in steps:
        take(scene, step)


def take(scene: Scene, step: Step) -> None:
    """Take one step, and record it."""
    do, record = step["do"], scene.process.channel.record
    if do in ENDS_ALL:
        record("step", do)
    try:
        ACTIONS[do](scene, step)
    except ScriptMistakeError as mistake:
        raise ScriptMistakeError(f"{do}(...): {mistake}") from mistake
    record("step", do)


def _reply(scene: Scene, step: Step) -> None:
    request = scene.asked("reply")
    if step["result"] is not None:
        scene.process.reply(request, result_body(step["result"]), times=step["times"])
    elif scene.in_turn:
        scene.process.reply(request, scene.turn.opening(), times=step["times"])
    else:
        scene.process.serve(request, times=step["times"])


def _error(scene: Scene, step: Step) -> None:
    body = refusal(step["message"], code=step["code"], data=step["data"])
    scene.process.reply(scene.asked("error"), body)


def _drop(scene: Scene, step: Step) -> None:
    scene.asked("drop")


def _reorder(scene: Scene, step: Step) -> None:
    request = scene.asked("reorder")
    request.kept_with = step["count"]
    scene.process.serve(request)


def _notify(scene: Scene, step: Step) -> None:
    scene.process.notify(step["method"], step["params"])


def _pause(scene: Scene, step: Step) -> None:
    waiting, point = scene.process.waiting, step["until"]
    scene.process.channel.record("paused", point or "")
    waiting.until(lambda: waiting.is_released(point) or _is_cut(scene), seconds=step["seconds"])
    if _is_cut(scene):
        scene.turn.leave_if_interrupted()


def _ask(scene: Scene, step: Step) -> None:
    if scene.in_turn and step["wait"]:
        scene.turn.show_waiting(step["method"])
    ask(scene, step)


def ask(scene: Scene, step: Step) -> dict[str, Any] | None:
    """Ask the client, and return its answer, or None when it was settled without one."""
    process, turn = scene.process, scene.turn if scene.in_turn else None
    question = process.ask(
        step["method"], scene.identified(step["params"]), question_id=step["question_id"]
    )
    if not step["wait"]:
        return None
    if turn:
        turn.questions[question] = step["method"]
    process.waiting.until(
        lambda: (
            question in process.answers
            or process.waiting.is_released(step["until"])
            or _is_cut(scene)
        )
    )
    if turn:
        turn.settle(question)
    return process.answers.get(question)


def _raw(scene: Scene, step: Step) -> None:
    scene.process.output.write(step["data"].encode("latin-1"))


def _huge_line(scene: Scene, step: Step) -> None:
    start, end = b'{"method":"warning","params":{"threadId":null,"message":"', b'"}}\n'
    filling = step["size"] - len(start) - len(end)
    scene.process.output.write(start + b"x" * filling + end)


def _flood(scene: Scene, step: Step) -> None:
    if step["line"] is not None:
        line = step["line"].encode() + b"\n"
    else:
        line = scene.process.encode_notification(step["method"], scene.identified(step["params"]))
    scene.process.output.repeat(line, step["count"])


def _die(scene: Scene, step: Step) -> None:
    print_error(step["stderr"].encode())
    if step["signal"] is None:
        os._exit(step["exit_code"])
    scene.process.dying = True
    os.kill(os.getpid(), signal.Signals[step["signal"]])
    scene.process.waiting.for_ever()


def _stderr(scene: Scene, step: Step) -> None:
    print_error(step["text"].encode() * step["times"])


def _close_stdout(scene: Scene, step: Step) -> None:
    scene.process.output.close()


def _close_stdin(scene: Scene, step: Step) -> None:
    scene.process.input.close()


def _stop_reading(scene: Scene, step: Step) -> None:
    scene.process.input.stop(step["until"])


def _grandchild(scene: Scene, step: Step) -> None:
    """Start a process that ends with its end of the control channel, or is killed."""
    import subprocess

    if scene.process.address is None:
        raise ScriptMistakeError("grandchild() needs a FakeAppServer to end it")
    script = os.path.join(os.path.dirname(__file__), "grandchild.py")  # noqa: PTH118, PTH120
    address = json.dumps([*scene.process.address, scene.process.channel.spawn])
    argv = [sys.executable, "-I", "-S", script, address]
    subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=step["new_session"])


def _is_cut(scene: Scene) -> bool:
    return scene.in_turn and scene.turn.is_interrupted


ACTIONS: dict[str, Action] = {
    "ask": _ask,
    "close_stdin": _close_stdin,
    "close_stdout": _close_stdout,
    "die": _die,
    "drop": _drop,
    "error": _error,
    "flood": _flood,
    "grandchild": _grandchild,
    "huge_line": _huge_line,
    "notify": _notify,
    "pause": _pause,
    "raw": _raw,
    "reorder": _reorder,
    "reply": _reply,
    "stderr": _stderr,
    "stop_reading": _stop_reading,
}
