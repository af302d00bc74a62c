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
