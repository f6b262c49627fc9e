"""What the agent may use becomes the runtime's settings: each switch its own keys, no others."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import AgentRole, AgentTools, ToolSwitchError

SERVICES_OFF = {"features.apps": False, "features.plugins": False}
Raw: Any = AgentTools  # as a program without type hints calls it


@pytest.mark.parametrize(
    ("uses", "config"),
    [
        (AgentTools(), {}),
        (AgentTools(shell=False), {"features.shell_tool": False}),
        (AgentTools(shell=True), {"features.shell_tool": True}),
        (AgentTools(view_image=False), {"features.view_image": False}),
        (AgentTools(goals=False), {"features.goals": False}),
        (AgentTools(ask_user=True), {"tools.experimental_request_user_input.enabled": True}),
        (AgentTools(web_search=True), {"web_search": "live"}),
        (AgentTools(web_search=False), {"web_search": "disabled"}),
        (AgentTools(web_search="cached"), {"web_search": "cached"}),
        (AgentTools(web_search="indexed"), {"web_search": "indexed"}),
        (AgentTools(agents=True), {"agents.enabled": True}),
        (AgentTools(agents=[]), {"agents.enabled": True}),
        (AgentTools(agents=False), {"agents.enabled": False}),
        (AgentTools(skills=True), {"skills.include_instructions": True}),
        (AgentTools(skills=False), {"skills.include_instructions": False}),
        (AgentTools(skills=["mine"]), {}),
        (AgentTools(mcp=True), {}),
        (AgentTools(mcp=False), SERVICES_OFF),
        (AgentTools(mcp=["lab"]), SERVICES_OFF),
    ],
)
def test_a_switch_sets_its_own_keys_alone(uses: AgentTools, config: dict[str, Any]) -> None:
    assert uses.config() == config


def test_without_patches_a_thread_has_no_place_to_work_in() -> None:
    assert AgentTools(shell=False, patches=False).has_no_environment
    assert not AgentTools(shell=False).has_no_environment
    assert not AgentTools(patches=True).has_no_environment


@pytest.mark.parametrize(
    ("mcp", "config"),
    [
        (None, {}),
        (True, {}),
        (False, {"mcp_servers.lab.enabled": False, "mcp_servers.desk.enabled": False}),
        (["lab"], {"mcp_servers.lab.enabled": True, "mcp_servers.desk.enabled": False}),
        (
            {"desk": ["write", "read"]},
            {
                "mcp_servers.lab.enabled": False,
                "mcp_servers.desk.enabled": True,
                "mcp_servers.desk.enabled_tools": ["read", "write"],
            },
        ),
    ],
)
def test_mcp_servers_are_switched_by_their_names(mcp: Any, config: dict[str, Any]) -> None:
    assert AgentTools(mcp=mcp).mcp_config(["lab", "desk"]) == config


@pytest.mark.parametrize(
    ("skills", "off"),
    [(["b"], ["a", "c"]), ([], ["a", "b", "c"]), (("a", "b", "c"), [])],
)
def test_the_skills_that_are_not_named_are_switched_off(skills: Any, off: list[str]) -> None:
    told = AgentTools(skills=skills).skills_config(["c", "a", "b"])
    assert told == {"skills.config": [{"name": name, "enabled": False} for name in off]}


@pytest.mark.parametrize("skills", [None, True, False])
def test_a_switch_for_all_skills_switches_none_by_name(skills: bool | None) -> None:
    assert AgentTools(skills=skills).skills_config(["a"]) == {}


@pytest.mark.parametrize("known", [["lab", "desk"], ["desk", "lab"]])
def test_a_name_that_is_not_there_is_refused_with_those_that_are(known: list[str]) -> None:
    with pytest.raises(ToolSwitchError, match="no MCP server of that name; there is: desk, lab"):
        AgentTools(mcp=["other"]).mcp_config(known)
    with pytest.raises(ToolSwitchError, match="no skill of that name; there is: desk, lab") as told:
        AgentTools(skills=["desk", "other"]).skills_config(known)
    assert told.value.tool == "other"
    with pytest.raises(ToolSwitchError, match="there is: none"):
        AgentTools(mcp=["other"]).mcp_config([])


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"shell": "no"}, TypeError, "^shell must be True or False"),
        ({"shell": False, "patches": 0}, TypeError, "^patches must be True or False"),
        ({"view_image": 1}, TypeError, "^view_image must be True or False"),
        ({"goals": "yes"}, TypeError, "^goals must be True or False"),
        ({"ask_user": 0}, TypeError, "^ask_user must be True or False"),
        ({"web_search": "fast"}, ValueError, "^web_search must be one of 'cached', 'indexed'"),
        ({"web_search": 1}, TypeError, "^web_search must be True or False"),
        ({"mcp": "lab"}, TypeError, "^mcp must be True, False or names, got str"),
        ({"mcp": 3}, TypeError, "^mcp must be True, False or names, got int"),
        ({"mcp": [3]}, TypeError, "^mcp must hold lists of names, which are strings"),
        ({"mcp": {"lab": "add"}}, TypeError, "^mcp must hold lists of names"),
        ({"mcp": {"lab": [3]}}, TypeError, "^mcp must hold lists of names"),
        ({"mcp": {3: ["add"]}}, TypeError, "^mcp must hold lists of names"),
        ({"skills": "mine"}, TypeError, "^skills must be True, False or names, got str"),
        ({"skills": [1]}, TypeError, "^skills must hold lists of names"),
        ({"agents": 3}, TypeError, "^agents must be True, False or a list of AgentRole"),
        ({"agents": ["tester"]}, TypeError, "^agents must be an? AgentRole, got str"),
    ],
)
def test_what_is_no_choice_is_refused_by_name(
    options: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        Raw(**options)


@pytest.mark.parametrize(
    ("options", "tool", "text"),
    [
        ({"patches": False}, "patches", "give shell=False as well"),
        ({"patches": False, "shell": True}, "patches", "give shell=False as well"),
        ({"patches": False, "shell": False, "view_image": True}, "view_image", "it is off as well"),
    ],
)
def test_what_the_runtime_cannot_switch_alone_is_refused(
    options: dict[str, Any], tool: str, text: str
) -> None:
    with pytest.raises(ToolSwitchError, match=text) as caught:
        AgentTools(**options)
    assert caught.value.tool == tool
    AgentTools(patches=False, shell=False, view_image=False)


# --- roles ---------------------------------------------------------------------------------------


def test_the_roles_are_those_that_were_given() -> None:
    role = AgentRole(name="tester", description="Tests.")
    assert AgentTools(agents=[role]).roles == [role]
    for agents in (None, True, False):
        assert AgentTools(agents=agents).roles == ()


def test_the_file_of_a_role_has_what_was_given_and_nothing_else() -> None:
    role = AgentRole(
        name="tester",
        description="Tests.",
        instructions='Say "\u00e4"\nand \x7f',
        model="gpt-5.5",
        effort="high",
    )
    assert role.to_toml() == (
        'developer_instructions = "Say \\"\u00e4\\"\\nand \\u007f"\n'
        'model = "gpt-5.5"\n'
        'model_reasoning_effort = "high"\n'
    )
    assert AgentRole(name="tester", description="Tests.", effort="low").to_toml() == (
        'model_reasoning_effort = "low"\n'
    )


def test_the_file_of_a_role_has_another_name_for_whatever_differs_in_it() -> None:
    plain, deep = (
        AgentRole(name="tester", description="Tests.", effort=each) for each in ("low", "high")
    )
    same = AgentRole(name="tester", description="Tests more.", effort="low")
    assert plain.file_name == same.file_name != deep.file_name
    assert plain.file_name.startswith("tester-")
    assert plain.file_name.endswith(".toml")
    assert len(plain.file_name) == len("tester-0123456789ab.toml")


@pytest.mark.parametrize("name", ["a", "Test_er-2", "x" * 64])
def test_a_roles_name_may_have_letters_digits_and_two_signs(name: str) -> None:
    assert AgentRole(name=name, description="d").name == name


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"name": ""}, ValueError, "a role's name has letters"),
        ({"name": "a b"}, ValueError, "a role's name has letters"),
        ({"name": "\u00e4"}, ValueError, "a role's name has letters"),
        ({"name": "x" * 65}, ValueError, "a role's name has letters"),
        ({"name": None}, TypeError, "name must be a string"),
        ({"description": None}, TypeError, "description must be a string"),
        ({"instructions": 3}, TypeError, "instructions must be a string"),
        ({"model": 3}, TypeError, "model must be a string"),
        ({"effort": 3}, TypeError, "effort must be a string"),
    ],
)
def test_a_role_is_checked_when_it_is_made(
    options: dict[str, Any], error: type[Exception], text: str
) -> None:
    given: Any = {"name": "tester", "description": "Tests.", **options}
    with pytest.raises(error, match=text):
        AgentRole(**given)
