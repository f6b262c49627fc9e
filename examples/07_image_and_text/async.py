"""Show the model an image that is only in memory, with a question about it."""

from __future__ import annotations

import asyncio
import sys

from openai_codex import AppServerConfig, AsyncCodex, ImageInput, Sandbox, TextInput

# In your program: f"data:image/png;base64,{base64.b64encode(data).decode()}"
BUTTON = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAMAAAAoLQ9TAAAADFBMVEX///8oWsjSPDJaWloxdWLPAAAA"
    "D0lEQVR42mNgQgMMI1sAABEfAgF1/bGdAAAAAElFTkSuQmCC"
)


async def main(config: AppServerConfig | None = None) -> None:
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.read_only)
        result = await thread.run([TextInput("Which colour is this button?"), ImageInput(BUTTON)])
        print(result.final_response)


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
