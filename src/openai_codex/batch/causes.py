"""Which outcome an error is, in one table. Pure: an exception in, an `End` out."""

from __future__ import annotations

from typing import Any

from .. import EnvironmentUnreachableError, PlaceError, errors
from .._redaction import redact
from ..output import OutputSchemaError, OutputValidationError
from ..tools import ToolDefinitionError
from .driver import End
from .errors import TaskError, WorkspaceError
from .outcome import Outcome

__all__ = ["end_of"]

SHOWN = 2000

# The first row that fits counts, so the narrower classes stand above the wider ones.
_TABLE: tuple[tuple[type[BaseException], Outcome], ...] = (
    (errors.StartupError, Outcome.infrastructure),
    (errors.TransportClosedError, Outcome.infrastructure),
    (errors.UsageLimitError, Outcome.rate_limited),
    (errors.OverloadedError, Outcome.rate_limited),
    (errors.ServerBusyError, Outcome.rate_limited),
    (errors.StreamDisconnectedError, Outcome.infrastructure),
    (errors.UnauthorizedError, Outcome.infrastructure),
    (errors.SandboxFailedError, Outcome.infrastructure),
    (errors.BudgetExceededError, Outcome.budget),
    (errors.TurnFailedError, Outcome.agent_error),
    (errors.ModelUnreachableError, Outcome.infrastructure),
    (errors.ThreadBusyError, Outcome.agent_error),
    (errors.TurnTimeoutError, Outcome.agent_error),
    (errors.RequestTimeoutError, Outcome.infrastructure),
    (errors.InternalRpcError, Outcome.infrastructure),
    (errors.JsonRpcError, Outcome.agent_error),
    (OutputValidationError, Outcome.task_failed),
    (OutputSchemaError, Outcome.agent_error),
    (ToolDefinitionError, Outcome.agent_error),
    (errors.UnknownPriceError, Outcome.agent_error),
    (TaskError, Outcome.agent_error),
    (WorkspaceError, Outcome.infrastructure),
    (EnvironmentUnreachableError, Outcome.infrastructure),
    (PlaceError, Outcome.agent_error),
    (OSError, Outcome.infrastructure),
)


def end_of(error: BaseException) -> End:
    """What an attempt came to that ended with this error; what is not known is infrastructure."""
    outcome = next((value for kind, value in _TABLE if isinstance(error, kind)), None)
    resets_at: Any = getattr(error, "resets_at", None)
    return End(
        outcome=_by_info(error) or outcome or Outcome.infrastructure,
        why=redact(f"{type(error).__name__}: {error}")[:SHOWN],
        is_death=_is_death(error),
        resets_at=resets_at if isinstance(resets_at, (int, float)) else None,
    )


def _is_death(error: BaseException) -> bool:
    died = isinstance(error, errors.TransportClosedError)
    return died and not isinstance(error, (errors.StartupError, errors.ClientClosedError))


# What the runtime says of a failed turn in data, where the class of the error is too wide.
_BY_INFO = {
    "internalServerError": Outcome.infrastructure,
    "sessionBudgetExceeded": Outcome.budget,  # the runtime's own, which a config may set
}


def _by_info(error: BaseException) -> Outcome | None:
    info: Any = getattr(error, "info", None)
    return _BY_INFO.get(str(getattr(info, "value", info)))
