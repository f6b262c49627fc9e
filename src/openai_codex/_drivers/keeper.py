"""The process between a program and a server of its own: ends the server when the program is gone.

`PR_SET_PDEATHSIG` alone would do it with the *thread* that started the server, which may be one of
a pool; so it ties the server to this process, which has one thread, and this one to the program by
a pipe. It runs in a bare interpreter, so it is a text.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence

__all__ = ["kept"]


def kept(
    argv: Sequence[str], *, seconds: float, files: Iterable[str] = (), tells_pid: bool = False
) -> list[str]:
    """Return the command that runs `argv` and ends it with this program, or with its own stdin.

    The server gets no stdin, SIGTERM, and SIGKILL `seconds` later; then `files` are deleted. With
    `tells_pid` the command prints the server's process id and nothing else, and what the server
    prints goes to stderr.
    """
    facts = (str(os.getpid()), str(seconds), os.pathsep.join(files), "pid" if tells_pid else "")
    return [sys.executable, "-I", "-S", "-c", _KEEPER, *facts, *argv]


_KEEPER = r"""
import os, select, signal, subprocess, sys

owner, seconds, files, tells_pid, *argv = sys.argv[1:]
owner, seconds = int(owner), float(seconds)

def die_with_keeper():
    if sys.platform.startswith("linux"):
        import ctypes
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
        if os.getppid() != keeper:
            os._exit(1)

keeper = os.getpid()
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
out = 2 if tells_pid else 1
server = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, preexec_fn=die_with_keeper)
if tells_pid:
    os.write(1, b"%d\n" % server.pid)
os.close(1)
ends, watched = [0], select.poll()
for open_ended in (owner, server.pid):
    try:
        ends.append(os.pidfd_open(open_ended))
    except (AttributeError, OSError):
        pass
for end in ends:
    watched.register(end, select.POLLIN | select.POLLHUP)
try:
    while server.poll() is None and not watched.poll(None if len(ends) == 3 else 200):
        pass
finally:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    was_alive = server.poll() is None
    if was_alive:
        server.terminate()
        try:
            server.wait(seconds)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    for path in filter(None, files.split(os.pathsep)) if was_alive else ():
        for place in (os.path.realpath(path), path):
            try:
                os.unlink(place)
            except OSError:
                pass
"""
