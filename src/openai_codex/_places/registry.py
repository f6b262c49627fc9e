"""What one client knows of places: the environments it registered, and which thread works where."""

from __future__ import annotations

from typing import Any

from .environment import Environment, Place, folder_in

__all__ = ["Places"]


class Places:
    """Environments by name, and the place of each thread that has one."""

    def __init__(self) -> None:
        self.known: dict[str, Environment] = {}
        self._ids: dict[str, str] = {}
        self._replaced = 0
        # Nothing is taken out: a thread whose place was forgotten would work on the host.
        self._threads: dict[str, Place] = {}

    def add(self, environment: Environment, wire_id: str) -> None:
        """Remember an environment, and under which id the runtime knows it."""
        self.known[environment.name] = environment
        self._ids[environment.name] = wire_id

    def id_of(self, name: str) -> str:
        """Return the id under which the runtime knows an environment."""
        return self._ids.get(name, name)

    def new_id(self, name: str) -> str:
        """Return another id, for an environment in the place of one of the same name.

        A thread keeps its connection as long as the id stays, though the environment behind it is
        another one by now.
        """
        self._replaced += 1
        return f"{name}~{self._replaced}"

    def name_of(self, wire_id: str) -> str:
        """Return the name of the environment that the runtime knows under an id."""
        return next((name for name, known in self._ids.items() if known == wire_id), wire_id)

    def wire(self, place: Place) -> list[dict[str, Any]]:
        """Return the `environments` of thread/start and turn/start for a place."""
        return [{"environmentId": self.id_of(place.environment), "cwd": place.cwd}]

    def note(self, thread_id: str, place: Place | None) -> None:
        """Remember where a thread works from now on; None changes nothing."""
        if place is not None:
            self._threads[thread_id] = place

    def moved(self, thread_id: str, cwd: object) -> Place | None:
        """Return where a thread works with another folder, if one is given; changes nothing.

        Raises ValueError for a folder that is not absolute there.
        """
        place = self._threads.get(thread_id)
        if place is None or cwd is None:
            return place
        return Place(place.environment, folder_in(cwd))

    def of(self, thread_id: str) -> Place | None:
        """Return where a thread works, or None for the runtime's own machine."""
        return self._threads.get(thread_id)
