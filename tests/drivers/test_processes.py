"""Forks, ends and development mode: whole programs, run as their users run them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

HEAD = """
import asyncio, gc, os, sys
sys.path.insert(0, {root!r})
from openai_codex.errors import WrongProcessError
from tests.drivers import children
from tests.drivers._async.harness import AsyncHarness
from tests.drivers._sync.harness import Harness
platform = children.{platform}
"""

FORK = """
child = Harness(platform)
child.start(children.launch())
child.ask("echo")

def locked(): child.driver.locked(lambda session: session)

with child.driver._session_lock:  # as if the reader held it at that moment
    pid = os.fork()
if pid == 0:
    child.driver._session_lock.acquire(blocking=False)
    refused = []
    for use in (lambda: child.tell("echo"), lambda: child.driver.notify("x", None), locked):
        try:
            use()
        except WrongProcessError as error:
            refused.append(str(error))
    child.driver.close(5.0)
    os._exit(0 if len(refused) == 3 and "os.fork()" in refused[0] else 1)
_, status = os.waitpid(pid, 0)
assert os.waitstatus_to_exitcode(status) == 0
assert child.ask("echo", n=2) == {{"n": 2}}
pid = os.fork()
if pid == 0:  # a child that lives on must not keep the runtime alive
    sys.stdin.read()
    os._exit(0)
child.driver.close(20.0)
assert child.process.returncode == 0
os.kill(pid, 9)
os.waitpid(pid, 0)
print("fine")
"""

FORK_AIO = """
async def main():
    asyncio.get_running_loop().slow_callback_duration = 60  # the machine may be busy
    child = AsyncHarness(platform)
    await child.start(children.launch())
    await child.ask("echo")
    pid = os.fork()
    if pid == 0:
        try:
            child.tell("echo")
        except WrongProcessError:
            await child.driver.close(5.0)
            os._exit(0)
        os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert await child.ask("echo", n=2) == {{"n": 2}}
    await child.driver.close(5.0)

asyncio.run(main())
print("fine")
"""

WORK = """
child = Harness(platform)
child.start(children.launch())
child.ask("echo")
child.tell("exit", code=3)
child.death(child.questions)
child.driver.close(5.0)

async def main():
    asyncio.get_running_loop().slow_callback_duration = 60  # the machine may be busy
    async with AsyncHarness(platform) as child:
        await child.ask("echo")
        await child.ask("long", bytes=300000)
    async with AsyncHarness(platform) as child:
        await child.death(child.tell("exit", code=3))

asyncio.run(main())
gc.collect()
print("fine")
"""

# Nobody closes; the program ends by itself, by an exception, or by sys.exit.
LEFT_OPEN = """
class Owner: pass
owner, child = Owner(), Harness(platform)
child.start(children.launch())
child.ask("ignore_eof")
child.driver.abandon_with(owner, 0.4)
print(child.process.pid, flush=True)
"""
LEFT_OPEN_AIO = """
class Owner: pass
owner, child = Owner(), AsyncHarness(platform)
async def main():
    asyncio.get_running_loop().slow_callback_duration = 60  # the machine may be busy
    await child.start(children.launch())
    await child.ask("ignore_eof")
    child.driver.abandon_with(owner, 0.4)
    print(child.process.pid, flush=True)
asyncio.run(main())
"""

# A program whose children are reaped by the system, or by a thread of its own.
IGNORED = """
import signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
reaping = None
"""
REAPED = """
import threading
def reap_all():
    while True:
        try: os.waitpid(-1, 0)
        except ChildProcessError: reaping.wait(0.01)
reaping = threading.Event()
threading.Thread(target=reap_all, daemon=True).start()
"""
STATUS_LOST = """
child = Harness(platform)
child.start(children.launch())
child.ask("echo")
os.kill(child.process.pid, 9)
assert child.process.wait(30)
assert not child.process.is_alive
cause = child.transport.end_cause("over")
known = (None, 9) if reaping else (None,)  # the reaper may have come too late
assert cause.exit_code is None and cause.signal in known, str(cause)
assert child.process.returncode in (None, -9)
child.driver.close(5.0)
print("fine")
"""

platforms = pytest.mark.parametrize("platform", ["Posix", "NoPidfd", "ThreadsOnly"])


def run(script: str, platform: str) -> subprocess.CompletedProcess[str]:
    text = (HEAD + script).format(root=str(ROOT), platform=platform)
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", text]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@platforms
@pytest.mark.parametrize("script", [FORK, FORK_AIO, WORK], ids=["fork", "fork-aio", "work"])
def test_a_program_runs_clean_in_development_mode(script: str, platform: str) -> None:
    if script is not WORK and sys.version_info >= (3, 12):
        script = "import warnings; warnings.simplefilter('ignore', DeprecationWarning)\n" + script
    done = run(script, platform)
    assert (done.stdout, done.stderr, done.returncode) == ("fine\n", "", 0)


@platforms
@pytest.mark.parametrize("taken_by", [IGNORED, REAPED], ids=["ignored", "reaped"])
def test_an_exit_status_that_is_lost_is_unknown_and_not_a_success(
    taken_by: str, platform: str
) -> None:
    done = run(taken_by + STATUS_LOST, platform)
    assert (done.stdout, done.stderr, done.returncode) == ("fine\n", "", 0)


ENDINGS = [
    *[("", 0, platform) for platform in ("Posix", "NoPidfd", "ThreadsOnly")],
    ("sys.exit(5)", 5, "Posix"),
    ("raise KeyError('x')", 1, "Posix"),
]


@pytest.mark.parametrize("script", [LEFT_OPEN, LEFT_OPEN_AIO], ids=["sync", "aio"])
@pytest.mark.parametrize(("ending", "code", "platform"), ENDINGS)
def test_a_program_that_ends_takes_its_stubborn_runtime_with_it(
    script: str, platform: str, ending: str, code: int
) -> None:
    done = run(script + ending, platform)
    assert done.returncode == code, done.stderr
    # Nobody may be there to reap it here, but what has ended has no command line any more.
    commands = [path.read_bytes() for path in Path("/proc").glob(f"{int(done.stdout)}/cmdline")]
    assert commands in ([], [b""])
