"""The metrics: what is measured, in which buckets, with which attributes. Never ids of anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry import metrics

from .._version import __version__
from . import names
from .nodes import Node

if TYPE_CHECKING:
    from decimal import Decimal

    from .._core.account import Usage

__all__ = ["Meters", "meters_of"]

TOKENS = [float(4**power) for power in range(14)]
AGENT_SECONDS = [0.1 * 2**power for power in range(13)]
TOOL_SECONDS = [0.01 * 2**power for power in range(14)]
CALLS = [float(2**power) for power in range(11)]

_PROXY = "_ProxyMeterProvider"
"""What stands for a provider that is not set yet; the API has no public name for its class."""

_ASKED = {names.OPERATION: "invoke_agent", names.PROVIDER: "openai"}
_OF_TOOL = (names.OPERATION, names.TOOL_NAME, names.TOOL_TYPE, names.ERROR_TYPE)


def meters_of(given: Any, known: Meters | None) -> Meters | None:
    """Return the instruments of the provider that is set now, None where there is none."""
    provider = given or metrics.get_meter_provider()
    if type(provider).__name__ == _PROXY:
        return None
    return known if known is not None and known.provider is provider else Meters(provider)


class Meters:
    """The instruments of one provider."""

    def __init__(self, provider: Any) -> None:
        self.provider = provider
        meter = provider.get_meter("openai_codex", __version__)

        def histogram(name: str, unit: str, buckets: list[float], words: str) -> Any:
            return meter.create_histogram(
                name, unit, words, explicit_bucket_boundaries_advisory=buckets
            )

        agent = "gen_ai.invoke_agent"
        self._tokens = histogram(
            "gen_ai.client.token.usage", "{token}", TOKENS, "Tokens of model responses"
        )
        self._turns = histogram(f"{agent}.duration", "s", AGENT_SECONDS, "How long turns took")
        self._tools = histogram(
            "gen_ai.execute_tool.duration", "s", TOOL_SECONDS, "How long tools took"
        )
        self._inferences = histogram(
            f"{agent}.inference_calls", "{call}", CALLS, "Model responses of a turn"
        )
        self._tool_calls = histogram(f"{agent}.tool_calls", "{call}", CALLS, "Tools of a turn")
        self._usd = meter.create_counter(names.USD, "USD", "What model responses cost")
        self._restarts = meter.create_counter(
            "codex.runtime.restarts", "{restart}", "Runtimes that were started for a dead one"
        )
        self._approvals = meter.create_counter("codex.approvals", "{approval}", "Questions asked")

    def responded(self, usage: Usage, usd: Decimal | None, model: str | None) -> None:
        """Measure a model response."""
        labels = {**_ASKED, **({} if model is None else {names.MODEL: model})}
        self._tokens.record(usage.input, {**labels, names.TOKEN_TYPE: "input"})
        self._tokens.record(usage.output, {**labels, names.TOKEN_TYPE: "output"})
        if usd is not None:
            self._usd.add(float(usd), labels)

    def ended(self, node: Node) -> None:
        """Measure a span that is over."""
        attributes = node.attributes
        seconds = ((node.end or node.start) - node.start) / 1e9
        if node.kind == "approval":
            known = (names.APPROVAL_KIND, names.APPROVAL_DECISION)
            self._approvals.add(1, _some(attributes, known))
        elif node.kind in ("turn", "agent"):
            if names.JOINED not in attributes:
                self._turn_ended(node, seconds, attributes)
        elif names.TOOL_NAME in attributes:
            self._tools.record(seconds, _some(attributes, _OF_TOOL))

    def restarted(self) -> None:
        """Count a runtime that takes a dead one's place."""
        self._restarts.add(1)

    def _turn_ended(self, node: Node, seconds: float, attributes: dict[str, Any]) -> None:
        labels = {**_ASKED, **_some(attributes, (names.MODEL, names.ERROR_TYPE))}
        self._turns.record(seconds, labels)
        self._inferences.record(node.usage[-1], labels)
        self._tool_calls.record(node.tool_calls, labels)


def _some(attributes: dict[str, Any], wanted: tuple[str, ...]) -> dict[str, Any]:
    return {name: attributes[name] for name in wanted if name in attributes}
