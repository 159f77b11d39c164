"""Work on files that strangers made, in a process of its own that has so much memory and so much time.

What a decoder or a parser does there with bytes made to harm it ends that process, never the server or a worker.
``python -m tour.apart`` is that process.
"""

from __future__ import annotations

import importlib
import io
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from tour import i18n
from tour.errors import UserError

AT_ONCE = threading.BoundedSemaphore(2)  # as many as a small machine has cores


class TooHeavy(Exception):
    """The work needed more memory or time than it had."""


class Plain(pickle.Unpickler):
    """Reads plain values only: whoever takes over the process apart hands no code back."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name}")


def apart(work: Callable[..., Any], *args: Any, memory_mb: int, seconds: int) -> Any:
    """What ``work(*args)`` gives, a plain value, done in another process. Blocks: call it in a thread.

    Raises the UserError that the work raised (its message, not its class), or TooHeavy.
    """
    name = f"{work.__module__}:{work.__qualname__}"
    with AT_ONCE:
        try:
            done = subprocess.run(  # noqa: S603
                [sys.executable, "-m", "tour.apart", name, str(memory_mb), str(seconds)],
                input=pickle.dumps((i18n.language.get(), args)),
                capture_output=True,
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
                timeout=seconds + 10,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TooHeavy(name) from error
    try:
        outcome, value = Plain(io.BytesIO(done.stdout)).load()
    except Exception as error:  # it ended in the middle of its work
        raise TooHeavy(f"{name}: status {done.returncode}") from error
    if outcome == "refused":
        raise UserError(str(value))
    if outcome != "done":
        raise TooHeavy(f"{name}: {value}")
    return value


def main() -> None:
    name, memory_mb, seconds = sys.argv[1:]
    module, _colon, function = name.partition(":")
    work = getattr(importlib.import_module(module), function)
    language, args = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
    i18n.language.set(language)
    bound(int(memory_mb) * 1_000_000, int(seconds))
    try:
        said = ("done", work(*args))
    except UserError as error:
        said = ("refused", error.message)
    except Exception as error:
        said = ("broken", type(error).__name__)
    sys.stdout.buffer.write(pickle.dumps(said))


def bound(more: int, seconds: int) -> None:
    """No more memory than is taken now and ``more`` bytes; no more processor time than ``seconds``. Where the system can."""
    try:
        import resource
    except ImportError:  # Windows has none of this: the parent's clock still holds
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    try:
        with open("/proc/self/statm") as file:
            taken = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + more, taken + more))
    except OSError:  # macOS counts address space in another way
        return


if __name__ == "__main__":
    main()
