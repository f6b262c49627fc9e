"""A scripted app-server, to test clients of the Codex runtime against what can go wrong.

It is a process that speaks the app-server's protocol like the pinned runtime, and misbehaves where
a script says so. It needs no runtime, no model and no network, and answers `initialize` within some
30 milliseconds, so that hundreds of fault tests stay cheap.

    from openai_codex import Codex
    from openai_codex.testing.fake import FakeAppServer, faults, on, pause, say, turn

    script = [turn(say("Hel"), pause("gate"), faults.die()), on("model/list", faults.drop())]
    with FakeAppServer(script) as server, Codex(server.config()) as codex:
        codex.thread_start().turn("Hi")
        server.wait_for("gate", kind="paused")    # an event, not a clock
        server.release("gate")

A script is a list of rules; a rule is a place and the steps that are taken there. What no rule
names is done normally: every request is answered, every turn says "ok". A script is data: nothing
of it runs in the test's process. One server may be spawned several times, at once or in turn; each
process starts the script from its beginning, and `rule.in_spawns(1)` keeps a rule to some of them.

Places (`script`)
    turn(*steps, when=, times=)      the next turns, or those whose text contains `when`
    on(method, *steps, nth=, times=) a request, instead of its normal answer; "*" is any
    at_start, at_eof, at_sigterm     before reading; instead of exiting with 0
    at_byte(n, *steps)               when n bytes of stdout are written, also inside a line
    at_event(n, *steps)              in turn(...): when n notifications of the turn are out

Steps of a turn (`turns`)
    reply, begin, complete           added where they are not named; name them to move them
    say, deltas, think               messages: text in pieces, n pieces of a size, a summary
    run_command, item, usage         other items, also of types that nobody knows
    event, notify                    any notification, with the turn's ids or as it is
    ask                              any question; ask_command, ask_file_change, ask_user and
                                     call_tool add the items around it and obey the answer
    pause(point), pause(seconds=)    wait for `server.release(point)`; pause() waits for ever
    silent                           nothing more of this turn, not even for an interrupt
    fail, retrying                   a failed turn; an error that is only progress

Faults (`faults`)
    of replies       drop, delay, duplicate, reorder, error, stray_reply
    of bytes         garbage, broken_utf8, truncated_json, json_array, bare_scalar, partial_line,
                     huge_line, raw, flood
    of the process   die (exit code, signal, stderr), stderr, close_stdout, close_stdin,
                     stop_reading, grandchild
    whole rules      never_answers, refuses, overloaded, unknown_method, interrupt_too_early,
                     early_completion, exits_at_once, cold_start_race, ignores_eof, ignores_sigterm

The other faults are these in a place: a turn that stalls is `turn(say("a"), pause())`; a death in
the middle of a line is `at_byte(n, die())`; `turn/started` with another id is
`turn(begin(started_id=...))`; a repeated interrupt is never answered, as by the runtime itself.
`pause`, `reply`, `notify` and `ask` may be used outside turns too.

What happened is in `server.records`, `received`, `answers` and `requests(method)`; `wait_for` and
`wait_for_async` wait for it. Closing the server ends every process that still lives.
A script file can be run by hand: `python -m openai_codex.testing.fake SCRIPT`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import faults
    from .records import FakeTimeoutError, Record
    from .script import Rule, Step, at_byte, at_eof, at_sigterm, at_start, on, turn
    from .server import FakeAppServer
    from .turns import (
        ask,
        ask_command,
        ask_file_change,
        ask_user,
        at_event,
        begin,
        call_tool,
        complete,
        deltas,
        event,
        fail,
        item,
        notify,
        pause,
        reply,
        retrying,
        run_command,
        say,
        silent,
        think,
        usage,
    )

__all__ = [
    "FakeAppServer",
    "FakeTimeoutError",
    "Record",
    "Rule",
    "Step",
    "ask",
    "ask_command",
    "ask_file_change",
    "ask_user",
    "at_byte",
    "at_eof",
    "at_event",
    "at_sigterm",
    "at_start",
    "begin",
    "call_tool",
    "complete",
    "deltas",
    "event",
    "fail",
    "faults",
    "item",
    "notify",
    "on",
    "pause",
    "reply",
    "retrying",
    "run_command",
    "say",
    "silent",
    "think",
    "turn",
    "usage",
]

_HOMES = {
    "FakeAppServer": "server",
    "FakeTimeoutError": "records",
    "Record": "records",
    "Rule": "script",
    "Step": "script",
    "at_byte": "script",
    "at_eof": "script",
    "at_sigterm": "script",
    "at_start": "script",
    "on": "script",
    "turn": "script",
}


def __getattr__(name: str) -> object:
    """Load a name on first touch: the fake process imports this package too, and wants none."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "faults":
        return import_module(f"{__name__}.faults")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'turns')}"), name)
