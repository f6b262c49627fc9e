"""RULES: what may happen, and in which order.

Pure: no I/O, threads, asyncio, subprocess or pydantic models here. (The one exception is the JSON
parser, chosen in `messages`.) Nothing here knows what the messages look like inside.
"""
