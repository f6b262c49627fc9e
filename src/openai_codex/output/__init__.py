"""Structured output: a Python type in, a strict schema out, and the answer back as that type.

Nothing here does I/O. Importing this package does not import pydantic.
"""

from __future__ import annotations

from ..errors import OutputSchemaError, OutputValidationError
from .type import OutputType

__all__ = ["OutputSchemaError", "OutputType", "OutputValidationError"]
