"""The approvals of the protocol's first version, which the runtime keeps for old clients."""

from __future__ import annotations

import shlex
from typing import Any, cast

from .answers import Decision, NetworkRule, PrefixRule
from .approvals import CommandApproval, FileChangeApproval
from .question import Json

__all__ = ["LegacyCommandApproval", "LegacyFileChangeApproval"]

_DENIED = {"denied": {"rejection": "declined by the client"}}
_WORDS: dict[Decision, str | Json] = {
    Decision.accept: "approved",
    Decision.accept_for_session: "approved_for_session",
    Decision.decline: _DENIED,
    Decision.cancel: "abort",
}


class LegacyCommandApproval(CommandApproval):
    """The question whether a command may run (execCommandApproval)."""

    @property
    def command(self) -> str | None:
        """Return the command line, quoted for a shell."""
        return shlex.join(self.argv or [])

    @property
    def argv(self) -> list[str] | None:
        """Return the command line in words."""
        return cast("list[str] | None", self.params.get("command"))

    def result(self, answer: Any) -> Json:
        """Return the wire form of an answer; raises InvalidAnswerError."""
        if isinstance(answer, PrefixRule):
            words = {"proposed_execpolicy_amendment": list(answer.words)}
            return {"decision": {"approved_execpolicy_amendment": words}}
        if isinstance(answer, NetworkRule):
            host = {"network_policy_amendment": answer.to_wire()}
            return {"decision": {"network_policy_amendment": host}}
        return {"decision": _WORDS[self._decision(answer, ", a PrefixRule or a NetworkRule")]}

    def refusal(self) -> Json:
        """Return the wire form of a no."""
        return {"decision": _DENIED}


class LegacyFileChangeApproval(FileChangeApproval):
    """The question whether files may be changed (applyPatchApproval)."""

    @property
    def _changes(self) -> list[Any]:
        changes: Json = self.params.get("fileChanges") or {}
        return [
            {
                "path": path,
                "kind": {
                    "type": change.get("type", "update"),
                    "move_path": change.get("move_path"),
                },
                "diff": change.get("unified_diff") or change.get("content") or "",
            }
            if isinstance(change, dict)
            else {"path": path, "kind": change}
            for path, change in changes.items()
        ]

    def result(self, answer: Any) -> Json:
        """Return the wire form of an answer; raises InvalidAnswerError."""
        return {"decision": _WORDS[self._decision(answer)]}

    def refusal(self) -> Json:
        """Return the wire form of a no."""
        return {"decision": _DENIED}
