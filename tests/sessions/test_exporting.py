"""A bundle is made of the files of a home alone: which lines, which numbers, which name."""

from __future__ import annotations

import io
import json
import os
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from openai_codex.sessions import (
    BundleError,
    SessionBundle,
    SessionError,
    SessionExistsError,
    importing,
)
from openai_codex.sessions import rollouts as rollouts_module
from openai_codex.sessions.exporting import Export, Exported, write_bundle
from openai_codex.sessions.importing import import_bundle, read_bundle
from openai_codex.sessions.names import is_thread_id, read_name
from openai_codex.sessions.rollouts import CompressedError, History, newest_file, read_head

THREAD = "01a22a1f-e586-7b12-bcf4-ad5c33b489c1"
PARENT = "01a22a1f-e5e9-7e00-b8da-345b9d542edb"
SEGMENT = "01a22a20-0000-7000-8000-000000000001"
BEGIN = "rollout-2026-11-30T01-44-23"


def head(ident: str = THREAD, **more: Any) -> bytes:
    payload = {"id": ident, **more}
    record = {"timestamp": "t", "ordinal": 0, "type": "session_meta", "payload": payload}
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def body(number: int, text: str) -> bytes:
    return f'{{"timestamp":"t","ordinal":{number},"payload":{{"text":"{text}"}}}}\n'.encode()


def stored(home: Path, name: str, *lines: bytes, folder: str = "sessions/2026/11/30") -> Path:
    path = home / folder / f"{BEGIN}-{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(lines))
    return path


def texts(home: Path, path: Path) -> list[tuple[int, str]]:
    """Return the number and the text of each line of a history, without the first."""
    records = [json.loads(line) for line in History(home, path).lines()]
    return [(each["ordinal"], each["payload"].get("text")) for each in records[1:]]


def export(
    home: Path, *threads: Exported, redact: Any = None
) -> tuple[SessionBundle, io.BytesIO, dict[str, bytes]]:
    """Return a bundle, as it is told and packed, and the files in it."""
    packed = io.BytesIO()
    bundle = write_bundle(home, Export(threads, "0.163.0", redact), packed)
    with zipfile.ZipFile(packed) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    packed.seek(0)
    return bundle, packed, files


# --- bundles -------------------------------------------------------------------------------------


def test_a_bundle_has_its_manifest_and_the_history_of_each_thread(tmp_path: Path) -> None:
    one = stored(tmp_path, THREAD, head(), body(1, "a"))
    two = stored(tmp_path, PARENT, head(PARENT))
    threads = (Exported(THREAD, str(one), "a name"), Exported(PARENT, str(two), None))
    bundle, packed, files = export(tmp_path, *threads)
    place = f"threads/{THREAD}/{one.name}"
    assert set(files) == {"manifest.json", place, f"threads/{PARENT}/{two.name}"}
    assert files[place] == one.read_bytes()
    assert json.loads(files["manifest.json"]) == {
        "format": "openai-codex-session",
        "version": 1,
        "thread_id": THREAD,
        "created_at": bundle.created_at,
        "runtime_version": "0.163.0",
        "redacted": False,
        "threads": [
            {
                "id": ident,
                "is_main": ident == THREAD,
                "name": name,
                "file": path.name,
                "size": len(path.read_bytes()),
                "sha256": sha256(path.read_bytes()).hexdigest(),
            }
            for ident, name, path in ((THREAD, "a name", one), (PARENT, None, two))
        ],
    }
    assert bundle.threads[0].place == place
    assert bundle.size == sum(len(path.read_bytes()) for path in (one, two))
    assert read_bundle(packed) == bundle


def test_a_bundle_goes_to_another_home_with_all_its_threads(tmp_path: Path) -> None:
    one = stored(tmp_path / "a", THREAD, head(), body(1, "a"))
    two = stored(tmp_path / "a", PARENT, head(PARENT))
    threads = (Exported(THREAD, str(one), None), Exported(PARENT, str(two), None))
    _, packed, _ = export(tmp_path / "a", *threads)
    import_bundle(tmp_path / "b", packed, thread_id=THREAD)
    for path in (one, two):
        there = tmp_path / "b" / path.relative_to(tmp_path / "a")
        assert there.read_bytes() == path.read_bytes()
    assert not list((tmp_path / "b" / "python-sdk").iterdir())


