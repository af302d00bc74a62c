"""The Redis server of our own."""

import socket

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from embedded.errors import ServiceError
from embedded.redis import Redis
from tests.embedded.processes import alive


def test_it_starts_answers_and_is_gone_afterwards() -> None:
    with Redis() as server:
        process = server.child.process.pid
        with redis.Redis.from_url(server.url(1)) as client:
            client.set("key", "value")
            assert client.get("key") == b"value"
        with redis.Redis.from_url(server.url(2)) as client:
            assert client.get("key") is None

    assert not alive(process)


def test_a_stranger_on_this_machine_is_not_let_in() -> None:
    with (
        Redis() as server,
        redis.Redis(port=server.port, retry=Retry(NoBackoff(), 0)) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ServiceError, match=rf"(?s)Redis ended with status 1\..*{port}"):
            Redis(port=port).start()


def test_after_a_crash_it_comes_back_empty_at_its_address() -> None:
    with Redis() as server:
        url = server.url(1)
        with redis.Redis.from_url(url) as client:
            client.set("key", "value")

        server.crash()
        with redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0)) as client, pytest.raises(redis.ConnectionError):
            client.ping()
        server.start_again()

        assert server.url(1) == url
        with redis.Redis.from_url(url) as client:
            assert client.get("key") is None
    assert not alive(server.child.process.pid)


def test_frozen_it_takes_connections_and_does_not_answer() -> None:
    with Redis() as server:
        server.child.freeze()

        with (
            redis.Redis.from_url(server.url(0), socket_timeout=0.1, retry=Retry(NoBackoff(), 0)) as client,
            pytest.raises(redis.TimeoutError),
        ):
            client.ping()

        server.child.thaw()
        assert server.answers()
