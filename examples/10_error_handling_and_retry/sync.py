"""What can go wrong, and what to do about it: overload, a limit, silence, a bad request."""

from __future__ import annotations

import sys

from openai_codex import (
    AppServerConfig,
    Codex,
    InvalidRequestError,
    Sandbox,
    TurnFailedError,
    TurnTimeoutError,
    UsageLimitError,
    retry_on_overload,
)


def main(config: AppServerConfig | None = None) -> None:
    with Codex(config) as codex:
        thread = codex.thread_start(sandbox=Sandbox.read_only)

        # The service is overloaded: the whole turn is worth another try.
        result = retry_on_overload(
            lambda: thread.run("Summarize the open incidents"), max_attempts=3
        )
        print(f"answered: {result.final_response}")

        # A failed turn raises; what it did until then is in `error.result`.
        try:
            thread.run("Audit the dependencies")
        except UsageLimitError as error:
            print(f"limit reached; it resets at {error.resets_at}")
        except TurnFailedError as error:
            print(f"failed: {error}")

        # No word for too long: the turn is interrupted on the server, then this raises.
        try:
            thread.run("Wait for the deployment", idle_timeout=0.5)
        except TurnTimeoutError as error:
            done = error.result.items if error.result else []
            print(f"gave up after {error.seconds:g} s of silence; {len(done)} items were complete")

        # Refused before anything was done.
        try:
            codex.thread_resume("00000000-0000-0000-0000-000000000000")
        except InvalidRequestError as error:
            print(f"refused ({error.code}): {error.message}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            main(config)
    else:
        main()
