"""A method of the protocol that we may call: its name, and the classes of its params and result.

Must not import pydantic or a model: the classes are found when they are first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from openai_codex._wire.lookup import json_validator, model_class, validator

P = TypeVar("P")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Method(Generic[P, R_co]):
    """A request from client to server, for `rpc.call(method, params) -> R`. `P` is None where it takes no params."""

    name: str
    params_name: str | None
    result_name: str

    @property
    def params(self) -> type[P] | None:
        """The class of the params, or None."""
        return None if self.params_name is None else model_class(self.params_name)

    @property
    def result(self) -> type[R_co]:
        """The class of the result."""
        return cast("type[R_co]", model_class(self.result_name))

    def encode(self, params: P | Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """Return what goes on the wire as `params`; None means that the key stays out.

        Of a model only what was set is sent. Raises `TypeError` when the method takes no params and got some.
        """
        if self.params_name is None:
            if params:
                raise TypeError(f"{self.name} takes no params")
            return None
        if params is None:
            # The runtime refuses a request without params even where all of them are optional.
            return {}
        if type(params) is dict or isinstance(params, Mapping):  # the first says it sooner
            return dict(params)
        return _dumped(params)

    def decode(self, result: Any) -> R_co:
        """Build the result from what the server sent; never raises for an object."""
        try:
            return validator(self.result_name)(result)  # type: ignore[no-any-return]
        except ValueError:
            from openai_codex._wire.base import decode

            return decode(self.result, result)

    def decode_json(self, text: bytes) -> R_co:
        """Build the result from its JSON; raises `ValueError` where only `decode` can, or nobody."""
        return json_validator(self.result_name)(text)  # type: ignore[no-any-return]


def _dumped(params: Any) -> dict[str, Any]:
    if not hasattr(params, "model_dump"):
        raise TypeError(f"params must be a model or a dict, got {type(params).__name__}")
    dumped: dict[str, Any] = params.model_dump(by_alias=True, exclude_unset=True)
    return dumped
