"""Histograms as inline SVG, by attributes alone: a page's policy lets only its own style apply."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

__all__ = ["bins_of", "histogram"]

BARS = 24
WIDTH, HEIGHT, BASE = 480, 120, 100


def bins_of(values: Sequence[float], bars: int = BARS) -> list[tuple[float, float, int]]:
    """Count values in bins of equal width: beginning, end and count of each."""
    if not values:
        return []
    low, high = min(values), max(values)
    width = (high - low) / bars or 1.0
    counts = [0] * bars
    for value in values:
        counts[min(bars - 1, int((value - low) / width))] += 1
    return [(low + n * width, low + (n + 1) * width, count) for n, count in enumerate(counts)]


def histogram(values: Sequence[float], *, title: str, unit: str) -> str:
    """A histogram as an SVG element with a text for each bar; empty without values."""
    bins = bins_of([value for value in values if math.isfinite(value)])
    if not bins:
        return ""
    tallest = max(count for _, _, count in bins)
    step = WIDTH / len(bins)
    bars = "".join(_bar(n, step, one, tallest, unit) for n, one in enumerate(bins))
    low, high = bins[0][0], bins[-1][1]
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{bars}'
        f'<text x="0" y="{HEIGHT - 4}">{_short(low)} {escape(unit)}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT - 4}" text-anchor="end">{_short(high)} {escape(unit)}</text>'
        "</svg></figure>"
    )


def _bar(n: int, step: float, one: tuple[float, float, int], tallest: int, unit: str) -> str:
    low, high, count = one
    height = BASE * count / tallest
    place = f'x="{n * step + 1:.1f}" y="{BASE - height:.1f}"'
    size = f'width="{step - 2:.1f}" height="{height:.1f}"'
    text = f"{_short(low)} to {_short(high)} {unit}: {count}"
    return f"<rect {place} {size}><title>{escape(text)}</title></rect>"


def _short(number: float) -> str:
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:.1f}{unit}"
    return f"{number:.3g}"
