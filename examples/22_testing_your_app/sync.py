"""An app of one function, and its tests: the runtime is real, the model is scripted.

python examples/22_testing_your_app/sync.py [--offline]     runs the app
pytest examples/22_testing_your_app/sync.py                 runs its tests
"""

import sys

from openai_codex import AppServerConfig, Codex, TurnFailedError
from openai_codex.testing import ScriptedModel, fail, offline_config, say


def release_note(codex: Codex, change: str) -> str:
    """Return one line for the release notes; the bare change where the model is of no help."""
    thread = codex.thread_start(ephemeral=True)
    try:
        result = thread.run(f"Write one line for the release notes: {change}")
    except TurnFailedError:
        return change
    return result.final_response or change


def main(config: AppServerConfig | None = None) -> None:
    with Codex(config) as codex:
        print(release_note(codex, "retry uploads three times"))


def offline() -> None:
    with ScriptedModel() as model:
        model.script(say("Uploads are tried again before they fail."))
        main(offline_config(model))


def test_the_models_line_is_the_note(codex: Codex, codex_model: ScriptedModel) -> None:
    codex_model.script(say("Uploads are tried again."))
    assert release_note(codex, "retry uploads") == "Uploads are tried again."
    assert "retry uploads" in codex_model.requests[0].user_text


def test_the_change_is_the_note_when_the_model_fails(
    codex: Codex, codex_model: ScriptedModel
) -> None:
    codex_model.script(fail(status=500))
    assert release_note(codex, "retry uploads") == "retry uploads"


if __name__ == "__main__":
    offline() if "--offline" in sys.argv else main()
