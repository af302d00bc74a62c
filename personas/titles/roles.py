"""Which roles the parts of a title name together."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from . import vocabulary as v
from .function import AREA, ENGINEERING, EXECUTIVE, NOTHING, OTHER, PLAIN, RULER, STRONG, Core, Functions, Work, work_of
from .parts import Part
from .spelling import Word
from .vocabulary import listed

MOST_REMEMBERED: Final = 200_000


class Role(NamedTuple):
    """One role that a title names: its words in order, its levels, and the work that they say."""

    core: tuple[Word, ...]
    levels: tuple[Word, ...]
    texts: Core
    work: Work

    @property
    def functions(self) -> Functions:
        return self.work.functions


class RoleReader:
    """Makes roles of parts; what the words of a role say is worked out once."""

    def __init__(self) -> None:
        self.works: dict[tuple[Core, bool], Work] = {}

    def role(self, core: list[Word], levels: list[Word]) -> Role:
        """A role of these words; what they say is worked out once."""
        texts = tuple([word.text for word in core])
        leading = False
        for word in levels:
            if word.text in v.LEADING:
                leading = True
        key = (texts, leading)
        work = self.works.get(key)
        if work is None:
            if len(self.works) >= MOST_REMEMBERED:
                self.works.clear()
            work = self.works[key] = work_of(texts, leading)
        if not levels and texts == ("engineer",):
            work = UNNAMED_ENGINEER
        elif texts == ("architect",) and any(word.text in ABOVE_ARCHITECTS for word in levels):
            work = RANKED_ARCHITECT
        return Role(tuple(core), tuple(levels), texts, work)

    def roles_of(self, parts: list[Part], brackets: list[Part]) -> list[Role]:
        """The roles that count: those before the first comma or dash, and later ones that are titles themselves."""
        roles: list[Role] = []
        for segment in segments(parts):
            settled = any(role.functions for role in roles)
            if not settled:
                carried = roles[-1] if roles else None
                roles = [*roles, *self.segment_roles(segment, carried)]
                continue
            if all(part.levels and not part.core for part in segment):
                roles[-1] = self.role(list(roles[-1].core), [*roles[-1].levels, *segment[0].levels])
                continue
            ours = any(OTHER not in role.functions for role in roles)
            roles += [role for role in self.segment_roles(segment, None) if is_title(role, ours)]
        for bracket in brackets:
            bracket.finish()
            if roles and bracket.levels and not bracket.core:
                roles[-1] = self.role(list(roles[-1].core), [*roles[-1].levels, *bracket.levels])
            elif bracket.core and not any(role.functions for role in roles):
                carried = roles[-1] if roles else None
                roles += self.with_leader(bracket, carried)
        if not any(role.functions for role in roles):
            roles = [self.running_all(role) for role in roles]
        if any(role.functions for role in roles):
            roles = [role for role in roles if role.functions]
        return roles

    def running_all(self, role: Role) -> Role:
        """A managing director of nothing in particular runs the company."""
        if any(word.text == "md" for word in role.levels):
            return role._replace(work=role.work._replace(functions=(EXECUTIVE,)))
        return role

    def with_leader(self, part: Part, leader: Role | None) -> list[Role]:
        """The role of a part, led by what came before where it has no head of its own."""
        role = self.role(part.core, part.levels)
        if leader is None or part.leading or role.work.kind in (STRONG, RULER):
            return [role]
        heads = [word for word in leader.core if word.text in v.PLAIN_HEADS]
        core = part.core if role.work.kind == PLAIN else part.core + heads[-1:]
        return [self.role(core, [*leader.levels, *part.levels])]

    def segment_roles(self, segment: list[Part], leader: Role | None) -> list[Role]:
        """The roles of parts joined by "and" or a slash, which may share a head: "UI/UX Designer"."""
        roles: list[Role] = []
        waiting: list[Part] = []
        for part in segment:
            if part.former is not None:
                continue
            if not (part.core or part.levels):
                continue
            role = self.role(part.core, part.levels)
            kind = role.work.kind
            if kind in (AREA, NOTHING) and not part.leading:
                if roles and roles[-1].work.kind in (AREA, PLAIN) and (leads(roles[-1]) or not part.core):
                    roles += self.with_leader(part, roles[-1])
                elif roles and roles[-1].work.kind == STRONG:
                    if part.levels and not part.core:
                        roles[-1] = self.role(list(roles[-1].core), [*roles[-1].levels, *part.levels])
                elif part.core:
                    waiting.append(part)
                continue
            if kind == STRONG:
                kinds = [word for each in waiting for word in each.core]
                levels = [word for each in waiting for word in each.levels]
                roles.append(self.role(kinds + list(role.core), levels + list(role.levels)) if kinds else role)
            elif kind == RULER:
                roles += [self.role(each.core, each.levels) for each in waiting]
                roles.append(role)
            else:
                if roles and not part.levels and role.texts[-1:] == ("officer",) and leads(roles[-1]):
                    role = self.role(list(role.core[:-1]), list(roles[-1].levels))
                    kind = role.work.kind
                heads = list(role.core[role.work.head :]) if kind == PLAIN else []
                for each in waiting:
                    roles.append(self.role([*each.core, *heads], [*each.levels, *role.levels]))
                roles.append(role)
            waiting = []
        for each in waiting:
            roles += self.with_leader(each, leader)
        if leader is not None and len(roles) == 1 and not waiting and roles[0].work.kind == PLAIN:
            roles = [self.role(list(roles[0].core), [*leader.levels, *roles[0].levels])]
        return roles


# An engineer of no kind and no rank may be one of anything.
UNNAMED_ENGINEER: Final = Work((OTHER,), STRONG, 0)
# Architects of houses have other ranks.
ABOVE_ARCHITECTS: Final = listed("chief principal lead staff distinguished")
RANKED_ARCHITECT: Final = Work((ENGINEERING,), STRONG, 0)


def leads(role: Role) -> bool:
    """Whether a role has somebody leading an area, so that another area may be theirs too."""
    return any(word.text in v.LEADING for word in role.levels) or role.work.kind == PLAIN


def is_title(role: Role, beside_ours: bool) -> bool:
    """Whether what stands behind a comma or dash is a title of its own and no hint."""
    if not role.functions or OTHER in role.functions:
        return False
    led = any(word.text in v.LEADING for word in role.levels)
    if role.work.kind == RULER:
        return True
    if role.work.kind == STRONG:
        at_the_end = role.work.head == len(role.core) - 1
        return at_the_end and (beside_ours or role.core[-1].text == "cto" or led)
    return led or (role.work.kind == PLAIN and beside_ours and role.core[-1].text in ("manager", "owner"))


def segments(parts: list[Part]) -> Iterator[list[Part]]:
    """The parts between commas and dashes, finished."""
    segment: list[Part] = []
    for part in parts:
        part.finish()
        if part.begins == "soft" and segment:
            yield segment
            segment = []
        if part.core or part.levels:
            segment.append(part)
    if segment:
        yield segment
