"""Review many modules at the same time: one runtime, one thread each, a few at once."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from openai_codex import AppServerConfig, Codex, CodexError, Sandbox

MODULES = ["cart", "checkout", "invoice", "prices", "shipping", "stock", "tax", "vouchers"]


def main(config: AppServerConfig | None = None) -> None:
    with Codex(config) as codex, ThreadPoolExecutor(max_workers=4) as pool:
        reviews = pool.map(lambda module: review(codex, module), MODULES)
        for module, words in zip(MODULES, reviews, strict=True):
            print(f"{module:<9} {words}")


def review(codex: Codex, module: str) -> str:
    try:
        thread = codex.thread_start(sandbox=Sandbox.read_only, ephemeral=True)
        result = thread.run(f"Review the module {module} in one line", timeout=600)
    except CodexError as error:  # one that fails does not stop the others
        return f"failed: {error}"
    return result.final_response or result.status.value


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            main(config)
    else:
        main()
