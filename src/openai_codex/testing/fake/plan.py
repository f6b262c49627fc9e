"""Which rule of the script is next: by place, by request, by turn, by spawn.

Counts what was used; takes no step itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    Rule = dict[str, Any]


class Plan:
    """The rules that hold in one spawn."""

    def __init__(self, rules: list[Rule], spawn: int) -> None:
        self._rules = [rule for rule in rules if spawn in rule.get("spawns", [spawn])]
        self._requests: dict[str, int] = {}
        self._turns_used: dict[int, int] = {}

    def at(self, place: str) -> Iterator[Rule]:
        """Yield all rules of a place: start, byte, eof, sigterm."""
        return (rule for rule in self._rules if rule["at"] == place)

    def for_request(self, method: str) -> Rule | None:
        """Count the request, and return the first rule that fits it."""
        for name in (method, "*"):
            self._requests[name] = self._requests.get(name, 0) + 1
        return next((rule for rule in self.at("request") if self._fits(rule, method)), None)

    def for_turn(self, text: str) -> list[dict[str, Any]] | None:
        """Return the steps for a turn with this user text, or None when no rule fits."""
        for key, rule in enumerate(self._rules):
            used = self._turns_used.get(key, 0)
            if rule["at"] == "turn" and _is_left(rule, used) and (rule["when"] or "") in text:
                self._turns_used[key] = used + 1
                return list(rule["steps"])
        return None

    def _fits(self, rule: Rule, method: str) -> bool:
        if rule["method"] not in (method, "*"):
            return False
        seen = self._requests[rule["method"]]
        return rule["nth"] in (None, seen) and (rule["times"] is None or seen <= rule["times"])


def _is_left(rule: Rule, used: int) -> bool:
    return rule["times"] is None or used < rule["times"]
