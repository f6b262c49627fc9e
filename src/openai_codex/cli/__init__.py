"""The command line: `openai-codex`, or `python -m openai_codex`.

`catalogue` lists the commands and loads none of them; `main` finds the one that is meant, and turns
errors into a line and an exit code. Each command is one file below `commands`, with its parser.
"""
