"""The parts of `openai-codex run`: who answers questions, and the lines of `--json`."""
