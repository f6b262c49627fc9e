"""The parts of `_wire` that are not models: method constants and tables."""

from __future__ import annotations

from itertools import groupby

from tools.gen_wire.naming import constant, family, pascal
from tools.gen_wire.prose import docstring
from tools.gen_wire.protocol import Call, Protocol

PACKAGE = "openai_codex._wire"


def render_calls(protocol: Protocol, homes: dict[str, str]) -> dict[str, str]:
    """One module per family, named after it."""
    grouped = groupby(protocol.calls, key=lambda call: family(call.method))
    return {name: _family(name, list(calls), homes) for name, calls in grouped}


def _family(name: str, calls: list[Call], homes: dict[str, str]) -> str:
    lines = [
        f'"""Requests of the family `{calls[0].method.split("/")[0]}`."""\n',
        "from __future__ import annotations\n",
        "from typing import TYPE_CHECKING, Final\n",
        f"from {PACKAGE}.method import Method\n",
        "if TYPE_CHECKING:",
        *_imports({n for call in calls for n in (call.params, call.result) if n}, homes),
    ]
    for call in calls:
        params = f'"{call.params}"' if call.params else "None"
        lines += [
            "",
            f"{constant(call.method)}: Final[Method[{call.params}, {call.result}]] = Method(",
            f'    "{call.method}", {params}, "{call.result}"',
            ")",
            *docstring(call.doc, indent=0),
        ]
    return "\n".join(lines) + "\n"


def _imports(names: set[str], homes: dict[str, str]) -> list[str]:
    """Import statements for a TYPE_CHECKING block."""
    lines = []
    for home in sorted({homes[name] for name in names}):
        found = sorted(name for name in names if homes[name] == home)
        lines.append(f"    from {PACKAGE}.models.{home} import {', '.join(found)}")
    return lines


def render_index(homes: dict[str, str], aliases: dict[str, str]) -> str:
    """`MODULES`: wire name -> module of models; `ALIASES`: second name -> name."""
    return "\n".join(
        [
            '"""Where each wire name lives. Must stay free of imports."""\n',
            "from __future__ import annotations\n",
            "from typing import Final\n",
            "MODULES: Final[dict[str, str]] = {",
            *(f'    "{name}": "{home}",' for name, home in sorted(homes.items())),
            "}\n",
            "# Second names, as in packages that take the titles of the schema literally.",
            "ALIASES: Final[dict[str, str]] = {",
            *(f'    "{alias}": "{name}",' for alias, name in sorted(aliases.items())),
            "}\n",
        ]
    )


def render_tables(protocol: Protocol) -> str:
    """Method -> class names."""
    notifications = [f'    "{row.method}": "{row.params}",' for row in protocol.notifications]
    unlisted = [f'"{row.method}"' for row in protocol.notifications if not row.listed]
    questions = [
        f'    "{row.method}": ("{row.params}", "{row.response}"),' for row in protocol.questions
    ]
    calls = [
        f'    "{call.method}": ("{family(call.method)}", "{constant(call.method)}"),'
        for call in protocol.calls
    ]
    return "\n".join(
        [
            '"""Every method and the names of what it carries. Must stay free of imports."""\n',
            "from __future__ import annotations\n",
            "from typing import Final\n",
            "# Request of ours -> its family and constant in `openai_codex.methods`.",
            "CALLS: Final[dict[str, tuple[str, str]]] = {",
            *calls,
            "}\n",
            "# Request of the server -> the classes of its params and of our answer.",
            "QUESTIONS: Final[dict[str, tuple[str, str]]] = {",
            *questions,
            "}\n",
            "# Notification of the server -> the class of its params.",
            "NOTIFICATIONS: Final[dict[str, str]] = {",
            *notifications,
            "}\n",
            "# Those that the schema does not list: sent by the runtime all the same, or by us.",
            f"UNLISTED: Final[frozenset[str]] = frozenset(({', '.join(unlisted)},))\n",
        ]
    )


def render_names(homes: dict[str, str], aliases: dict[str, str]) -> str:
    """The static side of the doors to every name: nothing imports this at run time."""
    return "\n".join(
        [
            '"""Every wire name, for type checkers; at run time see `model_class`."""\n',
            "from __future__ import annotations\n",
            "from typing import TYPE_CHECKING\n",
            "if TYPE_CHECKING:",
            *_imports(set(homes), homes),
            "",
            *(f"    {alias} = {name}" for alias, name in sorted(aliases.items())),
            "",
            "__all__ = [",
            *(f'    "{name}",' for name in sorted({*homes, *aliases})),
            "]",
            "",
        ]
    )


def render_families(protocol: Protocol) -> str:
    """The families as attributes of their package, each loaded when it is touched."""
    families = sorted({family(call.method) for call in protocol.calls})
    return "\n".join(
        [
            '"""Every family of requests. Must not load one before it is touched."""\n',
            "from __future__ import annotations\n",
            "from types import ModuleType",
            "from typing import TYPE_CHECKING\n",
            f"from {PACKAGE}.loading import load_module\n",
            "if TYPE_CHECKING:",
            *(f"    from {PACKAGE}.calls import {name}" for name in families),
            "",
            "__all__ = [",
            *(f'    "{name}",' for name in families),
            "]",
            "",
            "",
            "if not TYPE_CHECKING:",
            "",
            "    def __getattr__(name: str) -> ModuleType:",
            "        if name not in __all__:",
            '            raise AttributeError(f"no family of requests is called {name!r}")',
            '        return load_module(f"{__name__}.{name}")\n',
        ]
    )


def render_events(protocol: Protocol, homes: dict[str, str]) -> str:
    """What the payload of each event is, for checkers that know its method."""
    notes = protocol.notifications
    classes = [_event(row.method, row.params) for row in notes]
    names = sorted({f"{event_name(row.method)}" for row in notes})
    payloads = sorted({row.params for row in notes})
    return "\n".join(
        [
            '"""Every event, for type checkers: comparing `method` tells what `payload` is."""\n',
            "# pyright: reportIncompatibleVariableOverride=false",
            "from __future__ import annotations\n",
            "from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar\n",
            "from openai_codex._turns.notification import Notification\n",
            "if TYPE_CHECKING:",
            "    from openai_codex._wire.decoding import UnknownNotification",
            *_imports(set(payloads), homes),
            "",
            '    P_co = TypeVar("P_co", covariant=True)\n',
            "    class Typed(Notification, Generic[P_co]):",
            "        @property",
            "        def payload(self) -> P_co: ...  # type: ignore[override]  # narrower",
            "",
            *classes,
            '    class UnknownEvent(Typed["UnknownNotification"]):',
            "        # Not what is sent: comparing `method` narrows only where all have literals.",
            '        method: Literal["<unknown>"]\n',
            "    Event: TypeAlias = (\n        "
            + "\n        | ".join([*names, "UnknownEvent"])
            + "\n    )",
            "    NotificationPayload: TypeAlias = (\n        "
            + "\n        | ".join([*payloads, "UnknownNotification"])
            + "\n    )",
            "else:",
            "    Event = Notification",
            "",
        ]
    )


def event_name(method: str) -> str:
    """`item/agentMessage/delta` -> `ItemAgentMessageDeltaEvent`."""
    return pascal(method) + "Event"


def _event(method: str, params: str) -> str:
    return (
        f'    class {event_name(method)}(Typed[{params}]):\n        method: Literal["{method}"]\n'
    )
