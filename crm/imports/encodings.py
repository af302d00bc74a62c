"""Which encoding a file is in, told from its bytes."""

from collections import Counter
from typing import IO

BLOCK = 1 << 20
MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
NO_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or another archive: save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook: save the sheet as CSV"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "packed twice"),
    (b"SQLite format 3", "a database"),
)
LETTERS = frozenset("äöüßéèêëàâçñáíóúîïôûùìòãõåøæÄÖÜÉÈÅØÇÑÁÍÓÚ")
SIGNS = frozenset("’‘“”–—…€£®™©°«»·\xa0")
ASCII = bytes(range(128))
NOT_IN_CP1252 = frozenset({0x81, 0x8D, 0x8F, 0x90, 0x9D})


class NotATable(ValueError):
    """The file holds no table that can be read; the message says why and what would do."""


def encoding_of(data: IO[bytes]) -> str:
    """The encoding of a file: by its mark, else UTF-8, else cp1252 or Mac Roman, whose letters fit better.

    A file that is UTF-8 but for a few bytes is UTF-8: those bytes are refused
    where they stand. Raises NotATable for what is no text.
    """
    start = data.read(BLOCK)
    for mark, encoding in MARKS:
        if start.startswith(mark):
            return encoding
    for mark, what in NO_TEXT:
        if start.startswith(mark):
            raise NotATable(f"is no table but {what}")
    if sideways := wide_without_mark(start[:4096]):
        return sideways
    if start[:4096].count(0) > len(start[:4096]) // 20:
        raise NotATable("is no text: many of its bytes are 0")
    high: Counter[int] = Counter()
    valid = broken = carriage = lines = 0
    tail = b""
    while start:
        block, tail = whole_letters(tail + start)
        letters = block.translate(None, ASCII)
        high.update(letters)
        if letters:
            text = block.decode("utf-8", "surrogateescape")
            wrong = sum("\udc80" <= letter <= "\udcff" for letter in text) if not is_utf8(block) else 0
            broken += wrong
            valid += len(text) - wrong - (len(block) - len(letters))
        carriage += block.count(b"\r")
        lines += block.count(b"\n")
        start = data.read(BLOCK)
    broken += not is_utf8(tail)
    if broken * 10 <= valid:
        return "utf-8"
    return single_byte(high, mac=carriage > 0 and not lines)


def is_utf8(block: bytes) -> bool:
    """Whether these bytes are UTF-8."""
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def whole_letters(block: bytes) -> tuple[bytes, bytes]:
    """The block up to the last whole letter, and the start of the one that it cuts."""
    for back in range(1, min(4, len(block)) + 1):
        byte = block[-back]
        if byte < 0x80:
            break
        if byte >= 0xC0:
            needs = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return (block[:-back], block[-back:]) if needs > back else (block, b"")
    return block, b""


def wide_without_mark(start: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of plain text is 0."""
    if len(start) < 4:
        return None
    even, odd = start[::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    return None


def single_byte(high: Counter[int], *, mac: bool) -> str:
    """The encoding of one byte a letter that gives these bytes the likelier letters.

    `mac` says that lines end as they only did on a Macintosh.
    """
    if mac:
        return "mac_roman"
    fits = {encoding: fit(high, encoding) for encoding in ("cp1252", "mac_roman")}
    if fits["mac_roman"] > fits["cp1252"]:
        return "mac_roman"
    return "latin-1" if high.keys() & NOT_IN_CP1252 else "cp1252"


def fit(high: Counter[int], encoding: str) -> float:
    """How much these bytes look like writing in an encoding: for common letters, against rare ones."""
    total = 0.0
    for byte, times in high.items():
        letter = bytes([byte]).decode(encoding, "replace")
        worth = 1.0 if letter in LETTERS else 0.8 if letter in SIGNS else -2.0 if letter == "\ufffd" else -0.5
        total += worth * times
    return total
