"""Checkpoints of a working folder: what a thread's files were, and how they come back.

`records` and `manifest` are pure data and rules; `git`, `folder` and `restoring` do the work on
disk and block. Nothing here knows a runtime, a thread object or an event loop.
"""
