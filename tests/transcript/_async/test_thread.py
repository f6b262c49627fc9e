"""A thread as a document, asked of the thread itself."""

from __future__ import annotations

import pytest

from openai_codex import AsyncCodex
from openai_codex.testing import offline_config, say
from openai_codex.transcript import TranscriptError
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def test_a_thread_is_html_and_markdown(model: SharedModel) -> None:
    model.script(say("The <answer>"))
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start()
        await thread.run("The prompt, and api_key=abcdefgh12345678")
        page = await thread.to_html()
        focused = await thread.to_html(focused=True)
        text = await thread.to_markdown(redacted=False)
    assert "The &lt;answer&gt;" in page
    assert "abcdefgh12345678" not in page
    assert "base instructions" in page
    assert "base instructions" not in focused
    assert "> The &lt;answer>" in text.splitlines()
    assert "abcdefgh12345678" in text


async def test_a_thread_without_a_file_has_no_document(model: SharedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        for is_ephemeral in (True, False):
            thread = await codex.thread_start(ephemeral=is_ephemeral)
            with pytest.raises(TranscriptError, match="ephemeral, or had no turn"):
                await thread.to_html()
