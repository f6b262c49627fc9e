"""Record a live session to a file, and replay it without any runtime.

    with record("session.jsonl") as config, Codex(config) as codex:      # once, live
        codex.thread_start().run("Hi")

    with replay("session.jsonl") as config, Codex(config) as codex:      # from then on, anywhere
        codex.thread_start().run("Hi")

The parts: `tape` is the file, `recorder` fills it, `secrets` and `names` make it fit for git;
`matching` says whether a message is the recorded one, `playback` what comes next, `player` is the
process that speaks, `replaying` starts it. The names are at `openai_codex.testing`.
"""
