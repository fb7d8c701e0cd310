"""Which texts name staff, told by a table of sentences about invented people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.visits import staff_named
from tests.steps import steps

STAFF = (
    "Amber Green",
    "Mr William Young",
    "Grace O'Neill",
    "Siobhán Brádaigh",
    "Mark van der Berg",
    "Joanne Smith-Jones",
    "Patel, Priya",
    "May Taylor",
    "Faith Hope",
    "Will Baker QTS",
    "Minh Le",
    "Søren Łukasz",
    "Thomas James",
    "Li Ma",
)
NAMED, MAY, NOTHING = "staff_named", "may_name_staff", None

TABLE = [
    # full names
    ("The session of Amber Green was calm.", NAMED),
    ("AMBER GREEN LED THE SESSION", NAMED),
    ("amber green led the session", NOTHING),  # two common words in small letters: as good as any amber and green
    ("We spoke to Joanne Smith-Jones.", NAMED),
    ("We spoke to joanne smith jones.", NAMED),
    ("We spoke to Joanne Smith\u2011Jones.", NAMED),
    ("We spoke to Joanne\nSmith-Jones today.", NAMED),
    ("We spoke to Amber\r\nGreen today.", NAMED),
    ("Amber\n\nGreen spaces are used.", NOTHING),
    ("Then Ma came.", NAMED),
    ("Green, Amber", MAY),
    ("The lead is Patel, Priya.", NAMED),
    ("Mail priya.patel@example.org", NAMED),
    ("Mark van der Berg teaches here.", NAMED),
    ("A talk with Mark Van Der Berg.", NAMED),
    ("We met Faith Hope.", NAMED),
    ("Minh Le keeps the register.", NAMED),
    ("We met Will\tBaker", NAMED),
    ('Grace "Gracie" O\'Neill met us.', NAMED),
    # titles
    ("Mr Green keeps the register.", NAMED),
    ("Mr. Young keeps the register.", NAMED),
    ("MRS GREEN keeps the register.", NAMED),
    ("mr young keeps the register", NAMED),
    ("Ms\u00a0Green keeps the register.", NAMED),
    ("Miss Amber read to the group.", NAMED),
    ("pupils miss green spaces", NOTHING),
    ("Yes sir, will do.", NOTHING),
    ("Dr van der Berg advises.", NAMED),
    # initials
    ("A. Green led.", NAMED),
    ("Led by W Young.", NAMED),
    ("Led by J. A. Green.", NAMED),
    ("Led by J. B. Green.", MAY),
    ("The site flies A Green Flag.", MAY),
    ("A Green Flag flies over the site.", MAY),
    ("A green light was given.", NOTHING),
    ("Led by W.Baker.", NAMED),
    # surnames alone
    ("Then Patel joined.", NAMED),
    ("Patel joined.", NAMED),
    ("PATEL joined.", NAMED),
    ("then patel joined", MAY),
    ("O'Neill's room is bright.", NAMED),
    ("O’Neill’s room is bright.", NAMED),
    ("O NEILL was there.", NAMED),
    ("Oneill was there.", NAMED),
    ("Bradaigh was there.", NAMED),
    ("BRÁDAIGH was there.", NAMED),
    ("Bra\u0301daigh was there.", NAMED),
    ("Pa\u200btel was there.", NAMED),
    ("Lukasz was there.", NAMED),
    ("The work of Berg is good.", NAMED),
    ("The Taylor room", MAY),  # a given name too
    ("James worked hard.", MAY),
    ("Jones was there.", NAMED),
    # surnames that are words
    ("The rating is green.", NOTHING),
    ("Green: everything is as it should be.", NOTHING),
    ("Rating: Green", NOTHING),
    ("Red/Amber/Green", NOTHING),
    ("All is well. Green throughout.", NOTHING),
    ("The room was rated GREEN.", NOTHING),
    ("Then Green spoke to the pupils.", MAY),
    ("Young people feel safe.", NOTHING),
    ("Pupils said that Young listens.", MAY),
    ("- Young people feel safe\n- Green spaces are used", NOTHING),
    # given names
    ("Then Joanne helped.", MAY),
    ("Joanne helped.", MAY),
    ("SIOBHAN helped.", MAY),
    ("joanne helped", NOTHING),
    ("Then Grace helped.", MAY),
    ("Then Grace's group worked.", MAY),
    ("Grace was shown under pressure.", NOTHING),
    ("Staff will mark work in May with grace.", NOTHING),
    ("Pupils may hope.", NOTHING),
    ("Work done since May 2027", NOTHING),
    ("On 12 May it was open.", NOTHING),
    ("We asked May about it.", MAY),
    ("Will the plan hold? Mark schemes are used. Faith is respected. Hope is kept.", NOTHING),
    ("Pupils like Will a lot.", MAY),
    ("“Will it rain?” they asked.", NOTHING),
    # nobody
    ("", NOTHING),
    ("The provision is calm, and the rules are known.", NOTHING),
    ("A young baker is not a Bakersfield.", NOTHING),
    ("The van was late; le mot juste, du jour.", NOTHING),
    ("Berglund, Patelka and Greenwood are others.", NOTHING),
    ("12 3 4. ¶ — \u0000 \ud83d", NOTHING),
]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_a_text_is_told_from_one_that_names_staff(text: str, expected: str | None) -> None:
    told = [each.code for each in staff_named({"/at": text}, STAFF)]
    assert told[:1] == ([] if expected is None else [expected])
    if expected is not NAMED:
        assert NAMED not in told


def test_a_fault_says_the_same_whoever_is_named() -> None:
    told = [each for text, _ in TABLE for each in staff_named({"/at": text}, STAFF)]
    assert len({(each.code, each.detail) for each in told}) == 2
    assert {each.pointer for each in told} == {"/at"}


def test_each_text_is_told_of_once_for_each_code() -> None:
    texts = {
        "/judgements/overall/rationale": "Mr Green met Mr Green. Joanne and Priya met Patel.",
        "/judgements/section:outcomes/rationale": "All is well.",
        "/responses/criterion:pse": "Ask Joanne.",
    }
    assert [(each.code, each.pointer) for each in staff_named(texts, STAFF)] == [
        (NAMED, "/judgements/overall/rationale"),
        (MAY, "/judgements/overall/rationale"),
        (MAY, "/responses/criterion:pse"),
    ]


def test_without_a_list_of_staff_nobody_is_named() -> None:
    assert staff_named({"/at": "Mr Green met Amber."}, ()) == ()
    assert staff_named({"/at": "Mr Green met Amber."}, ("", " , ", "Mr", "12", "QTS")) == ()


@pytest.mark.parametrize("name", ["Zoltan", "Zoltan,", "Mr Zoltan", "Zoltan, MBE"])
def test_somebody_known_by_one_name_is_told_by_it(name: str) -> None:
    assert [each.code for each in staff_named({"/at": "Then Zoltan came."}, (name,))] == [NAMED]


@given(st.text(max_size=80), st.lists(st.text(max_size=20), max_size=4))
def test_any_text_and_any_list_are_read(text: str, staff: list[str]) -> None:
    assert {each.code for each in staff_named({"/at": text}, staff)} <= {NAMED, MAY}


@pytest.mark.parametrize(
    "piece", ["Amber ", "van ", "A. ", "'", "a'", "'s", "Smith-", "\n", "   ", "Mr ", "é", "Green, ", "Patel van "]
)
def test_the_work_grows_with_the_length_of_the_text(piece: str) -> None:
    staff = (*STAFF, *(f"Given{n} Surname" for n in range(1_000)))

    def work(length: int) -> int:
        return steps(lambda: staff_named({"/at": piece * (length // len(piece))}, staff))

    none, once, twice = work(0), work(20_000), work(40_000)
    assert twice - none <= 2.1 * (once - none) + 100
