"""A runtime that listens, as a process: start it, find it again, end it. It blocks."""
