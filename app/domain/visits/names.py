"""Whether texts name people whom a report does not name: staff (QA policy v8, Quality Assurance Procedures), pupils."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import Fault

_DETAILS = {
    "staff_named": "A member of the provider's staff is named; the report speaks of the provision.",
    "may_name_staff": "This may name a member of the provider's staff; the report speaks of the provision.",
    "pupil_named": "A pupil is named; the report singles nobody out.",
    "may_name_pupil": "This may name a pupil; the report singles nobody out.",
}

# Titles that are ordinary words, or stand for a person by themselves: a name after them has a capital.
_SPOKEN_TITLES = frozenset(
    {"brother", "dame", "dr", "father", "lady", "lord", "madam", "miss", "prof", "professor", "rev", "sir", "sister"}
)
_TITLES = _SPOKEN_TITLES | {"mr", "mrs", "ms", "mx"}
_PARTICLES = frozenset(
    {"al", "ap", "bin", "da", "de", "del", "den", "der", "di", "dos", "du", "el", "ibn", "la", "le", "st", "van", "von"}
)
_LETTERS_AFTER = frozenset({"ba", "bed", "bsc", "jr", "ma", "mba", "mbe", "med", "msc", "obe", "pgce", "phd", "qts"})
_BEFORE_A_MONTH = frozenset(
    {"by", "during", "early", "from", "in", "last", "late", "mid", "next", "of", "since", "this", "to", "until"}
)

_LONGEST = 4  # words of a surname before its last, so that no text takes longer than its length
_MONTHS = frozenset({"april", "august", "january", "june", "march", "may"})


def _listed(name: str) -> frozenset[str]:
    return frozenset(Path(__file__).with_name(name).read_text(encoding="utf-8").split())


# Common words, colours, months and places that are names too, and the words that short surnames look like.
_ORDINARY = _listed("ordinary-words.txt")
# Surnames that are given names too: alone they may be a pupil's.
_GIVEN_TOO = _listed("given-words.txt")

_WORD = re.compile(r"\d+|[^\W\d_]+(?:'[^\W\d_]+)*")
_ALIKE = str.maketrans(
    dict.fromkeys("“”„", '"')
    | dict.fromkeys("‘’ʼʹ`´＇′", "'")
    | dict.fromkeys("‐‑‒–—−", "-")
    | {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ı": "i"}
    | {"æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "þ": "th", "Þ": "Th"}
)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a text: as compared, as written, and what stands between it and the word before (None: it is first)."""

    plain: str
    written: str
    before: str | None

    @property
    def capital(self) -> bool:
        return self.written[:1].isupper()

    @property
    def emphasis(self) -> bool:
        """Whether it is written in capitals throughout, which says nothing of its being a name."""
        return len(self.written) > 1 and self.written.isupper()


@dataclass(frozen=True, slots=True)
class _People:
    """The words of people's names: each surname with the given names that go with it, and all given names."""

    surnames: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    given: set[str] = field(default_factory=set)


def staff_named(texts: Mapping[str, str], staff: Iterable[str]) -> tuple[Fault, ...]:
    """Where texts (by JSON pointer) name any of the staff (names as written, "Given Surname" or "Surname, Given").

    `staff_named`: a surname with its given name, title or initial, or alone where it is nothing else than a surname.
    `may_name_staff`: a given name alone, or a surname that is an ordinary word or a given name too, and is written as
    a name. At most one fault of each code per text; neither repeats the name. Accents, apostrophes, hyphens, capitals
    and line breaks do not hide a name. The time taken grows with the length of the texts, not with the staff.
    """
    return _faults(texts, staff, named="staff_named", may_name="may_name_staff")


def pupils_named(texts: Mapping[str, str], pupils: Iterable[str]) -> tuple[Fault, ...]:
    """Where texts name any of the pupils, as `staff_named` tells it of staff: `pupil_named`, `may_name_pupil`."""
    return _faults(texts, pupils, named="pupil_named", may_name="may_name_pupil")


def _faults(texts: Mapping[str, str], people: Iterable[str], *, named: str, may_name: str) -> tuple[Fault, ...]:
    known = _known(people)
    told = ((pointer, set(_found(_words(text), known))) for pointer, text in texts.items())
    return tuple(
        Fault(code, _DETAILS[code], pointer=pointer)
        for pointer, found in told
        for surely, code in ((True, named), (False, may_name))
        if surely in found
    )


# --- words ----------------------------------------------------------------------------------------------------------


def _words(text: str) -> list[_Word]:
    """The words and numbers of a text, without possessives, accents and what cannot be seen."""
    folded = _folded(text)
    words: list[_Word] = []
    end: int | None = None
    for match in _WORD.finditer(folded):
        written = re.sub(r"'[sS]$", "", match[0])
        before = None if end is None else folded[end : match.start()]
        words.append(_Word(written.casefold().replace("'", ""), written, before))
        end = match.end()
    return words


def _folded(text: str) -> str:
    if text.isascii():
        return text.translate(_ALIKE)
    apart = unicodedata.normalize("NFKD", text.translate(_ALIKE))
    return "".join(each for each in apart if unicodedata.category(each) not in ("Mn", "Cf"))


