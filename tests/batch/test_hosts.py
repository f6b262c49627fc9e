"""A batch on two hosts that share no folder: one dies in mid-task, and the other goes on."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openai_codex.batch import Outcome, results
from openai_codex.testing import Gate, ModelRequest, hold, offline_config, run_command, say
from tests.batch.conftest import until
from tests.batch.hosts import ADDRESSES, Hosts, can_make_hosts, port_of, wait_for
from tests.conftest import SharedModel
from tests.strict import needs

PROGRAM = """
import pickle, sys
from openai_codex.batch import Task, run_batch
tasks = [Task("slow", "slow"), *(Task(f"t{n}", "quick") for n in range(4))]
batch = run_batch(
    tasks, sys.argv[1], engine=sys.argv[2], config=pickle.loads(bytes.fromhex(sys.argv[3]))
)
print(batch.wait(), flush=True)
"""


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    made = Hosts(tmp_path, hidden=tmp_path / "first")
    try:
        made.start()
        yield made
    finally:
        made.stop()


@needs(can_make_hosts(), "root, `ip` (iproute2) and network namespaces")
@pytest.mark.timeout(180)
def test_a_host_that_dies_is_replaced_by_one_that_shares_no_folder_with_it(
    model: SharedModel, tmp_path: Path, hosts: Hosts
) -> None:
    first = tmp_path / "first"
    first.mkdir()
    gate = Gate()

    def answer(request: ModelRequest) -> Any:
        outputs = request.function_outputs.values()
        if not any("exited with code 0" in str(output) for output in outputs):
            return run_command("echo begun > begun.txt; printf '\\377' > b.bin")
        return [hold(gate), say("never")] if request.user_text == "slow" else say("went on")

    model.default(answer)
    hosts.share_port(port_of(model.base_url))
    config = offline_config(model, cwd="/", home=tmp_path / "home")
    address = f"tcp://{ADDRESSES[0]}:8786"
    dask = (sys.executable, "-m", "distributed.cli.dask_scheduler")
    hosts.run(0, [*dask, "--host", ADDRESSES[0], "--no-dashboard"], log=tmp_path / "scheduler")
    wait_for(tmp_path / "scheduler", "Scheduler at")
    far = hosts.run(1, worker(address, ADDRESSES[1], tmp_path / "far"), log=tmp_path / "far.log")
    program = [
        sys.executable,
        "-c",
        PROGRAM,
        str(first / "out"),
        address,
        pickle.dumps(config).hex(),
    ]
    driver = hosts.run(0, program, log=tmp_path / "driver.log")

    gate.wait_reached(timeout=90)
    until(lambda: (first / "out" / "tasks" / "slow" / "rollout.jsonl").exists())
    until(lambda: len(list((first / "out" / "tasks").glob("t?/result.json"))) == 4)
    far.kill()
    hosts.run(0, worker(address, ADDRESSES[0], first / "near"), log=tmp_path / "near.log")
    assert driver.wait(120) == 0, (tmp_path / "driver.log").read_text()
    gate.open()

    found = {result.id: result for result in results(first / "out")}
    assert {result.outcome for result in found.values()} == {Outcome.ok}
    assert (found["slow"].answer, found["slow"].attempts) == ("went on", 2)
    assert "begun.txt" in found["slow"].patch
    assert "b.bin" in found["slow"].patch
    assert all(found[f"t{n}"].attempts == 1 for n in range(4)), "nothing finished ran again"
    assert len(model.requests) <= 2 * 5 + 2, "what the death cost: one response, and going on"


def worker(address: str, host: str, local: Path) -> list[str]:
    command = (sys.executable, "-m", "distributed.cli.dask_worker", address, "--host", host)
    options = ("--nthreads", "2", "--no-nanny", "--no-dashboard", "--local-directory", str(local))
    return [*command, *options]
