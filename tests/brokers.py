"""Brokers that fail, each in its own way: the address of one that does, as long as the block lasts."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import redis
from django.conf import settings

from embedded.redis import Redis

ANSWER_SECONDS = 0.45
"""Just below the limit of 0.5 for one answer."""


@contextmanager
def refusing() -> Iterator[str]:
    """A port that nobody listens to."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield address(bound)


@contextmanager
def silent() -> Iterator[str]:
    """A connection is made, and nothing is ever said on it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield address(listener)


@contextmanager
def unanswered() -> Iterator[str]:
    """A connection is never made, for the queue of those that wait for one is full."""
    with ExitStack() as open_sockets:
        listener = open_sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = open_sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect(listener.getsockname())
        yield address(listener)


@contextmanager
def slow() -> Iterator[str]:
    """Every answer comes just in time, so all of them together take seconds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        thread = threading.Thread(target=answer_slowly, args=(listener,))
        thread.start()
        yield address(listener)
    thread.join(10)


def answer_slowly(listener: socket.socket) -> None:
    with suppress(OSError):
        speaker, _ = listener.accept()
        with speaker:
            speaker.settimeout(5)
            while asked := speaker.recv(4096):
                time.sleep(ANSWER_SECONDS)
                speaker.sendall(b"+OK\r\n" * max(1, asked.count(b"*")))


@contextmanager
def babbling() -> Iterator[str]:
    """What is said is not the protocol."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        thread = threading.Thread(target=babble, args=(listener,))
        thread.start()
        yield address(listener)
    thread.join(10)


def babble(listener: socket.socket) -> None:
    with suppress(OSError):
        speaker, _ = listener.accept()
        with speaker:
            speaker.settimeout(5)
            speaker.recv(4096)
            speaker.sendall(b"$many\r\n")


@contextmanager
def locked() -> Iterator[str]:
    """The password is wrong."""
    with Redis() as server:
        yield server.url(0).replace(server.password, "wrong")


@contextmanager
def full() -> Iterator[str]:
    """It answers, and has no memory left for a message."""
    with Redis() as server, redis.Redis.from_url(server.url(0)) as client:
        client.config_set("maxmemory", 1)
        yield server.url(0)


@contextmanager
def read_only() -> Iterator[str]:
    """It answers, and is a copy that takes no message."""
    with Redis() as server, redis.Redis.from_url(server.url(0)) as client:
        client.execute_command("REPLICAOF", "127.0.0.1", "1")
        yield server.url(0)


@contextmanager
def stopped(server: Redis) -> Iterator[None]:
    """The process of the server stands still."""
    os.kill(server.child.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.child.process.pid, signal.SIGCONT)


def address(listener: socket.socket) -> str:
    return f"redis://:secret@127.0.0.1:{listener.getsockname()[1]}/1"


def queued() -> int:
    """How many messages wait in the Redis of the tests."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        return int(client.llen("celery"))
