"""The four things that may need an approval: a command, a file change, permissions, an MCP tool."""

from __future__ import annotations

import shlex
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from .answers import Decision, Grant, InvalidAnswerError, NetworkRule, PrefixRule
from .question import Approval, Json

if TYPE_CHECKING:
    from ..display import Diff
    from ..types import CommandAction, FileUpdateChange

__all__ = ["CommandApproval", "FileChangeApproval", "McpToolApproval", "PermissionsApproval"]


class CommandApproval(Approval):
    """Ask whether a command may run (item/commandExecution/requestApproval).

    Answer with a Decision, a bool, a PrefixRule, or a NetworkRule where it is about a host.
    """

    kind = "command"
    slot = "approve_command"

    @property
    def summary(self) -> str:
        """Return the command."""
        return self.command or self.method

    @property
    def command(self) -> str | None:
        """Return the command line as the runtime would run it, its shell included."""
        return cast("str | None", self.params.get("command"))

    @property
    def argv(self) -> list[str] | None:
        """Return the command line in words, or None where there is none or it does not parse."""
        try:
            return shlex.split(self.command) if self.command is not None else None
        except ValueError:
            return None

    @property
    def cwd(self) -> str | None:
        """Return the directory that it would run in."""
        return cast("str | None", self.params.get("cwd"))

    @property
    def reason(self) -> str | None:
        """Return why the agent wants it, in its own words."""
        return cast("str | None", self.params.get("reason"))

    @property
    def action(self) -> str:
        """Return `command`, or `writeStdin` when it is text for a command that is running."""
        return cast(str, self.params.get("kind") or "command")

    @cached_property
    def actions(self) -> list[CommandAction]:
        """Return what the runtime takes the command to do: read, list, search, ... or unknown."""
        from ..types import CommandAction

        return [
            cast(Any, CommandAction).model_validate(action)
            for action in self.params.get("commandActions") or []
        ]

    @property
    def proposed_rule(self) -> PrefixRule | None:
        """Return the rule that the runtime would store if it were the answer."""
        words = self.params.get("proposedExecpolicyAmendment")
        return PrefixRule(tuple(words)) if words else None

    @property
    def additional_permissions(self) -> Json | None:
        """Return the permissions that the command wants on top, in the protocol's form."""
        return cast("Json | None", self.params.get("additionalPermissions"))

    @property
    def network_approval_context(self) -> Json | None:
        """Return the network access that this is really about, in the protocol's form."""
        return cast("Json | None", self.params.get("networkApprovalContext"))

    def result(self, answer: Any) -> Json:
        """Return the wire form of an answer; raises InvalidAnswerError."""
        if isinstance(answer, PrefixRule):
            amendment = {"execpolicy_amendment": list(answer.words)}
            return {"decision": {"acceptWithExecpolicyAmendment": amendment}}
        if isinstance(answer, NetworkRule):
            host = {"network_policy_amendment": answer.to_wire()}
            return {"decision": {"applyNetworkPolicyAmendment": host}}
        return {"decision": self._decision(answer, ", a PrefixRule or a NetworkRule").value}

    def refusal(self) -> Json:
        """Return the wire form of a no."""
        return {"decision": "decline"}


class FileChangeApproval(Approval):
    """Ask whether files may be changed (item/fileChange/requestApproval). Answer as a Decision.

    The request itself holds no diff; it is in the item that came before, and is here.
    """

    kind = "file_change"
    slot = "approve_file_change"

    @property
    def summary(self) -> str:
        """Return the files that would change."""
        return ", ".join(str(change.get("path")) for change in self._changes) or self.method

    @property
    def _changes(self) -> list[Json]:
        return self._item.get("changes") or []

    @cached_property
    def changes(self) -> list[FileUpdateChange]:
        """Return each file's absolute `path`, `kind` (add, delete, update) and `diff`."""
        from .._wire.base import decode
        from ..types import FileUpdateChange

        return [decode(FileUpdateChange, change) for change in self._changes]

    @property
    def diff(self) -> Diff:
        """Return all the changes as one unified diff."""
        from ..display import diff_of

        return diff_of(self._changes)

    @property
    def cwd(self) -> str | None:
        """Return nothing: the paths of a file change are absolute."""
        return None

    @property
    def reason(self) -> str | None:
        """Return why the agent wants it, in its own words."""
        return cast("str | None", self.params.get("reason"))

    @property
    def grant_root(self) -> str | None:
        """Return the folder that a yes would open for writing for the whole session, or None."""
        return cast("str | None", self.params.get("grantRoot"))

    def result(self, answer: Any) -> Json:
        """Return the wire form of an answer; raises InvalidAnswerError."""
        return {"decision": self._decision(answer).value}

    def refusal(self) -> Json:
        """Return the wire form of a no."""
        return {"decision": "decline"}


