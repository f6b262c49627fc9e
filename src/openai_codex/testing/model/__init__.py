"""A scripted model: a loopback Responses API whose answers are written in the test.

This file only gathers the public names.
"""

from .gate import Gate as Gate
from .patches import add_file as add_file
from .patches import apply_patch as apply_patch
from .patches import delete_file as delete_file
from .patches import edit_file as edit_file
from .problems import ScriptError as ScriptError
from .request import ModelRequest as ModelRequest
from .reviews import allow as allow
from .reviews import deny as deny
from .script import Script as Script
from .server import ScriptedModel as ScriptedModel
from .steps import Step as Step
from .steps import ask_user as ask_user
from .steps import call_mcp as call_mcp
from .steps import call_tool as call_tool
from .steps import cut as cut
from .steps import delay as delay
from .steps import fail as fail
from .steps import headers as headers
from .steps import hold as hold
from .steps import incomplete as incomplete
from .steps import item as item
from .steps import malformed as malformed
from .steps import parallel as parallel
from .steps import request_permissions as request_permissions
from .steps import run_command as run_command
from .steps import say as say
from .steps import silence as silence
from .steps import spawn_agent as spawn_agent
from .steps import think as think
from .steps import tool_search as tool_search
from .steps import update_plan as update_plan
from .steps import usage as usage
from .steps import view_image as view_image
from .steps import wait_agent as wait_agent
from .steps import web_search as web_search
from .steps import write_stdin as write_stdin
