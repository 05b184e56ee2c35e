"""What all tests share: where the data sets lie, and a seed that is printed."""

import os
import signal
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
