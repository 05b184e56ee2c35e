"""A process of its own: how long a command took and the most memory that it held."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

BYTES_OF_A_UNIT = 1024  # ru_maxrss counts kibibytes on Linux (getrusage(2))

# A process that was forked counts what its parent held when it was forked. So a small one stands between: it
# starts the command, waits for it, and tells what the kernel says of the command alone.
_BETWEEN = """
import json, os, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)])
_, status, usage = os.wait4(pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss]))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Hold what a process cost."""

    seconds: float  # from start to end
    peak_rss_mb: float  # most resident memory, 10**6 bytes


def cost_of(command: Sequence[str], *, clock: Callable[[], float]) -> Cost:
    """Run a command to its end and return its cost; its output goes to nobody.

    Raises:
        CalledProcessError: it ended with another code than 0.

    >>> from time import perf_counter
    >>> cost_of(["true"], clock=perf_counter).peak_rss_mb > 0
    True
    """
    start = clock()
    told = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-S", "-c", _BETWEEN, *command], stdout=subprocess.PIPE, check=True
    )
    seconds = clock() - start
    code, peak = json.loads(told.stdout)
    if code:
        raise subprocess.CalledProcessError(code, list(command))
    return Cost(seconds=seconds, peak_rss_mb=peak * BYTES_OF_A_UNIT / 1e6)
