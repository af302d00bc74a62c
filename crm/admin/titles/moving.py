"""What a change of patterns moves, told to the editor of personas and to the queue of titles."""

from django.contrib.auth.models import AnonymousUser, User

from crm.job_titles import Answer, moved
from crm.models.visibility import sees_all
from personas.admin import moves
from personas.admin.moves import Move, Moves, Stand
from personas.rules.document import Document


class TitleMoves:
    """Counts the contacts of titles. Every number is of all contacts, so it tells of those one may not see."""

    def may(self, user: User | AnonymousUser) -> bool:
        return sees_all(user)

    def moved(self, before: Document, after: Document) -> Moves:
        found = moved(before, after)
        return Moves(
            [Move(each.title, each.contacts, stand(each.before), stand(each.after)) for each in found.rows],
            None if found.whole else found.looked,
        )


def stand(answer: Answer) -> Stand:
    return Stand(answer.result, answer.personas)


moves.register(TitleMoves())
