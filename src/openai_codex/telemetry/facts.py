"""What is known of threads, to name their spans: model, effort, name. Pure."""

from __future__ import annotations

from typing import Any

from . import names
from .items import shown

__all__ = ["ThreadFacts"]

Params = dict[str, Any]


class ThreadFacts:
    """The facts of each thread, from the messages that tell them."""

    def __init__(self) -> None:
        self._known: dict[str, Params] = {}

    def attributes(self, thread_id: str, *, version: str | None, name: str) -> Params:
        """Return the attributes of a turn in a thread; `name` is for one that has none."""
        facts = self._known.get(thread_id, {})
        attributes = {
            names.OPERATION: "invoke_agent",
            names.PROVIDER: "openai",
            names.AGENT_NAME: facts.get("name") or name,
            names.CONVERSATION: thread_id,
        }
        known = (
            (names.AGENT_VERSION, version),
            (names.MODEL, facts.get("model")),
            (names.REASONING_LEVEL, facts.get("effort")),
        )
        attributes.update((key, value) for key, value in known if value)
        return attributes

    def opened(self, result: Any) -> None:
        """Take the reply to thread/start, thread/resume or thread/fork."""
        thread = result.get("thread") if isinstance(result, dict) else None
        if isinstance(thread, dict):
            effort, model = result.get("reasoningEffort"), result.get("model")
            self._note(thread.get("id"), model=model, effort=effort, name=thread.get("name"))

    def settings_updated(self, params: Params) -> None:
        """Take a thread's new model and effort."""
        settings = params.get("threadSettings")
        if isinstance(settings, dict):
            model, effort = settings.get("model"), settings.get("effort")
            self._note(params.get("threadId"), model=model, effort=effort)

    def rerouted(self, params: Params) -> None:
        """Take the model that answers in place of the one that was asked."""
        self._note(params.get("threadId"), model=params.get("toModel"))

    def renamed(self, params: Params) -> None:
        """Take a thread's new name."""
        self._note(params.get("threadId"), name=params.get("threadName"))

    def agent_told(self, item: Params) -> None:
        """Take the item that tells of a sub-agent, before its first turn begins."""
        path = str(item.get("agentPath") or "")
        self._note(
            item.get("agentThreadId"),
            name=path.rpartition("/")[2],
            model=item.get("model"),
            effort=item.get("reasoningEffort"),
        )

    def forget(self, thread_id: str) -> None:
        """Forget a thread."""
        self._known.pop(thread_id, None)

    def _note(self, thread_id: Any, **facts: Any) -> None:
        known = self._known.setdefault(str(thread_id), {})
        known.update((name, shown(value)) for name, value in facts.items() if value)
