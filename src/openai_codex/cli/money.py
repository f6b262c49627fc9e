"""What tokens cost, by the catalogue of the extra `[cost]`, loaded while the runtime starts."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..prices import Prices, Usage

__all__ = ["LazyPrices", "dollars", "known_prices", "price_of"]


class LazyPrices:
    """A price function whose catalogue loads on a thread of its own; a call waits for it."""

    def __init__(self) -> None:
        self._known: Prices | None = None
        self._loading = threading.Thread(target=self._load, daemon=True)
        self._loading.start()

    def _load(self) -> None:
        from ..prices import catalogue_prices

        self._known = catalogue_prices()

    def __call__(self, model: str | None, tier: str | None, usage: Usage) -> Decimal | None:
        """Return the price of one response, or None where it is not known."""
        self._loading.join()
        return None if self._known is None else self._known(model, tier, usage)


def known_prices() -> LazyPrices | None:
    """Return prices where the extra `[cost]` is installed."""
    return LazyPrices() if find_spec("genai_prices") is not None else None


def price_of(prices: LazyPrices, model: str | None, tokens: Mapping[str, int]) -> Decimal | None:
    """Return what a stored thread's tokens cost at its model's prices, or None where unknown."""
    from ..prices import Usage

    counts = [tokens.get(name, 0) for name in ("input_tokens", "cached_input_tokens")]
    usage = Usage(input=counts[0], cached=counts[1], output=tokens.get("output_tokens", 0))
    return prices(model, None, usage)


def dollars(amount: Any) -> str:
    """Return an amount of money as it is shown, or nothing where it is not known."""
    if amount is None:
        return ""
    return f"${amount:.2f}" if amount >= 1 else f"${amount:.4f}"
