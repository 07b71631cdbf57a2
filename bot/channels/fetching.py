"""Bytes from an address that somebody else has given us: only from public hosts, at every hop, and only so many.

The address that a name was resolved to is the one that is connected to, so that a name that means another host a
moment later (DNS rebinding) changes nothing. `trusted` is the platform's own server, where the operator has put it: it
may be private, but nobody else on that machine is asked.
"""

import ipaddress
import socket
from collections.abc import AsyncIterator

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from bot.channels.base import Passing, Refused, TooLarge, Trouble

HOPS = 3
CHUNK = 256 * 1024
NAT64 = ipaddress.ip_network("64:ff9b::/96")
FAULTS = (aiohttp.ClientError, TimeoutError, OSError)


class Forbidden(OSError):
    """The name leads to a host that is not public."""


class PublicOnly(AbstractResolver):
    """Resolves names, and keeps of them what is public."""

    def __init__(self, trusted: str | None = None) -> None:
        self._trusted = trusted
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        allowed = [one for one in found if host == self._trusted or is_public(one["host"])]
        if not allowed:
            raise Forbidden("not a public host")
        return allowed

    async def close(self) -> None:
        await self._resolver.close()


def is_public(address: str) -> bool:
    """Whether an IP address is anybody's on the internet."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _within(found) if isinstance(found, ipaddress.IPv6Address) else found
    return inner.is_global and not inner.is_multicast


def _within(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The older address that is written inside a newer one, where it leads to."""
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


class Fetcher:
    """Of one channel. `trusted` is the address of a server whose host may be private."""

    def __init__(self, trusted: str = "", *, connect_s: float = 5, read_s: float = 20) -> None:
        self._trusted = URL(trusted)
        self._timeout = aiohttp.ClientTimeout(total=None, connect=connect_s, sock_read=read_s)
        self._session: aiohttp.ClientSession | None = None

    async def stream(self, url: str, limit: int) -> AsyncIterator[bytes]:
        """At most `limit` bytes, in pieces. Raises Refused for an address that is not to be asked, TooLarge beyond the
        limit, Passing when another try may do better."""
        got = 0
        async for chunk in self._followed(url):
            got += len(chunk)
            if got > limit:
                raise TooLarge(f"larger than {limit >> 20} MB")
            yield chunk

    async def _followed(self, address: str) -> AsyncIterator[bytes]:
        url = URL()
        for _ in range(HOPS + 1):
            url = self._checked(url, address)
            try:
                async with self._opened().get(url, timeout=self._timeout, allow_redirects=False) as answer:
                    address = answer.headers.get("Location", "")
                    if answer.status in (301, 302, 303, 307, 308) and address:
                        continue
                    if answer.status == 200:
                        async for chunk in answer.content.iter_chunked(CHUNK):
                            yield chunk
                        return
                    failure = _refused(answer.status)
            except FAULTS as fault:
                failure = _named(fault)
            raise failure
        raise Refused("sent on too often")

    def _checked(self, base: URL, address: str) -> URL:
        """Where it leads to, read as it is asked. A name is checked again when it is resolved; an address is not."""
        try:
            url = base.join(URL(address)) if base else URL(address)
            host = url.host
        except ValueError:
            raise Refused("no address of the web") from None
        if url.scheme not in ("http", "https") or not host:
            raise Refused("no address of the web")
        is_trusted = (host, url.port) == (self._trusted.host, self._trusted.port)
        if not is_trusted and (host == self._trusted.host or (_is_address(host) and not is_public(host))):
            raise Refused("not a public host")
        return url

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=PublicOnly(self._trusted.host), use_dns_cache=False),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _refused(status: int) -> Trouble:
    return Passing(f"HTTP {status}") if status >= 500 or status in (408, 425, 429) else Refused(f"HTTP {status}")


def _named(fault: BaseException) -> Trouble:
    if isinstance(fault, aiohttp.InvalidURL):
        return Refused("no address of the web")
    cause: BaseException | None = fault
    while cause is not None:
        if isinstance(cause, Forbidden):
            return Refused("not a public host")
        cause = cause.__cause__ or getattr(cause, "os_error", None)
    return Passing(f"the bytes did not come ({type(fault).__name__})")
