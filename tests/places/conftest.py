"""A box: an exec-server whose folder is a disk of its own, which this side cannot see."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from openai_codex import ExecServer

MakeBox = Callable[..., ExecServer]
_OWN_DISK = 'mount -t tmpfs box "$0" && exec "$@"'


def wrap(folder: Path) -> tuple[str, ...]:
    """Return what gives a command a disk of its own at `folder`, where the system allows it."""
    words = ("unshare", "-rm", "sh", "-c", _OWN_DISK, str(folder))
    is_strict = os.environ.get("CODEX_TESTS_STRICT")
    can = (
        shutil.which("unshare") is not None
        and not subprocess.run([*words, "true"], capture_output=True, check=False).returncode
    )
    if not can and not is_strict:
        pytest.skip("needs unshare (util-linux) and mount namespaces")
    return words


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExecServer]:
    """A box that lives as long as the session."""
    folder = tmp_path_factory.mktemp("box")
    env = {"WHERE": "box"}
    with ExecServer(cwd=folder, name="box", env=env, wrap=wrap(folder)) as server:
        yield server
