"""No packet leaves for another host while a person uses the help page: told from the packets, not from the browser."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.web.conftest import SWITCHES, chromium

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[2]


@pytest.mark.browser
@pytest.mark.parametrize("scripts", ["with", "without"])
def test_no_packet_leaves_for_another_host(tmp_path: Path, scripts: str) -> None:
    alone = [shutil.which("unshare") or "unshare", "--net", "--mount"]
    if not Path("/dev/net/tun").exists() or subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("This test needs a network of its own: root, and a TUN device.")
    path = chromium() or pytest.skip("No Chromium was found: install the package chromium.")
    ended = subprocess.run(
        [*alone, sys.executable, HERE / "packets.py", path, scripts, tmp_path, *SWITCHES],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT / "src"), str(CHECKOUT)])},
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert {"name elsewhere.example", "192.0.2.7 protocol 6 port 80"} <= set(told["control"])
    assert told["visit"] == []
