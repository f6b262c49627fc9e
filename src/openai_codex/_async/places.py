"""Registers environments, and sees that a thread which works in one never works anywhere else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._checks import check_kind
from .._core.deadline import Deadline
from .._drivers.aio import run_handler
from .._places.environment import LOCAL, Environment, Place, folder_in, told_folder
from .._places.errors import (
    EnvironmentRequiredError,
    EnvironmentUnreachableError,
    UnknownEnvironmentError,
)
from .._places.stored import environments_in, stored_environments
from ..errors import (
    InvalidRequestError,
    JsonRpcError,
    MethodNotFoundError,
    RequestTimeoutError,
)

if TYPE_CHECKING:
    from .rpc import AsyncRpc

__all__ = [
    "adopt",
    "before_resume",
    "before_turn",
    "before_untold_turn",
    "check_environment",
    "keep_from_host",
    "place_for",
    "register",
]

_RECOVERING = "is recovering"
_LOOK_EVERY = 0.1
_TURN_FIRST = "run a turn in it first, which takes it there"
_STOP_FIRST = (
    "its goal or its queue would begin at once, so pause the goal and empty the queue first"
)
_LET_THE_AGENT = "a command of your own cannot run there, so let the agent run it"


def check_environment(environment: object) -> None:
    """Raise TypeError for what is no Environment."""
    if not isinstance(environment, Environment):
        kind = type(environment).__name__
        raise TypeError(f"environment must be an Environment, got {kind}")


async def register(rpc: AsyncRpc, environment: Environment) -> Environment:
    """Tell the runtime of an environment and look whether it is there; returns it with its folder.

    Raises EnvironmentUnreachableError.
    """
    wire_id = await _wire_id(rpc, environment)
    try:
        await rpc.request("environment/add", environment.to_wire(wire_id))
    except JsonRpcError as error:
        raise _unreachable(environment, error) from error
    info = await _info(rpc, environment, wire_id)
    cwd = environment.cwd or told_folder(info.get("cwd")) or "/"
    found = Environment(
        environment.url,
        environment.token,
        cwd=cwd,
        name=environment.name,
        connect_timeout=environment.connect_timeout,
    )
    rpc.places.add(found, wire_id)
    return found


async def place_for(
    rpc: AsyncRpc, method: str, params: dict[str, Any], environment: Environment | str | None
) -> Place | None:
    """Return where a thread that is about to be opened works; puts it into `params`.

    Raises EnvironmentRequiredError for a stored thread that worked elsewhere than on the runtime's
    machine, where nothing says how to reach that place.
    """
    if environment is not None:
        known = await _known(rpc, environment)
        cwd = params.get("cwd")
        place: Place | None = Place(known.name, folder_in(cwd if cwd is not None else known.cwd))
    elif method in ("thread/resume", "thread/fork"):
        place = await _remembered(rpc, params["threadId"], params.get("cwd"))
    else:
        await _keep_here(rpc, method, params)
        return None
    if place is not None:
        if method == "thread/resume" and not await _is_loaded_at(rpc, params["threadId"], place):
            await before_resume(rpc, params["threadId"], place)
        params["cwd"] = place.cwd
        if method == "thread/start":
            params["environments"] = rpc.places.wire(place)
    return place


async def _keep_here(rpc: AsyncRpc, method: str, params: dict[str, Any]) -> None:
    """Let a thread without a place have none: by default it has every environment that is known."""
    folder = rpc.config._folder
    if method != "thread/start" or not rpc.places.known or folder is None:
        return
    is_here = await _status(rpc, LOCAL) == "ready"
    cwd = os.path.join(folder, os.fspath(params.get("cwd") or ""))  # noqa: PTH118 - as text
    params["environments"] = [{"environmentId": LOCAL, "cwd": cwd}] if is_here else []


async def adopt(
    rpc: AsyncRpc, thread: dict[str, Any], place: Place | None, *, is_new: bool
) -> None:
    """Note where a thread works that was opened just now.

    Another client of the same runtime may have started it elsewhere: then it works there for us,
    too. A file that only resuming could unpack is looked at here; a new thread has none.
    """
    thread_id, path = str(thread["id"]), thread.get("path")
    place = place or _primary(rpc, thread)
    rpc.places.note(thread_id, place)
    if place is None and isinstance(path, str) and not is_new:
        names = await _blocking(lambda: environments_in(Path(path)))
        if names:
            await rpc.request("thread/unsubscribe", {"threadId": thread_id})
            raise EnvironmentRequiredError(thread_id, names)


async def before_turn(rpc: AsyncRpc, thread_id: str) -> None:
    """See that a thread's environment is there; raises EnvironmentUnreachableError."""
    place = rpc.places.of(thread_id)
    known = rpc.places.known.get(place.environment) if place is not None else None
    if known is None:  # adopted: another client registered it with this runtime
        return
    wire_id, deadline = rpc.places.id_of(known.name), Deadline(known.connect_timeout)
    while await _status(rpc, wire_id) == _RECOVERING:
        if deadline.is_over:
            reason = f"it is gone, and did not come back within {known.connect_timeout:g} s"
            raise EnvironmentUnreachableError(known.name, known.url, reason)
        await rpc.pause(min(_LOOK_EVERY, deadline.left() or _LOOK_EVERY))
    status = await _status(rpc, wire_id)
    if status == "unknown":  # a new runtime
        await register(rpc, known)
    elif status != "ready":
        await _info(rpc, known, wire_id)


