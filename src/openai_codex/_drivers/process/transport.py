"""A runtime that is our child process: the transport that a client uses.

Its callbacks come from the pump, one at a time; everything else may come from any thread.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..._uninterrupted import uninterrupted
from ...errors import StartupError, TransportClosedError
from ..facts import RuntimeProcess
from ..transport import Pump, Sink, Timer
from .ending import EXIT_GRACE, Ending
from .launch import Launch
from .platform import Platform, current
from .process import LADDER, Process
from .pulse import Pulse, slices

__all__ = ["ProcessTransport"]

# Without a pidfd, and on Windows, nothing tells of the exit but a look. Often when it is near, as
# every caller then waits for it; seldom in the hours before, in which it would only cost.
_LOOK_OFTEN = 0.01
_LOOK_SELDOM = EXIT_GRACE

_SILENCE = 0.15
"""The share of the time allowed for an end that a frozen runtime is given at each step."""


class ProcessTransport:
    """A `Transport` that spawns the runtime, and speaks to it over stdin and stdout."""

    def __init__(self, launch: Launch, *, platform: Platform | None = None) -> None:
        self.process: Process | None = None
        self._launch = launch
        self._platform = platform or current()
        self._ending = Ending()
        self._looking: Timer | None = None
        self._input_closed = False
        self._is_given_up = False  # the start failed, or Ctrl-C broke it off
        self._sink: Sink
        self._pump: Pump

    def start(self, sink: Sink, pump: Pump) -> None:
        """Spawn the runtime and begin to read; raises StartupError, and leaves nothing then."""
        try:
            # Ctrl-C within `Popen` would leave a process that nobody knows the number of.
            uninterrupted(self._spawn)
            self._read(sink, pump)
        except BaseException as error:
            self._is_given_up = True  # first: the process may come only now, on its thread
            self._give_up(pump)
            if isinstance(error, (OSError, RuntimeError, MemoryError)):
                what = f"the codex runtime could not be read: {error or type(error).__name__}"
                raise StartupError(what) from error
            raise

    def _spawn(self) -> None:
        self.process = Process(self._launch, platform=self._platform)
        if self._is_given_up:  # Ctrl-C came to the thread that waits for this one
            self.process.discard()

    def _give_up(self, pump: Pump) -> None:
        pump.stop()
        if self.process is not None:
            self.process.discard()

    def _read(self, sink: Sink, pump: Pump) -> None:
        process = self.process
        assert process is not None
        self._sink = sink
        # Without a step of ours in between: of all that happens here, this happens most.
        pump.read(process.stdout_fd, sink.on_data, self._lose_stdout)
        pump.read(process.stderr_fd, process.take_stderr, process.stderr.end)
        pump.write(process.stdin_fd, self._lose_stdin)
        must_look = process.pidfd is None or not pump.polls
        if process.pidfd is not None and pump.polls:
            pump.watch(process.pidfd, self._note_exit)
        self._pump = pump  # before it starts: its callbacks use it
        pump.start(close=process.close_pipes, failed=self._fail)
        if must_look:
            self._look()

    def send(self, data: bytes) -> None:
        """Write whole lines to the runtime's stdin."""
        if self._is_running:
            self._pump.send(data)

    def close_input(self) -> None:
        """Close the runtime's stdin, at the end of which it ends by itself."""
        if self.process is not None and self._is_running:
            self._pump.close_input(self.process.close_stdin)
            self._input_closed = True  # from here on its end is near, and looked for more often
            self._look_sooner()

    def end(self, seconds: float) -> Iterator[float]:
        """Climb the ladder: let it end by itself, terminate its group, kill its group.

        A runtime that neither prints nor runs meanwhile is frozen, and given less time.
        """
        process = self.process
        if process is None:
            return
        for rung in LADDER:
            rung.act(process)
            pulse = Pulse(process, silence=max(seconds * _SILENCE, _LOOK_SELDOM))
            for slice_of_time in slices(rung.patience(seconds), _LOOK_SELDOM):
                # In slices, so that a frozen runtime is noticed within the time that a busy one is
                # given.
                yield slice_of_time
                if rung.may_be_cut and pulse.is_gone(after=slice_of_time):
                    break

    def wait(self, seconds: float) -> bool:
        """Block until the process ended; returns whether it did within `seconds`."""
        return self.process is None or self.process.wait(seconds)

    def stop(self) -> None:
        """Close every descriptor that is held for the process."""
        if self._is_running:
            self._pump.stop()

    def facts(self) -> RuntimeProcess | None:
        """Return what is known of the process, or None before it is started."""
        process = self.process
        if process is None:
            return None
        return RuntimeProcess(
            pid=process.pid,
            returncode=process.returncode,
            is_alive=process.is_alive,
            stderr_tail=process.stderr.text,
            version=None,
            command=process.shown_command,
        )

    def end_cause(self, reason: str) -> TransportClosedError:
        """Return the error with the exit code or the signal, and the last lines of stderr."""
        code = self.process.returncode if self.process is not None else None
        return TransportClosedError(
            reason,
            exit_code=code if code is not None and code >= 0 else None,
            signal=-code if code is not None and code < 0 else None,
            stderr_tail=self.process.stderr.text if self.process is not None else "",
        )

    def check_owner(self) -> None:
        """Raise WrongProcessError in a forked child, which must not touch its parent's pipes."""
        if self.process is not None:
            self.process.check_owner()

    @property
    def _is_running(self) -> bool:
        return self.process is not None and not self._is_given_up

    # --- callbacks of the pump -------------------------------------------------------------------

    def _lose_stdout(self) -> None:
        self._lose_pipe("stdout")

    def _lose_stdin(self) -> None:
        self._lose_pipe("stdin")

    def _lose_pipe(self, name: str) -> None:
        # The first one names the end: the other pipe follows when the process is ended for it.
        if self._ending.pipe_gone is None:
            self._ending.pipe_gone = name
            # Its exit code may come within a moment, and says more than a closed pipe.
            self._pump.later(EXIT_GRACE, self._grace_over)
            self._look_sooner()

    def _grace_over(self) -> None:
        self._ending.grace_over = True
        if self.process is not None and not self.process.is_alive:
            self._note_exit()
        self._report()

    def _note_exit(self) -> None:
        process = self.process
        if self._ending.exited or process is None:
            return
        # Reaped before its pipes are drained, which ends what is left of its group: a grandchild
        # that writes for ever would otherwise fill them meanwhile.
        process.poll()
        # What it wrote last is read before the end is reported.
        self._pump.drain(process.stdout_fd)
        self._pump.drain(process.stderr_fd)
        self._ending.exited = True
        self._report()
        # After the end was told: `close` goes on at once, and takes the descriptors away.
        self._sink.on_exit()

    def _report(self) -> None:
        reason = self._ending.verdict()
        if reason is not None and self.process is not None:
            self.process.stderr.end()  # first: the cause of the end quotes it
            self._sink.on_end(reason)

    def _fail(self) -> None:
        if not self._ending.is_reported:
            self._ending.is_reported = True
            self._sink.on_end("the thread that reads the codex runtime failed")

    # --- where no descriptor tells of the exit ---------------------------------------------------

    def _look(self) -> None:
        """Look whether it ended: now and then, and often once there are signs of an end."""
        process = self.process
        if process is None or self._ending.exited:
            return
        if not process.is_alive:
            self._note_exit()
            return
        is_near = self._ending.pipe_gone is not None or self._input_closed
        self._looking = self._pump.later(_LOOK_OFTEN if is_near else _LOOK_SELDOM, self._look)

    def _look_sooner(self) -> None:
        looking = self._looking
        if looking is not None:
            looking.cancel()  # it would come too late
            self._looking = self._pump.later(0.0, self._look)
