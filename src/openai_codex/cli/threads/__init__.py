"""The parts of `openai-codex threads`: the list of many, and the view of one."""
