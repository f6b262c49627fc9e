"""What the runtime may ask beside approvals: a form, a person's choice, tokens, the time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, cast

from .._safe_text import one_line
from .answers import Decision, InvalidAnswerError, Tokens
from .question import Approval, Json, Question, field, listed, shown

if TYPE_CHECKING:
    from ..types import ToolRequestUserInputQuestion

__all__ = ["AttestationRequest", "Elicitation", "TimeRequest", "TokenRefresh", "UserInputRequest"]


class Elicitation(Approval):
    """What an MCP server asks of a person: to fill in a form, or to visit a URL.

    Answer a form with a dict of its fields, a URL with True once visited, or with a Decision.
    """

    kind = "elicitation"
    slot = "elicit"

    @property
    def summary(self) -> str:
        """The server and its message, safe to show."""
        return f"{one_line(self.server)}: {self.message}"

    @property
    def server(self) -> str:
        """Return the name of the server that asks."""
        return cast(str, self.params.get("serverName") or "")

    @property
    def message(self) -> str:
        """The question in the server's words, on one line that is safe to show."""
        return shown(self.params.get("message")) or ""

    @property
    def mode(self) -> Literal["form", "url"] | str:
        """Return which of the two it is; others need a capability that this client lacks."""
        return str(self.params.get("mode") or "form")

    @property
    def schema(self) -> Json | None:
        """Return the JSON Schema of the form's fields."""
        return cast("Json | None", self.params.get("requestedSchema"))

    @property
    def url(self) -> str | None:
        """Return the URL to visit."""
        return cast("str | None", self.params.get("url"))

    def result(self, answer: Any) -> Json:
        """Return the wire form of an answer; raises InvalidAnswerError."""
        if isinstance(answer, Mapping):
            return {"action": "accept", "content": dict(answer)}
        decision = self._decision(answer, " or a dict of the form's fields")
        if decision in (Decision.decline, Decision.cancel):
            return {"action": decision.value}
        if self.mode != "url" and (self.mode != "form" or (self.schema or {}).get("required")):
            raise self._wrong(answer, "a dict of the form's fields")
        return {"action": "accept", "content": {}}

    def refusal(self) -> Json:
        """Return the wire form of a no."""
        return {"action": "decline"}


class UserInputRequest(Question):
    """One or more questions to the user (item/tool/requestUserInput).

    Answer with a dict of question id to a text or a list of texts, or with a text if there is one
    question. Options are suggestions: where `is_other`, any text will do.
    """

    kind = "user_input"
    slot = "ask_user"

    @property
    def summary(self) -> str:
        """The questions, safe to show."""
        asked = (one_line(field(question, "question")) for question in self._questions)
        return " / ".join(asked)

    @property
    def _questions(self) -> list[Any]:
        return listed(self.params.get("questions"))

    @property
    def questions(self) -> list[ToolRequestUserInputQuestion]:
        """Return each question's `id`, `header`, `question`, `options`, `is_other`, `is_secret`."""
        from .._wire.base import decode
        from ..types import ToolRequestUserInputQuestion

        return [decode(ToolRequestUserInputQuestion, question) for question in self._questions]

    @property
    def is_blocking(self) -> bool:
        """Tell whether the turn waits for the answer."""
        return bool(self.params.get("isBlocking"))

    def result(self, answer: Any) -> Json:
        """Return the wire form of an answer; raises InvalidAnswerError."""
        if isinstance(answer, str) and len(self._questions) == 1:
            answer = {str(field(self._questions[0], "id")): answer}
        if not isinstance(answer, Mapping):
            raise self._wrong(answer, "a dict of question id to text, or a text for one question")
        unknown = set(answer) - {str(field(question, "id")) for question in self._questions}
        if unknown:
            raise InvalidAnswerError(f"there is no question with the id {sorted(unknown, key=str)}")
        return {
            "answers": {ident: {"answers": self._texts(text)} for ident, text in answer.items()}
        }

    def refusal(self) -> Json:
        """Return the wire form of no answer."""
        return {"answers": {}}

    def _texts(self, given: Any) -> list[str]:
        texts = [given] if isinstance(given, str) else given
        if not isinstance(texts, (list, tuple)) or not all(isinstance(t, str) for t in texts):
            raise self._wrong(given, "a text or a list of texts")
        return list(texts)


class TokenRefresh(Question):
    """The wish for fresh ChatGPT tokens (account/chatgptAuthTokens/refresh); takes Tokens."""

    kind = "refresh_tokens"
    slot = "refresh_tokens"

    @property
    def reason(self) -> str:
        """Why: `unauthorized`."""
        return shown(self.params.get("reason")) or ""

    @property
    def previous_account_id(self) -> str | None:
        """Return the account that the old tokens belong to."""
        return cast("str | None", self.params.get("previousAccountId"))

    def result(self, answer: Any) -> Json:
        """Return the wire form of an answer; raises InvalidAnswerError."""
        if not isinstance(answer, Tokens):
            raise self._wrong(None, "Tokens")  # whatever it is, it may hold a secret
        return {
            "accessToken": answer.access_token,
            "chatgptAccountId": answer.account_id,
            "chatgptPlanType": answer.plan_type,
        }


class TimeRequest(Question):
    """The question for the time (currentTime/read). Answer with a datetime or unix seconds.

    Without a handler the machine's clock answers.
    """

    kind = "current_time"
    slot = "current_time"
    has_own_answer = True

    def result(self, answer: Any) -> Json:
        """Return the wire form of an answer; raises InvalidAnswerError."""
        if isinstance(answer, datetime):
            answer = answer.timestamp()
        if isinstance(answer, bool) or not isinstance(answer, (int, float)):
            raise self._wrong(answer, "a datetime or unix seconds")
        return {"currentTimeAt": int(answer)}

    def refusal(self) -> Json:
        """Return the machine's time: the runtime fails the turn of a client that has none."""
        return {"currentTimeAt": int(time.time())}


class AttestationRequest(Question):
    """The question for an attestation token (attestation/generate). Answer with the token."""

    kind = "attest"
    slot = "attest"

    def result(self, answer: Any) -> Json:
        """Return the wire form of an answer; raises InvalidAnswerError."""
        if not isinstance(answer, str):
            raise self._wrong(None, "a token as text")
        return {"token": answer}