def test_secrets_are_taken_out_of_the_history_and_of_the_name(tmp_path: Path) -> None:
    path = stored(tmp_path, THREAD, head(), body(1, "ACME"), body(2, "plain"))
    thread = Exported(THREAD, str(path), "for ACME")

    def hide(text: str) -> str:
        return text.replace("ACME", "them")

    bundle, _, files = export(tmp_path, thread, redact=hide)
    packed = files[f"threads/{THREAD}/{path.name}"]
    assert packed.splitlines(keepends=True)[1:] == [body(1, "them"), body(2, "plain")]
    assert bundle.redacted
    assert bundle.threads[0].name == "for them"
    assert bundle.threads[0].size == len(packed)
    assert bundle.threads[0].sha256 == sha256(packed).hexdigest()
    bundle, _, files = export(tmp_path, thread)
    assert (bundle.redacted, bundle.threads[0].name) == (False, "for ACME")
    assert files[f"threads/{THREAD}/{path.name}"] == path.read_bytes()
    bundle, _, _ = export(tmp_path, Exported(THREAD, str(path), None), redact=hide)
    assert bundle.threads[0].name is None


def test_a_history_may_be_longer_than_a_plain_archive_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1000)  # 2 GiB
    path = stored(tmp_path, THREAD, head(), body(1, "x" * 2000))
    _, packed, files = export(tmp_path, Exported(THREAD, str(path), None))
    assert files[f"threads/{THREAD}/{path.name}"] == path.read_bytes()
    import_bundle(tmp_path / "home", packed)