class PermissionsApproval(Approval):
    """Ask for more permissions (item/permissions/requestApproval).

    Answer with a Decision, a bool, or a Grant of some of them; accept_for_session grants them for
    the session.
    """

    kind = "permissions"
    slot = "approve_permissions"

    @property
    def summary(self) -> str:
        """Return what is asked for."""
        return f"permissions: {', '.join(name for name, what in self.permissions.items() if what)}"

    @property
    def permissions(self) -> Json:
        """Return what is asked for, in the protocol's form: `network`, `fileSystem`."""
        return cast(Json, self.params.get("permissions") or {})

    @property
    def cwd(self) -> str | None:
        """Return the directory that relative paths count from."""
        return cast("str | None", self.params.get("cwd"))

    @property
    def reason(self) -> str | None:
        """Return why the agent wants it, in its own words."""
        return cast("str | None", self.params.get("reason"))

    def result(self, answer: Any) -> Json:
        """Return the wire form of an answer; raises InvalidAnswerError."""
        if isinstance(answer, Grant):
            if answer.scope not in ("turn", "session"):
                raise InvalidAnswerError(f"a Grant is for a turn or a session, not {answer.scope}")
            return {"permissions": dict(answer.permissions), "scope": answer.scope}
        decision = self._decision(answer, " or a Grant")
        if decision in (Decision.decline, Decision.cancel):
            return self.refusal()
        asked = {name: what for name, what in self.permissions.items() if what is not None}
        scope = "session" if decision is Decision.accept_for_session else "turn"
        return {"permissions": asked, "scope": scope}

    def told(self, result: Json | None) -> str:
        """Return what is granted, by name, and for how long."""
        names = [name for name, what in (result or {}).get("permissions", {}).items() if what]
        scope = (result or {}).get("scope", "turn")
        return f"granted for the {scope}: {', '.join(names)}" if names else "granted nothing"

    def refusal(self) -> Json:
        """Return the wire form of a no: nothing is granted."""
        return {"permissions": {}, "scope": "turn"}


class McpToolApproval(Approval):
    """Ask whether an MCP server's tool may be called; on the wire this is an elicitation."""

    kind = "mcp_tool"
    slot = "approve_mcp_tool"

    @property
    def summary(self) -> str:
        """Return the server and the tool."""
        return f"{self.server}.{self.tool or '?'}"

    @property
    def _meta(self) -> Json:
        return cast(Json, self.params.get("_meta") or {})

    @property
    def server(self) -> str:
        """Return the server's name."""
        return cast(str, self.params.get("serverName") or "")

    @property
    def tool(self) -> str | None:
        """Return the tool's name, from the item of the call."""
        return cast("str | None", self._item.get("tool") or self._meta.get("tool_name"))

    @property
    def arguments(self) -> Any:
        """Return the arguments of the call."""
        return self._meta.get("tool_params", self._item.get("arguments"))

    @property
    def description(self) -> str | None:
        """Return what the server says of the tool."""
        return cast("str | None", self._meta.get("tool_description"))

    @property
    def message(self) -> str:
        """Return the question in the runtime's words."""
        return cast(str, self.params.get("message") or "")

    def result(self, answer: Any) -> Json:
        """Return the wire form of an answer; raises InvalidAnswerError."""
        decision = self._decision(answer)
        if decision is Decision.accept_for_session:
            return {"action": "accept", "content": {}, "_meta": {"persist": "session"}}
        if decision is Decision.accept:
            return {"action": "accept", "content": {}}
        return {"action": decision.value}

    def refusal(self) -> Json:
        """Return the wire form of a no."""
        return {"action": "decline"}
