"""What a record of evidence must keep to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.domain.compliance.catalogue import CATALOGUE, RECORDED, EvidenceBasis, EvidenceOwner
from app.domain.compliance.expiry import edition_of
from app.domain.errors import Fault, Invalid


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of evidence as it is told: its type, the day it was given, and what it says of itself."""

    type: str
    given_on: date
    staff_id: UUID | None = None
    edition: str | None = None
    valid_until_on: date | None = None


def ensure_recordable(said: Said, *, today: date) -> None:
    """Refuse what is no evidence of its type.

    Raises:
        Invalid: `evidence_type_unknown`, `compliance_item_invalid` with every fault, `edition_unknown`.
    """
    kind = CATALOGUE.find(said.type, today)
    if kind is None or kind.basis not in RECORDED:
        fault = Fault("evidence_type_unknown", "No evidence of such a type is recorded.", pointer="/type")
        raise Invalid("There is no such type.", code="evidence_type_unknown", errors=(fault,))
    if faults := tuple(_faults(said, today)):
        raise Invalid("This is no evidence of its type.", code="compliance_item_invalid", errors=faults)
    if kind.basis is EvidenceBasis.PER_EDITION:
        edition_of(kind, said.given_on, said.edition)


def _faults(said: Said, today: date) -> Iterator[Fault]:
    kind = CATALOGUE.find(said.type, today)
    assert kind is not None
    if said.given_on > today:
        yield Fault("in_the_future", "Evidence is recorded when it has been given.", pointer="/given_on")
    if said.valid_until_on is not None and said.valid_until_on < said.given_on:
        yield Fault("ends_before_start", "It holds at least on its own day.", pointer="/valid_until_on")
    if kind.per is EvidenceOwner.PROVIDER and said.staff_id is not None:
        yield Fault("not_personal", "This is evidence of the provider, of nobody on its staff.", pointer="/staff_id")
    if kind.per is EvidenceOwner.EACH and not kind.together and said.staff_id is None:
        yield Fault("person_missing", "Say which member of staff it is of.", pointer="/staff_id")
    if kind.basis is not EvidenceBasis.PER_EDITION and said.edition is not None:
        yield Fault("no_editions", "Evidence of this type has no editions.", pointer="/edition")
