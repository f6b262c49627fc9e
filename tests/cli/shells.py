"""Shells of the system, installed if need be, as root on Debian and its like."""

from __future__ import annotations

import os
import shutil
import subprocess

__all__ = ["program"]


def program(name: str) -> str:
    """Return the path of a program; raises RuntimeError where it is not there and cannot be."""
    found = shutil.which(name)
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        for words in (["update", "-qq"], ["install", "-y", "-qq", name]):
            subprocess.run(["apt-get", *words], check=True, stdout=subprocess.DEVNULL)
        found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"this test needs {name}: install it, `apt-get install {name}`")
    return found
