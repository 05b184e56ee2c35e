"""Visit the help page in a network of its own whose every way out ends here, and tell each packet that wanted out.

Run by `test_packets.py` as `unshare --net --mount python packets.py CHROMIUM SCRIPTS FOLDER SWITCH...`. The network
has a loopback and one device, and the kernel hands what would leave by it to this process. First a page asks other
hosts, by name and by address, so that silence afterwards means something. Prints one JSON object.
"""

import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright
from tests.web.conftest import PATIENCE
from tests.web.help.conftest import Served, start

NAMED, BY_ADDRESS = "elsewhere.example", "192.0.2.7"
"""A name and an address that are kept for documents (RFC 2606, RFC 5737)."""

OWN = (
    "accounts.google.com",
    "clients2.google.com",
    "clientservices.googleapis.com",
    "content-autofill.googleapis.com",
    "edgedl.me.gvt1.com",
    "optimizationguide-pa.googleapis.com",
    "redirector.gvt1.com",
    "safebrowsing.googleapis.com",
    "update.googleapis.com",
)
"""What Chromium asks of its maker, whatever page is open. Its switches stop most of that, not all."""

_TUNSETIFF, _TUN, _PLAIN = 0x400454CA, 0x0001, 0x1000
_ICMP6, _UDP = 58, 17
_DNS = 53


class Outside:
    """Take every packet that would leave."""

    def __init__(self, folder: Path) -> None:
        self.packets: list[str] = []
        self._device = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self._device, _TUNSETIFF, struct.pack("16sH", b"out", _TUN | _PLAIN))
        for line in (
            "link set lo up",
            "addr add 10.9.9.2/24 dev out",
            "-6 addr add fd00::2/64 dev out nodad",
            "link set out up",
            "route add default via 10.9.9.1 dev out",
            "-6 route add default dev out",
        ):
            subprocess.run(["ip", *line.split()], check=True)
        (folder / "resolv.conf").write_text("nameserver 10.9.9.1\n", encoding="utf-8")
        subprocess.run(["mount", "--bind", folder / "resolv.conf", "/etc/resolv.conf"], check=True)
        self._ended, self._end = os.pipe()
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    def close(self) -> None:
        """Take what is still there, and end."""
        os.write(self._end, b".")
        self._thread.join()

    def _take(self) -> None:
        while True:
            ready, _, _ = select.select([self._device, self._ended], [], [])
            if self._device in ready:
                told = _told(os.read(self._device, 1 << 16))
                if told:
                    self.packets.append(told)
            elif ready:
                return


def _told(packet: bytes) -> str | None:
    """Return whom a packet wants, or the name that it asks for; None: the kernel's own (ICMPv6), or the browser's."""
    if packet[0] >> 4 == 6:
        protocol, to, body = packet[6], packet[24:40], packet[40:]
        if protocol in {0, _ICMP6}:
            return None
    else:
        protocol, to, body = packet[9], packet[16:20], packet[(packet[0] & 15) * 4 :]
    port = int.from_bytes(body[2:4], "big")
    if protocol == _UDP and port == _DNS:
        name = _asked(body[20:])
        return None if name in OWN else f"name {name}"
    return f"{ip_address(to)} protocol {protocol} port {port}"


def _asked(question: bytes) -> str:
    """Return the name that a name server is asked for (RFC 1035, 4.1.2)."""
    labels, at = [], 0
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode("latin-1"))
        at += 1 + question[at]
    return ".".join(labels).lower()


class _Telltale(BaseHTTPRequestHandler):
    """Answer with a page that asks other hosts."""

    def do_GET(self) -> None:
        body = f"<img src=http://{NAMED}/a.png><img src=http://{BY_ADDRESS}/b.png>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def control(browser: Browser, outside: Outside) -> None:
    """Open a page that asks two other hosts, until a packet of each was seen."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Telltale)
    threading.Thread(target=server.serve_forever).start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/", wait_until="commit")
    for _ in range(PATIENCE // 100):
        if {one.split()[1] if one.startswith("name") else one.split()[0] for one in outside.packets} >= {
            NAMED,
            BY_ADDRESS,
        }:
            break
        page.wait_for_timeout(100)
    else:
        raise AssertionError(outside.packets)
    page.close()
    server.shutdown()


def visit(browser: Browser, served: Served, *, scripts: bool) -> None:
    """Do all that a person can do on the page, in two languages, and leave it."""
    context = browser.new_context(java_script_enabled=scripts, locale="ar-IQ")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(served.address)
    page.locator("#need").select_option("legal")
    page.locator("#area").select_option("pcode:T1A")
    page.locator("summary").click()
    for field, value in (("sex", "female"), ("age", "grown"), ("status", "migrant"), ("way", "in_person")):
        page.locator(f"#{field}").select_option(value)
    page.locator("#far").select_option("here")
    page.locator("#open").check()
    page.locator(".search").click()
    page.locator("#found").wait_for()
    page.locator("#open").uncheck()  # what is open at the hour of a test is not always the same
    page.locator("#found").evaluate("found => found.setAttribute('data-earlier', '')")
    page.locator(".search").click()
    page.locator("#found:not([data-earlier])").wait_for()
    page.locator("button[value=tr]").click()
    page.locator("html[lang=tr]").wait_for()
    page.locator("button[value=messages]").click()
    page.locator("pre").first.wait_for()
    page.locator(".more button").click()
    page.locator("button[value=card]").click()
    page.locator(".card").wait_for()
    page.locator(".more button").click()
    with page.expect_download() as download:
        page.locator("button[value=copy]").click()
    copy = Path(download.value.path()).rename(Path.cwd() / "copy.html")
    page.locator("#exit").click()
    page.wait_for_selector("table")
    page.goto(copy.as_uri())
    page.locator("main").wait_for()
    context.close()


def launched(playwright: Playwright, chromium: str, switches: list[str]) -> Browser:
    """Start a browser."""
    return playwright.chromium.launch(executable_path=chromium, args=switches)


def main(chromium: str, scripts: str, folder: str, *switches: str) -> None:
    """Make the control, then the visit with a browser of its own."""
    os.chdir(folder)
    outside = Outside(Path(folder))
    served = start(Path(folder))
    begin = partial(launched, chromium=chromium, switches=list(switches))
    try:
        with sync_playwright() as playwright:
            browser = begin(playwright)
            control(browser, outside)
            browser.close()
            seen = list(outside.packets)
            browser = begin(playwright)
            visit(browser, served, scripts=scripts == "with")
            browser.close()
    finally:
        served.end()
        outside.close()
    json.dump({"control": seen, "visit": outside.packets[len(seen) :]}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