def test_a_thread_without_a_file_of_this_home_is_not_exported(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    outside = stored(tmp_path / "elsewhere", THREAD, head())
    folder = home / f"{BEGIN}-{THREAD}.jsonl"
    folder.mkdir()
    for path in (None, str(outside), str(folder), str(home / "none.jsonl")):
        with pytest.raises(SessionError, match="has nothing stored in this home"):
            export(home, Exported(THREAD, path, None))


def test_a_compressed_thread_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = stored(tmp_path, THREAD, head())
    path.rename(path.with_name(f"{path.name}.zst"))
    with pytest.raises(CompressedError, match="resume it once, and export it then") as caught:
        export(tmp_path, Exported(THREAD, str(path), None))
    assert caught.value.thread_id == THREAD


@pytest.mark.parametrize("name", ["notes.jsonl", f"{BEGIN}-{PARENT}.jsonl"])
def test_a_file_of_another_name_is_not_exported(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(head())
    with pytest.raises(SessionError, match="stored in a file of an unknown name"):
        export(tmp_path, Exported(THREAD, str(tmp_path / name), None))


# --- histories -----------------------------------------------------------------------------------


def test_a_history_that_builds_on_nothing_is_as_it_is_stored(tmp_path: Path) -> None:
    lines = (b'{"type": "session_meta",  "payload": {"id": "x"}}\n', body(7, "a"))
    path = stored(tmp_path, THREAD, *lines)
    assert next(History(tmp_path, path).lines()) == lines[0]
    assert texts(tmp_path, stored(tmp_path, THREAD, head(), body(7, "a"), body(9, "b"))) == [
        (1, "a"),
        (2, "b"),
    ]


def test_a_fork_has_the_history_that_it_goes_on_from(tmp_path: Path) -> None:
    older = stored(tmp_path, PARENT, head(PARENT), body(1, "a"), body(2, "b"), body(3, "c"))
    end = len(head(PARENT) + body(1, "a") + body(2, "b"))
    base = {"thread_id": PARENT, "end_byte_offset": end}
    fork = head(history_base=base, forked_from_ordinal_exclusive=3, cwd="/\u00e4")
    path = stored(tmp_path, THREAD, fork, body(1, "d"), folder="archived_sessions")
    assert texts(tmp_path, path) == [(1, "a"), (2, "b"), (3, "d")]
    first = next(History(tmp_path, path).lines())
    assert json.loads(first)["payload"] == {"id": THREAD, "cwd": "/\u00e4"}
    assert "\u00e4".encode() in first
    assert b'": ' not in first
    assert first.endswith(b"}\n")
    assert older.is_file()


def test_the_first_line_of_a_fork_is_numbered_only_where_it_was(tmp_path: Path) -> None:
    for ordinal in ({"ordinal": 5}, {}):
        record = {**ordinal, "type": "session_meta"}
        line = json.dumps({**record, "payload": {"forked_from_ordinal_exclusive": 5}}).encode()
        path = stored(tmp_path, THREAD, line + b"\n")
        told = json.loads(next(History(tmp_path, path).lines()))
        assert told == {**dict.fromkeys(ordinal, 0), "type": "session_meta", "payload": {}}


def test_a_thread_that_was_cut_goes_on_from_its_own_older_file(tmp_path: Path) -> None:
    stored(tmp_path, THREAD, head(), body(1, "a"), body(2, "cut"))
    base = {"thread_id": THREAD, "end_byte_offset": len(head() + body(1, "a"))}
    path = stored(tmp_path, f"{THREAD}_{SEGMENT}", head(history_base=base), body(2, "b"))
    assert texts(tmp_path, path) == [(1, "a"), (2, "b")]
    bundle, _, _ = export(tmp_path, Exported(THREAD, str(path), None))
    assert bundle.threads[0].file == f"{BEGIN}-{THREAD}.jsonl"


def test_a_line_that_is_being_written_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored(tmp_path, THREAD, head(), body(1, "a"), b'{"timestamp":"t","ordi')
    assert texts(tmp_path, path) == [(1, "a")]
    monkeypatch.setattr(rollouts_module, "_CHUNK", 7)
    assert texts(tmp_path, path) == [(1, "a")]
    whole = stored(tmp_path, THREAD, head(), body(1, "a"))
    assert texts(tmp_path, whole) == [(1, "a")]
    path.write_bytes(head()[:-1])
    assert len(list(History(tmp_path, path).lines())) == 1


@pytest.mark.parametrize("offset", [-1, 5])
def test_a_base_that_is_shorter_than_said_is_refused(tmp_path: Path, offset: int) -> None:
    older = stored(tmp_path, PARENT, head(PARENT), body(1, "a"))
    base = {"thread_id": PARENT, "end_byte_offset": len(older.read_bytes()) + offset}
    path = stored(tmp_path, THREAD, head(history_base=base))
    with pytest.raises(SessionError, match="is shorter than what goes on from it says"):
        texts(tmp_path, path)


@pytest.mark.parametrize(
    "base", [{}, {"thread_id": PARENT}, {"thread_id": PARENT, "end_byte_offset": "x"}, 7]
)
def test_a_base_of_another_shape_is_refused(tmp_path: Path, base: Any) -> None:
    stored(tmp_path, PARENT, head(PARENT))
    path = stored(tmp_path, THREAD, head(history_base=base))
    with pytest.raises(SessionError, match=f"{path.name} names its base oddly"):
        History(tmp_path, path)


def test_a_base_that_is_not_there_is_named(tmp_path: Path) -> None:
    base = {"thread_id": PARENT, "end_byte_offset": 1}
    path = stored(tmp_path, THREAD, head(history_base=base))
    with pytest.raises(SessionError, match=f"goes on from {PARENT}, which is not stored in this"):
        History(tmp_path, path)
    other = stored(tmp_path, f"{PARENT}_{SEGMENT}", head(PARENT))
    with pytest.raises(SessionError, match=f"goes on from {PARENT}, which is not stored in this"):
        History(tmp_path, path)
    other.rename(other.with_name(f"{BEGIN}-{PARENT}.jsonl.zst"))
    with pytest.raises(CompressedError) as caught:
        History(tmp_path, path)
    assert caught.value.thread_id == PARENT


def test_a_history_that_builds_on_itself_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollouts_module, "_MOST_SEGMENTS", 3)
    path = stored(tmp_path, THREAD, head(history_base={"thread_id": THREAD, "end_byte_offset": 9}))
    with pytest.raises(SessionError, match="builds on itself"):
        History(tmp_path, path)
    ids = [THREAD, PARENT, SEGMENT]
    for ident, before in zip(ids, [*ids[1:], None], strict=True):
        base = {"history_base": {"thread_id": before, "end_byte_offset": 0}} if before else {}
        path = stored(tmp_path, ident, head(ident, **base))
    assert len(list(History(tmp_path, stored(tmp_path, SEGMENT, head(SEGMENT))).lines())) == 1
    three = tmp_path / "sessions/2026/11/30" / f"{BEGIN}-{THREAD}.jsonl"
    assert len(list(History(tmp_path, three).lines())) == 1


def test_the_newest_file_of_a_thread_is_the_last_by_its_name(tmp_path: Path) -> None:
    assert newest_file(tmp_path, THREAD) is None
    first = stored(tmp_path, THREAD, head())
    assert newest_file(tmp_path, THREAD) == first
    later = stored(tmp_path, f"{THREAD}_{SEGMENT}", head(), folder="archived_sessions")
    stored(tmp_path, f"{PARENT}_{THREAD}", head(PARENT))
    stored(tmp_path, f"{THREAD}.bak", head())
    assert newest_file(tmp_path, THREAD) == later
    assert newest_file(tmp_path, SEGMENT) is None


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"no JSON\n", b"[]\n", b'{"type":"event_msg","payload":{}}\n', b'{"payload":{}}\n'),
        *(b'{"type":"session_meta"}\n', b'{"type":"session_meta","payload":[]}\n'),
    ],
)
def test_a_file_that_does_not_begin_like_one_is_refused(tmp_path: Path, line: bytes) -> None:
    path = stored(tmp_path, THREAD, line)
    with pytest.raises(SessionError, match=f"{path.name} does not begin like a stored conversa"):
        read_head(path)
    assert read_head(stored(tmp_path, THREAD, head(cwd="/c"))) == {"id": THREAD, "cwd": "/c"}


