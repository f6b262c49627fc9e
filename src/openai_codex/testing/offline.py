"""`offline_config`: the settings of a runtime that sees nothing but a scripted model.

It makes settings and empty folders; it starts nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .toml import toml_key, toml_value

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
UPDATE_PLAN = {"tools.update_plan": {"enabled": True}}
REQUEST_PERMISSIONS = {"features.request_permissions_tool": True}
ASK_USER = {"features.default_mode_request_user_input": True}


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
    """Make the settings of a hermetic runtime whose model is `model`.

    CODEX_HOME (`home`), HOME and the working directory (`cwd`) are new empty folders that go when
    the model closes; pass your own to keep them. The variables OPENAI_* and CODEX_* of this process
    do not reach the runtime. Nothing is retried. `features` and `config` are Python values, put
    over the defaults; a key of `config` is dotted, as in config.toml. `mcp_servers` is the table of
    that name. `update_plan`, `request_permissions` and `ask_user` switch on the tools that the
    steps of the same names call. `issuer` serves ChatGPT logins. The rest goes to
    `AppServerConfig`.
    """
    from ..config import AppServerConfig

    settings: dict[str, object] = {
        "model": model_name,
        f"model_providers.{PROVIDER}": _provider(model, issuer),
        **SETTINGS,
        **(UPDATE_PLAN if update_plan else {}),
        **(REQUEST_PERMISSIONS if request_permissions else {}),
        **(ASK_USER if ask_user else {}),
        **(issuer.config if issuer else {}),
        **_under("features", features),
        **_under("mcp_servers", mcp_servers),
        **(config or {}),
    }
    given: tuple[str, ...] = tuple(rest.pop("config_overrides", ()))
    return AppServerConfig(
        config_overrides=(*(f"{key}={toml_value(settings[key])}" for key in settings), *given),
        cwd=str(cwd or model.temporary_folder("work")),
        env={**_environment(model, home), **(issuer.env if issuer else {}), **(env or {})},
        **rest,
    )


def _under(table: str, entries: Table | None) -> dict[str, object]:
    return {f"{table}.{toml_key(name)}": value for name, value in (entries or {}).items()}


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
