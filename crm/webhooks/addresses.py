"""Which addresses may be told anything: public ones, and those that whoever runs this has allowed."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from socket import AF_INET6, IPPROTO_TCP, SOCK_STREAM, gaierror, getaddrinfo
from urllib.parse import quote, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_URL = 2_000

# The special-purpose registries of IANA. The standard library's `is_global` differs between versions of
# Python and takes NAT64, 6to4 and multicast addresses for public ones.
NOT_PUBLIC_V4: tuple[IPv4Network, ...] = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
PUBLIC_V6 = IPv6Network("2000::/3")
NOT_PUBLIC_V6: tuple[IPv6Network, ...] = tuple(
    IPv6Network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)


class Refused(ValueError):
    """Nothing is sent there; the text says why."""


def is_public(address: Address) -> bool:
    """Whether this is an address of the public internet that reaches one machine."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_V4)
    if address.scope_id is not None or address not in PUBLIC_V6:
        return False
    return not any(address in network for network in NOT_PUBLIC_V6)


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The networks that `texts` name, like 10.1.0.0/16; raises ValueError for what is none."""
    return tuple(ip_network(text.strip()) for text in texts if text.strip())


@dataclass(frozen=True)
class Place:
    """A URL in the parts that a request is made of, each as the wire has it."""

    scheme: str
    host: str
    port: int
    path: str


def check_url(url: str, *, plain: bool = False) -> Place:
    """The parts of `url`; raises Refused for one that nothing may be sent to.

    It names no user and no password, and is https; with `plain` it may be http.
    """
    if len(url) > LONGEST_URL:
        raise Refused(f"The address is longer than {LONGEST_URL:,} characters.")
    if any(ord(each) <= 32 or ord(each) == 127 for each in url):
        raise Refused("The address has a space or a control character in it.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("This is no address like https://example.com/hook.") from None
    if parts.scheme != "https" and not (plain and parts.scheme == "http"):
        raise Refused("The address has to begin with https://.")
    if parts.username is not None or parts.password is not None:
        raise Refused("The address has a user or a password in it; leave them out and check the signature instead.")
    if not parts.hostname:
        raise Refused("The address names no host.")
    if "%" in parts.hostname:
        raise Refused(no_name(parts.hostname))
    if port == 0:
        raise Refused("There is no port 0.")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = f"?{quote(parts.query, safe='/?%:@!$&()*+,;=~-._')}" if parts.query else ""
    port = port or (443 if parts.scheme == "https" else 80)
    host = six(parts.hostname) if "[" in parts.netloc else ascii_host(parts.hostname)
    return Place(parts.scheme, host, port, path + query)


def six(host: str) -> str:
    """What stood in brackets as an address of IPv6, which is all that may; raises Refused for anything else."""
    try:
        return str(IPv6Address(host))
    except ValueError:
        raise Refused(no_name(host)) from None


def ascii_host(host: str) -> str:
    """The host as the internet names it; raises Refused where it has no such name."""
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise Refused(no_name(host)) from None


def no_name(host: str) -> str:
    return f"{host[:100]!r} is no name of a host."


def resolve(host: str, port: int, *, seconds: float, allowed: Sequence[Network] = ()) -> Address:
    """The one address to connect to: looked up once, every address judged.

    Raises Refused when an address among them is neither public nor in
    `allowed`, and OSError when there is none or looking it up takes longer than
    `seconds`.
    """
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        found = pool.submit(getaddrinfo, host, port, 0, SOCK_STREAM, IPPROTO_TCP).result(timeout=seconds)
    except TooLate:
        raise TimeoutError(f"looking up {host} took longer than {seconds:.0f} s") from None
    except gaierror:
        raise OSError(f"there is no host {host}") from None
    except UnicodeError:
        raise Refused(no_name(host)) from None
    finally:
        pool.shutdown(wait=False)
    addresses = [ip_address(str(place[0])) for *_, place in found]
    for (family, *_, place), address in zip(found, addresses, strict=True):
        scoped = family == AF_INET6 and len(place) > 3 and bool(place[3])
        if (scoped or not is_public(address)) and not any(address in network for network in allowed):
            # Which one it is would tell outsiders the names and addresses of a network inside.
            raise Refused(f"This is not a public address: {host}.")
    if not addresses:
        raise OSError(f"there is no host {host}")
    return addresses[0]
