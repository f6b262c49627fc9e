"""Run a fake app-server: `python -m openai_codex.testing.fake SCRIPT`, or this file by its path.

By its path it needs no site-packages, so it starts faster and in any environment.
"""

from __future__ import annotations

import sys


def run() -> None:
    """Find the package, and serve."""
    if not __package__:
        root = __file__.rsplit("openai_codex", 1)[0]
        sys.path.insert(0, root)
    from openai_codex.testing.fake.process import main

    main(sys.argv[1])


run()
