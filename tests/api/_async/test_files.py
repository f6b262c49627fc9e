"""Files on the runtime's side: read, written, listed, copied, removed, watched."""

from __future__ import annotations

from pathlib import Path

import pytest

from openai_codex import AsyncCodex, InternalRpcError
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def test_what_is_written_is_read(codex: AsyncCodex, tmp_path: Path) -> None:
    path = tmp_path / "file"
    await codex.files.write(path, bytes(range(256)))
    assert await codex.files.read(path) == path.read_bytes() == bytes(range(256))
    await codex.files.write(str(path), "\u00e9\r\n")
    assert await codex.files.read_text(path) == "\u00e9\r\n"


async def test_folders_are_made_listed_copied_and_removed(
    codex: AsyncCodex, tmp_path: Path
) -> None:
    inner = tmp_path / "a" / "b"
    await codex.files.make_folder(inner)
    await codex.files.write(inner / "file", "x")
    (entry,) = await codex.files.list(inner)
    assert (entry.file_name, entry.is_file, entry.is_directory) == ("file", True, False)
    await codex.files.copy(tmp_path / "a", tmp_path / "c")
    assert (tmp_path / "c" / "b" / "file").read_text() == "x"
    facts = await codex.files.metadata(inner)
    assert (facts.is_directory, facts.is_symlink) == (True, False)
    await codex.files.remove(tmp_path / "a")
    assert not (tmp_path / "a").exists()
    await codex.files.remove(tmp_path / "a", missing_ok=True)
    with pytest.raises(InternalRpcError):
        await codex.files.remove(tmp_path / "a")
    with pytest.raises(InternalRpcError):
        await codex.files.read(tmp_path / "missing")


async def test_a_watch_says_what_changes_until_it_is_left(
    codex: AsyncCodex, tmp_path: Path
) -> None:
    async with codex.files.watch(tmp_path) as watch:
        (tmp_path / "new").write_text("1")
        changed: set[str] = set()
        async for paths in watch:
            changed.update(Path(path).name for path in paths)
            if "new" in changed:
                break
    async with codex.files.watch(tmp_path):  # and may be entered anew
        pass


async def test_a_path_must_be_absolute_and_content_of_a_kind(codex: AsyncCodex) -> None:
    with pytest.raises(ValueError, match="path must be absolute"):
        await codex.files.read("relative")
    with pytest.raises(TypeError, match="path must be"):
        await codex.files.read(1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="content must be"):
        await codex.files.write("/tmp/x", 1)  # type: ignore[arg-type]


async def test_files_are_found_by_parts_of_their_paths(
    codex: AsyncCodex, tmp_path: Path, model: SharedModel
) -> None:
    for name in ("prices.py", "taxes.py"):
        (tmp_path / name).write_text("")
    found = await codex.find_files("prcs", [tmp_path])
    assert [each.file_name for each in found] == ["prices.py"]
