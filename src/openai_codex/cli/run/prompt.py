"""What `run` is given to start a turn: prompt, images, schema, type; checked before."""

from __future__ import annotations

import importlib
import json
import os
import sys
from argparse import Namespace
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..problems import UsageError

if TYPE_CHECKING:
    from ...types import ReasoningEffort

__all__ = ["answer_options", "check_json", "directory", "effort_of", "prompt_of"]


def prompt_of(options: Namespace) -> list[Any]:
    """Return the input of the turn; raises UsageError where there is none."""
    from ..._turns.inputs import LocalImageInput, TextInput

    images = [LocalImageInput(_existing(path, "--image")) for path in options.image]
    return [TextInput(_text(options)), *images]


def _text(options: Namespace) -> str:
    prompt = options.prompt
    if prompt is not None and prompt != "-":
        return f"{prompt}\n\n{_piped()}" if options.stdin else _filled(prompt)
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("there is no prompt", advice="give one, or pipe one in")
    return _filled(_piped())


def _piped() -> str:
    return sys.stdin.buffer.read().decode("utf-8", errors="replace")


def _filled(text: str) -> str:
    if not text.strip():
        raise UsageError("the prompt is empty", advice="give one, or pipe one in")
    return text


def effort_of(options: Namespace) -> ReasoningEffort | None:
    """Return how hard the model is to think; raises UsageError for no such word.

    Another runtime than ours may know more words, and says itself which it does not.
    """
    from ...types import ReasoningEffort

    known = [effort.value for effort in ReasoningEffort]
    is_other = options.codex_bin is not None or getattr(options, "connect", None) is not None
    if options.effort is not None and options.effort not in known and not is_other:
        raise UsageError(f"--effort {options.effort}: expected one of {', '.join(known)}")
    return None if options.effort is None else ReasoningEffort(options.effort)


def directory(options: Namespace) -> str:
    """Return the directory to work in; raises UsageError where there is none."""
    if options.cd is None:
        return os.getcwd()  # noqa: PTH109 - a string is wanted
    if not Path(options.cd).is_dir():
        raise UsageError(f"--cd {options.cd}: there is no such directory")
    return str(Path(options.cd).resolve())


def answer_options(options: Namespace) -> dict[str, Any]:
    """Return the options of `thread.run` that say what shape the answer must have."""
    if options.schema is not None:
        return {"output_schema": _schema(options.schema)}
    if options.output_type is not None:
        return {"output_type": _type(options.output_type)}
    return {}


def _schema(file: str) -> dict[str, Any]:
    try:
        schema = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"--schema {file}: {error}") from error
    if not isinstance(schema, dict):
        raise UsageError(f"--schema {file}: a schema is a JSON object")
    return schema


def check_json(result: Any) -> None:
    """Raise OutputValidationError where the answer is no JSON, as one to a schema must be.

    The model is held to the schema by the service; no validator for JSON schemas is installed.
    """
    from ..._schema.problems import Problem
    from ...errors import OutputValidationError

    text = result.final_response or ""
    try:
        json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        failed = OutputValidationError(text, (Problem("", f"it is no JSON: {error}"),))
        failed.result = result
        raise failed from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no value of JSON")


def _type(name: str) -> Any:
    from ...output import OutputSchemaError, OutputType

    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise UsageError(f"--output-type {name}: expected MODULE:TYPE")
    try:
        return OutputType.of(attrgetter(attribute)(_imported(module)))
    except (ImportError, AttributeError, OutputSchemaError) as error:
        raise UsageError(f"--output-type {name}: {error}") from error


def _imported(module: str) -> Any:
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - as `python -m` does
    try:
        return importlib.import_module(module)
    except ImportError:
        raise
    except (Exception, SystemExit) as error:  # the module is the user's: it may raise anything
        why = f"{module} cannot be imported: {type(error).__name__}: {error}"
        raise UsageError(f"--output-type: {why}") from error
    finally:
        sys.path.pop(0)


def _existing(path: str, option: str) -> str:
    if not Path(path).is_file():
        raise UsageError(f"{option} {path}: there is no such file")
    return str(Path(path).resolve())