def _known(people: Iterable[str]) -> _People:
    known = _People()
    for name in people:
        family, comma, first = name.partition(",")
        given = [each for each in _words(first) if each.plain not in _LETTERS_AFTER]
        surname = [each for each in _words(family) if each.plain not in _TITLES]
        # "Jane Smith QTS", but "Li Ma".
        while len(surname) > 2 and surname[-1].plain in _LETTERS_AFTER:
            surname.pop()
        if not comma or not given:
            given, surname = _split(surname)
        firsts = {each.plain for each in given if each.plain not in _TITLES}
        known.given.update(each for each in firsts if len(each) > 1)
        for each in surname:
            # Of "van der Berg" the last word is told from others, of "Le" the only one.
            if len(surname) == 1 or each.plain not in _PARTICLES:
                for plain in (each.plain, *_without_prefix(each)):
                    known.surnames[plain] |= firsts
    return known


def _split(name: list[_Word]) -> tuple[list[_Word], list[_Word]]:
    """Given names and surname: the last word, with what a hyphen or a particle ("van der") joins to it."""
    at = len(name) - 1
    while at > 1 and (name[at].before == "-" or name[at - 1].plain in _PARTICLES):
        at -= 1
    return name[: max(at, 0)], name[max(at, 0) :]


def _without_prefix(word: _Word) -> Iterator[str]:
    """What follows the apostrophe of a surname: "O'Neill" is written "O Neill" as well."""
    _, apostrophe, rest = word.written.casefold().rpartition("'")
    if apostrophe and len(rest) > 2:
        yield rest


# --- what is found --------------------------------------------------------------------------------------------------


def _found(words: list[_Word], known: _People) -> Iterator[bool]:
    """Of each name in a text, whether it is surely one."""
    for at, word in enumerate(words):
        firsts = known.surnames.get(word.plain)
        is_given = word.plain in known.given
        if firsts is None and not is_given:
            continue
        if _titled(words, at) or (firsts and _complete(words, at, firsts)):
            yield True
        elif firsts is not None and word.plain not in _ORDINARY and word.plain not in _GIVEN_TOO:
            yield word.capital
        elif _as_a_name(words, at):
            yield False


def _begins(words: list[_Word], at: int) -> int:
    """Where the surname that a word belongs to begins: at "van" in "van der Berg", at "Smith" in "Smith-Jones"."""
    least = max(1, at - _LONGEST)
    while at > least and (words[at].before == "-" or (words[at - 1].plain in _PARTICLES and _joined(words[at]))):
        at -= 1
    return at


def _titled(words: list[_Word], at: int) -> bool:
    """Whether a title stands before a name ("Mr Green", "Ms. van Dyke"); "miss" may be a verb, "sir" no title."""
    first = _begins(words, at)
    if first == 0 or not _joined(words[first], dotted=True):
        return False
    title = words[first - 1].plain
    return title in _TITLES and (words[at].capital or title not in _SPOKEN_TITLES)


def _complete(words: list[_Word], at: int, firsts: set[str]) -> bool:
    """Whether a surname stands with a given name or an initial: "Amber Green", "A. Green", "Green, Amber"."""
    first, after = _begins(words, at), words[at + 1 : at + 2]
    if first > 0 and _follows(words[first - 1], words[first], words[at], firsts):
        return True
    # "Green, Amber or Red" is no Amber Green.
    return any(
        each.plain in firsts
        and (each.before or "").strip() == ","
        and words[at].capital
        and each.capital
        and not _both_ordinary(words[at], each)
        for each in after
    )


def _follows(other: _Word, first: _Word, surname: _Word, firsts: set[str]) -> bool:
    """Whether a surname, from its first word on, follows a given name or its initial."""
    if len(other.plain) > 1:
        capitals = surname.capital and other.capital
        joined = first.before in (".", "_") or _joined(first)  # as in an address, joanne.green@
        return other.plain in firsts and joined and (capitals or not _both_ordinary(surname, other))
    initial = other.capital and any(each.startswith(other.plain) for each in firsts)
    # "A Green Flag" is no A. Green.
    article = _both_ordinary(surname, other) and "." not in (first.before or "")
    return initial and surname.capital and not article and _joined(first, dotted=True)


def _both_ordinary(one: _Word, other: _Word) -> bool:
    return one.plain in _ORDINARY and other.plain in _ORDINARY


def _joined(word: _Word, *, dotted: bool = False) -> bool:
    """Whether a word goes on from the one before, over blanks, quotes, one line break, an abbreviation's dot."""
    gap = word.before or ""
    bare = "".join(gap.split()).strip("\"()*_'")
    return gap.count("\n") < 2 and (not bare or (dotted and bare == "."))


def _as_a_name(words: list[_Word], at: int) -> bool:
    """Whether a word alone is written as a name: with a capital that nothing but a name explains."""
    word = words[at]
    if not word.capital or word.plain not in _ORDINARY:
        return word.capital
    if word.before is None or word.emphasis:
        return False
    last = words[at - 1]
    abbreviated = len(last.written) == 1 and last.capital and word.before.strip() == "."
    begins = any(mark in word.before for mark in '.!?:;•\n"/-') and not abbreviated
    return not begins and not (word.plain in _MONTHS and _of_a_date(words, at))


def _of_a_date(words: list[_Word], at: int) -> bool:
    beside = [each.plain for each in (words[at - 1], *words[at + 1 : at + 2])]
    return beside[0] in _BEFORE_A_MONTH or any(each.isdigit() for each in beside)
