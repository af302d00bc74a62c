"""What kind of work the words of one role name: the last noun decides, what stands before it says of which kind."""

from collections.abc import Callable
from typing import Final, NamedTuple

from . import vocabulary as v
from .vocabulary import listed

ENGINEERING: Final = "engineering"
PRODUCT: Final = "product"
DESIGN: Final = "design"
MARKETING: Final = "marketing"
DATA: Final = "data"
EXECUTIVE: Final = "executive"
OTHER: Final = "other"
FUNCTIONS: Final = (ENGINEERING, PRODUCT, DESIGN, MARKETING, DATA, EXECUTIVE, OTHER)

STRONG, PLAIN, RULER, AREA, NOTHING = "strong", "plain", "ruler", "area", "nothing"

Core = tuple[str, ...]
Functions = tuple[str, ...]


class Work(NamedTuple):
    """The functions that a role names, likeliest first (none: the words say nothing), and where its head stands."""

    functions: Functions
    kind: str
    head: int


def work_of(core: Core, leading: bool) -> Work:
    """What the words `core` of a role name, levels apart; `leading` when a level such as director stands with them."""
    for place in range(len(core) - 1, -1, -1):
        head = core[place]
        judge = STRONG_HEADS.get(head)
        if judge is not None:
            before = core[:place]
            return Work(judge(head, before, leading), RULER if head in v.EXECUTIVES else STRONG, place)
        if head in v.OTHER_HEADS:
            return Work((OTHER,), STRONG, place)
        if head in v.PLAIN_HEADS:
            area = core[:place]
            if head == "owner" and not (set(area) - v.NEUTRAL - {"business", "company", "agency", "studio", "small"}):
                return Work((EXECUTIVE,), RULER, place)
            functions = area_of(area, head, leading)
            if not functions and area and head == "owner":
                functions = (OTHER,)
            return Work(functions, PLAIN, place)
    if not core:
        return Work((), NOTHING, -1)
    last = core[-1]
    if last not in KNOWN_WORDS and len(last) > 4 and last.endswith(v.AGENT_ENDINGS):
        return Work((OTHER,), STRONG, len(core) - 1)
    functions = area_of(core, "", leading)
    return Work(functions, AREA, last_area(core))


def last_area(core: Core) -> int:
    """The place of the last word that names an area, or of the last word."""
    for place in range(len(core) - 1, -1, -1):
        if core[place] in AREA_WORDS:
            return place
    return len(core) - 1


def area_of(area: Core, head: str, leading: bool) -> Functions:
    """The functions of an area that somebody leads or works in, or none; the last area noun decides."""
    for place in range(len(area) - 1, -1, -1):
        word = area[place]
        before = area[:place]
        judge = STRONG_HEADS.get(word)
        if judge is not None:
            return judge(word, before, True)
        if word in v.OF_THE_AREA and (set(before) & OUR_WORDS) and area_of(before, head, leading):
            if word == "development":
                return development(before)
            if "content" in before and word in v.CONTENT_OF_OTHERS:
                return (OTHER,)
            continue
        if word in v.MARKETING_AREAS:
            after = area[place + 1 :]
            return (OTHER,) if word == "content" and set(after) & v.CONTENT_OF_OTHERS else (MARKETING,)
        if word in v.PRODUCT_AREAS:
            return (OTHER,) if head in v.AROUND_THE_PRODUCT else (PRODUCT,)
        if word in v.DESIGN_AREAS:
            return designer("designer", before, leading)
        if word in v.DATA_AREAS or word in v.LEARNING:
            return (DATA,)
        if word == "science" and before and before[-1] in ("data", "decision"):
            return (DATA,)
        if word == "data":
            if head and not leading and head not in ("manager", "officer", "owner", "expert", "consultant", "team"):
                return (OTHER,)
            return (DATA,)
        if word == "insights" and before and before[-1] in v.DATA_ANALYSTS:
            return (DATA,)
        if word in v.ENGINEERING_AREAS:
            return engineering(word, before, head, leading)
        if word in v.TECHNOLOGY_AREAS and (leading or head in ("manager", "officer")):
            return (ENGINEERING,)
        if word == "development":
            return development(before)
        if word in TEAMS_OF_SOFTWARE and (leading or not head or head in v.LEADING_HEADS):
            return (ENGINEERING,)
        if word in v.OTHER_AREAS:
            return (OTHER,)
    return ()


