"""What the reply to `initialize` says about the server: its name and version, read out of the user agent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Who answers. Both are empty strings when the runtime says nothing about itself."""

    name: str
    version: str


class InitializeFacts:
    """Adds to `InitializeResponse` the names that code asks for."""

    user_agent: str
    platform_family: str
    platform_os: str

    @property
    def server_info(self) -> ServerInfo:
        """Name and version: what the runtime says, else the head of its user agent, `name/version (...)`."""
        sent: Any = (getattr(self, "__pydantic_extra__", None) or {}).get("serverInfo")
        facts = sent if isinstance(sent, dict) else {}
        # A name may itself hold spaces and slashes; the version is what stands before the brackets.
        head = re.match(r"(?P<name>.*?)/(?P<version>\d\S*)(?= \(|$)", self.user_agent or "")
        found = head.groupdict() if head else {"name": "", "version": ""}
        return ServerInfo(
            str(facts.get("name") or found["name"]), str(facts.get("version") or found["version"])
        )

    @property
    def serverInfo(self) -> ServerInfo:
        """The same as `server_info`."""
        return self.server_info

    @property
    def userAgent(self) -> str:
        """The same as `user_agent`."""
        return self.user_agent

    @property
    def platformFamily(self) -> str:
        """The same as `platform_family`."""
        return self.platform_family

    @property
    def platformOs(self) -> str:
        """The same as `platform_os`."""
        return self.platform_os
