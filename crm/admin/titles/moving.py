"""What a change of patterns moves, told to the editor of personas and to the queue of titles."""

from django.contrib.auth.models import AnonymousUser, User

from crm.job_titles import moved
from crm.models.visibility import sees_all
from personas.admin import moves
from personas.rules.document import Document
from personas.titles import Moves


class TitleMoves:
    """Counts the contacts of titles. Every number is of all contacts, so it tells of those one may not see."""

    def may(self, user: User | AnonymousUser) -> bool:
        return sees_all(user)

    def moved(self, before: Document, after: Document) -> Moves:
        return moved(before, after)


moves.register(TitleMoves())