def development(before: Core) -> Functions:
    """Software development is engineering, product development may be product; all other development is not ours."""
    words = set(before)
    if words & v.SOFTWARE:
        return (ENGINEERING,)
    return (PRODUCT,) if "product" in words else (OTHER,)


def engineering(word: str, before: Core, head: str, leading: bool) -> Functions:
    """The area of engineers or architects; whoever merely helps there is no engineer."""
    if head and not leading and head not in v.LEADING_HEADS:
        return (OTHER,)
    words = set(before) - v.NEUTRAL
    if word == "architecture" and not (leading or head or words & v.SOFTWARE):
        return (OTHER,)
    if words & v.SELLING and not words & v.SOFTWARE:
        return (OTHER,)
    if words & v.SOFTWARE:
        return (ENGINEERING,)
    if words & v.THINGS or words & THINGS_TO_ENGINEER:
        return (OTHER,)
    if before and before[-1] in v.DATA_WORDS:
        return (DATA, ENGINEERING)
    return (ENGINEERING, PRODUCT) if "product" in words else (ENGINEERING,)


def builder(head: str, before: Core, leading: bool) -> Functions:
    """Whether an engineer, developer, programmer or architect builds software, data, or something else."""
    words = set(before) - v.NEUTRAL
    if words & SELLING_FIRST:
        return (OTHER,)
    if head == "engineer" and words & v.SELLING and not words & (v.SOFTWARE - {"cloud", "sap", "oracle"}):
        return (OTHER,)
    if words & v.DATA_WORDS and "software" not in words and head != "hacker":
        trimmed = [word for word in before if word not in DATA_TOOLS]
        if trimmed and trimmed[-1] in v.DATA_WORDS and not words & MATERIAL:
            return (DATA, ENGINEERING)
    if words & v.SOFTWARE and not words & v.NOT_CODE & {"cnc", "nc"}:
        return (ENGINEERING,)
    if words & v.LEARNING:
        return (ENGINEERING, DATA)
    if head == "engineer":
        return engineer(words)
    if head == "architect":
        return (ENGINEERING,) if words and words <= ARCHITECTS else (OTHER,)
    if words & v.NOT_CODE or words & MATERIAL:
        return (OTHER,)
    return (ENGINEERING,)


def engineer(words: set[str]) -> Functions:
    """Whether an engineer of these kinds, none of them plainly software, is one of software all the same."""
    if words & MATERIAL:
        return (OTHER,)
    if not words:
        return (ENGINEERING,)
    if "product" in words and words <= v.DISCIPLINES:
        return (ENGINEERING, PRODUCT)
    if words & {"qa", "test"} and words <= v.DISCIPLINES and (words & {"qa", "automation"}):
        return (ENGINEERING,)
    if words <= v.DISCIPLINES:
        return (ENGINEERING,) if words & v.ENOUGH_ALONE else (OTHER,)
    return (ENGINEERING,) if words & STURDY else (OTHER,)


def designer(head: str, before: Core, leading: bool) -> Functions:
    """Whether a designer draws what people see on a screen or on paper."""
    words = set(before)
    if words & SCREENS:
        return (DESIGN,)
    return (DESIGN,) if words <= DRAWN else (OTHER,)


def analyst(head: str, before: Core, leading: bool) -> Functions:
    """Analysts of data, of products and of marketing; all others look into something else."""
    last = next((word for word in reversed(before) if word not in v.NEUTRAL), "")
    if last in ("marketing", "seo"):
        return (MARKETING, DATA)
    if last == "product":
        return (DATA, PRODUCT)
    return (DATA,) if last in v.DATA_ANALYSTS else (OTHER,)


def researcher(head: str, before: Core, leading: bool) -> Functions:
    """Scientists of data and of learning machines; researchers of users are design."""
    words = set(before)
    if words & (v.LEARNING | {"data", "analytics", "decision"}) or (head == "scientist" and "applied" in words):
        return (DATA,)
    return (DESIGN,) if head == "researcher" and words & {"ux", "user", "design"} else (OTHER,)


