"""`offline_config`: the settings of a runtime that sees nothing but a scripted model.

The variables OPENAI_* and CODEX_* of this process and its proxies do not reach that runtime. This
module makes settings and empty folders; it starts nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .toml import BARE_KEY, toml_value

if TYPE_CHECKING:
    from ..config import AppServerConfig
    from .issuer import LoginIssuer
    from .model.server import ScriptedModel

Table = Mapping[str, object]
PathLike = str | os.PathLike[str]

PROVIDER = "scripted"
LOOPBACK = "127.0.0.1,localhost"
USERS_OWN = ("CODEX_", "OPENAI_")

# The user's shell and services stay out, and a model that is gone fails the turn at once.
SETTINGS: dict[str, object] = {
    "model_provider": PROVIDER,
    "analytics.enabled": False,
    "check_for_update_on_startup": False,
    "features.unbounded_connection_retries": False,
    "features.shell_snapshot": False,
    "features.apps": False,
    "features.plugins": False,
    "features.enable_request_compression": False,
}


def offline_config(
    model: ScriptedModel,
    *,
    home: PathLike | None = None,
    cwd: PathLike | None = None,
    env: Mapping[str, str] | None = None,
    model_name: str = "gpt-5.5",
    features: Table | None = None,
    config: Table | None = None,
    mcp_servers: Mapping[str, Table] | None = None,
    update_plan: bool = False,
    request_permissions: bool = False,
    ask_user: bool = False,
    issuer: LoginIssuer | None = None,
    **rest: Any,
) -> AppServerConfig:
    """Make the settings of a hermetic runtime whose model is `model`; nothing is retried.

    CODEX_HOME (`home`), HOME and the working directory (`cwd`) are new empty folders that go with
    the model, unless given. `features`, `config` (dotted keys) and `mcp_servers` are values for
    config.toml. `update_plan`, `request_permissions` and `ask_user` switch on those steps' tools.
    """
    from ..config import AppServerConfig
    from .model.server import ScriptedModel

    if not isinstance(model, ScriptedModel):
        raise TypeError(f"model must be a ScriptedModel, or codex_endpoint; got {model!r}")
    settings = {
        **_defaults(model, model_name, issuer),
        "tools.update_plan": {"enabled": update_plan},
        "features.request_permissions_tool": request_permissions,
        "features.default_mode_request_user_input": ask_user,
        **_under("features", features),
        **_under("mcp_servers", mcp_servers),
        **(config or {}),
    }
    overrides = [_override(key, settings[key]) for key in settings]
    return AppServerConfig(
        config_overrides=(*overrides, *rest.pop("config_overrides", ())),
        cwd=str(cwd or model.temporary_folder("work")),
        env={**_environment(model, home), **(issuer.env if issuer else {}), **(env or {})},
        **rest,
    )


def _defaults(model: ScriptedModel, name: str, issuer: LoginIssuer | None) -> dict[str, object]:
    provider = {f"model_providers.{PROVIDER}": _provider(model, issuer)}
    return {"model": name, **provider, **SETTINGS, **(issuer.config if issuer else {})}


def _override(key: str, value: object) -> str:
    try:
        return f"{key}={toml_value(value)}"
    except TypeError as error:
        raise TypeError(f"{key}: {error}; leave it out, or give it another value") from error


def _under(table: str, entries: Table | None) -> dict[str, object]:
    given = dict(entries or {})
    if all(map(BARE_KEY.fullmatch, given)):
        return {f"{table}.{name}": value for name, value in given.items()}
    # The runtime cuts the path of a setting at every dot, and takes quotes in it as they are.
    return {table: given}


def _provider(model: ScriptedModel, issuer: LoginIssuer | None) -> dict[str, object]:
    return {
        "name": PROVIDER,
        "base_url": model.base_url,
        "wire_api": "responses",
        "request_max_retries": 0,
        "stream_max_retries": 0,
        "supports_websockets": False,
        # Only then does the runtime show the account that has logged in, and use its token.
        "requires_openai_auth": issuer is not None,
    }


def _environment(model: ScriptedModel, home: PathLike | None) -> dict[str, str]:
    codex_home = Path(home) if home is not None else model.temporary_folder("codex-home")
    codex_home.mkdir(parents=True, exist_ok=True)  # the runtime exits when it is missing
    user_home = str(model.temporary_folder("home"))
    # The settings are put over our own environment, which can blank a variable but not remove it.
    blanked = {name: "" for name in os.environ if name.startswith(USERS_OWN)}
    homes = {"CODEX_HOME": str(codex_home), "HOME": user_home, "USERPROFILE": user_home}
    return {**blanked, **homes, "NO_PROXY": LOOPBACK, "no_proxy": LOOPBACK}
