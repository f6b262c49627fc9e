"""The four things that may need an approval: a command, a file change, permissions, an MCP tool."""

from __future__ import annotations

import shlex
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from .._safe_text import one_line
from .answers import Decision, Grant, InvalidAnswerError, NetworkRule, PrefixRule
from .question import Approval, Json, field, listed, shown

if TYPE_CHECKING:
    from ..display.cards import Diff
    from ..types import CommandAction, FileUpdateChange

__all__ = ["CommandApproval", "FileChangeApproval", "McpToolApproval", "PermissionsApproval"]


class CommandApproval(Approval):
    """The question whether a command may run (item/commandExecution/requestApproval).

    Answer with a Decision, a bool, a PrefixRule, or a NetworkRule where it is about a host.
    """

    kind = "command"
    slot = "approve_command"

    @property
    def summary(self) -> str:
        """The command on one line: what a terminal would obey is escaped, secrets are hidden.

        A value that a shell would run part of is never taken for a secret.
        """
        return one_line(self.command or self.method, code=True)

    @property
    def command(self) -> str | None:
        """The command line as the runtime would run it, its shell included."""
        return cast("str | None", self.params.get("command"))

    @property
    def argv(self) -> list[str] | None:
        """The command line in words, or None where there is none or it does not parse."""
        try:
            return shlex.split(self.command) if self.command is not None else None
        except ValueError:
            return None

    @property
    def cwd(self) -> str | None:
        """The directory that it would run in."""
        return cast("str | None", self.params.get("cwd"))

    @property
    def reason(self) -> str | None:
        """Why the agent wants it, in its own words, on one line that is safe to show."""
        return shown(self.params.get("reason"))

    @property
    def action(self) -> str:
        """`command`, or `writeStdin` when it is text for a command that is running."""
        return cast(str, self.params.get("kind") or "command")

    @cached_property
    def actions(self) -> list[CommandAction]:
        """What the runtime takes the command to do: read, list, search, ... or unknown."""
        from ..types import CommandAction

        return [
            cast(Any, CommandAction).model_validate(action)
            for action in self.params.get("commandActions") or []
        ]

    @property
    def proposed_rule(self) -> PrefixRule | None:
        """The rule that the runtime would store if it were the answer."""
        words = self.params.get("proposedExecpolicyAmendment")
        return PrefixRule(tuple(words)) if words else None

    @property
    def additional_permissions(self) -> Json | None:
        """The permissions that the command wants on top, in the protocol's form."""
        return cast("Json | None", self.params.get("additionalPermissions"))

    @property
    def network_approval_context(self) -> Json | None:
        """The network access that this is really about, in the protocol's form."""
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
    """The question whether files may be changed (item/fileChange/requestApproval).

    Answer with a Decision or a bool. The request itself holds no diff; it is in the item that came
    before, and is here.
    """

    kind = "file_change"
    slot = "approve_file_change"

    @property
    def summary(self) -> str:
        """The files that would change, safe to show."""
        paths = (one_line(field(change, "path")) for change in self._changes)
        return ", ".join(paths) or one_line(self.method)

    @property
    def _changes(self) -> list[Any]:
        return listed(self._item.get("changes"))

    @cached_property
    def changes(self) -> list[FileUpdateChange]:
        """Each file's absolute `path`, `kind` (add, delete, update) and `diff`."""
        from .._wire.base import decode
        from ..types import FileUpdateChange

        # What is no object stays as it came: rules must see it, and never allow it.
        return [
            decode(FileUpdateChange, change) if isinstance(change, dict) else change
            for change in self._changes
        ]

    @property
    def diff(self) -> Diff:
        """All the changes as one diff in git's format, paths relative to the thread's folder."""
        from ..display.cards import diff_of

        return diff_of(self._changes, folder=self._folder)

    @property
    def cwd(self) -> str | None:
        """None: the paths of a file change are absolute."""
        return None

    @property
    def reason(self) -> str | None:
        """Why the agent wants it, in its own words, on one line that is safe to show."""
        return shown(self.params.get("reason"))

    @property
    def grant_root(self) -> str | None:
        """The folder that a yes would open for writing for the whole session, or None."""
        return cast("str | None", self.params.get("grantRoot"))

    def result(self, answer: Any) -> Json:
        """Return the wire form of an answer; raises InvalidAnswerError."""
        return {"decision": self._decision(answer).value}

    def refusal(self) -> Json:
        """Return the wire form of a no."""
        return {"decision": "decline"}


class PermissionsApproval(Approval):
    """A request for more permissions (item/permissions/requestApproval).

    Answer with a Decision, a bool, or a Grant of some of them; accept_for_session grants them for
    the session.
    """

    kind = "permissions"
    slot = "approve_permissions"

    @property
    def summary(self) -> str:
        """The names of what is asked for, safe to show."""
        asked = (one_line(name) for name, what in self.permissions.items() if what)
        return f"permissions: {', '.join(asked)}"

    @property
    def permissions(self) -> Json:
        """What is asked for, in the protocol's form: `network`, `fileSystem`."""
        permissions = self.params.get("permissions")
        return permissions if isinstance(permissions, dict) else {}

    @property
    def cwd(self) -> str | None:
        """The directory that relative paths count from."""
        return cast("str | None", self.params.get("cwd"))

    @property
    def reason(self) -> str | None:
        """Why the agent wants it, in its own words, on one line that is safe to show."""
        return shown(self.params.get("reason"))

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
    """The question whether a tool of an MCP server may be called; on the wire an elicitation."""

    kind = "mcp_tool"
    slot = "approve_mcp_tool"

    @property
    def summary(self) -> str:
        """The server and the tool, safe to show."""
        return f"{one_line(self.server)}.{one_line(self.tool or '?')}"

    @property
    def _meta(self) -> Json:
        meta = self.params.get("_meta")
        return meta if isinstance(meta, dict) else {}

    @property
    def environment(self) -> None:
        """None: MCP servers are processes of the runtime's own machine."""
        return

    @property
    def server(self) -> str:
        """The server's name."""
        return cast(str, self.params.get("serverName") or "")

    @property
    def tool(self) -> str | None:
        """The tool's name, from the item of the call."""
        return cast("str | None", self._item.get("tool") or self._meta.get("tool_name"))

    @property
    def arguments(self) -> Any:
        """The arguments of the call."""
        return self._meta.get("tool_params", self._item.get("arguments"))

    @property
    def description(self) -> str | None:
        """What the server says of the tool, on one line that is safe to show."""
        return shown(self._meta.get("tool_description"))

    @property
    def message(self) -> str:
        """The question in the runtime's words, on one line that is safe to show."""
        return shown(self.params.get("message")) or ""

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
