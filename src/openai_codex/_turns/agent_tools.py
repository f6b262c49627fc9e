"""What the agent may use in one thread: tools as switches, and roles of sub-agents. Pure.

The runtime switches its tools by configuration, each under a key of its own. What it cannot switch
is refused here, before anything is sent.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from .._checks import check_choice, check_flag, check_kind, check_text
from .._safe_text import shown_safely
from ..errors import ToolSwitchError

__all__ = ["AgentRole", "AgentTools"]

WebSearch = Literal["cached", "indexed", "live"]

_SEARCHES = ("cached", "indexed", "live")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@shown_safely
@dataclass(frozen=True, kw_only=True)
class AgentRole:
    """A kind of sub-agent that the model may start by its name.

    name          what the model calls it: letters, digits, "-" and "_"
    description   when to use it; the model reads this before it starts one
    instructions  developer instructions of such an agent
    model         the id of its model; that of the thread unless given
    effort        how long it thinks: "low", "medium", "high", ...

    Sandbox and approvals are those of the thread: the runtime takes none from a role.
    """

    name: str
    description: str
    instructions: str | None = None
    model: str | None = None
    effort: str | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None or field.name in ("name", "description"):
                check_text(**{field.name: value})
        if _NAME.fullmatch(self.name) is None:
            raise ValueError(f'a role\'s name has letters, digits, "-", "_" alone: {self.name!r}')

    def to_toml(self) -> str:
        """Return the role's file, as the runtime reads it."""
        given = {
            "developer_instructions": self.instructions,
            "model": self.model,
            "model_reasoning_effort": self.effort,
        }
        known = {key: value for key, value in given.items() if value is not None}
        return "".join(f"{key} = {_toml(value)}\n" for key, value in known.items())

    @property
    def file_name(self) -> str:
        """The name of its file, which differs for whatever differs in it."""
        digest = hashlib.sha256(self.to_toml().encode()).hexdigest()[:12]
        return f"{self.name}-{digest}.toml"


@dataclass(frozen=True, kw_only=True)
class AgentTools:
    """What the agent may use in one thread; what is not given is as the configuration has it.

    shell       run commands
    patches     edit files with patches; False also needs shell=False, and takes view_image along
    web_search  False, True, "cached", "indexed" or "live"
    view_image  look at image files
    mcp         MCP servers: False, the names of some, or a dict of some with their tools' names
    agents      start sub-agents: False, True, or the roles that they may have
    skills      False tells the model of none; or the names of those that it is told of
    goals       read and set the thread's goal
    ask_user    ask the user questions

    Sub-agents may use the same. Plans, waiting and the clock cannot be switched off; neither can a
    shell be kept from editing files: that is what `sandbox` is for. Raises ToolSwitchError for what
    the runtime cannot switch, TypeError and ValueError for what is no choice.
    """

    shell: bool | None = None
    patches: bool | None = None
    web_search: bool | WebSearch | None = None
    view_image: bool | None = None
    mcp: bool | Collection[str] | Mapping[str, Collection[str]] | None = None
    agents: bool | Sequence[AgentRole] | None = None
    skills: bool | Collection[str] | None = None
    goals: bool | None = None
    ask_user: bool | None = None

    def __post_init__(self) -> None:
        for name in ("shell", "patches", "view_image", "goals", "ask_user"):
            if getattr(self, name) is not None:
                check_flag(name, getattr(self, name))
        if isinstance(self.web_search, str):
            check_choice("web_search", self.web_search, _SEARCHES)
        elif self.web_search is not None:
            check_flag("web_search", self.web_search)
        _check_names("mcp", self.mcp)
        _check_names("skills", self.skills)
        for role in self.roles:
            check_kind("agents", role, AgentRole)
        self._check_patches()

    @property
    def roles(self) -> Sequence[AgentRole]:
        """The roles that sub-agents may have."""
        agents = self.agents
        if agents is not None and not isinstance(agents, (bool, Sequence)):
            raise TypeError("agents must be True, False or a list of AgentRole")
        return () if agents is None or isinstance(agents, bool) else agents

    @property
    def has_no_environment(self) -> bool:
        """Whether the thread gets no place to work in, and so none of the tools that need one."""
        return self.patches is False

    def config(self) -> dict[str, Any]:
        """Return the keys that switch all but MCP servers and skills by their names."""
        found: dict[str, Any] = {
            "features.shell_tool": self.shell,
            "features.view_image": self.view_image,
            "features.goals": self.goals,
            "tools.experimental_request_user_input.enabled": self.ask_user,
            "web_search": self._web_search(),
            "agents.enabled": None if self.agents is None else self.agents is not False,
        }
        if isinstance(self.skills, bool):
            found["skills.include_instructions"] = self.skills
        if self.mcp is not None and self.mcp is not True:  # those that a service brings
            found |= {"features.apps": False, "features.plugins": False}
        return {key: value for key, value in found.items() if value is not None}

    def mcp_config(self, servers: Collection[str]) -> dict[str, Any]:
        """Return the keys that switch MCP servers, given the names of all that there are."""
        if self.mcp is None or self.mcp is True:
            return {}
        wanted = set() if self.mcp is False else set(self.mcp)
        _check_known("MCP server", wanted, servers)
        found: dict[str, Any] = {f"mcp_servers.{name}.enabled": name in wanted for name in servers}
        if isinstance(self.mcp, Mapping):
            for name, tools in self.mcp.items():
                found[f"mcp_servers.{name}.enabled_tools"] = sorted(tools)
        return found

    def skills_config(self, skills: Collection[str]) -> dict[str, Any]:
        """Return the key that switches skills, given the names of all that there are."""
        if self.skills is None or isinstance(self.skills, bool):
            return {}
        _check_known("skill", set(self.skills), skills)
        off = [name for name in sorted(skills) if name not in self.skills]
        return {"skills.config": [{"name": name, "enabled": False} for name in off]}

    def _web_search(self) -> str | None:
        if self.web_search is None or isinstance(self.web_search, str):
            return self.web_search
        return "live" if self.web_search else "disabled"

    def _check_patches(self) -> None:
        if self.patches is not False:
            return
        if self.shell is not False:
            raise ToolSwitchError(
                "patches", "it is off only together with the shell: give shell=False as well"
            )
        if self.view_image:
            raise ToolSwitchError("view_image", "without shell and patches it is off as well")


def _check_names(option: str, value: Any) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str) or not isinstance(value, Collection):
        raise TypeError(f"{option} must be True, False or names, got {type(value).__name__}")
    lists = [value, *value.values()] if isinstance(value, Mapping) else [value]
    for names in lists:
        if isinstance(names, str) or not all(isinstance(name, str) for name in names):
            raise TypeError(f"{option} must hold lists of names, which are strings")


def _check_known(kind: str, wanted: set[str], known: Collection[str]) -> None:
    for name in sorted(wanted - set(known)):
        there = ", ".join(sorted(known)) or "none"
        raise ToolSwitchError(name, f"there is no {kind} of that name; there is: {there}")


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
