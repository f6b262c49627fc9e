"""What `help()` and completion show at the prompt."""

from __future__ import annotations

import pydoc

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import openai_codex
from openai_codex import AsyncCodex, Codex


@pytest.fixture(scope="module")
def shell() -> InteractiveShell:
    shell: InteractiveShell = InteractiveShell()  # type: ignore[no-untyped-call]
    shell.user_ns.update(openai_codex=openai_codex, Codex=Codex, AsyncCodex=AsyncCodex)
    return shell


def completions(shell: InteractiveShell, text: str) -> set[str]:
    with provisionalcompleter():
        return {found.text.lstrip(".") for found in shell.Completer.completions(text, len(text))}


def test_help_of_the_package_begins_with_what_to_do_and_lists_the_public_names() -> None:
    shown = pydoc.plain(pydoc.render_doc(openai_codex))
    assert "Drive the Codex coding agent from Python." in shown
    assert "with Codex() as codex:" in shown
    for name in ("class Codex", "class AsyncCodex", "class TurnResult", "retry_on_overload("):
        assert name in shown
    assert "_HOME_OF" not in shown


def test_help_of_a_class_shows_its_methods_and_none_of_its_inside() -> None:
    shown = pydoc.plain(pydoc.render_doc(Codex))
    assert shown.startswith("Python Library Documentation: class Codex in module openai_codex")
    assert "Start a conversation (thread/start)." in shown
    assert "_open_thread" not in shown
    assert "_ready" not in shown


def test_completion_offers_the_public_names_and_nothing_else(shell: InteractiveShell) -> None:
    assert {name for name in dir(openai_codex) if name not in openai_codex.__all__} == set()
    assert completions(shell, "openai_codex.Thr") == {
        "Thread",
        "ThreadBusyError",
        "ThreadLostError",
        "ThreadNotFoundError",
    }
    offered = {name for name in completions(shell, "Codex.thread_") if name.startswith("thread_")}
    verbs = (
        *("start", "resume", "fork", "list", "search"),
        *("archive", "unarchive", "export", "import", "attach"),
    )
    assert offered == {f"thread_{verb}" for verb in verbs}


def test_both_apis_offer_the_same_methods() -> None:
    words = [
        {name for name in dir(face) if not name.startswith("_")} for face in (Codex, AsyncCodex)
    ]
    assert words[0] == words[1]
