"""Pin: one core and one thread, so that a figure is the cost of the work and not of the machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa


@contextmanager
def pinned() -> Iterator[int]:
    """Keep this process, and those that it starts, on one core while the block runs; give the core's number.

    Raises:
        OSError: the system does not let a process choose its core.

    >>> with pinned() as core:
    ...     os.sched_getaffinity(0) == {core}
    True
    """
    before, threads, readers = os.sched_getaffinity(0), pa.cpu_count(), pa.io_thread_count()
    core = max(before)  # the first one serves most interrupts
    os.sched_setaffinity(0, {core})
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    try:
        yield core
    finally:
        os.sched_setaffinity(0, before)
        pa.set_cpu_count(threads)
        pa.set_io_thread_count(readers)