# --- what is there already -----------------------------------------------------------------------


def packed(tmp_path: Path, *lines: bytes) -> io.BytesIO:
    path = stored(tmp_path / "source", THREAD, *lines)
    return export(tmp_path / "source", Exported(THREAD, str(path), None))[1]


def test_a_thread_that_went_on_here_is_not_replaced(tmp_path: Path) -> None:
    home = tmp_path / "home"
    bundle = packed(tmp_path, head(), body(1, "a"))
    for mine in ((head(), body(1, "a"), body(2, "b")), (head(),), (head(), body(1, "b"))):
        path = stored(home, THREAD, *mine)
        with pytest.raises(SessionExistsError, match="is not what the bundle holds: import into"):
            import_bundle(home, bundle)
        assert path.read_bytes() == b"".join(mine)
        path.unlink()


def test_a_thread_that_is_stored_in_several_files_here_is_the_same(tmp_path: Path) -> None:
    home = tmp_path / "home"
    stored(home, THREAD, head(), body(1, "a"), body(2, "cut"))
    base = {"thread_id": THREAD, "end_byte_offset": len(head() + body(1, "a"))}
    stored(home, f"{THREAD}_{SEGMENT}", head(history_base=base), body(2, "b"))
    before = sorted(path.name for path in home.rglob("*"))
    import_bundle(home, packed(tmp_path, head(), body(1, "a"), body(2, "b")))
    assert sorted(path.name for path in (home / "sessions").rglob("*")) == [
        name for name in before if name != "sessions"
    ]


def test_a_thread_that_is_compressed_here_is_not_looked_into(tmp_path: Path) -> None:
    home = tmp_path / "home"
    path = stored(home, THREAD, head(), body(1, "a"))
    path.rename(path.with_name(f"{path.name}.zst"))
    with pytest.raises(SessionExistsError) as caught:
        import_bundle(home, packed(tmp_path, head(), body(1, "a")))
    assert caught.value.thread_id == THREAD


def test_a_home_that_cannot_be_written_gets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = stored(tmp_path / "source", THREAD, head())
    two = stored(tmp_path / "source", PARENT, head(PARENT))
    threads = (Exported(THREAD, str(one), None), Exported(PARENT, str(two), None))
    _, bundle, _ = export(tmp_path / "source", *threads)
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if PARENT in self.name:
            raise OSError("the disk is full")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(SessionError, match=r"could not be put into .*: the disk is full"):
        import_bundle(tmp_path / "home", bundle)
    assert [path for path in (tmp_path / "home").rglob("*") if path.is_file()] == []


def test_a_bundle_may_be_imported_beside_others_of_the_same_day(tmp_path: Path) -> None:
    other = stored(tmp_path / "home", PARENT, head(PARENT))
    import_bundle(tmp_path / "home", packed(tmp_path, head()))
    assert sorted(path.name for path in other.parent.iterdir()) == [
        f"{BEGIN}-{THREAD}.jsonl",
        other.name,
    ]


