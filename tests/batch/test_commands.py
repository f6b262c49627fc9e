"""Commands around a turn: bounded, and with nothing left behind."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from openai_codex.batch.commands import run_shell
from tests.batch.conftest import is_alive, until


async def pid_in(path: Path) -> int:
    await asyncio.to_thread(until, lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


async def gone(pid: int) -> None:
    await asyncio.to_thread(until, lambda: not is_alive(pid))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


async def test_a_command_reports_its_code_and_the_end_of_its_output(
    tmp_path: Path, log: Path
) -> None:
    ran = await run_shell("echo one; echo two >&2; exit 7", cwd=tmp_path, timeout=30, log=log)
    assert (ran.code, ran.output, ran.is_ok) == (7, "one\ntwo", False)
    long = await run_shell("yes line | head -c 9000000", cwd=tmp_path, timeout=30, log=log)
    assert long.is_ok
    assert len(long.output) <= 4000


async def test_a_command_reads_nothing_from_us(tmp_path: Path, log: Path) -> None:
    ran = await run_shell("cat; pwd", cwd=tmp_path, timeout=30, log=log)
    assert ran.output == str(tmp_path)


async def test_what_a_command_left_in_the_background_is_ended(tmp_path: Path, log: Path) -> None:
    ran = await run_shell("sleep 600 & echo $! > pid", cwd=tmp_path, timeout=30, log=log)
    assert ran.is_ok
    await gone(await pid_in(tmp_path / "pid"))


async def test_a_command_that_takes_too_long_is_ended_with_its_children(
    tmp_path: Path, log: Path
) -> None:
    command = "echo started; sh -c 'echo $$ > pid; sleep 600'; echo never"
    ran = await run_shell(command, cwd=tmp_path, timeout=0.5, log=log)
    assert (ran.code, ran.output) == (None, "started")
    await gone(await pid_in(tmp_path / "pid"))


async def test_a_cancelled_command_is_ended(tmp_path: Path, log: Path) -> None:
    running = asyncio.ensure_future(
        run_shell("echo $$ > pid; sleep 600", cwd=tmp_path, timeout=30, log=log)
    )
    pid = await pid_in(tmp_path / "pid")
    running.cancel()
    await asyncio.wait((running,))
    await gone(pid)


DRIVER = """
import asyncio, sys
from pathlib import Path
from openai_codex.batch.commands import run_shell
folder = Path(sys.argv[1])
command = "sh -c 'echo $$ > pid; sleep 600'; echo never"
asyncio.run(run_shell(command, cwd=folder, timeout=600, log=folder / "log"))
"""


async def test_a_command_dies_with_its_driver_however_that_dies(tmp_path: Path) -> None:
    driver = await asyncio.create_subprocess_exec(sys.executable, "-c", DRIVER, str(tmp_path))
    pid = await pid_in(tmp_path / "pid")
    assert is_alive(pid)
    driver.kill()
    await driver.wait()
    await gone(pid)
