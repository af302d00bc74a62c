"""Words of other programs and what they are in ours: countries, states of a company, rounds, lists of names."""

import gettext
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import django_countries
from django_countries import Countries, countries
from django_countries.data import COUNTRIES

from personas.rules.words import fold, without_accents

from .numerals import Refused
from .values import NOTHING, clean, plain

STATUSES: Mapping[str, str | None] = {
    "operating": "operating", "active": "operating", "aktiv": "operating", "private": "operating",
    "ipo": "public", "public": "public", "listed": "public", "went public": "public", "börsennotiert": "public",
    "acquired": "acquired", "was acquired": "acquired", "merged": "acquired", "m&a": "acquired",
    "closed": "closed", "inactive": "closed", "dead": "closed", "defunct": "closed", "shut down": "closed",
    "bankrupt": "closed", "dissolved": "closed", "geschlossen": "closed", "inaktiv": "closed",
}  # fmt: skip

# Rounds that do not say how far a company is (angel, debt, "C or later") mean nothing to us.
STAGES: Mapping[str, str | None] = {
    "bootstrapped": "bootstrapped", "self funded": "bootstrapped", "pre seed": "pre_seed", "preseed": "pre_seed",
    "seed": "seed", "series a": "series_a", "series b": "series_b", "series c": "series_c",
    **dict.fromkeys([f"series {letter}" for letter in "defghijkl"] + ["series d plus", "series d+"], "series_d_plus"),
    "public": "public", "ipo": "public", "post ipo": "public", "post ipo equity": "public",
    **dict.fromkeys((
        "angel", "seed angel", "venture", "venture unspecified", "series unknown", "other", "unattributed",
        "private equity", "debt", "debt financing", "post ipo debt", "convertible note", "crowdfunding",
        "equity crowdfunding", "product crowdfunding", "grant", "secondary market", "post ipo secondary",
        "corporate", "corporate round", "initial coin offering", "non equity assistance", "funding round",
        "undisclosed", "series c or later", "series c plus", "late stage", "early stage", "growth", "m and a",
        "merger acquisition", "bridge", "mezzanine", "acquired",
    )),
}  # fmt: skip

LIFECYCLE: Mapping[str, str | None] = {
    **dict.fromkeys(("lead", "subscriber", "prospect", "mql"), "lead"),
    **dict.fromkeys(("marketing qualified lead", "marketingqualifiedlead"), "lead"),
    **dict.fromkeys(("qualified", "sales qualified lead", "salesqualifiedlead", "sql"), "qualified"),
    "opportunity": "opportunity", "customer": "customer", "kunde": "customer", "evangelist": "customer",
    "lost": "lost", "churned": "lost", "other": None,
}  # fmt: skip

PROJECT_STAGES: Mapping[str, str | None] = {
    "side project": "side_project", "very early": "very_early", "idea": "very_early", "prototype": "very_early",
    "startup": "startup", "growth": "growth",
}  # fmt: skip

OTHER_COUNTRY_NAMES = {
    "us": "US", "usa": "US", "u.s.": "US", "u.s.a.": "US", "united states": "US", "america": "US",
    "uk": "GB", "u.k.": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "korea": "KR", "south korea": "KR", "republic of korea": "KR", "north korea": "KP",
    "russia": "RU", "vietnam": "VN", "czech republic": "CZ", "czechia": "CZ", "taiwan": "TW", "iran": "IR",
    "turkey": "TR", "holland": "NL", "the netherlands": "NL", "ivory coast": "CI", "macedonia": "MK", "laos": "LA",
    "syria": "SY", "moldova": "MD", "bolivia": "BO", "venezuela": "VE", "tanzania": "TZ", "brunei": "BN",
    "palestine": "PS", "uae": "AE", "u.a.e.": "AE", "hong kong sar": "HK", "macau": "MO", "burma": "MM",
    "cape verde": "CV", "swaziland": "SZ", "congo": "CG", "democratic republic of the congo": "CD", "el": "GR",
    "prc": "CN", "people's republic of china": "CN", "mainland china": "CN", "deutschland": "DE", "schweiz": "CH",
}  # fmt: skip
LANGUAGES = ("de", "fr", "es")
TRANSLATIONS = Path(django_countries.__file__).parent / "locale"

