"""Whether what the program needs is there: a database that answers, with its tables and triggers."""

import threading
from functools import cache

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

ANSWER_SECONDS = 2.0


class Question:
    """Asks the database for an answer on a thread of its own, because a frozen server keeps whoever asks."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asking: threading.Thread | None = None
        self.answers: list[bool] = []

    def answered(self, seconds: float = ANSWER_SECONDS) -> bool:
        """Whether the database answers within so many seconds. Who asks meanwhile waits for the same answer."""
        with self.lock:
            if self.asking is None or not self.asking.is_alive():
                self.answers = []
                self.asking = threading.Thread(target=ask, args=[self.answers], name="database", daemon=True)
                self.asking.start()
            asking, answers = self.asking, self.answers
        asking.join(seconds)
        return answers == [True]


def ask(answers: list[bool]) -> None:
    """An answer has been added: True when the database gave it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        answers.append(True)
    except Error:
        answers.append(False)
    finally:
        connection.close()  # this thread's own


question = Question()


def database_answers() -> bool:
    """Whether the database answers within two seconds."""
    return question.answered()


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """The migrations of this version of the program."""
    return frozenset(MigrationLoader(None).disk_migrations)


def missing_migrations() -> list[str]:
    """The migrations that the database does not have yet, as app.name."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(".".join(each) for each in known_migrations() if each not in applied)
