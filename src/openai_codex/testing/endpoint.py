"""`ModelEndpoint`: one address for many scripted models in turn, for a runtime that outlives tests.

Rule 1: a thread belongs to the model that was there when it was first seen; a sub-agent's or
review's thread to its parent's.
Rule 2: a model that has left is asked no more, so what is late in one test cannot reach the next.
It picks who answers; it answers nothing itself but refusals.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .loopback import Exchange, HttpRequest
from .model.request import ModelRequest
from .model.server import ScriptedModel

NOBODY = (
    "no test is there to answer this: the model of the test that started a thread answers it, "
    "and that test is over; start a thread in each test"
)


class ModelEndpoint(ScriptedModel):
    """One address for the models that come and go with `guest`; an argument of `offline_config`."""

    def __init__(self) -> None:
        super().__init__(strict=False)
        self._seating = threading.Lock()  # guards _current and _owners
        self._current: ScriptedModel | None = None
        self._owners: dict[str, ScriptedModel | None] = {}

    @contextmanager
    def guest(self) -> Iterator[ScriptedModel]:
        """Let a new model answer all new threads for this block; it is closed afterwards."""
        model = GuestModel(self)
        with self._seating:
            self._current = model
        try:
            yield model
        finally:
            self._dismiss(model)
            model.close()

    def serve(self, request: HttpRequest, exchange: Exchange) -> None:
        """Pass a request on to the model that its thread belongs to, if that is still here."""
        model = self._owner(ModelRequest(request.headers, {}))
        if model is None:
            exchange.respond(410, NOBODY)
        else:
            model.serve(request, exchange)

    def _dismiss(self, model: ScriptedModel) -> None:
        with self._seating:
            self._current = None
            for thread, owner in self._owners.items():
                if owner is model:
                    self._owners[thread] = None  # known, and answered by nobody

    def _owner(self, request: ModelRequest) -> ScriptedModel | None:
        with self._seating:
            parent = self._owners.get(request.parent_thread_id or "", self._current)
            owner = self._owners.setdefault(request.thread_id, parent)
            return owner if owner is self._current else None


class GuestModel(ScriptedModel):
    """A scripted model that answers at the address of its endpoint."""

    def __init__(self, endpoint: ModelEndpoint) -> None:
        super().__init__(strict=False)
        self._endpoint = endpoint

    @property
    def base_url(self) -> str:
        """The endpoint's address."""
        return self._endpoint.base_url
