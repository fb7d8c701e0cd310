"""What a record of an external audit must keep to."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.errors import Fault, Invalid


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What an audit recommends, and when it was done; its key is for good (SLA 2022, Learner Safety 2)."""

    key: str
    done_on: date | None


@dataclass(frozen=True, slots=True)
class Audited:
    """When an audit was done, the last day on which it holds (None: not told), and what it recommends."""

    audited_on: date
    valid_until_on: date | None
    recommendations: Sequence[Recommendation]


def ensure_sound(audit: Audited, *, sent: Container[str], today: date) -> None:
    """Refuse an audit of a day to come, one that ends before it, and recommendations that cannot be told apart.

    Args:
        sent: the fields that the record was last told.

    Raises:
        Invalid: `audit_invalid`, with every fault.
    """
    if faults := tuple(_faults(audit, sent, today)):
        raise Invalid("The record of the audit cannot be right.", code="audit_invalid", errors=faults)


def _faults(audit: Audited, sent: Container[str], today: date) -> Iterator[Fault]:
    if audit.audited_on > today:
        yield Fault("in_the_future", "An audit is recorded when it has been done.", pointer="/audited_on")
    if audit.valid_until_on is not None and audit.valid_until_on < audit.audited_on:
        pointer = "/valid_until_on" if "valid_until_on" in sent else "/audited_on"
        yield Fault("ends_before_start", "An audit holds at least on its own day.", pointer=pointer)
    seen: set[str] = set()
    for at, each in enumerate(audit.recommendations):
        if each.key in seen:
            yield Fault("key_repeated", "Another recommendation has this key.", pointer=f"/recommendations/{at}/key")
        if each.done_on is not None and each.done_on > today:
            detail = "What is done has been done today or before."
            yield Fault("in_the_future", detail, pointer=f"/recommendations/{at}/done_on")
        seen.add(each.key)
