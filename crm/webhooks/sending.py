"""One try to tell somebody: to the judged address, without redirects or proxies, within one deadline."""

import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import httpcore

from .addresses import Network, Refused, check_url, resolve

MOST_REPLY = 65_536
KEPT_REPLY = 1_000
SECONDS = 15.0


@dataclass(frozen=True)
class Reply:
    """What came back: the status, and the beginning of what was said."""

    status: int
    said: str

    @property
    def arrived(self) -> bool:
        """Whether the receiver took it. A redirect is a failure: nothing is sent anywhere else."""
        return 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants no more of it."""
        return self.status == 410


class NotDelivered(Exception):
    """No reply came; the text says why, in words for whoever looks at the log."""


class Deadline:
    """A moment by which everything has to be done."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def left(self) -> float:
        """The seconds that are left; raises httpcore.TimeoutException when there are none."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is over")
        return left


class TimedStream(httpcore.NetworkStream):
    """A stream whose every step ends by the deadline, however slowly the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self.stream = stream
        self.deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self.deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.deadline.left())

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return TimedStream(self.stream.start_tls(ssl_context, server_hostname, self.deadline.left()), self.deadline)

    def get_extra_info(self, info: str) -> object:
        return self.stream.get_extra_info(info)


class JudgedBackend(httpcore.NetworkBackend):
    """Connects to the address that was judged, and to no other that the name may have by now."""

    def __init__(self, deadline: Deadline, allowed: Sequence[Network]) -> None:
        self.deadline = deadline
        self.allowed = allowed
        self.inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        address = resolve(host, port, seconds=self.deadline.left(), allowed=self.allowed)
        stream = self.inner.connect_tcp(str(address), port, self.deadline.left(), None, socket_options)
        return TimedStream(stream, self.deadline)


@cache
def trusted() -> ssl.SSLContext:
    """Checks certificates against the authorities that come with the product."""
    return httpcore.default_ssl_context()


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float = SECONDS,
    allowed: Sequence[Network] = (),
    plain: bool = False,
) -> Reply:
    """What the receiver at `url` replied to `body`, whatever the status.

    Raises NotDelivered when none came within `seconds`, the reply is longer
    than 64 KiB, or nothing may be sent there: the address has to be public or
    in `allowed`, and https unless `plain`.
    """
    deadline = Deadline(seconds)
    try:
        place = check_url(url, plain=plain)
        backend = JudgedBackend(deadline, allowed)
        where = httpcore.URL(scheme=place.scheme, host=place.host, port=place.port, target=place.path)
        with (
            httpcore.ConnectionPool(ssl_context=trusted(), max_connections=1, network_backend=backend) as pool,
            pool.stream("POST", where, headers=list(headers.items()), content=body) as response,
        ):
            said = bytearray()
            for chunk in response.iter_stream():
                said += chunk
                if len(said) > MOST_REPLY:
                    raise NotDelivered(f"The reply is longer than {MOST_REPLY // 1024} KiB.")
            text = bytes(said[:KEPT_REPLY]).decode("utf-8", "replace").replace("\x00", "\ufffd")
            return Reply(response.status, text)
    except Refused as error:
        raise NotDelivered(str(error)) from None
    except (httpcore.TimeoutException, TimeoutError):
        raise NotDelivered(f"No reply within {seconds:g} s.") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
        raise NotDelivered(f"It could not be delivered: {str(error)[:300] or type(error).__name__}.") from None
