"""The visits of the small county, what was written on them, and what follows."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from app.db.base import now
from app.db.concerns import Concern, Decision, DecisionAcknowledgement, ExitPlan, Reliance
from app.db.evidence import Evidence
from app.db.placements import Placement
from app.db.staff import ProviderAudit, ProviderChange, StaffMember
from app.db.visits import STATUSES, Judgement, Visit, VisitComment, VisitResponse, VisitVersion, part_of
from app.domain.evidence import NO_VISIT
from app.domain.visit_reports import Stage, content_hash, document
from tests.access.organisations import PROVIDERS
from tests.access.placed import DAY
from tests.reports.samples import LEICESTERSHIRE, sample

# After every placement has begun: a decision refuses those that begin later.
DECIDED, LEFT_BY = date(2026, 2, 5), date(2199, 12, 31)
# What belongs to no visit like this, so that every part of a policy has a row to decide about.
STRAY_RESPONSES = (("elm", "observer"), ("oak", "provider"), ("forge", "observer"), ("yard", "provider"))
STRAY_COMMENTS = ("elm", "yard")

# Provider, status, kind, who leads, who visits besides, networks, area.
Told = tuple[str, str, str, str, tuple[str, ...], tuple[str, ...], str | None]
VISITS: tuple[Told, ...] = (
    *(("forge", status, "qa_visit", "east", ("oak",), ("county",), "855") for status in STATUSES),
    ("barn", "planned", "follow_up", "west", ("ash", "east"), ("border",), "856"),
    ("barn", "draft_shared", "learning_walk", "west", ("ash",), ("border",), "856"),
    ("barn", "finalised", "qa_visit", "west", ("ash",), ("border",), "856"),
    ("yard", "finalised", "qa_visit", "shire", (), (), "855"),
    *(
        ("yard", status, "qa_visit", name, (), (), "855")
        for name in ("oak", "shire")
        for status in ("planned", "visited")
    ),
    ("yard", "finalised", "joint_observation", "elm", ("east",), ("county", "border"), None),
)

Ids = dict[str, UUID]

FILE = b"Said.\n"


def made(ids: Ids, networks: Ids, issuer: str) -> Iterator[SQLModel]:
    """Every visit, each followed by its parts: what an organisation says, its lead has said."""
    for told in VISITS:
        provider, status, kind, lead, others, shared, area = told
        visit = Visit(
            provider_id=ids[provider],
            framework_id="leics-seip-qa-v1",
            programme_id="leics-seip-qa-v1",
            kind=kind,
            status=status,
            lead_organisation_id=ids[lead],
            team_ids=[ids[each] for each in (lead, *others)],
            network_ids=[networks[each] for each in shared],
            la_code=area,
        )
        yield visit
        stray = provider == "forge"
        sides = [*((each, "observer") for each in (lead, *others)), (provider, "provider")]
        yield from _responses(visit, ids, (*sides, *(STRAY_RESPONSES if stray else ())), issuer)
        yield from _comments(visit, ids, (*others, provider, *(STRAY_COMMENTS if stray else ())))
        yield from _findings(visit)
        for name in (lead, *others, provider):
            yield _file(part_of(visit), ids[name])


def apart(ids: Ids) -> Iterator[SQLModel]:
    """A file of everybody's about a provider, and apart from any visit."""
    for name in ids:
        provider_id = ids[name if name in PROVIDERS else "forge"]
        part = {"visit_id": None, "provider_id": provider_id, "visit_status": NO_VISIT, "la_code": "855"}
        yield _file(part, ids[name])


def _file(part: dict[str, Any], organisation_id: UUID) -> Evidence:
    sha256 = hashlib.sha256(FILE).hexdigest()
    return Evidence(
        **part,
        organisation_id=organisation_id,
        side="provider" if organisation_id == part["provider_id"] else "observer",
        media_type="text/plain",
        size=len(FILE),
        sha256=sha256,
        sent_sha256=sha256,
        scan="clean",
        uploaded_by="x",
    )


