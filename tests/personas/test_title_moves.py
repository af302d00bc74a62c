"""A title that no changed line fits is read as before, to the last word of its evidence."""

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from personas.presets import preset_text
from personas.rules.document import Persona, parse
from personas.titles import VERSION, TitleMatcher, probe_of, touches
from tests.benchmarks.titles import distinct_titles

PERSONAS = parse(preset_text()).personas
LINES = sorted({line for each in PERSONAS for line in (*each.titles, *each.exclude)})
WORDS = (
    "senior", "lead", "head of", "vp", "intern", "former", "assistant to the", "product", "software", "data", "UX",
    "engineer", "developer", "designer", "manager", "analyst", "cook", "technician", "chief", "officer", "marketing",
    ",", "/", "and", "-", "(", ")", "at Example", "Entwicklerin", "directeur", "PM", "CPO", "fraud", "trust & safety",
)  # fmt: skip
NEW = ("technician", "head of cooks", "officer", "vp example", "pm", "chief cook and designer")

titles = st.one_of(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join),
    st.tuples(st.sampled_from(LINES), st.sampled_from(WORDS)).map(" ".join),
)


@st.composite
def edited(draw: st.DrawFn) -> tuple[Persona, ...]:
    """The personas of the preset with lines left out and added."""
    out = list(PERSONAS)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(out) - 1))
        excluding = draw(st.sampled_from([True, False]))
        lines = list(out[place].exclude if excluding else out[place].titles)
        if lines and draw(st.sampled_from([True, False])):
            del lines[draw(st.integers(0, len(lines) - 1))]
        new = draw(st.sampled_from(NEW))
        if new not in lines:
            lines.insert(draw(st.integers(0, len(lines))), new)
        changed = tuple(lines)
        out[place] = replace(out[place], exclude=changed) if excluding else replace(out[place], titles=changed)
    return tuple(out)


@settings(max_examples=60)
@given(edited(), st.lists(titles, min_size=20, max_size=60))
def test_what_no_changed_line_fits_is_read_as_before(after: tuple[Persona, ...], texts: Sequence[str]) -> None:
    probe = probe_of(PERSONAS, after)
    assert probe is not None
    one, other = TitleMatcher(PERSONAS), TitleMatcher(after)

    for text in texts:
        if not touches(probe, text):
            assert one.match(text) == other.match(text), text


@settings(max_examples=20)
@given(edited())
def test_a_line_that_changed_touches_itself(after: tuple[Persona, ...]) -> None:
    probe = probe_of(PERSONAS, after)
    assert probe is not None
    for was, becomes in zip(PERSONAS, after, strict=True):
        for line in set(was.titles) ^ set(becomes.titles):
            assert touches(probe, line), line


def test_what_is_read_otherwise_than_before_comes_with_a_new_version() -> None:
    texts = [*distinct_titles()[::40], *LINES, *(" ".join(pair) for pair in product(WORDS, WORDS))]
    matcher = TitleMatcher(
        (Persona("anybody", "Anybody", titles=("engineer", "manager"), exclude=("sales engineer",)),)
    )
    said = sha256(json.dumps([matcher.match(text).data() for text in texts]).encode()).hexdigest()[:12]

    assert (VERSION, said) == (1, "bd1df9eab10b"), "raise personas.titles.VERSION, so that stored titles are read anew"
