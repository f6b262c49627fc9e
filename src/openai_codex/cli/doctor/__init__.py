"""The parts of `openai-codex doctor`: the runtime's own checks, ours, and the report of both."""
