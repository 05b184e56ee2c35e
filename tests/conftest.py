"""What all tests share: where the data sets lie, and a seed that is printed."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# A run that a shell started in the background ignores Ctrl-C, and so would the commands that the tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A kernel's first call may compile it: a deadline would measure the compiler. A failure prints how to repeat it.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def own_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hide the event loop that a browser of an earlier test keeps running in this thread, where no browser is used."""
    if "browser" in request.fixturenames:
        yield
        return
    before = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(before)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data sets beside the checkout, or skip and say so."""
    if not SHARED.is_dir():
        pytest.skip("The data sets of ../shared/data are missing: this test needs them beside the checkout.")
    return SHARED


def pytest_report_header() -> list[str]:
    """Say at the top of a run what it will be able to test."""
    there = "found" if SHARED.is_dir() else "MISSING: tests that need them are skipped"
    return [
        f"shared data sets: {there}",
        f"hypothesis seed: {os.environ.get('HYPOTHESIS_SEED', 'printed on failure')}",
    ]
