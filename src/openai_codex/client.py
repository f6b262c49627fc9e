"""Settings, under the path that code for the official package uses. A door: nothing lives here."""

from __future__ import annotations

from .config import AppServerConfig, CodexConfig

__all__ = ["AppServerConfig", "CodexConfig"]
