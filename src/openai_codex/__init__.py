"""Drive the Codex coding agent from Python."""