def test_a_history_that_is_another_threads_is_refused_with_why(tmp_path: Path) -> None:
    wrong: list[tuple[bytes, str]] = [
        (head(PARENT), "is not the whole history of its thread"),
        (head(history_base={}), "is not the whole history of its thread"),
        (b"odd\n", "does not begin like a stored conversation"),
    ]
    for line, text in wrong:
        data = io.BytesIO()
        path = stored(tmp_path / "source", THREAD, head())
        bundle, _, _ = export(tmp_path / "source", Exported(THREAD, str(path), None))
        fields = bundle.to_json()
        fields["threads"][0].update(size=len(line), sha256=sha256(line).hexdigest())
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("manifest.json", json.dumps(fields))
            archive.writestr(bundle.threads[0].place, line)
        with pytest.raises(BundleError, match=text):
            import_bundle(tmp_path / "home", data)


def test_a_history_of_another_sum_was_damaged(tmp_path: Path) -> None:
    path = stored(tmp_path / "source", THREAD, head())
    bundle, _, _ = export(tmp_path / "source", Exported(THREAD, str(path), None))
    for line in (head().replace(b'"t"', b'"u"'), head()[:-1]):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("manifest.json", json.dumps(bundle.to_json()))
            archive.writestr(bundle.threads[0].place, line)
        with pytest.raises(BundleError, match="is not what the bundle says it is: it was damaged"):
            import_bundle(tmp_path / "home", data)


# --- names ---------------------------------------------------------------------------------------


def test_a_files_name_is_taken_apart() -> None:
    name = read_name(f"{BEGIN}-{THREAD}_{SEGMENT}.jsonl.zst")
    assert name is not None
    assert (name.thread_id, name.segment) == (THREAD, SEGMENT)
    assert (name.folder, name.whole) == ("2026/11/30", f"{BEGIN}-{THREAD}.jsonl")
    assert name.is_compressed
    assert name.name == f"{BEGIN}-{THREAD}_{SEGMENT}.jsonl.zst"
    plain = read_name(f"{BEGIN}-{THREAD}.jsonl")
    assert plain is not None
    assert (plain.segment, plain.is_compressed) == (THREAD, False)


@pytest.mark.parametrize(
    "name",
    [
        *("", "x.jsonl", f"{BEGIN}-{THREAD}", f"{BEGIN}-{THREAD}.json", f"{BEGIN}-{THREAD}_.jsonl"),
        *(f"x{BEGIN}-{THREAD}.jsonl", f"{BEGIN}-{THREAD}.jsonl\n", f"{BEGIN}-{THREAD[:-1]}.jsonl"),
        f"{BEGIN}-{THREAD.upper()}.jsonl",
    ],
)
def test_another_name_is_not_that_of_a_stored_conversation(name: str) -> None:
    assert read_name(name) is None


@pytest.mark.parametrize("text", [None, 7, "", f"{THREAD} ", THREAD[:-1], THREAD.upper(), "../x"])
def test_what_is_no_id_of_a_thread_is_none(text: object) -> None:
    assert not is_thread_id(text)
    assert is_thread_id(THREAD)


@pytest.mark.skipif(os.name == "nt", reason="permissions are another matter there")
def test_what_is_imported_is_for_its_owner_alone(tmp_path: Path) -> None:
    import_bundle(tmp_path / "home", packed(tmp_path, head()))
    files = list((tmp_path / "home").rglob("*.jsonl"))
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600]
    assert (tmp_path / "home" / "python-sdk").stat().st_mode & 0o700 == 0o700


@pytest.mark.skipif(os.name == "nt", reason="permissions are another matter there")
def test_what_is_unpacked_lies_on_the_disk_for_its_owner_alone_before_it_is_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    put = importing._put_in_place

    def look(home: Path, bundle: SessionBundle, staging: Path) -> None:
        seen.append(staging.stat().st_mode & 0o777)
        put(home, bundle, staging)

    def sync(handle: int) -> None:
        seen.append(os.fstat(handle).st_size)

    monkeypatch.setattr(importing, "_put_in_place", look)
    monkeypatch.setattr(os, "fsync", sync)
    import_bundle(tmp_path / "home", packed(tmp_path, head()))
    assert seen == [len(head()), 0o700]
