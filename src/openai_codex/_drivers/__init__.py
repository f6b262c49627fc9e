"""BYTES: how bytes move and who is woken. The only room that blocks or awaits.

`threads` and `aio` speak the same words: a `Driver` with `start`, `call`, `notify`, `answer`,
`close`; a `Mailbox` with `put`, `pop`, `wait`; a `Latch` with `set`, `wait`.
"""
