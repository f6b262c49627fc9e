"""BYTES: how bytes move, and which callers are woken. The only room that blocks or awaits.

A driver stands between a session and a transport. `threads` and `aio` have the same names: a
`Driver` with `start`, `call`, `notify`, `answer`, `close`; a `Mailbox` with `put`, `pop`, `wait`; a
`Latch` with `set`, `wait`. What Ctrl-C may interrupt here is told in docs/interrupts.md.
"""
