"""What nobody foresaw, caught where one message ends, so that it holds up no other."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from traceback import extract_tb

import httpcore
from django.db import DatabaseError, InterfaceError, OperationalError

logger = logging.getLogger(__name__)

# What an address, a receiver or a row that nobody foresaw can raise: from Python, and from the libraries of URLs,
# of HTTP and of the database. What ends a process is none of these.
FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    DatabaseError,
    InterfaceError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    httpcore.ConnectionNotAvailable,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)


@contextmanager
def on_its_own(subject: str, pk: int) -> Iterator[None]:
    """A fault in here is logged with what it is about, and goes no further; that the database is away does."""
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except FAULTS as fault:
        logger.error("webhook fault %s=%d error=%s at=%s", subject, pk, type(fault).__name__, where(fault))


def where(error: BaseException) -> str:
    """The function and line that raised it, for a log that says nothing of what was in its hands."""
    found = extract_tb(error.__traceback__)
    return f"{found[-1].name}:{found[-1].lineno}" if found else "?"
