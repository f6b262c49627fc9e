"""How each step of a turn is taken: items, questions, endings.

A table from the step's name to a function, added to the table of `actions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import turns
from .actions import ACTIONS, ask, perform
from .behaviour import notification
from .playing import TurnOverError
from .turn_items import (
    agent_message,
    command,
    command_question,
    dynamic_tool,
    file_change,
    question_form,
    reasoning,
    token_usage,
    turn_error,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .playing import Turn
    from .scene import Scene

    Step = dict[str, Any]


def play(turn: Turn, steps: Sequence[Step]) -> None:
    """Play a turn to its end."""
    for mark in (step for step in steps if step["do"] == "at_event"):
        turn.at_event(mark["count"], mark["steps"])
    try:
        perform(turn.scene, _whole([step for step in steps if step["do"] != "at_event"]))
    except TurnOverError:
        turn.process.channel.record("interrupted", turn.id)


def _whole(steps: list[Step]) -> list[Step]:
    """Add what every turn has and this script leaves out: reply and begin first, complete last."""
    named = {step["do"] for step in steps}
    replies_first = bool(steps) and steps[0]["do"] == "reply"
    return [
        *steps[:replies_first],
        *([] if "reply" in named else [turns.reply()]),
        *([] if "begin" in named else [turns.begin()]),
        *steps[replies_first:],
        *([] if named & {"complete", "fail"} else [turns.complete()]),
    ]


def _begin(scene: Scene, step: Step) -> None:
    scene.turn.begin(step["started_id"] or scene.turn.id)


def _event(scene: Scene, step: Step) -> None:
    scene.turn.event(step["method"], **step["params"])


def _say(scene: Scene, step: Step) -> None:
    turn, text, count = scene.turn, step["text"], step["deltas"]
    item_id = _new_message(scene)
    for number in range(count):
        piece = text[len(text) * number // count : len(text) * (number + 1) // count]
        turn.event("item/agentMessage/delta", itemId=item_id, delta=piece)
        if step["every"]:
            _pace(scene, step["every"])
    if step["finish"]:
        turn.finish_item(agent_message(item_id, text, step["phase"]))


def _deltas(scene: Scene, step: Step) -> None:
    item_id = _new_message(scene)
    params = scene.identified({"itemId": item_id, "delta": "x" * step["size"]})
    scene.turn.send(notification("item/agentMessage/delta", **params), times=step["count"])
    if step["finish"]:
        whole = "x" * step["size"] * step["count"]
        scene.turn.finish_item(agent_message(item_id, whole, "final_answer"))


def _new_message(scene: Scene) -> str:
    item_id = f"msg-{scene.process.world.new_id()}"
    scene.turn.start_item(agent_message(item_id, "", None))
    return item_id


def _pace(scene: Scene, seconds: float) -> None:
    scene.process.waiting.until(lambda: scene.turn.is_interrupted, seconds=seconds)


def _think(scene: Scene, step: Step) -> None:
    item_id = scene.process.world.new_id()
    place = {"itemId": item_id, "summaryIndex": 0}
    scene.turn.start_item(reasoning(item_id, []))
    scene.turn.event("item/reasoning/summaryPartAdded", **place)
    scene.turn.event("item/reasoning/summaryTextDelta", **place, delta=step["summary"])
    scene.turn.finish_item(reasoning(item_id, [step["summary"]]))


def _run_command(scene: Scene, step: Step) -> None:
    item = command(scene.process.world.new_id(), step["command"], scene.turn.thread["cwd"])
    scene.turn.start_item(item)
    _finish_command(scene, item, step["output"], step["exit_code"])


def _finish_command(scene: Scene, item: dict[str, Any], output: str, exit_code: int) -> None:
    if output:
        scene.turn.event("item/commandExecution/outputDelta", itemId=item["id"], delta=output)
    status = "failed" if exit_code else "completed"
    done = {"status": status, "aggregatedOutput": output, "exitCode": exit_code, "durationMs": 1}
    scene.turn.finish_item({**item, **done})


def _item(scene: Scene, step: Step) -> None:
    item = {"id": scene.process.world.new_id(), **step["item"]}
    started = step["started"]
    scene.turn.start_item(item if started is None else {"id": item["id"], **started})
    scene.turn.finish_item(item)


def _usage(scene: Scene, step: Step) -> None:
    scene.turn.usage_sent = True
    last = token_usage(step["input"], step["output"], step["cached"], step["reasoning"])
    total = scene.process.stage.add_usage(scene.turn.thread_id, last)
    usage = {"total": total, "last": last, "modelContextWindow": 258400}
    scene.turn.event("thread/tokenUsage/updated", tokenUsage=usage)


def _ask_command(scene: Scene, step: Step) -> None:
    turn = scene.turn
    item = command(scene.process.world.new_id(), step["command"], turn.thread["cwd"])
    method = "item/commandExecution/requestApproval"
    turn.show_waiting(method)
    turn.start_item(item)
    decision = _decision(scene, method, command_question(item, step["reason"]))
    if decision == "accept":
        _finish_command(scene, item, step["output"], 0)
        return
    turn.finish_item({**item, "status": "failed" if decision == "error" else "declined"})
    if decision == "cancel":
        turn.end("interrupted")
        raise TurnOverError


def _ask_file_change(scene: Scene, step: Step) -> None:
    turn = scene.turn
    item = file_change(scene.process.world.new_id(), step["path"], step["diff"])
    method = "item/fileChange/requestApproval"
    turn.start_item(item)
    turn.show_waiting(method)
    question = {
        "itemId": item["id"],
        "startedAtMs": 0,
        "reason": step["reason"],
        "grantRoot": None,
    }
    decision = _decision(scene, method, question)
    if decision == "cancel":
        turn.end("interrupted")
        raise TurnOverError
    turn.finish_item({**item, "status": "completed" if decision == "accept" else "declined"})


def _decision(scene: Scene, method: str, params: dict[str, Any]) -> str:
    """Ask, and reduce the answer to accept, decline, cancel or error."""
    answer = _question(scene, method, params) or {}
    decision = (answer.get("result") or {}).get("decision", "error")
    if decision in ("decline", "cancel"):
        return str(decision)
    accepted = isinstance(decision, dict) or decision in ("accept", "acceptForSession")
    return "accept" if accepted else "error"


def _question(scene: Scene, method: str, params: dict[str, Any]) -> dict[str, Any] | None:
    return ask(scene, turns.ask(method, params))


def _call_tool(scene: Scene, step: Step) -> None:
    call = {"namespace": step["namespace"], "tool": step["tool"], "arguments": step["arguments"]}
    item = dynamic_tool(scene.process.world.new_id(), call)
    scene.turn.start_item(item)
    answer = _question(scene, "item/tool/call", {"callId": item["id"], **call}) or {}
    given = answer.get("result") or {}
    done = {
        "status": "completed" if given.get("success") else "failed",
        "contentItems": given.get("contentItems"),
        "success": bool(given.get("success")),
        "durationMs": 1,
    }
    scene.turn.finish_item({**item, **done})


def _ask_user(scene: Scene, step: Step) -> None:
    method = "item/tool/requestUserInput"
    scene.turn.show_waiting(method)
    form = question_form(step["name"], step["question"], step["options"])
    _question(scene, method, {"itemId": scene.process.world.new_id(), **form})


def _silent(scene: Scene, step: Step) -> None:
    scene.turn.is_silent = True
    scene.process.channel.record("paused", "silent")
    scene.process.waiting.for_ever()


def _complete(scene: Scene, step: Step) -> None:
    if step["status"] == "completed" and not scene.turn.usage_sent:
        _usage(scene, turns.usage())
    scene.turn.end(step["status"], step["error"])


def _fail(scene: Scene, step: Step) -> None:
    error = turn_error(step["message"], step["info"], step["details"])
    scene.turn.status("systemError")
    scene.turn.event("error", error=error, willRetry=False)
    scene.turn.end("failed", error)


def _retrying(scene: Scene, step: Step) -> None:
    error = turn_error(step["message"], step["info"], None)
    scene.turn.event("error", error=error, willRetry=True)


ACTIONS.update(
    {
        "ask_command": _ask_command,
        "ask_file_change": _ask_file_change,
        "ask_user": _ask_user,
        "begin": _begin,
        "call_tool": _call_tool,
        "complete": _complete,
        "deltas": _deltas,
        "event": _event,
        "fail": _fail,
        "item": _item,
        "retrying": _retrying,
        "run_command": _run_command,
        "say": _say,
        "silent": _silent,
        "think": _think,
        "usage": _usage,
    }
)
