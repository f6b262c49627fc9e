"""What a turn's error says when the service takes no credentials: who is logged in, what to do.

Pure: it is given what the runtime told, and reads no environment by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Login", "is_refusal"]

Json = dict[str, Any]

_STORED = "logged in with an API key"


def is_refusal(error: Any) -> bool:
    """Tell whether a turn's error, as it came, says that the credentials were refused (401)."""
    info = error.get("codexErrorInfo") if isinstance(error, dict) else None
    # A word alone in older reports, an object with the status in newer ones.
    if not isinstance(info, dict):
        return bool(info == "unauthorized")
    # The status stands within the kind of the failure: a stream that broke has it as well as a
    # call.
    bodies = (body for body in info.values() if isinstance(body, dict))
    return any(body.get("httpStatusCode") == 401 for body in bodies)


@dataclass(frozen=True, slots=True)
class Login:
    """Who is logged in, as `account/read` told; `keys` are variables that hold an API key.

    `is_given` tells that the client was given its key, which no login of CODEX_HOME replaces.
    """

    account: Json | None
    is_required: bool
    home: str | None
    keys: Sequence[str] = ()
    is_given: bool = False

    @staticmethod
    def of(
        reply: Any, *, home: str | None, keys: Sequence[str], is_given: bool = False
    ) -> Login | None:
        """Return what a reply to `account/read` tells, None for what is no such reply."""
        if not isinstance(reply, dict):
            return None
        account = reply.get("account")
        required = bool(reply.get("requiresOpenaiAuth"))
        who = account if isinstance(account, dict) else None
        return Login(who, required, home, keys, is_given)

    @property
    def is_missing(self) -> bool:
        """Whether a login is needed and there is none."""
        return self.is_required and self.account is None

    @property
    def may_recover(self) -> bool:
        """Whether the runtime can get fresh credentials by itself."""
        # A key stays what it is; a login has a token that the runtime renews.
        return self.kind not in (None, "apiKey")

    @property
    def kind(self) -> str | None:
        """The type of the account, None for nobody."""
        return str(self.account.get("type")) if self.account is not None else None

    def advice(self) -> str:
        """Return who is logged in, where, and what to do."""
        parts = [self._who(), f"CODEX_HOME is {self.home}" if self.home else "", self._what()]
        return "; ".join(part for part in parts if part)

    def _who(self) -> str:
        if self.account is None:
            return "nobody is logged in" if self.is_required else "the provider needs no login here"
        if self.kind == "apiKey":
            return "logged in with the API key that Codex() was given" if self.is_given else _STORED
        return f"logged in as {self.account.get('email') or self.kind}"

    def _what(self) -> str:
        if self.kind == "apiKey" and self.is_given:
            return "give Codex() another api_key"
        if self.kind == "apiKey":
            return "log in with another key: codex.login_api_key(key)"
        if self.account is not None:
            return "log in again: codex.login_chatgpt()"
        if not self.is_required:
            return "check the key in the provider's own settings (env_key)"
        # Named, and not used unasked: a key that lies in the environment may be another program's.
        unused, are = " and ".join(self.keys), "are" if len(self.keys) > 1 else "is"
        hint = f"; {unused} {are} set and not used: give api_key FROM_ENVIRONMENT" if unused else ""
        return (
            "call codex.login_chatgpt() or codex.login_api_key(key), or give Codex() an api_key"
            f"{hint}"
        )
