"""What model responses cost: the type of a price function, and the prices of a public catalogue.

    from openai_codex import Budget, Codex
    from openai_codex.prices import catalogue_prices

    codex = Codex(prices=catalogue_prices(), budget=Budget(usd=5))

The catalogue needs the extra `[cost]`; nothing is fetched from the network. Importing this module
loads neither.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ._core.account import Price as Prices
from ._core.account import Usage
from .errors import MissingExtraError

__all__ = ["Prices", "Usage", "catalogue_prices"]

# The catalogue has the prices of the standard tier alone.
_STANDARD = frozenset({None, "auto", "default"})


def catalogue_prices() -> Prices:
    """Return a price function over the `genai-prices` catalogue of OpenAI's models.

    It knows nothing of a model or a service tier that the catalogue lacks: then money is unknown.
    Loads the catalogue, about half a second. Raises MissingExtraError without the extra `[cost]`.
    """
    try:
        import genai_prices
    except ImportError as error:
        raise MissingExtraError("cost", "prices from a catalogue") from error

    def price(model: str | None, tier: str | None, usage: Usage) -> Decimal | None:
        if model is None or tier not in _STANDARD:
            return None
        counted: Any = genai_prices.Usage(
            input_tokens=usage.input,
            cache_read_tokens=usage.cached,
            cache_write_tokens=usage.cache_write,
            output_tokens=usage.output,
        )
        try:
            found = genai_prices.calc_price(counted, model_ref=model, provider_id="openai")
        except LookupError:
            return None
        return Decimal(found.total_price)

    price("gpt-5.5", None, Usage(input=1, output=1))  # here, and not while a turn waits for it
    return price
