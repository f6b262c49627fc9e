"""What a client tells OpenTelemetry, and whether it does; imports nothing of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .._checks import check_flag, check_kind, check_text
from .runtime_export import check_endpoint, runtime_overrides

__all__ = ["CONTENT_VARIABLE", "Telemetry"]

CONTENT_VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_ON_SPANS = ("span_only", "span_and_event", "true")
_LEVELS = ("off", "logs", "all")
_VALUES = (str, bool, int, float)


@dataclass(frozen=True, kw_only=True)
class Telemetry:
    """What a client tells OpenTelemetry. Without one it tells all but content, to whom you set up.

    content          whether spans also hold prompts, answers, arguments and output, redacted;
                     None asks OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT
    runtime          what the runtime itself exports over OTLP: "off", its "logs", or "all": logs,
                     and its own spans, hundreds for a turn; it redacts nothing
    endpoint         where to, as "http://localhost:4318"; None asks OTEL_EXPORTER_OTLP_ENDPOINT
    attributes       text, numbers and bools that every span of the client has as well
    tracer_provider  in place of the one that OpenTelemetry has for the program
    meter_provider   the same for metrics

    Nothing is sent, and nothing of OpenTelemetry imported, in a program that has set no provider.
    Raises ValueError and TypeError for values that are none of these.
    """

    content: bool | None = None
    runtime: Literal["off", "logs", "all"] = "off"
    endpoint: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    tracer_provider: Any = None
    meter_provider: Any = None
    _is_off: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        if self.content is not None:
            check_flag("Telemetry.content", self.content)
        if self.runtime not in _LEVELS:
            raise ValueError(
                f'Telemetry.runtime must be "off", "logs" or "all", got {self.runtime!r}'
            )
        check_kind("Telemetry.attributes", self.attributes, Mapping)
        for name, value in self.attributes.items():
            check_text(**{"Telemetry.attributes": name})
            if not isinstance(value, _VALUES):
                kind = type(value).__name__
                text = (
                    f"Telemetry.attributes[{name!r}] must be text, a number or a bool, got {kind}"
                )
                raise TypeError(text)
        if self.endpoint is not None:
            check_endpoint("Telemetry.endpoint", self.endpoint)

    @classmethod
    def off(cls) -> Telemetry:
        """Return what tells nothing, and keeps nothing: `turn.trace` is empty then."""
        return cls(_is_off=True)

    @property
    def _is_asked(self) -> bool:
        """Whether anybody may listen.

        A provider is set through OpenTelemetry's own modules, also by a distribution such as
        Logfire or by `opentelemetry-instrument`: where nobody has imported them, there is none, and
        the variables of the environment alone set up nothing. So this costs a look in a table.
        """
        if self._is_off:
            return False
        given = self.tracer_provider or self.meter_provider
        loaded = sys.modules
        return bool(given) or "opentelemetry.trace" in loaded or "opentelemetry.metrics" in loaded

    @property
    def _wants_content(self) -> bool:
        """Whether prompts, answers, arguments and output are wanted."""
        if self._is_off or self.content is not None:
            return bool(self.content)
        return os.environ.get(CONTENT_VARIABLE, "").strip().lower() in _ON_SPANS

    def _overrides(self, environment: Mapping[str, str]) -> tuple[str, ...]:
        """Return the runtime's settings for its own exporter."""
        return runtime_overrides(self.runtime, self.endpoint, environment)
