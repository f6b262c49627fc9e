"""The pytest plugin as its users meet it: whole inner runs against the real runtime."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

LOOPS = "asyncio_default_fixture_loop_scope=function"  # pytest-asyncio warns when it is unset
STRICT = ("-p", "no:cacheprovider", "-W", "error", "--strict-markers", "-o", LOOPS)

GREETS = """
import pytest
from openai_codex.testing import say

@pytest.mark.codex_script(say("Hello"))
def test_greets(codex, codex_model):
    assert codex.thread_start().run("Hi").final_response == "Hello"
    assert codex_model.requests[0].user_text == "Hi"
"""


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess(*STRICT, *options)


def test_a_marked_script_answers_the_fixture_client(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(GREETS)
    run(pytester).assert_outcomes(passed=1)


def test_several_marks_are_several_turns_from_the_top(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from openai_codex.testing import run_command, say

        pytestmark = pytest.mark.codex_script(say("of the module"))

        @pytest.mark.codex_script(say("first"))
        @pytest.mark.codex_script(run_command("echo hi", call_id="c"), say("second"))
        def test_turns(codex, codex_model):
            thread = codex.thread_start()
            said = [thread.run(text).final_response for text in "abc"]
            assert said == ["of the module", "first", "second"]
            assert "hi" in codex_model.requests[-1].function_outputs["c"]
        """
    )
    run(pytester).assert_outcomes(passed=1)


def test_what_is_wrong_with_a_script_fails_the_test_and_shows_both_sides(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import pytest
        from openai_codex.errors import TurnFailedError
        from openai_codex.testing import say

        @pytest.mark.codex_script(say("Hello"))
        def test_asks_less(codex):
            codex.thread_start()

        @pytest.mark.codex_script(say("Hello"))
        def test_asks_more_and_minds(codex):
            thread = codex.thread_start()
            thread.run("one")
            thread.run("and two")

        def test_asks_more_and_does_not_mind(codex):
            with pytest.raises(TurnFailedError):
                codex.thread_start().run("Anybody there?")

        @pytest.mark.codex_script(say("Hello"))
        def test_fails_by_itself(codex):
            assert codex.thread_start().run("Hi").final_response == "Bye"
        """
    )
    result = run(pytester, "-rN")  # no summary, which says it all again where CI is set
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines_random(
        [
            "*no turn took it: say('Hello')",
            "the model was asked: nothing",
            "no scripted answer for ModelRequest(*user_text='and two')",
            "no scripted answer for ModelRequest(*user_text='Anybody there?')",
            "*no script is left",
            "*- codex_model -*",
            # What the runtime tells stands on one line, its breaks shown.
            "E *TurnFailedError: the script ran out: nothing is scripted * 'and two'.*"
            "Add a turn: model.script(*@pytest.mark.codex_script(*",
        ]
    )
    asked = [line for line in result.outlines if "user_text='Anybody there?'" in line]
    assert len(asked) == 2  # as a problem and as a request, and neither of them twice
    result.stdout.no_fnmatch_line("*plugin.py*")


def test_a_client_of_the_tests_own_is_scripted_and_checked_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from openai_codex import Codex
        from openai_codex.errors import TurnFailedError
        from openai_codex.testing import say

        @pytest.mark.codex_script(say("Hello"))
        def test_scripted(codex_config):
            with Codex(codex_config) as codex:
                assert codex.thread_start().run("Hi").final_response == "Hello"

        def test_not_scripted(codex_config):
            with Codex(codex_config) as codex, pytest.raises(TurnFailedError):
                codex.thread_start().run("Hi")

        @pytest.mark.codex_script(say("Hello"))
        def test_without_a_runtime():
            pass
        """
    )
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines_random(["*user_text='Hi')", "*no turn took it: say('Hello')"])


