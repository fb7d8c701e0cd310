"""Where a provider stands on a day, item by item, with what is asked of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from app.domain.calendar import SchoolYear
from app.domain.compliance.catalogue import CATALOGUE, EvidenceBasis, EvidenceOwner, EvidenceType
from app.domain.compliance.expiry import ComplianceStatus, expiry, status, terms_known
from app.domain.compliance.policy import CompliancePolicy
from app.domain.provider_changes import StaffRole


@dataclass(frozen=True, slots=True)
class Record:
    """A piece of evidence that was recorded and not withdrawn. `person_id`: whose it is, where it is one person's."""

    id: UUID
    type: str
    given_on: date
    person_id: UUID | None = None
    edition: str | None = None
    stated: date | None = None
    evidence_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody does at the provider, both days inclusive. One person in two posts has one `person_id`."""

    staff_id: UUID
    person_id: UUID
    role: StaffRole
    from_on: date | None = None
    to_on: date | None = None

    def held(self, on: date) -> bool:
        """Whether it is held on a day."""
        return (self.from_on or date.min) <= on <= (self.to_on or date.max)


@dataclass(frozen=True, slots=True)
class Recommended:
    """One recommendation of an audit: by when, and when it was done."""

    due_on: date | None
    done_on: date | None


@dataclass(frozen=True, slots=True)
class ExternalAudit:
    """An external audit, the last day that it states for itself, and what it recommended."""

    id: UUID
    audited_on: date
    stated: date | None
    recommendations: tuple[Recommended, ...] = ()


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is known of a provider, and the school years by which its terms are counted."""

    records: Sequence[Record] = ()
    posts: Sequence[Post] = ()
    audits: Sequence[ExternalAudit] = ()
    years: Sequence[SchoolYear] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One thing asked of the provider and where that stands.

    Attributes:
        days_left: days until the last on which it holds; negative once it has expired.
        staff_id: whose it is, where each member of staff owes it.
        record_id: the record, audit or staff member by which it is met, or was last.
        record_type: the type of that record, which may be one that answers for this.
        terms_assumed: no calendar told the term that decides.
        blocks: without it the policy lets nobody plan a placement.
    """

    type: EvidenceType
    status: ComplianceStatus
    given_on: date | None = None
    expires_on: date | None = None
    days_left: int | None = None
    staff_id: UUID | None = None
    record_id: UUID | None = None
    record_type: str | None = None
    evidence_ids: tuple[UUID, ...] = ()
    terms_assumed: bool = False
    blocks: bool = False

    @property
    def met(self) -> bool:
        """Whether there is evidence that holds."""
        return self.status in (ComplianceStatus.VALID, ComplianceStatus.EXPIRING)


def position(
    types: Iterable[EvidenceType], holdings: Holdings, policy: CompliancePolicy, *, on: date
) -> tuple[Item, ...]:
    """Every item that a policy asks of the provider on a day, in the order of the types.

    Args:
        types: those in force on the day.
    """
    view = _View(holdings, policy, on)
    return tuple(
        replace(item, blocks=kind.code in policy.blocking)
        for kind in types
        if policy.asks(kind)
        for item in view.items(kind)
    )


def summary(items: Iterable[Item]) -> dict[ComplianceStatus, int]:
    """How many items stand where, each status named."""
    counted = Counter(item.status for item in items)
    return {each: counted[each] for each in ComplianceStatus}


def without_people(items: Iterable[Item]) -> tuple[Item, ...]:
    """One item of each type, the worst, and nothing by which a person or a record could be told."""
    order = list(ComplianceStatus)
    worst: dict[str, Item] = {}
    for item in items:
        known = worst.get(item.type.code)
        if known is None or _rank(order, item) > _rank(order, known):
            worst[item.type.code] = item
    return tuple(replace(each, staff_id=None, record_id=None, evidence_ids=()) for each in worst.values())


def _rank(order: list[ComplianceStatus], item: Item) -> tuple[int, int]:
    """How bad an item is; of two alike, the one that ends sooner is worse."""
    return order.index(item.status), -(item.expires_on or date.max).toordinal()


# --- one type after the other ---------------------------------------------------------------------------------------


# The types of the records by which each type is met: its own, and those that answer for it.
_TOLD_BY = {
    kind.code: frozenset({kind.code, *(each.code for each in CATALOGUE.types if each.answers == kind.code)})
    for kind in CATALOGUE.types
}


@dataclass(frozen=True, slots=True)
class _Rated:
    """A record, and the last day on which it holds."""

    record: Record
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class _View:
    holdings: Holdings
    policy: CompliancePolicy
    on: date

    def items(self, kind: EvidenceType) -> Iterator[Item]:
        match kind.basis:
            case EvidenceBasis.IN_POST:
                yield self._in_post(kind)
            case EvidenceBasis.AUDIT:
                yield self._audited(kind)
            case EvidenceBasis.RECOMMENDATIONS:
                yield self._followed_up(kind)
            case _:
                yield from self._recorded(kind)

    # --- what is recorded ---

    def _recorded(self, kind: EvidenceType) -> Iterator[Item]:
        told = _TOLD_BY.get(kind.code, (kind.code,))
        found = [self._rated(kind, each) for each in self.holdings.records if each.type in told]
        held = [each for each in found if each.record.given_on <= self.on]
        match kind.per:
            case EvidenceOwner.PROVIDER:
                yield self._best(kind, held)
            case EvidenceOwner.ANY:
                present = {each.person_id for each in self.holdings.posts if each.held(self.on)} | {None}
                yield self._best(kind, [each for each in held if each.record.person_id in present])
            case EvidenceOwner.EACH:
                yield from self._each(kind, held)

    def _each(self, kind: EvidenceType, found: Sequence[_Rated]) -> Iterator[Item]:
        """What each person in post owes; nobody's where nobody is known to be, so that it is not passed over."""
        together = [each for each in found if kind.together and each.record.person_id is None]
        owing = self._owing(kind)
        for person_id, posts in owing.items():
            mine = [each for each in found if each.record.person_id == person_id]
            # What was given to all together speaks for those who were in post that day.
            mine += [each for each in together if any(post.held(each.record.given_on) for post in posts)]
            yield replace(
                self._best(kind, mine), staff_id=next(post.staff_id for post in posts if self._owes(kind, post))
            )
        if not owing:
            yield self._best(kind, together)

    def _owing(self, kind: EvidenceType) -> dict[UUID, list[Post]]:
        """All the posts of each person who owes it."""
        owing = {each.person_id for each in self.holdings.posts if self._owes(kind, each)}
        posts: dict[UUID, list[Post]] = {}
        for post in self.holdings.posts:
            if post.person_id in owing:
                posts.setdefault(post.person_id, []).append(post)
        return posts

    def _owes(self, kind: EvidenceType, post: Post) -> bool:
        return post.held(self.on) and (not kind.roles or post.role in kind.roles)

    def _best(self, kind: EvidenceType, records: Sequence[_Rated]) -> Item:
        """By the record that holds longest."""
        if not records:
            return Item(kind, ComplianceStatus.MISSING)
        best = max(records, key=lambda each: (each.expires_on or date.max, each.record.given_on, each.record.id))
        record = best.record
        item = self._item(kind, record.given_on, best.expires_on, record.id)
        assumed = kind.basis is EvidenceBasis.PER_TERM and not terms_known(
            record.given_on, self.holdings.years, self.policy.term_model
        )
        return replace(item, record_type=record.type, evidence_ids=record.evidence_ids, terms_assumed=assumed)

    def _rated(self, kind: EvidenceType, record: Record) -> _Rated:
        expires_on = expiry(
            kind,
            record.given_on,
            policy=self.policy,
            years=self.holdings.years,
            edition=record.edition,
            stated=record.stated,
        )
        return _Rated(record, expires_on)

    def _item(self, kind: EvidenceType, given_on: date | None, expires_on: date | None, record_id: UUID) -> Item:
        return Item(
            kind,
            status(expires_on, on=self.on, warn_days=kind.warn_days),
            given_on,
            expires_on,
            None if expires_on is None else (expires_on - self.on).days,
            record_id=record_id,
        )

    # --- what is read from elsewhere ---

    def _in_post(self, kind: EvidenceType) -> Item:
        """Whoever holds the post longest, or held it last."""
        begun = [
            each for each in self.holdings.posts if each.role in kind.roles and (each.from_on or date.min) <= self.on
        ]
        if not begun:
            return Item(kind, ComplianceStatus.MISSING)
        post = max(begun, key=lambda each: (each.to_on or date.max, each.from_on or date.min, each.staff_id))
        return replace(self._item(kind, post.from_on, post.to_on, post.staff_id), staff_id=post.staff_id)

    def _audits(self) -> list[ExternalAudit]:
        return [each for each in self.holdings.audits if each.audited_on <= self.on]

    def _audited(self, kind: EvidenceType) -> Item:
        held = [
            (expiry(kind, each.audited_on, policy=self.policy, stated=each.stated), each.audited_on, each.id)
            for each in self._audits()
        ]
        if not held:
            return Item(kind, ComplianceStatus.MISSING)
        last, audited_on, audit_id = max(held, key=lambda each: (each[0] or date.max, *each[1:]))
        return self._item(kind, audited_on, last, audit_id)

    def _followed_up(self, kind: EvidenceType) -> Item:
        """By the recommendation that is due first; one without a day is to be done soon (SLA 2022: "swiftly")."""
        audits = self._audits()
        if not audits:
            return Item(kind, ComplianceStatus.MISSING)
        still = [
            (each.due_on or date.max, audit.audited_on, audit.id)
            for audit in audits
            for each in audit.recommendations
            if each.done_on is None or each.done_on > self.on
        ]
        if not still:
            latest = max(audits, key=lambda each: (each.audited_on, each.id))
            return self._item(kind, latest.audited_on, None, latest.id)
        due_on, audited_on, audit_id = min(still)
        item = self._item(kind, audited_on, None if due_on == date.max else due_on, audit_id)
        return item if item.status is ComplianceStatus.EXPIRED else replace(item, status=ComplianceStatus.EXPIRING)