def executive(head: str, before: Core, leading: bool) -> Functions:
    """Who founds, owns or runs the company; a president may be of an area only."""
    if head == "president":
        area = area_of(before, "officer", True)
        return area + (() if area == (OTHER,) else (EXECUTIVE,)) if area else (EXECUTIVE,)
    if head == "owner":
        return (EXECUTIVE,)
    return (EXECUTIVE,)


def marketer(head: str, before: Core, leading: bool) -> Functions:
    """Marketers of whatever kind, save those who sell to their friends."""
    return (OTHER,) if {"network", "multilevel"} & set(before) else (MARKETING,)


def writer(head: str, before: Core, leading: bool) -> Functions:
    """Who writes to sell; all other writing is its own trade."""
    return (MARKETING,) if set(before) & (v.MARKETING_AREAS | {"copy", "blog"}) else (OTHER,)


def technology_chief(head: str, before: Core, leading: bool) -> Functions:
    """The one who answers for technology."""
    return (ENGINEERING,)


# Builders of these have customers, not code.
SELLING_FIRST: Final = listed("sales presales support customer client success field helpdesk")
DATA_TOOLS: Final = listed("platform infrastructure pipeline warehouse systems solution solutions quality")
TEAMS_OF_SOFTWARE: Final = listed("software frontend backend fullstack web mobile ios android devops sre")
THINGS_TO_ENGINEER: Final = listed("space value human hospital clinical")
MATERIAL: Final = (v.THINGS - v.DISCIPLINES) | (v.THINGS & listed("quality safety maintenance"))
ARCHITECTS: Final = listed(
    "solution solutions enterprise systems security platform infrastructure integration it digital innovation "
    "network product technology identity devops data agile automation iam payments commerce"
)
STURDY: Final = listed(
    "platform infrastructure payments payment checkout billing search ads fintech growth developer identity "
    "security streaming messaging monetization recommendation recommendations personalization observability "
    "storage distributed ranking"
)
SCREENS: Final = listed(
    "product ux ui graphic visual web interaction digital multimedia website brand game motion creative"
)
DRAWN: Final = (
    v.NEUTRAL | v.SOFTWARE | v.MARKETING_AREAS | v.DESIGN_AREAS | listed(
    "art artistic illustrator designer experience service services media content communication communications "
    "conversation email logo icon font type editorial book magazine publication print poster banner template "
    "infographic presentation storyboard character concept animation animator video film photo advertisement "
    "user strategic platform growth level narrative creation head innovation inclusive accessibility "
    "information customer human centered founding ecommerce packaging spatial immersive"
)
) - v.CRAFTS  # fmt: skip
STRONG_HEADS: Final[dict[str, Callable[[str, Core, bool], Functions]]] = {
    **dict.fromkeys(v.BUILDERS, builder),
    **dict.fromkeys(v.DESIGNERS, designer),
    **dict.fromkeys(v.EXECUTIVES - {"owner"}, executive),
    **dict.fromkeys(v.RESEARCHERS, researcher),
    **dict.fromkeys(v.MARKETERS, marketer),
    **dict.fromkeys(v.WRITERS, writer),
    "analyst": analyst,
    "cto": technology_chief,
}
OUR_WORDS: Final = frozenset(
    v.MARKETING_AREAS | v.PRODUCT_AREAS | v.DESIGN_AREAS | v.DATA_AREAS | v.LEARNING | v.ENGINEERING_AREAS
    | v.TECHNOLOGY_AREAS | TEAMS_OF_SOFTWARE | v.SOFTWARE | v.BUILDERS | v.DESIGNERS | {"data"}
)  # fmt: skip
AREA_WORDS: Final = OUR_WORDS | v.OTHER_AREAS | v.OF_THE_AREA | frozenset(STRONG_HEADS)
KNOWN_WORDS: Final = (
    AREA_WORDS | v.PLAIN_HEADS | v.NEUTRAL | v.THINGS | v.DISCIPLINES | v.CRAFTS | v.LEVELS | v.NOT_CODE | v.SELLING
)
