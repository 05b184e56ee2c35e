"""Whether a host is this machine: what goes no farther may go without encryption."""

from ipaddress import ip_address


def is_local(host: str | None) -> bool:
    """Say whether a host is this machine.

    >>> is_local("127.0.0.1"), is_local("[::1]"), is_local("localhost"), is_local("example.org"), is_local(None)
    (True, True, True, False, False)
    """
    try:
        return ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
