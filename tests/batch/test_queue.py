"""What is next, and when: retries before new tasks, pauses, and one task that tries first."""

from __future__ import annotations

from collections.abc import Iterator

from openai_codex.batch import Task
from openai_codex.batch.queue import Candidate, Queue


def candidates(*ids: str) -> list[Candidate]:
    return [Candidate(Task(one, "x"), "0") for one in ids]


def taken(queue: Queue, now: float) -> str | None:
    candidate = queue.take(now)
    return None if candidate is None else candidate.task.id


def test_what_was_begun_goes_before_what_was_not() -> None:
    first, second, third = candidates("a", "b", "c")
    queue = Queue(iter([second, third]))
    queue.again(first, 5.0)
    assert [taken(queue, 1.0), taken(queue, 6.0), taken(queue, 6.0)] == ["b", "a", "c"]
    assert taken(queue, 6.0) is None
    assert queue.is_empty


def test_the_source_is_read_one_task_at_a_time() -> None:
    read: list[str] = []

    def source() -> Iterator[Candidate]:
        for candidate in candidates("a", "b", "c"):
            read.append(candidate.task.id)
            yield candidate

    queue = Queue(source())
    assert taken(queue, 0.0) == "a"
    assert read == ["a"]


def test_a_retry_waits_for_its_time() -> None:
    queue = Queue(iter(()))
    (candidate,) = candidates("a")
    assert taken(queue, 0.0) is None
    queue.again(candidate, 5.0)
    assert queue.wake_at() == 5.0
    assert taken(queue, 4.9) is None
    assert taken(queue, 5.0) == "a"


def test_a_source_that_has_nothing_yet_is_asked_again_after_an_event() -> None:
    first, second = candidates("a", "b")
    queue = Queue(iter([first, None, second]))
    assert queue.take(0.0) is first
    assert queue.take(0.0) is None
    assert queue.wake_at() is None, "it will say when"
    assert not queue.is_empty
    queue.again(first, 9.0)
    assert queue.wake_at() == 9.0
    assert queue.take(0.0) is second
    assert queue.wake_at() == 0.0


def test_nothing_starts_while_the_pool_is_paused_and_one_tries_first_afterwards() -> None:
    queue = Queue(iter(candidates("a", "b", "c")))
    queue.pause(10.0)
    queue.pause(8.0)  # a shorter one does not end it sooner
    assert queue.wake_at() == 10.0
    assert taken(queue, 9.0) is None
    assert taken(queue, 10.0) == "a"
    assert taken(queue, 10.0) is None
    assert queue.wake_at() is None
    queue.clear()
    assert taken(queue, 11.0) == "b"
    assert taken(queue, 11.0) == "c"


def test_a_limit_that_is_still_there_costs_one_attempt() -> None:
    queue = Queue(iter(candidates("a", "b")))
    queue.pause(10.0)
    assert taken(queue, 10.0) == "a"
    queue.pause(20.0)
    assert taken(queue, 15.0) is None
    assert taken(queue, 20.0) == "b"


def test_another_task_tries_when_the_first_says_nothing_about_the_limit() -> None:
    queue = Queue(iter(candidates("a", "b")))
    queue.pause(1.0)
    assert taken(queue, 1.0) == "a"
    queue.release("other")
    assert taken(queue, 1.0) is None
    queue.release("a")
    assert taken(queue, 1.0) == "b"
