"""What both Django frameworks share: who asks, what they see, and the rules on the rows."""

# mypy: ignore-errors

import os
from dataclasses import replace
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Prefetch, Q
from jose import JWTError, jwt

from app.domain.placements import StatedWeek, arrangement_from
from benchmarks import reference
from benchmarks.peers.models import Membership, Placement, Provider, Pupil

KEY, ISSUER = os.environ["PUBLIC_KEY"], os.environ["ISSUER"]
FIELDS = [
    *("id", "provider_id", "site_id", "pupil_id", "commissioner_id", "home_school_id", "source", "external_id"),
    *("starts_on", "ends_on", "end_reason", "arrangements", "sole_provision", "main_responsibility"),
    *("placement_reason", "attendance_pattern", "sen_provision_entry", "sen_provision_leaving", "ap_setting_type"),
    *("goal", "version", "created_at", "updated_at"),
]


class Refused(Exception):
    """An answer other than the one that was asked for."""

    def __init__(self, status):
        super().__init__(status)
        self.status = status


def now():
    """The present instant."""
    return datetime.now(UTC)  # noqa: TID251 - not the product


def organisation_of(token):
    """The organisation spoken for, by the token and the membership."""
    try:
        claims = jwt.decode(token, KEY, algorithms=["ES256"], audience=ISSUER, issuer=ISSUER)
    except JWTError:
        return None
    member = (
        Membership.objects.select_related("organisation")
        .filter(issuer=claims["iss"], subject=claims["sub"], organisation_id=claims["org"], revoked_at__isnull=True)
        .first()
    )
    return member.organisation if member else None


def seen(me):
    """The placements that an organisation sees."""
    commissioned = Q(commissioner_id=me.id) | Q(shared_with_ids__contains=[me.id])
    return {
        "partnership": commissioned,
        "school": Q(commissioner_id=me.id) | Q(pupil_owner_id=me.id),
        "local_authority": commissioned | Q(home_la_code=me.la_code),
        "provider": Q(provider_id=me.id),
    }[me.kind]


def one(me, placement_id):
    """One placement that an organisation sees."""
    found = Placement.objects.filter(seen(me), id=placement_id).first()
    if found is None:
        raise Refused(404)
    return found


def page(me, provider_id, cursor, limit):
    """A page of placements, and where the list goes on."""
    found = Placement.objects.filter(seen(me)).order_by("id")
    if provider_id:
        found = found.filter(provider_id=provider_id)
    if cursor:
        found = found.filter(id__gt=cursor)
    rows = list(found[: limit + 1])
    more = len(rows) > limit
    return rows[:limit], {"next_cursor": str(rows[limit - 1].id) if more else None, "has_more": more}


def told(provider_id):
    """The records of the children who are or were here, and their placements, wherever."""
    live = Placement.objects.exclude(status=reference.CANCELLED)
    here = live.filter(provider_id=provider_id).values("pupil__child_id")
    placed = Prefetch("placements", queryset=live.select_related("provider", "pupil"))
    records = list(Pupil.objects.filter(child_id__in=here, merged_into_id__isnull=True).prefetch_related(placed))
    return records, [row for record in records for row in record.placements.all()]


def facts(me, provider, records, placements):
    """What the engine reads."""
    provider.declarations = list(provider.told.all())
    return reference.facts_of(provider, placements, records, me.rulesets)


def status(me, provider_id):
    """Where a provider stands today."""
    provider = Provider.objects.filter(id=provider_id).first()
    if provider is None:
        raise Refused(404)
    if me.kind != "partnership":
        raise Refused(403)
    records, placements = told(provider_id)
    sees = {row.id for row in placements if me.id == row.commissioner_id or me.id in row.shared_with_ids}
    at = now()
    found = reference.check(provider, facts(me, provider, records, placements), sees.__contains__, on=at.date())
    return found | {"created_at": at}


@transaction.atomic
def record(me, said):
    """A placement recorded: lock, insert, rows to Python, decide."""
    pupil = Pupil.objects.filter(id=said["pupil_id"]).first()
    if pupil is None or me.id not in (pupil.owner_id, *pupil.shared_with_ids):
        raise Refused(404)
    provider = Provider.objects.select_for_update(no_key=True).filter(id=said["provider_id"]).first()
    if provider is None:
        raise Refused(404)
    row = drawn(me, said, pupil)
    row.save(force_insert=True)
    after = facts(me, provider, *told(provider.id))
    before = replace(after, placements=tuple(each for each in after.placements if each.placement_id != row.id))
    refused, row.registration, alerts = reference.decide(before, after, row, today=now().date())
    if refused and me.threshold_policy == "block":
        raise Refused(409)
    row.save(update_fields=["registration"])
    return row, alerts


def drawn(me, said, pupil):
    """The row as it is to be."""
    slots = tuple({"weeks": "every", "site_id": None, **slot} for slot in said["timetable"])
    week = arrangement_from(StatedWeek(timetable=slots), from_on=said["starts_on"], session_minutes=195)
    return Placement(
        provider_id=said["provider_id"],
        pupil=pupil,
        pupil_owner_id=pupil.owner_id,
        commissioner_id=me.id,
        shared_with_ids=pupil.shared_with_ids,
        status="proposed" if said["starts_on"] > now().date() else "active",
        starts_on=said["starts_on"],
        ends_on=said.get("ends_on"),
        arrangements=[week],
        **{name: week[name] for name in reference.WEEK},
    )


def shown(row, me, alerts=()):
    """What of a placement is not in its columns."""
    mine = row.commissioner_id == me.id
    return reference.shown(row, on=now().date(), mine=mine) | {"alerts": list(alerts)}
