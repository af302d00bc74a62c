"""The PostgreSQL server of our own."""

import os
from pathlib import Path

import psycopg
import pytest

from embedded import places
from embedded.errors import ServiceError
from embedded.postgres import Postgres
from tests.embedded.processes import alive


def test_it_starts_answers_and_is_gone_afterwards() -> None:
    with Postgres() as server:
        process, folder = server.child.process.pid, server.socket.parent
        with psycopg.connect(server.database("crm")) as connection:
            settings = connection.execute(
                "SELECT current_setting('server_encoding'), current_setting('listen_addresses')"
            ).fetchone()

    assert settings == ("UTF8", "")
    assert not alive(process)
    assert not folder.exists()


def test_a_database_is_made_once() -> None:
    with Postgres() as server:
        with psycopg.connect(server.database("crm")) as connection:
            connection.execute("CREATE TABLE kept (id int)")

        with psycopg.connect(server.database("crm")) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_with_a_folder_it_keeps_its_data_and_takes_care_of_it() -> None:
    with places.scratch() as folder:
        data = folder / "kept"
        with (
            Postgres(data=data) as server,
            psycopg.connect(server.database("crm")) as connection,
        ):
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            connection.execute("CREATE TABLE kept AS SELECT 7 AS id")
            connection.commit()

        with (
            Postgres(data=data) as server,
            psycopg.connect(server.database("crm")) as connection,
        ):
            assert connection.execute("SELECT id FROM kept").fetchone() == (7,)


def test_what_an_interrupted_start_has_left_is_made_anew() -> None:
    with places.scratch() as folder:
        half_made = folder / "data.new"
        half_made.mkdir()
        (half_made / "PG_VERSION").write_text("18")

        with Postgres(data=folder / "data") as server:
            assert server.answers()


def test_a_server_that_will_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"(?s)PostgreSQL ended with status 1\..*no_such_setting"):
        Postgres(settings={"no_such_setting": "1"}).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has two places for data")
def test_what_nobody_can_enter_is_kept_in_roots_folder(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    assert places.data_folder(closed / "postgres").parent == places.ROOTS_FOLDER


def test_after_a_crash_it_comes_back_at_its_place_with_all_that_was_committed() -> None:
    with Postgres(settings={"synchronous_commit": "on"}) as server:
        url = server.database("crm")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS id")
            connection.commit()
            connection.execute("INSERT INTO kept VALUES (8)")

            server.crash()
            assert not server.answers()
            server.start_again()

            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT id FROM kept").fetchall() == [(7,)]
    assert not alive(server.child.process.pid)