def test_the_settings_can_be_overridden(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest
        from openai_codex.testing import offline_config

        @pytest.fixture
        def codex_config(codex_model, tmp_path):
            return offline_config(codex_model, cwd=tmp_path, client_name="my_app")
        """
    )
    pytester.makepyfile(
        """
        import pytest
        from openai_codex._turns.presets import ApprovalMode, Sandbox
        from openai_codex.testing import add_file, say

        @pytest.mark.codex_script(add_file("new.txt", "made here"), say("done"))
        def test_writes(codex, tmp_path):
            codex.thread_start(sandbox=Sandbox.full_access).run("write")
            assert (tmp_path / "new.txt").read_text().strip() == "made here"
            assert codex.metadata.user_agent.startswith("my_app/")
        """
    )
    run(pytester).assert_outcomes(passed=1)


SHARED = """
import pytest
from openai_codex.testing import Gate, delay, hold, say

PIDS = set()

@pytest.fixture(autouse=True)
def one_runtime(codex):
    PIDS.add(codex.process.pid)
    yield

@pytest.mark.codex_script(say("one"))
def test_first(codex):
    assert codex.thread_start().run("Hi").final_response == "one"

@pytest.mark.codex_script(say("one"), say("never asked for"))
@pytest.mark.xfail(strict=True)
def test_leaves_a_script(codex):
    pass

def test_leaves_a_turn_running(codex, codex_model):
    codex_model.script(say("Hel"), hold(Gate()), say("lo"))
    codex.thread_start().turn("Hi")
    codex_model.wait_for_request()

@pytest.mark.codex_script(say("two"))
def test_sees_nothing_of_the_others(codex, codex_model):
    assert codex_model.requests == []
    assert codex.thread_start().run("Hi").final_response == "two"
    assert [request.user_text for request in codex_model.requests] == ["Hi"]
    assert len(PIDS) == 1
    codex.close()

@pytest.mark.codex_script(say("three"))
def test_gets_a_new_runtime_when_one_was_closed(codex):
    assert codex.thread_start().run("Hi").final_response == "three"
    assert len(PIDS) == 2
"""


def test_a_session_shares_the_runtime_and_keeps_scripts_apart(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ncodex_runtime = session")
    pytester.makepyfile(SHARED)
    run(pytester).assert_outcomes(passed=4, xfailed=1)


def test_without_the_option_every_test_has_its_own_runtime(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        PIDS = set()

        @pytest.mark.parametrize("n", [1, 2])
        def test_own(codex, n):
            PIDS.add(codex.process.pid)
            assert len(PIDS) == n
        """
    )
    run(pytester).assert_outcomes(passed=2)


