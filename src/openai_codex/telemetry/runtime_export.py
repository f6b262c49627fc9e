"""The settings that make the runtime export its own spans and logs over OTLP. Pure.

Its exporter reads OTEL_EXPORTER_OTLP_HEADERS itself: so no secret stands among its arguments.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

__all__ = ["check_endpoint", "runtime_overrides"]

_BASE = "OTEL_EXPORTER_OTLP_ENDPOINT"
_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
_PROTOCOLS = {"": "binary", "http/protobuf": "binary", "http/json": "json"}
_LOGS = (("otel.exporter", "LOGS", "v1/logs"),)
_SIGNALS = {
    "off": (),
    "logs": _LOGS,
    "all": (*_LOGS, ("otel.trace_exporter", "TRACES", "v1/traces")),
}


def runtime_overrides(
    level: str, endpoint: str | None, environment: Mapping[str, str]
) -> tuple[str, ...]:
    """Return `key=value` settings; raises ValueError where nothing says where to export to."""
    signals = _SIGNALS[level]
    if not signals:
        return ()
    protocol = _PROTOCOLS.get(environment.get(_PROTOCOL, ""))
    if protocol is None:
        wanted = environment[_PROTOCOL]
        text = f"the runtime exports over HTTP alone: {_PROTOCOL} is {wanted!r}, not http/protobuf"
        raise ValueError(text)
    return tuple(
        f"{key}={{otlp-http={{endpoint={json.dumps(url)},protocol={json.dumps(protocol)}}}}}"
        for key, url in (
            (key, _url(signal, path, endpoint, environment)) for key, signal, path in signals
        )
    )


def check_endpoint(name: str, endpoint: str) -> None:
    """Raise TypeError or ValueError for what is no address, or holds a password."""
    if not isinstance(endpoint, str):
        raise TypeError(f"{name} must be text, got {type(endpoint).__name__}")
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f'{name} must be as "http://localhost:4318"')
    if parts.username is not None or parts.password is not None:
        # It would stand among the arguments of a process, which others can list.
        raise ValueError(f"{name} must hold no password: set OTEL_EXPORTER_OTLP_HEADERS")


def _url(signal: str, path: str, endpoint: str | None, environment: Mapping[str, str]) -> str:
    own = environment.get(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    if endpoint is None and own:  # by its specification it is used as it is
        check_endpoint(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT", own)
        return own
    base = endpoint or environment.get(_BASE)
    if not base:
        raise ValueError(
            f"Telemetry.runtime needs somewhere to export to: set {_BASE}, or give "
            'Telemetry(endpoint="http://localhost:4318")'
        )
    check_endpoint(_BASE, base)
    return f"{base.rstrip('/')}/{path}"
