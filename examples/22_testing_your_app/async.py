"""An app of one function, and its tests: the runtime is real, the model is scripted.

python examples/22_testing_your_app/async.py [--offline]     runs the app
pytest examples/22_testing_your_app/async.py                 runs its tests, with pytest-asyncio
"""

import asyncio
import sys

from openai_codex import AppServerConfig, AsyncCodex, TurnFailedError
from openai_codex.testing import ScriptedModel, fail, offline_config, say


async def release_note(codex: AsyncCodex, change: str) -> str:
    """Return one line for the release notes; the bare change where the model is of no help."""
    thread = await codex.thread_start(ephemeral=True)
    try:
        result = await thread.run(f"Write one line for the release notes: {change}")
    except TurnFailedError:
        return change
    return result.final_response or change


async def main(config: AppServerConfig | None = None) -> None:
    async with AsyncCodex(config) as codex:
        print(await release_note(codex, "retry uploads three times"))


async def offline() -> None:
    with ScriptedModel() as model:
        model.script(say("Uploads are tried again before they fail."))
        await main(offline_config(model))


if "pytest" in sys.modules:  # it runs the tests; the app alone does not need it
    import pytest

    pytestmark = pytest.mark.asyncio


async def test_the_models_line_is_the_note(
    async_codex: AsyncCodex, codex_model: ScriptedModel
) -> None:
    codex_model.script(say("Uploads are tried again."))
    assert await release_note(async_codex, "retry uploads") == "Uploads are tried again."
    assert "retry uploads" in codex_model.requests[0].user_text


async def test_the_change_is_the_note_when_the_model_fails(
    async_codex: AsyncCodex, codex_model: ScriptedModel
) -> None:
    codex_model.script(fail(status=500))
    assert await release_note(async_codex, "retry uploads") == "retry uploads"


if __name__ == "__main__":
    asyncio.run(offline() if "--offline" in sys.argv else main())