def test_an_unknown_scope_stops_the_run(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ncodex_runtime = module")
    result = run(pytester)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*codex_runtime must be function or session, not 'module'"])


ASYNC = """
import pytest
from openai_codex.testing import say

asynchronous = {mark}
CLIENTS = []

@pytest.mark.codex_script(say("Hello"))
@asynchronous
async def test_lazy(async_codex):
    CLIENTS.append(async_codex)
    assert async_codex.process is None
    thread = await async_codex.thread_start()
    assert (await thread.run("Hi")).final_response == "Hello"

@pytest.mark.codex_script(say("Hello"))
@asynchronous
async def test_entered(async_codex, codex_model):
    async with async_codex as codex:
        assert (await (await codex.thread_start()).run("Hi")).final_response == "Hello"
    assert codex_model.requests[0].user_text == "Hi"

@asynchronous
async def test_left_in_the_middle(async_codex, codex_model):
    codex_model.script(say("Hel"))
    turn = await (await async_codex.thread_start()).turn("Hi")
    async for event in turn.stream():
        break
    codex_model.wait_for_request()
    CLIENTS.append(async_codex)

def test_all_are_gone():
    assert [client.process.is_alive for client in CLIENTS] == [False, False]
"""


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_async_tests_work_in_both_modes_of_pytest_asyncio(
    pytester: pytest.Pytester, mode: str
) -> None:
    mark = "pytest.mark.asyncio" if mode == "strict" else "lambda test: test"
    pytester.makepyfile(ASYNC.format(mark=mark))
    result = run(pytester, "-o", f"asyncio_mode={mode}")
    result.assert_outcomes(passed=4)


def test_xdist_workers_do_not_meet(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        GREETS.replace("def test_greets(", "def test_greets(worker_id, n, ").replace(
            "@pytest.mark.codex", '@pytest.mark.parametrize("n", range(2))\n@pytest.mark.codex'
        )
    )
    result = run(pytester, "-n", "2", "--dist", "load")
    result.assert_outcomes(passed=2)


RECORDED = """
import pytest
from openai_codex.testing import offline_config, say

@pytest.fixture
def codex_live(codex_model):
    codex_model.script(say("Hello"))
    return offline_config(codex_model)

@pytest.mark.codex_recording("recordings/greeting.jsonl")
def test_greets(codex, codex_model, pytestconfig):
    assert codex.thread_start().run("{text}").final_response == "Hello"
    assert len(codex_model.requests) == pytestconfig.getoption("codex_record")

@pytest.mark.codex_recording("recordings/greeting2.jsonl")
@pytest.mark.asyncio
async def test_greets_later(async_codex):
    thread = await async_codex.thread_start()
    assert (await thread.run("Hi")).final_response == "Hello"
"""


def test_marked_tests_are_recorded_once_and_replayed_from_then_on(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(RECORDED.format(text="Hi"))
    missing = run(pytester)
    missing.assert_outcomes(errors=2)
    missing.stdout.fnmatch_lines(["*greeting.jsonl is not there: make it with*--codex-record*"])
    run(pytester, "--codex-record").assert_outcomes(passed=2)
    run(pytester).assert_outcomes(passed=2)
    pytester.makepyfile(RECORDED.format(text="Good morning"))
    changed = run(pytester)
    changed.assert_outcomes(passed=1, failed=1)
    changed.stdout.fnmatch_lines(["*greeting.jsonl:*: the client left the recording at params.*"])


WRONG_MARKS = """
import pytest
from openai_codex import Codex
from openai_codex.testing import say

@pytest.mark.codex_script(say("Hello"), kind="bogus")
def test_kind(codex):
    pass

@pytest.mark.codex_script("Hello")
def test_step(codex):
    pass

@pytest.mark.codex_script
def test_no_steps(codex):
    pass

@pytest.mark.codex_recording()
def test_no_path(codex):
    pass

@pytest.mark.codex_recording(name="greeting.jsonl")
def test_no_such_option(codex):
    pass

@pytest.mark.codex_recording("greeting.jsonl")
def test_own_client(codex_config):
    Codex(codex_config)
"""


def test_a_wrong_mark_is_told_what_to_write_and_no_more(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(WRONG_MARKS)
    result = run(pytester)
    result.assert_outcomes(errors=6)
    use = 'TypeError: codex_recording takes the path*such as codex_recording("session.jsonl")*'
    result.stdout.fnmatch_lines_random(
        [
            "codex_script: ValueError: kind must be one of 'turn', *; got 'bogus'",
            "codex_script: ScriptError: 'Hello' is not a step; a text is written say('Hello')",
            "codex_script: ScriptError: a script is made of steps, *",
            f"{use}; got codex_recording()",
            f"{use}; got codex_recording(name='greeting.jsonl')",
            "codex_recording is for tests with the fixture codex or async_codex; *replay(path)*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*plugin.py*")


def test_a_function_that_fails_is_shown_with_its_line(pytester: pytest.Pytester) -> None:
    path = pytester.makepyfile(
        """
        import pytest

        def broken(request):
            return {}["price"]

        @pytest.mark.codex_script.with_args(broken)
        def test_breaks(codex):
            codex.thread_start().run("Hi")
        """
    )
    result = run(pytester)
    result.assert_outcomes(failed=1)
    told = f"the script's function broken failed at {path}:4: KeyError('price')"
    result.stdout.fnmatch_lines([f"E *TurnFailedError: {told}*", '*return {}?"price"?'])


def test_importing_the_plugin_loads_nothing_heavy() -> None:
    code = "\n".join(
        [
            "import pytest, sys",
            "before = set(sys.modules)",
            "import openai_codex.testing.plugin",
            "new = set(sys.modules) - before",
            "print(*sorted(new))",
        ]
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        "openai_codex",
        "openai_codex._version",
        "openai_codex.testing",
        "openai_codex.testing.plugin",
    ]


def test_a_mark_that_swallows_its_test_stops_the_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from openai_codex.testing import say

        def shout(request):
            return say("HI")

        @pytest.mark.codex_script(shout)
        def test_lost(codex):
            assert 0
        """
    )
    result = run(pytester)
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*write codex_script.with_args(shout)*"])


def test_a_function_is_a_script_by_with_args(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from openai_codex.testing import say

        def shout(request):
            return say(request.user_text.upper())

        @pytest.mark.codex_script.with_args(shout)
        def test_shouts(codex):
            assert codex.thread_start().run("hi").final_response == "HI"
        """
    )
    run(pytester).assert_outcomes(passed=1)


def test_a_session_whose_runtime_was_just_killed_gets_another(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ncodex_runtime = session")
    pytester.makepyfile(
        """
        import os, signal
        import pytest
        from openai_codex.testing import say

        @pytest.mark.parametrize("n", range(3))
        @pytest.mark.codex_script(say("Hi"))
        def test_kills(codex, n):
            assert codex.thread_start().run("x").final_response == "Hi"
            os.kill(codex.process.pid, signal.SIGKILL)
        """
    )
    run(pytester).assert_outcomes(passed=3)
