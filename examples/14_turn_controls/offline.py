"""Two answers that wait: one until the turn is steered, one until it is interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import Gate, ScriptedModel, hold, offline_config, say


class OpensWhenSteered(Gate):
    """A gate that listens to what the client and the runtime say to each other."""

    asked = False

    def __call__(self, direction: str, data: bytes) -> None:
        self.asked = self.asked or b'"turn/steer"' in data
        if self.asked and direction == "<" and b'"result"' in data:
            self.open()


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    steered = OpensWhenSteered()
    with ScriptedModel() as model:
        counting = say(deltas=["one, two, ", hold(steered), "three"], phase="commentary")
        model.script([counting], say("Three."))
        model.script(say(deltas=["1,000,000, ", hold(Gate()), "999,999"]))
        model.script(say("Yes."))
        yield offline_config(model, wire_tap=steered)