LEGAL_FORM = re.compile(
    r"(?:inc|llc|l\.l\.c|ltd|limited|corp|co|l\.?p|llp|plc|gmbh|ag|s\.?a|s\.?a\.?s|b\.?v|pte|pvt|kg|p\.c)\.?"
    r"(?: ltd\.?)?",
    re.IGNORECASE,
)
NOBODY = re.compile(
    r"\(?(?:undisclosed|unknown|individual|angel|other|various|existing)?\)?(?: ?\(?(?:angel )?investors?\)?)?"
    r"|(?:and |& )?others|et al\.?"
)
QUOTED_LIST = re.compile(r"\[.*\]", re.DOTALL)
ITEM = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")


@cache
def country_codes() -> Mapping[str, str]:
    """Folded codes and names, in four languages, to two-letter codes."""
    known: dict[str, str] = {}
    for code, name in COUNTRIES.items():
        known[country_word(str(name))] = known[code.casefold()] = known[countries.alpha3(code).casefold()] = code
    for code, name in Countries.COMMON_NAMES.items():
        known[country_word(str(name))] = code
    for language in LANGUAGES:
        translated = gettext.translation("django", TRANSLATIONS, [language], fallback=True)
        for code, name in COUNTRIES.items():
            known.setdefault(country_word(translated.gettext(str(name))), code)
    known.pop("", None)
    return known | OTHER_COUNTRY_NAMES


def country_word(text: str) -> str:
    """A country's name without accents, case and the marks in it."""
    return without_accents(fold(text)).replace("’", "'")


@cache
def country(text: str) -> str | None:
    """The two-letter code of a country given by code or name; None for nothing."""
    word = country_word(plain(text))
    if word == "na":
        raise Refused("NA may be Namibia or nothing: write NAM for Namibia, or leave the cell empty")
    if word in NOTHING:
        return None
    code = country_codes().get(word)
    if code is None:
        raise Refused(f"{clean(text, limit=300)[:60]!r} is no country that we know")
    return code


def place(text: str, *, codes: bool) -> tuple[str | None, str | None]:
    """City and country of a text such as "Berlin, Germany" or "Austin, Texas, United States".

    `codes` says that the last part may be a two-letter code; otherwise "Los
    Angeles, CA" is in no country that we can tell.
    """
    text = clean(text, limit=300)
    if plain(text) in NOTHING:
        return None, None
    parts = [part.strip() for part in text.split(",") if part.strip()]
    code = None
    if len(parts) > 1 and (codes or len(parts[-1]) > 3):
        try:
            code = country(parts[-1])
        except Refused:
            code = None
    return (parts[0][:200] if parts else None), code


def members(text: str, *, separator: str) -> tuple[str, ...]:
    """The names in a list, each once; separated as said, or quoted between brackets.

    A legal form that a comma cut off goes back to its name; "undisclosed" and
    the like are nobody.
    """
    if plain(text) in NOTHING:
        return ()
    if QUOTED_LIST.fullmatch(text.strip()):
        parts = [single or double for single, double in ITEM.findall(text)]
    else:
        parts = text.replace("\n", separator).split(separator)
    names: dict[str, str] = {}
    last = ""
    for part in parts:
        name = clean(part, limit=300).strip("'\" ")
        if last and LEGAL_FORM.fullmatch(name):
            names[last] = f"{names[last]}, {name}"
            continue
        key = fold(name)
        if key in NOTHING or NOBODY.fullmatch(key):
            continue
        names.setdefault(key, name)
        last = key
    return tuple(names.values())
