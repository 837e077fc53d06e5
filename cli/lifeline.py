"""Run a Python module that ends when its parent does: ``python -m cli.lifeline <fd> <module> [arguments…]``.

The parent keeps the writing end of a pipe and never writes to it. However the parent ends, SIGKILL included, the
kernel closes that end and the reader here sees end of file: the process asks itself to stop, and is ended if it
has not within the grace. This works on every Unix, unlike ``PR_SET_PDEATHSIG``, which also fires when merely the
*thread* that started the child ends.
"""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

GRACE_SECONDS = 15.0


def spawn(
    module: str, *arguments: str, log: IO[bytes], env: Mapping[str, str], cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start ``python -m module`` so that it cannot outlive us, in a session of its own (Ctrl-C is ours to pass on)."""
    command = [sys.executable, "-m", "cli.lifeline", str(_reading_end()), module, *arguments]
    home = str(Path(__file__).parent.parent)
    inherited = env.get("PYTHONPATH")
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**env, "PYTHONPATH": f"{home}{os.pathsep}{inherited}" if inherited else home},
        cwd=cwd,
        pass_fds=(_reading_end(),),
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes], grace: float) -> None:
    """Ask a process to end, and end it if it has not within ``grace`` seconds."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


_pipe: tuple[int, int] | None = None


def _reading_end() -> int:
    """One pipe serves all children: its writing end lives exactly as long as this process."""
    global _pipe
    if _pipe is None:
        _pipe = os.pipe()  # not inheritable, so no child holds the writing end open
    return _pipe[0]


def _watch(fd: int) -> None:
    os.read(fd, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def _main() -> None:
    fd, module = int(sys.argv[1]), sys.argv[2]
    threading.Thread(target=_watch, args=(fd,), name="lifeline", daemon=True).start()
    sys.argv = sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
