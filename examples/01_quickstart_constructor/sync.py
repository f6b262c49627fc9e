"""Start the runtime, ask one thing, read the answer.

python examples/01_quickstart_constructor/sync.py [--offline]
"""

import sys

from openai_codex import AppServerConfig, Codex


def main(config: AppServerConfig | None = None) -> None:
    # The constructor starts the runtime; leaving the block ends it.
    with Codex(config) as codex:
        thread = codex.thread_start()
        result = thread.run("In one sentence: when is a dict better than a list?")
        print(result.final_response)

        # A thread remembers: this turn knows what "it" is.
        result = thread.run("Show it in one line of Python.")
        print(result.final_response)


def offline() -> None:
    from openai_codex.testing import ScriptedModel, offline_config, say

    with ScriptedModel() as model:
        model.script(say("When you look things up by a key instead of going through all of them."))
        model.script(say('ages = {"Ada": 36}; print(ages["Ada"])'))
        main(offline_config(model))


if __name__ == "__main__":
    offline() if "--offline" in sys.argv else main()
