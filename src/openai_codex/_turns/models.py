"""Which of the models that there are fit what is wanted. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._checks import check_text
from .options import check_option

if TYPE_CHECKING:
    from ..types import ModelListResponse

__all__ = ["fitting", "taken"]


def taken(**wanted: object) -> dict[str, str]:
    """Return what is wanted of a model, each as its word; raises TypeError for what is none."""
    words = {name: getattr(value, "value", value) for name, value in wanted.items()}
    given: dict[str, Any] = {name: word for name, word in words.items() if word is not None}
    check_text(**given)
    # A misspelt effort would leave none; a new kind of input is another service's.
    if "effort" in given:
        check_option("effort", wanted["effort"])
    return given


def fitting(
    models: ModelListResponse, *, effort: str | None = None, input: str | None = None
) -> ModelListResponse:
    """Return the models that can think so hard, and take such input."""
    data = models.data
    if effort is not None:
        data = [
            model
            for model in data
            if effort in (each.reasoning_effort.value for each in model.supported_reasoning_efforts)
        ]
    if input is not None:
        data = [model for model in data if input in (each.value for each in model.input_modalities)]
    return models.model_copy(update={"data": data})
