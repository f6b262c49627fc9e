"""The parts of `openai-codex completion`: one file for each shell; pure."""
