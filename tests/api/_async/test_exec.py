"""Commands without a thread: run to their end, written to, stopped, in a sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from openai_codex import (
    AsyncCodex,
    AsyncExec,
    ExecOutput,
    InternalRpcError,
    InvalidRequestError,
    RequestTimeoutError,
    Sandbox,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only

SH = ["/bin/sh", "-c"]


async def test_a_command_has_an_exit_code_and_two_outputs(
    codex: AsyncCodex, tmp_path: Path
) -> None:
    result = await codex.exec([*SH, "pwd; echo oops >&2; exit 3"], cwd=tmp_path)
    assert (result.exit_code, result.ok) == (3, False)
    assert (result.output, result.errors) == (f"{tmp_path}\n", "oops\n")
    assert not result.truncated


async def test_it_reads_its_input_and_its_variables(codex: AsyncCodex) -> None:
    result = await codex.exec([*SH, "cat; echo $NAME"], input="given\n", env={"NAME": "value"})
    assert result.output == "given\nvalue\n"
    assert (await codex.exec([*SH, "echo ${HOME-none}"], env={"HOME": None})).output == "none\n"


async def test_output_comes_as_it_is_printed(codex: AsyncCodex) -> None:
    pieces: list[ExecOutput] = []
    result = await codex.exec([*SH, "printf '\\377\\000'"], on_output=pieces.append)
    assert b"".join(piece.data for piece in pieces) == result.stdout == b"\xff\x00"
    assert {piece.stream for piece in pieces} == {"stdout"}


async def test_output_past_its_bound_is_cut_and_said_to_be(codex: AsyncCodex) -> None:
    result = await codex.exec([*SH, "yes | head -c 100000"], max_output_bytes=1000)
    assert len(result.stdout) == 1000
    assert result.truncated


async def test_a_command_that_takes_too_long_is_ended(codex: AsyncCodex) -> None:
    result = await codex.exec([*SH, "sleep 60"], timeout=0.2)
    assert result.exit_code == 124


async def test_the_sandbox_holds(codex: AsyncCodex, tmp_path: Path) -> None:
    command = [*SH, "echo x > file"]
    assert not (await codex.exec(command, cwd=tmp_path, sandbox=Sandbox.read_only)).ok
    assert not (tmp_path / "file").exists()
    assert (await codex.exec(command, cwd=tmp_path, sandbox=Sandbox.full_access)).ok
    assert (tmp_path / "file").exists()


async def test_a_running_command_is_written_to(codex: AsyncCodex) -> None:
    async with await codex.start_exec(["cat"]) as running:
        await running.write("one\n")
        async for piece in running.output():
            assert piece.data == b"one\n"
            break
        assert running.exit_code is None
        await running.write("two\n")
        await running.close_stdin()
        rest = [piece.data async for piece in running.output()]
    assert b"".join(rest) == b"two\n"
    assert running.exit_code == 0


async def test_a_command_may_have_a_terminal(codex: AsyncCodex) -> None:
    command = [*SH, "read line; stty size; test -t 0"]
    options = {"tty": True, "size": (100, 30), "sandbox": Sandbox.full_access}
    async with await codex.start_exec(command, **options) as running:  # type: ignore[arg-type]
        await running.resize(90, 20)
        await running.write("go\n")
        shown = b"".join([piece.data async for piece in running.output()])
    assert b"20 90" in shown
    assert running.exit_code == 0


async def test_a_command_that_was_refused_says_why_to_whoever_writes_to_it(
    codex: AsyncCodex,
) -> None:
    missing = await codex.start_exec(["no-such-program"], sandbox=Sandbox.full_access)
    with pytest.raises(InternalRpcError, match=r"no-such-program|No such file"):
        await missing.write("hello")


async def test_a_command_is_ended_by_hand_and_by_leaving_it(codex: AsyncCodex) -> None:
    async with await codex.start_exec(["sleep", "600"]) as running:
        await running.terminate()
        assert await running.wait() != 0
    async with await codex.start_exec(["sleep", "600"]) as left:
        pass
    while await is_there(left):  # as long as it takes to end it
        pass


async def is_there(running: AsyncExec) -> bool:
    """Tell whether a command still takes input."""
    try:
        await running.write("x")
    except InvalidRequestError:
        return False
    return True


async def test_waiting_for_output_has_a_bound(codex: AsyncCodex) -> None:
    async with await codex.start_exec(["sleep", "600"]) as running:
        with pytest.raises(RequestTimeoutError):
            await running.wait(timeout=0.1)


async def test_what_cannot_be_run_is_refused(codex: AsyncCodex) -> None:
    with pytest.raises(InternalRpcError):
        await codex.exec(["/no/such/program"], sandbox=Sandbox.full_access)
    assert not (await codex.exec(["/no/such/program"])).ok
    with pytest.raises(TypeError, match="argv must be a list of strings"):
        await codex.exec("ls")
    with pytest.raises(ValueError, match="argv must name a program"):
        await codex.exec([])
    with pytest.raises(ValueError, match="max_output_bytes"):
        await codex.exec(["ls"], max_output_bytes=0)
