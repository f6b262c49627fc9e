"""Processes outside the sandbox: started, read, written to, killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from openai_codex import AsyncCodex, InternalRpcError, InvalidRequestError, RequestTimeoutError

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only

SH = ["/bin/sh", "-c"]


async def test_a_process_prints_and_ends(codex: AsyncCodex, tmp_path: Path) -> None:
    command = [*SH, "pwd; echo $NAME >&2; exit 4"]
    process = await codex.processes.start(command, cwd=tmp_path, env={"NAME": "value"})
    printed = {"stdout": b"", "stderr": b""}
    async for piece in process.output(timeout=30):
        printed[piece.stream] += piece.data
    assert process.exit_code == 4
    assert printed == {"stdout": f"{tmp_path}\n".encode(), "stderr": b"value\n"}
    with pytest.raises(InvalidRequestError):
        await process.kill()


async def test_a_process_reads_what_is_written(codex: AsyncCodex) -> None:
    async with await codex.processes.start(["cat"]) as process:
        await process.write("one\n")
        await process.close_stdin()
        printed = [piece.data async for piece in process.output(timeout=30)]
    assert b"".join(printed) == b"one\n"
    assert await process.wait() == 0


async def test_a_process_may_have_a_terminal(codex: AsyncCodex) -> None:
    command = [*SH, "read line; stty size"]
    async with await codex.processes.start(command, tty=True, size=(90, 20)) as process:
        await process.resize(91, 21)
        await process.write("go\n")
        printed = [piece.data async for piece in process.output(timeout=30)]
    assert b"21 91" in b"".join(printed)


async def test_leaving_kills_it_and_time_outs_end_it(codex: AsyncCodex, tmp_path: Path) -> None:
    async with await codex.processes.start(["sleep", "60"]) as process:
        with pytest.raises(RequestTimeoutError):
            await process.wait(timeout=0.05)
        assert "running" in repr(process)
    with pytest.raises(RequestTimeoutError):
        await process.wait()
    short = await codex.processes.start(["sleep", "60"], timeout=0.1)
    assert await short.wait(timeout=30) != 0


async def test_what_cannot_be_started_is_refused(codex: AsyncCodex) -> None:
    with pytest.raises(InternalRpcError, match="No such file"):
        await codex.processes.start(["/no/such/program"])
    with pytest.raises(ValueError, match="argv"):
        await codex.processes.start([])
    with pytest.raises(ValueError, match="max_output_bytes"):
        await codex.processes.start(["true"], max_output_bytes=0)