async def before_resume(rpc: AsyncRpc, thread_id: str, place: Place | None) -> None:
    """See that nothing of a thread begins by itself when a runtime resumes it: it would begin here.

    An active goal and queued messages do, before a turn could name the place. Raises
    EnvironmentRequiredError.
    """
    if place is None:
        return
    goal = (await _told_of(rpc, "thread/goal/get", thread_id)).get("goal") or {}
    queued = (await _told_of(rpc, "thread/queue/list", thread_id)).get("data")
    if goal.get("status") == "active" or queued:
        raise EnvironmentRequiredError(thread_id, [place.environment], _STOP_FIRST)


async def _told_of(rpc: AsyncRpc, method: str, thread_id: str) -> dict[str, Any]:
    try:
        told: dict[str, Any] = await rpc.request(method, {"threadId": thread_id})
    except (InvalidRequestError, MethodNotFoundError):  # it has no goals, or no queue
        return {}
    return told


async def _is_loaded_at(rpc: AsyncRpc, thread_id: str, place: Place) -> bool:
    try:
        now = await _at_work_in(rpc, thread_id)
    except JsonRpcError:  # resuming it says why
        return True
    return now is not None and now.environment == place.environment


async def before_untold_turn(rpc: AsyncRpc, thread_id: str) -> None:
    """See that a turn which cannot be told where to work would be in the thread's environment.

    A review, a goal's turn and one of the queue are where the thread's last turn was: after a
    resume in a new runtime that is nowhere. Raises EnvironmentRequiredError.
    """
    place = rpc.places.of(thread_id)
    if place is None:
        return
    now = await _at_work_in(rpc, thread_id)
    if now is None or now.environment != place.environment:
        raise EnvironmentRequiredError(thread_id, [place.environment], _TURN_FIRST)
    await before_turn(rpc, thread_id)


def keep_from_host(rpc: AsyncRpc, thread_id: str) -> None:
    """Raise EnvironmentRequiredError for what the runtime would do on its own machine at best."""
    place = rpc.places.of(thread_id)
    if place is not None:
        raise EnvironmentRequiredError(thread_id, [place.environment], _LET_THE_AGENT)


async def _known(rpc: AsyncRpc, environment: Environment | str) -> Environment:
    check_kind("environment", environment, Environment, str)
    if isinstance(environment, str):
        known = rpc.places.known.get(environment)
        if known is None:
            raise UnknownEnvironmentError(environment, sorted(rpc.places.known))
        return known
    known = rpc.places.known.get(environment.name)
    if known is None or (known.url, known.token) != (environment.url, environment.token):
        known = await register(rpc, environment)
    return known if environment.cwd is None else environment


async def _remembered(rpc: AsyncRpc, thread_id: str, cwd: Any) -> Place | None:
    place = rpc.places.of(thread_id)
    if place is None:
        home = rpc.server_info.get("codexHome")
        names = await _blocking(lambda: stored_environments(home, thread_id))
        place = await _loaded_in(rpc, thread_id, names) if names else None
    if place is None or cwd is None:
        return place
    return Place(place.environment, folder_in(cwd))


async def _loaded_in(rpc: AsyncRpc, thread_id: str, names: tuple[str, ...]) -> Place:
    """Return where a thread is at work now; raises EnvironmentRequiredError when it is not."""
    place = await _at_work_in(rpc, thread_id)
    if place is None:
        raise EnvironmentRequiredError(thread_id, names)
    return place


async def _wire_id(rpc: AsyncRpc, environment: Environment) -> str:
    """Return the id to register an environment under: a new one where it replaces another."""
    wire_id, known = rpc.places.id_of(environment.name), rpc.places.known.get(environment.name)
    if known is None:
        return wire_id
    is_same = (known.url, known.token) == (environment.url, environment.token)
    if is_same and await _status(rpc, wire_id) in ("ready", "unknown"):
        return wire_id
    return rpc.places.new_id(environment.name)


async def _status(rpc: AsyncRpc, wire_id: str) -> str:
    told = await rpc.request("environment/status", {"environmentId": wire_id})
    # Its connection was lost, and the runtime tries for 25 s to get it back. It says so in words
    # alone; environment/info would wait for it, and block every other call about environments.
    is_recovering = _RECOVERING in str(told.get("error"))
    return _RECOVERING if is_recovering else str(told.get("status"))


async def _info(rpc: AsyncRpc, environment: Environment, wire_id: str) -> dict[str, Any]:
    try:
        # Not longer: one that died is waited for by the runtime, which hopes that it comes back.
        info: dict[str, Any] = await rpc.request(
            "environment/info",
            {"environmentId": wire_id},
            timeout=environment.connect_timeout,
        )
    except (InvalidRequestError, JsonRpcError, RequestTimeoutError) as error:
        raise _unreachable(environment, error) from error
    return info


def _unreachable(
    environment: Environment, error: JsonRpcError | RequestTimeoutError
) -> EnvironmentUnreachableError:
    if isinstance(error, RequestTimeoutError):
        reason = f"no answer within {environment.connect_timeout:g} s"
    else:
        reason = error.message
    return EnvironmentUnreachableError(environment.name, environment.url, reason)


async def _at_work_in(rpc: AsyncRpc, thread_id: str) -> Place | None:
    """Return where a thread is at work now, as the runtime says; None for its own machine."""
    read = await rpc.request("thread/read", {"threadId": thread_id, "includeTurns": False})
    return _primary(rpc, read["thread"])


def _primary(rpc: AsyncRpc, thread: dict[str, Any]) -> Place | None:
    """Return the environment in which a loaded thread works, None for the runtime's machine."""
    places = thread.get("environments") or [{}]
    name, cwd = places[0].get("environmentId", LOCAL), places[0].get("cwd")
    return (
        None if name == LOCAL or not isinstance(cwd, str) else Place(rpc.places.name_of(name), cwd)
    )


async def _blocking(work: Any) -> Any:
    return await run_handler(lambda _: work(), None, seconds=None, settled=None)
