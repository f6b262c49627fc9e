"""Makes `_turns/config_keys.py`: the settings that the pinned runtime knows, as it was asked.

    python -m tools.gen_config_keys            write the module
    python -m tools.gen_config_keys --check    write nothing; fail when it is out of date

The runtime emits no schema of its settings. It refuses what it does not know when it is started
with `--strict-config`, so each candidate below is put to it; `codex features list` lists the
features. The candidates are the names of its protocol's schema and those that its program holds;
one that the runtime does not know is left out.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from codex_cli_bin import bundled_codex_path  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[1]
MODULE = ROOT / "src/openai_codex/_turns/config_keys.py"

CANDIDATES = {
    "": """
        agents allow_login_shell allow_symlinked_codex_home analytics approval_policy
        approvals_reviewer apps apps_mcp_product_sku audio auto_review
        background_terminal_max_timeout browser_use chatgpt_base_url check_for_update_on_startup
        cli_auth_credentials_store cloud commit_attribution compact_prompt computer_use debug
        default_permissions desktop developer_instructions disable_paste_burst
        experimental_compact_prompt_file experimental_instructions_file
        experimental_realtime_start_instructions experimental_realtime_webrtc_call_base_url
        experimental_realtime_ws_backend_prompt experimental_realtime_ws_base_url
        experimental_realtime_ws_model experimental_realtime_ws_startup_context
        experimental_thread_config_endpoint experimental_thread_store
        experimental_thread_store_endpoint experimental_use_freeform_apply_patch
        experimental_use_unified_exec_tool features feedback file_opener
        forced_chatgpt_workspace_id forced_login_method ghost_snapshot goals hide_agent_reasoning
        history hooks include_apps_instructions include_apply_patch_tool
        include_collaboration_mode_instructions include_environment_context
        include_permissions_instructions instructions js_repl_node_module_dirs js_repl_node_path
        log_dir marketplaces mcp_enterprise_managed_auth mcp_oauth_callback_port
        mcp_oauth_callback_url mcp_oauth_credentials_store mcp_optional_startup_grace_ms
        mcp_servers memories model model_auto_compact_token_limit
        model_auto_compact_token_limit_scope model_catalog_json model_context_window
        model_instructions_file model_max_output_tokens model_post_turn_compact_threshold_percent
        model_provider model_providers model_reasoning_effort model_reasoning_summary
        model_supports_reasoning_summaries model_verbosity network notice notify openai_base_url
        orchestrator oss_provider otel permissions personality plan_mode_reasoning_effort plugins
        preferred_auth_method profile profiles project_doc_fallback_filenames
        project_doc_max_bytes project_root_markers projects realtime responses_api_metadata
        review_model sandbox_mode sandbox_permissions sandbox_workspace_write service_tier
        shell_environment_policy show_raw_agent_reasoning skills sqlite_home
        suppress_unstable_features_warning telepathy thread_unload_delay_secs
        tool_output_token_limit tool_suggest tools tools_view_image tui web_search windows
        windows_wsl_setup_acknowledged zsh_path
    """,
    "sandbox_workspace_write": """
        exclude_slash_tmp exclude_tmpdir_env_var network_access writable_roots
    """,
    "shell_environment_policy": """
        exclude experimental_use_profile ignore_default_excludes include_only inherit set
    """,
    "history": "max_bytes persistence",
    "tools": "experimental_request_user_input update_plan view_image web_search",
    "mcp_servers.*": """
        args auth bearer_token bearer_token_env_var command cwd default_tools_approval_mode
        disabled_tools enabled enabled_tools env env_http_headers env_vars environment_id
        experimental_environment http_headers name oauth oauth_resource required scopes
        startup_timeout_ms startup_timeout_sec supports_parallel_tool_calls tool_timeout_sec tools
        transport url
    """,
    "model_providers.*": """
        auth aws base_url env_http_headers env_key env_key_instructions experimental_bearer_token
        http_headers name query_params request_max_retries requires_openai_auth
        stream_idle_timeout_ms stream_max_retries supports_websockets websocket_connect_timeout_ms
        wire_api
    """,
}
# What else a table needs so that the runtime looks at the field that is asked about.
NEEDS = {
    "mcp_servers.*": {"command": '"x"'},
    "model_providers.*": {"name": '"x"', "base_url": '"x"'},
}
# An MCP server of the other kind, for the fields that only it has.
OTHERS = {"mcp_servers.*": {"url": '"http://127.0.0.1:1"'}}

HEADER = '''"""The settings that the pinned runtime knows, by the table that they stand in.

Made by `python -m tools.gen_config_keys`, which asks the runtime. `*` is a name of the user's.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CONFIG_KEYS"]

CONFIG_KEYS: Mapping[str, frozenset[str]] = {
'''


def measured() -> dict[str, list[str]]:
    """Return the known names of every table."""
    with tempfile.TemporaryDirectory() as home, ThreadPoolExecutor(os.cpu_count()) as pool:
        known = {"features": _features(home)}
        for table, words in CANDIDATES.items():
            names = words.split()
            answers = pool.map(lambda name, table=table: _is_known(table, name, home), names)
            known[table] = [name for name, yes in zip(names, answers, strict=True) if yes]
    return {table: sorted(known[table]) for table in sorted(known)}


def _is_known(table: str, name: str, home: str) -> bool:
    prefix = table.replace("*", "x")
    key = f"{prefix}.{name}" if prefix else name
    for needs in (NEEDS.get(table, {}), *([OTHERS[table]] if table in OTHERS else [])):
        fields = {f"{prefix}.{field}": value for field, value in needs.items() if field != name}
        said = _ask({**fields, key: "1"}, home)
        if f"unknown configuration field `{key}`" not in said and "not supported for" not in said:
            return True
    return False


def _ask(settings: dict[str, str], home: str) -> str:
    words = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    return _run(["app-server", "--strict-config", *words], home).stderr


def _features(home: str) -> list[str]:
    lines = _run(["features", "list"], home).stdout.splitlines()
    return sorted({line.split()[0].partition(".")[0] for line in lines})


def _run(words: list[str], home: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(bundled_codex_path()), *words],
        env={"CODEX_HOME": home, "HOME": home, "PATH": os.defpath},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def rendered(known: dict[str, list[str]]) -> str:
    """Return the text of the module."""
    tables = []
    for table, names in known.items():
        lines = "".join(f'            "{name}",\n' for name in names)
        tables.append(f'    "{table}": frozenset(\n        (\n{lines}        )\n    ),\n')
    return HEADER + "".join(tables) + "}\n"


def main() -> int:
    """Write the module, or compare it; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; compare")
    check = parser.parse_args().check
    text = rendered(measured())
    if check and MODULE.read_text(encoding="utf-8") != text:
        print(f"{MODULE.relative_to(ROOT)} is out of date: run `python -m tools.gen_config_keys`")
        return 1
    if not check:
        MODULE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
