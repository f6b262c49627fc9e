"""Log in from another device, look at the account, log out; all in a CODEX_HOME of its own.

With it, your own login stays as it is.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile

from openai_codex import AppServerConfig, AsyncCodex
from openai_codex.types import ChatgptAccount


async def main(config: AppServerConfig | None = None) -> None:
    with tempfile.TemporaryDirectory() as home:
        config = config or AppServerConfig(env={"CODEX_HOME": home})
        async with AsyncCodex(config) as codex:
            login = await codex.login_chatgpt_device_code()
            print(f"open {login.verification_url} and enter {login.user_code}")
            done = await login.wait(timeout=600)  # login.cancel() gives up
            if not done.success:
                sys.exit(f"not logged in: {done.error}")

            account = (await codex.account()).account
            match account:
                case ChatgptAccount(email=email, plan_type=plan):
                    print(f"logged in as {email}, plan {plan.value}")
                case _:
                    print(f"logged in with {account.type if account else 'nothing'}")

            await codex.logout()
            print(f"after logout: {(await codex.account()).account}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
