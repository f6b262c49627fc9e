"""The names that spans and metrics have: the GenAI conventions at tag v0.1.0, and ours.

They are literals because the conventions are in development: a release of another package must not
rename what dashboards ask for.
"""

from __future__ import annotations

__all__ = [
    "AGENT_ID",
    "AGENT_NAME",
    "AGENT_VERSION",
    "APPROVAL_DECISION",
    "APPROVAL_KIND",
    "APPROVAL_WAITED",
    "CACHE_READ",
    "CACHE_WRITE",
    "CALL_ARGUMENTS",
    "CALL_ID",
    "CALL_RESULT",
    "COMPACTED",
    "CONVERSATION",
    "ERROR_TYPE",
    "EXECUTABLE",
    "EXIT_CODE",
    "FINISH_REASONS",
    "INPUT_MESSAGES",
    "INPUT_TOKENS",
    "JOINED",
    "MCP_METHOD",
    "MODEL",
    "OPERATION",
    "OUTPUT_MESSAGES",
    "OUTPUT_TOKENS",
    "OUTPUT_TYPE",
    "PROVIDER",
    "REASONING_LEVEL",
    "REASONING_TOKENS",
    "TASK_ID",
    "TOKEN_TYPE",
    "TOOL_NAME",
    "TOOL_TYPE",
    "TURN_ID",
    "USD",
    "WORKFLOW_NAME",
]

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
AGENT_NAME = "gen_ai.agent.name"
AGENT_ID = "gen_ai.agent.id"
AGENT_VERSION = "gen_ai.agent.version"
CONVERSATION = "gen_ai.conversation.id"
COMPACTED = "gen_ai.conversation.compacted"
MODEL = "gen_ai.request.model"
REASONING_LEVEL = "gen_ai.request.reasoning.level"
OUTPUT_TYPE = "gen_ai.output.type"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHE_READ = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE = "gen_ai.usage.cache_write.input_tokens"
REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens"
TOKEN_TYPE = "gen_ai.token.type"
FINISH_REASONS = "gen_ai.response.finish_reasons"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
TOOL_NAME = "gen_ai.tool.name"
TOOL_TYPE = "gen_ai.tool.type"
CALL_ID = "gen_ai.tool.call.id"
CALL_ARGUMENTS = "gen_ai.tool.call.arguments"
CALL_RESULT = "gen_ai.tool.call.result"
WORKFLOW_NAME = "gen_ai.workflow.name"
MCP_METHOD = "mcp.method.name"
EXIT_CODE = "process.exit.code"
EXECUTABLE = "process.executable.name"
ERROR_TYPE = "error.type"

# Ours: the conventions have no names for these.
TURN_ID = "codex.turn.id"
TASK_ID = "codex.task.id"
JOINED = "codex.turn.joined"
USD = "codex.cost.usd"
APPROVAL_KIND = "codex.approval.kind"
APPROVAL_DECISION = "codex.approval.decision"
APPROVAL_WAITED = "codex.approval.waited_ms"