def _responses(visit: Visit, ids: Ids, sides: Iterable[tuple[str, str]], issuer: str) -> Iterator[SQLModel]:
    for name, side in sides:
        said: dict[str, Any] = {"item_key": "criterion:safety-observed", "author": f"{issuer}|{name}-lead"}
        yield VisitResponse(**part_of(visit), **said, side=side, organisation_id=ids[name], text="Seen.")


def _comments(visit: Visit, ids: Ids, names: Iterable[str]) -> Iterator[SQLModel]:
    for name in names:
        yield VisitComment(**part_of(visit), kind="comment", text="Said.", organisation_id=ids[name], author=name)


def _findings(visit: Visit) -> Iterator[SQLModel]:
    """A judgement, a concern, and a version of either stage."""
    part = part_of(visit)
    said: dict[str, Any] = {
        "framework_id": visit.framework_id,
        "level": "section",
        "key": "learner-safety",
        "scale": "leics-seip-rag",
    }
    yield Judgement(**part, **said, rating="red", made_by="x", made_at=now())
    raiser = visit.team_ids[-1]
    yield Concern(**part, organisation_id=raiser, title="Red", rating="red", detail="x", raised_by="x")
    for number, stage in enumerate(Stage, start=1):
        report = sample(LEICESTERSHIRE, stage, number=number, sections=())
        content = document(replace(report, visit=replace(report.visit, id=visit.id)))
        told: dict[str, Any] = {"content": content, "content_hash": content_hash(content)}
        yield VisitVersion(**part, **told, stage=stage.value, number=number, made_by="x")


def followed(ids: Ids, networks: Ids, visits: Iterable[Visit], placements: Iterable[Placement]) -> Iterator[SQLModel]:
    """What rests on the visits, or on no visit."""
    final = [visit for visit in visits if visit.status == "finalised"]
    for visit, name in (*zip(final, ("west", "shire", "oak", "city"), strict=True), (final[0], "shire")):
        yield Reliance(
            visit_id=visit.id,
            provider_id=visit.provider_id,
            organisation_id=ids[name],
            lead_organisation_id=visit.lead_organisation_id,
            relied_on=DAY,
            reason="Recent.",
        )
    for status in ("visited", "finalised"):
        yield Concern(
            visit_id=None,
            provider_id=ids["forge"],
            visit_status=status,
            team_ids=[ids["east"]],
            network_ids=[networks["county"]],
            la_code="855",
            organisation_id=ids["east"],
            title="Heard",
            detail="x",
            raised_by="x",
        )
    yield from _decisions(ids, list(placements))
    yield from _known(ids)


def _decisions(ids: Ids, placements: list[Placement]) -> Iterator[SQLModel]:
    for name, provider in (("east", "forge"), ("shire", "barn")):
        decision = Decision(
            provider_id=ids[provider],
            organisation_id=ids[name],
            kind="withdraw_pupils",
            reason="x",
            effective_on=DECIDED,
            withdraw_by_on=LEFT_BY,
            decided_by="x",
        )
        yield decision
        for reader in ("oak", "west", provider):
            yield DecisionAcknowledgement(
                decision_id=decision.id, organisation_id=ids[reader], decided_by_id=ids[name], acknowledged_by="x"
            )
        leaving = {each.commissioner_id: each for each in placements if each.provider_id == ids[provider]}
        for commissioner, placement in leaving.items():
            yield ExitPlan(
                decision_id=decision.id,
                placement_id=placement.id,
                provider_id=ids[provider],
                organisation_id=commissioner,
                leave_by_on=DAY,
                plan="x",
            )


def _known(ids: Ids) -> Iterator[SQLModel]:
    """What is known of two providers besides."""
    for name, by in (("forge", "east"), ("barn", "shire")):
        yield StaffMember(provider_id=ids[name], name="Ada Invented", role="dsl")
        yield ProviderChange(provider_id=ids[name], kind="dsl", changed_on=DAY)
        yield ProviderAudit(provider_id=ids[name], organisation_id=ids[by], body="LEBC", audited_on=DAY)
