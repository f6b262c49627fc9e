"""Whatever happens to a tree, a rewind makes it what it was, byte for byte, and redo undoes it."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openai_codex._checkpoints.errors import CheckpointNotFoundError, RewindBlockedError
from tests.checkpoints.conftest import Ground
from tests.checkpoints.trees import Step, histories, picture, play

pytestmark = pytest.mark.timeout(600)


@given(first=histories, then=histories, is_repository=st.booleans())
@settings(max_examples=60, deadline=None)
@example(
    first=[("write", b"a", b"1"), ("folder", b"b/c d")],
    then=[("remove", b"a"), ("write", b"a/b", b"2"), ("remove", b"b")],
    is_repository=False,
)
@example(
    first=[("repository", b"a"), ("write", b"a/b", b"1"), ("repository", b"a/a")],
    then=[("write", b"a/b", b"2"), ("write", b"a/a/a", b"3"), ("forget", b"a/a")],
    is_repository=True,
)
@example(
    first=[("write", b"a/b", b"1"), ("write", b"b", b"1")],
    then=[("remove", b"a"), ("link", b"a", b"c d"), ("folder", b"c d"), ("mode", b"b", 0o600)],
    is_repository=False,
)
def test_a_rewind_restores_a_tree_and_a_redo_undoes_it(
    first: list[Step], then: list[Step], is_repository: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ground = Ground(Path(folder))
        if is_repository:
            subprocess.run(["git", "init", "-q", str(ground.root)], check=True)
        play(ground.root, first)
        mark = ground.mark()
        before = picture(ground.root)
        play(ground.root, then)
        after = picture(ground.root)
        try:
            move = ground.rewind(mark)
        except RewindBlockedError:
            assert picture(ground.root) == after
            return
        kept = {name.encode("utf-8", "surrogateescape") for name in move.remaining}
        now = {path: facts for path, facts in picture(ground.root).items() if path not in kept}
        assert now == before
        if after == before:  # nothing was rewound
            with pytest.raises(CheckpointNotFoundError):
                ground.redo()
        else:
            ground.redo()
        assert picture(ground.root) == after
