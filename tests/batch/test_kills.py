"""A batch through kills of its driver and its runtimes; `bench/batch_chaos.py` has more of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.batch_chaos import Chaos


@pytest.mark.timeout(300)
def test_kills_change_neither_answers_nor_patches_and_leave_nothing(tmp_path: Path) -> None:
    """Each task is settled once, no call is made that no kill explains, no process is left."""
    calm, wild = tmp_path / "calm", tmp_path / "wild"
    calm.mkdir()
    wild.mkdir()
    undisturbed = Chaos(calm, tasks=30).run(kills=0)
    disturbed = Chaos(wild, tasks=30, seed=3).run(kills=5)
    assert sum(disturbed.kills.values()) >= 3
    assert disturbed.answers == undisturbed.answers
    assert disturbed.patches == undisturbed.patches
