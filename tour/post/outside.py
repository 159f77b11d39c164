"""Speaking to servers outside: whose certificate is believed, and which addresses are reached.

Everything of ours that opens a connection takes its TLS context here; everything over HTTP its session too.
"""

from __future__ import annotations

import socket
import ssl
from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

import aiohttp

from tour.i18n import gettext as _
from tour.settings import is_address, settings

PORTS = {"http": 80, "https": 443}
# What Python takes for public and is not: old site-local, IPv4 in IPv6 that no network but one's own translates.
INSIDE = tuple(map(ip_network, ("fec0::/10", "::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48")))
SESSION: dict[str, Any] = {"trust_env": False, "headers": {"User-Agent": "tour"}}


class PrivateAddress(OSError):
    """The address is not of the public network and no setting allows it: nothing was sent."""


class TooLong(ValueError):
    """The answer is longer than anything that was asked for."""


def tls_context() -> ssl.SSLContext:
    """Certificate and host name are checked, by the public authorities and the one of ``TOUR_CA_FILE``."""
    return _context(str(settings().ca_file or ""))


@cache
def _context(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def trusted_session(timeout: aiohttp.ClientTimeout, **how: Any) -> aiohttp.ClientSession:
    """For a server that the environment's settings name: it may be anywhere, inside included."""
    headers = {**SESSION["headers"], **how.pop("headers", {})}
    connector = aiohttp.TCPConnector(ssl=tls_context())
    return aiohttp.ClientSession(
        timeout=timeout, connector=connector, **{**SESSION, **how, "headers": headers}
    )


def guarded_session(url: str, timeout: aiohttp.ClientTimeout) -> aiohttp.ClientSession:
    """For the server of an address that a person typed: public, or listed in ``TOUR_PRIVATE_HOSTS``.

    The check is on the very address that is about to be connected to, so a name that first resolves to one
    address and then to another gains nothing.
    """
    named = is_listed(urlsplit(url).hostname or "")

    def open_socket(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _name, address = info
        if not may_reach(str(address[0]), named=named):
            raise PrivateAddress(
                _(
                    "cette adresse n’est pas sur le réseau public ; TOUR_PRIVATE_HOSTS dit lesquelles sont permises"
                )
            )
        return socket.socket(family, kind, protocol)

    connector = aiohttp.TCPConnector(
        ssl=tls_context(), socket_factory=open_socket, use_dns_cache=False
    )
    return aiohttp.ClientSession(timeout=timeout, connector=connector, **SESSION)


def is_listed(host: str) -> bool:
    """Whether a name is one of ``TOUR_PRIVATE_HOSTS``."""
    return host.lower().rstrip(".") in settings().private_hosts.lower().split()


def may_reach(address: str, *, named: bool = False) -> bool:
    """Whether this numeric address may be connected to; ``named``: its name is listed.

    A listed name may lead inside, yet never to link-local addresses, where machines tell their own secrets.
    """
    ip = ip_address(address.partition("%")[0])
    inner = embedded(ip) if isinstance(ip, IPv6Address) else None
    if inner is not None:
        return may_reach(str(inner), named=named)
    for word in settings().private_hosts.split():
        if ("/" in word or is_address(word)) and ip in ip_network(word, strict=False):
            return True
    if ip.is_multicast or ip.is_unspecified or ip.is_link_local:
        return False
    public = ip.is_global and not any(ip in network for network in INSIDE)
    return public or (named and (ip.is_private or ip.is_loopback))


def embedded(ip: IPv6Address) -> Any:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4, Teredo, NAT64."""
    if ip.ipv4_mapped or ip.sixtofour:
        return ip.ipv4_mapped or ip.sixtofour
    if ip.teredo:
        return ip.teredo[1]
    if ip in ip_network("64:ff9b::/96"):
        return ip_address(int(ip) & 0xFFFFFFFF)
    return None


def is_this_machine(host: str) -> bool:
    return host == "localhost" or (is_address(host) and ip_address(host).is_loopback)


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address: where its secrets go. Raises ValueError on a port that is none."""
    parts: SplitResult = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").rstrip("."), parts.port or PORTS.get(scheme, 0)


async def read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """The body, decompressed. Raises TooLong as soon as more than ``most`` bytes have come."""
    body = bytearray()
    async for chunk in answer.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > most:
            raise TooLong(f"an answer of more than {most} bytes")
    return bytes(body)
