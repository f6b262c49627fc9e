"""A bundle that is damaged, hostile or of the future is refused, and nothing is put in place."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_codex.sessions import (
    BUNDLE_VERSION,
    BundleError,
    NewerBundleError,
    SessionBundle,
    SessionExistsError,
    importing,
)
from openai_codex.sessions.importing import import_bundle, read_bundle

THREAD = "01a22a1f-e586-7b12-bcf4-ad5c33b489c1"
OTHER = "01a22a1f-e5e9-7e00-b8da-345b9d542edb"
FILE = f"rollout-2026-11-30T01-44-23-{THREAD}.jsonl"
HISTORY = (
    json.dumps({"timestamp": "t", "ordinal": 0, "type": "session_meta", "payload": {"id": THREAD}})
    + '\n{"timestamp":"t","ordinal":1,"type":"event_msg","payload":{}}\n'
).encode()


def manifest(history: bytes = HISTORY) -> dict[str, Any]:
    return {
        "format": "openai-codex-session",
        "version": BUNDLE_VERSION,
        "thread_id": THREAD,
        "created_at": 1.0,
        "runtime_version": "0.163.0",
        "redacted": False,
        "threads": [
            {
                "id": THREAD,
                "is_main": True,
                "name": "a name",
                "file": FILE,
                "size": len(history),
                "sha256": sha256(history).hexdigest(),
            }
        ],
    }


def packed(
    fields: object, history: bytes = HISTORY, more: dict[str, bytes] | None = None
) -> io.BytesIO:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(fields))
        archive.writestr(f"threads/{THREAD}/{FILE}", history)
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    data.seek(0)
    return data


def files(home: Path) -> list[str]:
    return sorted(path.name for path in home.rglob("*") if path.is_file())


def test_a_bundle_is_put_where_the_runtime_looks(tmp_path: Path) -> None:
    bundle = import_bundle(tmp_path, packed(manifest()))
    path = tmp_path / "sessions" / "2026" / "11" / "30" / FILE
    assert path.read_bytes() == HISTORY
    assert path.stat().st_mode & 0o077 == 0
    assert files(tmp_path) == [FILE]
    assert (bundle.thread_id, bundle.threads[0].name) == (THREAD, "a name")
    assert bundle == read_bundle(packed(manifest()))


def test_a_bundle_may_be_imported_again_but_not_over_another(tmp_path: Path) -> None:
    import_bundle(tmp_path, packed(manifest()))
    import_bundle(tmp_path, packed(manifest()))
    longer = HISTORY + b'{"timestamp":"t","ordinal":2,"type":"event_msg","payload":{}}\n'
    with pytest.raises(SessionExistsError, match="already has thread") as caught:
        import_bundle(tmp_path, packed(manifest(longer), longer))
    assert caught.value.thread_id == THREAD
    assert (tmp_path / "sessions" / "2026" / "11" / "30" / FILE).read_bytes() == HISTORY


def test_a_newer_format_is_refused_in_words(tmp_path: Path) -> None:
    newer = {"format": "openai-codex-session", "version": BUNDLE_VERSION + 1, "other": []}
    with pytest.raises(NewerBundleError, match="upgrade openai-codex") as caught:
        import_bundle(tmp_path, packed(newer))
    assert (caught.value.version, caught.value.known) == (BUNDLE_VERSION + 1, BUNDLE_VERSION)
    assert files(tmp_path) == []


def changed(**fields: object) -> Callable[[dict[str, Any]], None]:
    return lambda whole: whole.update(fields)


def in_thread(**fields: object) -> Callable[[dict[str, Any]], None]:
    return lambda whole: whole["threads"][0].update(fields)


@pytest.mark.parametrize(
    "spoil",
    [
        changed(format="other"),
        changed(version="1"),
        changed(version=0),
        changed(version=True),
        changed(thread_id=OTHER),
        changed(thread_id="../../etc"),
        changed(threads=[]),
        changed(threads={}),
        changed(threads=None),
        changed(created_at="soon"),
        lambda whole: whole.pop("redacted"),
        lambda whole: whole["threads"].append(whole["threads"][0]),
        in_thread(is_main=False),
        in_thread(id=OTHER),
        in_thread(name=1),
        in_thread(file="../../../auth.json"),
        in_thread(file="/etc/passwd"),
        in_thread(file=f"rollout-2026-11-30T01-44-23-{OTHER}.jsonl"),
        in_thread(file=FILE + ".zst"),
        in_thread(file=FILE.replace("2026", "....")),
        in_thread(file=None),
        in_thread(size=-1),
        in_thread(size=1.5),
        in_thread(size=len(HISTORY) - 1),
        in_thread(size=len(HISTORY) + 1),
        in_thread(size=1 << 60),
        in_thread(sha256="0" * 64),
        in_thread(sha256=None),
    ],
)
def test_a_manifest_that_is_wrong_is_refused(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], None]
) -> None:
    fields = manifest()
    spoil(fields)
    with pytest.raises(BundleError):
        import_bundle(tmp_path, packed(fields))
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (changed(format="other"), "not a session of openai-codex"),
        (changed(version="1"), "says '1' for its format"),
        (changed(version=0), "says 0 for its format"),
        (changed(version=-1), "says -1 for its format"),
        (changed(version=True), "says True for its format"),
        (changed(thread_id=OTHER), "the thread to resume is not in it"),
        (changed(thread_id="../../etc"), "'../../etc' is no id of a thread"),
        (changed(thread_id=7), "7 is no id of a thread"),
        (changed(threads=[]), "the thread to resume is not in it"),
        (changed(threads=[7]), "manifest is damaged: TypeError"),
        (changed(created_at=None), "manifest is damaged: TypeError"),
        (lambda whole: whole.pop("redacted"), r"manifest is damaged: KeyError\('redacted'\)"),
        (lambda whole: whole["threads"].append(whole["threads"][0]), f"'{THREAD}' is in it twice"),
        (in_thread(is_main=False), "the thread to resume is not in it"),
        (in_thread(id=OTHER), f"no file of thread {OTHER} is called '{FILE}'"),
        (in_thread(id="x"), "'x' is no id of a thread"),
        (in_thread(name=1), "a name is no text"),
        (in_thread(file="../../../auth.json"), "is called '../../../auth.json'"),
        (in_thread(file=FILE.replace(THREAD, OTHER)), f"no file of thread {THREAD} is called"),
        (in_thread(file=FILE + ".zst"), f"is called '{FILE}.zst'"),
        (in_thread(file=FILE.replace(THREAD, f"{THREAD}_{OTHER}")), "no file of thread"),
        (in_thread(size=-1), "no size of a file is -1"),
        (in_thread(size=1.5), "no size of a file is 1.5"),
        (in_thread(size=True), "no size of a file is True"),
        (in_thread(sha256="0" * 63), "no sum of a file is '000"),
        (in_thread(sha256="0" * 65), "no sum of a file is '000"),
        (in_thread(sha256="G" * 64), "no sum of a file is 'GGG"),
    ],
)
def test_a_manifest_alone_says_what_is_wrong_with_it(
    spoil: Callable[[dict[str, Any]], None], text: str
) -> None:
    fields = manifest()
    assert SessionBundle.from_json(fields).to_json() == fields
    spoil(fields)
    with pytest.raises(BundleError, match=text):
        SessionBundle.from_json(fields)


def test_a_manifest_may_have_no_names_and_no_version_and_an_empty_thread() -> None:
    fields = manifest()
    fields["runtime_version"] = None
    fields["threads"][0].update(name=None, size=0)
    bundle = SessionBundle.from_json(fields)
    assert (bundle.runtime_version, bundle.threads[0].name, bundle.size) == (None, None, 0)
    del fields["runtime_version"], fields["threads"][0]["name"]
    assert SessionBundle.from_json(fields) == bundle
    others: list[object] = [None, [], "x", {}]
    for odd in others:
        with pytest.raises(BundleError, match="this file is not a session of openai-codex"):
            SessionBundle.from_json(odd)


@pytest.mark.parametrize("name", ["auth.json", "../../config.toml", "/etc/passwd", "threads/x"])
def test_what_the_manifest_does_not_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BundleError, match="other files than it says"):
        import_bundle(tmp_path, packed(manifest(), more={name: b"x"}))
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "history",
    [
        b"",
        b"no JSON\n",
        b"[]\n",
        b'{"type":"event_msg","payload":{}}\n',
        b'{"type":"session_meta","payload":null}\n',
        HISTORY.replace(THREAD.encode(), OTHER.encode()),
        HISTORY.replace(b'"id":', b'"history_base":{"thread_id":"x"},"id":'),
    ],
)
def test_a_history_that_is_not_the_threads_is_refused(tmp_path: Path, history: bytes) -> None:
    with pytest.raises(BundleError):
        import_bundle(tmp_path, packed(manifest(history), history))
    assert files(tmp_path) == []


def test_a_bundle_of_another_thread_than_was_asked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=f"of thread {THREAD}, not of {OTHER}"):
        import_bundle(tmp_path, packed(manifest()), thread_id=OTHER)
    assert files(tmp_path) == []


def test_a_bundle_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(
    tmp_path: Path,
) -> None:
    with pytest.raises(BundleError, match="more than the 100"):
        import_bundle(tmp_path, packed(manifest()), most_bytes=100)
    bomb = HISTORY + b" " * (64 << 20)
    fields = manifest(HISTORY)
    with pytest.raises(BundleError, match="longer than"):
        import_bundle(tmp_path, packed(fields, bomb))
    assert files(tmp_path) == []


def test_a_manifest_over_its_bound_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(json.dumps(manifest()))
    monkeypatch.setattr(importing, "_MOST_MANIFEST", size)
    assert read_bundle(packed(manifest())).thread_id == THREAD
    monkeypatch.setattr(importing, "_MOST_MANIFEST", size - 1)
    with pytest.raises(BundleError, match=rf"manifest\.json is longer than the {size - 1} bytes"):
        read_bundle(packed(manifest()))


def test_an_archive_whose_entries_stand_before_its_beginning_is_refused(tmp_path: Path) -> None:
    data = bytearray(packed(manifest()).getvalue())
    data[-22 + 18] = 1  # where the directory is said to begin: 64 KiB later
    path = tmp_path / "odd.session"
    path.write_bytes(data)
    with path.open("rb") as file:
        for source in (io.BytesIO(data), file):
            with pytest.raises(BundleError):
                read_bundle(source)


@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_byte_that_changed_is_noticed_or_harmless(place: int, byte: int) -> None:
    data = bytearray(packed(manifest()).getvalue())
    data[place % len(data)] = byte
    try:
        bundle = read_bundle(io.BytesIO(data))
    except BundleError:
        return
    assert bundle.thread_id


@given(data=st.binary(max_size=200))
def test_what_is_no_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(BundleError):
        read_bundle(io.BytesIO(data))
