"""A question that one cell waits for is answered in the next one, when a person has read it."""

from __future__ import annotations

from pathlib import Path

from tests.notebooks.kernel import execute_code

ASK = """
from pathlib import Path

from openai_codex import AsyncCodex, Decision, Sandbox
from openai_codex.testing import ScriptedModel, offline_config, run_command, say

model = ScriptedModel().start()
model.script(run_command("touch made", escalate=True, justification="To keep it."), say("Done."))
codex = AsyncCodex(offline_config(model, cwd="."))
questions = codex.questions()
thread = await codex.thread_start(sandbox=Sandbox.read_only)
turn = await thread.turn("Go")
question = await anext(aiter(questions))
print(question.reason, Path("made").exists())
question
"""
ANSWER = """
question.answer(Decision.accept)
result = await turn.run()
print(result.final_response, Path("made").exists())
await codex.close()
model.close()
"""


def test_one_cell_waits_for_a_question_and_the_next_one_answers_it(tmp_path: Path) -> None:
    asked, answered = execute_code(tmp_path, ASK, ANSWER)
    printed, shown = asked.outputs
    assert printed["text"] == "To keep it. False\n"
    assert shown["data"]["text/plain"].startswith("<CommandApproval ")
    assert shown["data"]["text/plain"].endswith(", open>")
    (printed,) = answered.outputs
    assert printed["text"] == "Done. True\n"
