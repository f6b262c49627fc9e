"""The wheel's description and links, made from README for readers outside of the repository.

Hatchling calls this when it builds. The address of the repository is `PROJECT_URL`, or the remote
that this clone came from; links and pictures lead there. Where neither is known there is no address
to invent: the description names the files instead of linking to them.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"(?P<picture>!?)\[(?P<text>[^\]]*)\]\((?!\w+:|#)(?P<path>[^)\s]+)\)")
NOTE = re.compile(r"^<!-- .*? -->\n", re.MULTILINE)
REMOTE = re.compile(
    r"(?:https?://|ssh://|git@)(?:[^@/]*@)?(?P<host>[\w.-]+)(?::\d+)?[:/](?P<path>.+?)(?:\.git)?/?"
)
RUNTIME = "https://github.com/openai/codex"


class CustomMetadataHook(MetadataHookInterface):
    """What hatchling asks for the fields that pyproject.toml calls dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the description and the addresses."""
        root = Path(self.root)
        home = home_of(root)
        text = described((root / "README.md").read_text(encoding="utf-8"), home)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
        metadata["urls"] = urls(home)


def home_of(root: Path) -> str | None:
    """Return the address of the repository in a browser, or None where nothing tells it."""
    given = os.environ.get("PROJECT_URL")
    if given:
        return given.rstrip("/")
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
    return browsed(told)


def browsed(remote: str) -> str | None:
    """Return the address of a git remote in a browser, without a user or a password; or None."""
    found = REMOTE.fullmatch(remote)
    return f"https://{found['host']}/{found['path']}" if found is not None else None


def described(readme: str, home: str | None) -> str:
    """Return README as it reads elsewhere: no notes for tests, and no link that leads nowhere."""
    return LINK.sub(lambda found: _elsewhere(found, home), NOTE.sub("", readme))


def _elsewhere(found: re.Match[str], home: str | None) -> str:
    text, path = found["text"], found["path"]
    if home is None:
        return f"({text})" if found["picture"] else f"{text} (`{path.partition('#')[0]}`)"
    place = "raw" if found["picture"] else "blob"
    return f"{found['picture']}[{text}]({home}/{place}/main/{path})"


def urls(home: str | None) -> dict[str, str]:
    """Return the addresses of the project, as far as there are any."""
    known = {"Runtime": RUNTIME}
    if home is not None:
        known |= {
            "Source": home,
            "Documentation": f"{home}/blob/main/docs/index.md",
            "Changes": f"{home}/blob/main/CHANGELOG.md",
        }
    return known
