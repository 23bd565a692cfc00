"""The names a page answers to: another name in the Host header is another site's doing."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable


class Names:
    """The names by which the page may be called: what stands in the Host header, the port left out.

    Loopback names always; off the loopback the machine's own names and every plain address too, which
    no foreign name can be made to point at.

    Parameters
    ----------
    host : str
        The address the server listens on.
    more : iterable of str
        Other names, of a proxy for instance.
    """

    def __init__(self, host: str, more: Iterable[str] = ()) -> None:
        self._anywhere = not is_loopback(host)
        own = {host, socket.gethostname(), socket.getfqdn()} if self._anywhere else {host}
        own |= {host_of(each) or each for each in more}  # said with a port, it is left out
        self._known = {"localhost", *(each.casefold().rstrip(".") for each in own if each)}

    def allow(self, header: str) -> bool:
        """Tell whether a Host header names this page."""
        name = host_of(header)
        if name is None:
            return False
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return name in self._known
        return address.is_loopback or name in self._known - {"0.0.0.0", "::"} or self._plain(address)

    def _plain(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return self._anywhere and not address.is_unspecified


def is_loopback(host: str) -> bool:
    """Tell whether an address to listen on is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def host_of(header: str) -> str | None:
    """Take the name out of a Host header; None where it is none."""
    header = header.strip().casefold()
    if header.startswith("["):
        name, bracket, port = header[1:].partition("]")
        port = port.removeprefix(":") if port.startswith(":") or not port else "?"
        if not bracket:
            return None
    else:
        name, _, port = header.partition(":")
    if port and not (port.isascii() and port.isdecimal()):
        return None
    return name.rstrip(".") or None
