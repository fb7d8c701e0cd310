"""Sharing a pupil's record with those who manage its programme, and ending that."""

import asyncio

from sqlalchemy import select
from sqlmodel import col

from app.db.base import new_id
from app.db.placements import Placement
from app.db.pupils import Pupil
from app.db.records import Audit, Event
from app.domain.access import Caller
from tests.given import Given, week
from tests.sharing import placed, readers, shared


async def test_a_share_opens_the_record_and_its_placements_until_it_is_revoked(given: Given) -> None:
    school, partnership, authority = await given.school(), await given.partnership(), await given.authority()
    provider = await given.provider(partnership)
    made, other = await given.pupil(school, "ehcp", source="sims", external_id="1"), await given.pupil(school)
    path = f"/v1/pupils/{made['id']}"
    # Two commissioners: the school cannot change the second one's placement, and yet shares it.
    placements = [await placed(given, made, provider, by) for by in (school, authority)]
    apart = await placed(given, other, provider, school)
    assert (await partnership.get(path)).status_code == 404
    share = await shared(school, made, partnership)
    assert share["revoked_at"] is None
    assert (await partnership.get(path)).json() == made | {"source": None, "external_id": None}
    assert [each["id"] for each in (await partnership.get("/v1/pupils")).json()["data"]] == [made["id"]]
    seen = await readers(given, Placement)
    assert [seen[each] for each in (*placements, apart)] == [{partnership.organisation_id}] * 2 + [set()]
    ended = await school.send("DELETE", f"{path}/shares/{share['id']}")
    assert ended.status_code == 200
    assert ended.json()["revoked_at"] is not None
    assert (await partnership.get(path)).status_code == 404
    assert set(map(frozenset, (await readers(given, Placement)).values())) == {frozenset()}
    again = await school.send("DELETE", f"{path}/shares/{share['id']}")
    assert again.json() == ended.json()
    assert (await shared(school, made, partnership))["id"] != share["id"]
    listed = (await school.get(f"{path}/shares")).json()["data"]
    assert [each["revoked_at"] is None for each in listed] == [False, True]
    assert (await school.get(path)).json() == made


async def test_revoking_one_share_leaves_the_others(given: Given) -> None:
    school, first, second = await given.school(), await given.partnership(), await given.authority(la_code="830")
    made = await given.pupil(school)
    share = await shared(school, made, first)
    await shared(school, made, second)
    assert (await second.get(f"/v1/pupils/{made['id']}/shares")).json()["data"] == [
        each | {"purpose": "Referral"}
        for each in (await school.get(f"/v1/pupils/{made['id']}/shares")).json()["data"]
        if each["organisation_id"] == str(second.organisation_id)
    ]
    await school.send("DELETE", f"/v1/pupils/{made['id']}/shares/{share['id']}")
    assert (await readers(given, Pupil))[made["id"]] == {second.organisation_id}
    assert (await second.get(f"/v1/pupils/{made['id']}")).status_code == 200


async def test_a_pupil_is_shared_with_another_partnership_or_authority_once(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    made, own = await given.pupil(school), await given.pupil(partnership)
    for by, pupil, reader in (
        (school, made, str((await given.school()).organisation_id)),
        (school, made, provider["id"]),
        (school, made, str(new_id())),
        (partnership, own, str(partnership.organisation_id)),
    ):
        answer = await by.post(f"/v1/pupils/{pupil['id']}/shares", {"organisation_id": reader, "purpose": "x"})
        assert (answer.status_code, answer.json()["code"]) == (422, "reader_not_eligible")
        assert answer.json()["errors"][0]["pointer"] == "/organisation_id"
    said = {"organisation_id": str(partnership.organisation_id), "purpose": "x"}
    answers = await asyncio.gather(*(school.post(f"/v1/pupils/{made['id']}/shares", said) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"already_shared"}


async def test_only_the_keeper_of_a_record_shares_it(given: Given) -> None:
    school, partnership, authority = await given.school(), await given.partnership(), await given.authority()
    made, other = await given.pupil(school), await given.pupil(school)
    path = f"/v1/pupils/{made['id']}"
    share = await shared(school, made, partnership)
    said = {"organisation_id": str(authority.organisation_id), "purpose": "x"}
    for reader in (partnership, authority):
        answer = await reader.post(f"{path}/shares", said)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
        assert (await reader.send("DELETE", f"{path}/shares/{share['id']}")).status_code == 403
        assert (await reader.patch(path, {"given_name": "X"}, 1)).status_code == 403
    viewer = await given.api(school.organisation_id, "viewer")
    assert (await viewer.post(f"{path}/shares", said)).json()["code"] == "permission_required"
    assert (await school.send("DELETE", f"/v1/pupils/{other['id']}/shares/{share['id']}")).status_code == 404
    assert (await authority.get(f"{path}/shares")).json()["data"] == []


async def test_a_share_is_told_to_both_and_audited(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    made = await given.pupil(school)
    share = await shared(school, made, partnership)
    await school.patch(f"/v1/pupils/{made['id']}", {"year_group": "9"}, 1)
    await school.send("DELETE", f"/v1/pupils/{made['id']}/shares/{share['id']}")
    async with given.held.database.session_for(Caller.system("test")) as session:
        events = (await session.execute(select(Event).order_by(col(Event.id)))).scalars().all()
        audits = (await session.execute(select(Audit).where(col(Audit.entity) == "pupil"))).scalars().all()
    both = sorted((school.organisation_id, partnership.organisation_id))
    told = {each.kind: each.audience for each in events if each.entity == "pupil"}
    assert told == {"pupil.created": [school.organisation_id]} | dict.fromkeys(
        ("pupil.shared", "pupil.changed", "pupil.share_revoked"), both
    )
    acts = {each.action: each.details for each in audits}
    named = {"share_id": share["id"], "organisation_id": str(partnership.organisation_id)}
    assert acts == {"create": {}, "change": {"fields": ["year_group"]}, "share": named, "revoke_share": named}


async def test_a_share_lasts_as_long_as_its_reader_has_the_pupil_placed(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider, pupil = await given.provider(partnership), await given.pupil(school)
    path = f"/v1/pupils/{pupil['id']}/shares"
    share = await school.made(path, {"organisation_id": str(partnership.organisation_id), "purpose": "Referral"})
    placed = await partnership.made(
        "/v1/placements",
        {"provider_id": provider["id"], "pupil_id": pupil["id"], "starts_on": "2026-01-05", "timetable": week(6, 1)},
    )
    refused = await school.send("DELETE", f"{path}/{share['id']}")
    assert refused.status_code == 409
    assert refused.json()["code"] == "share_in_use"
    assert (await partnership.get(f"/v1/pupils/{pupil['id']}")).status_code == 200
    ended = {"ends_on": "2026-02-06"}
    await partnership.post(f"/v1/placements/{placed['id']}/end", ended, headers={"If-Match": f'"{placed["version"]}"'})
    assert (await school.send("DELETE", f"{path}/{share['id']}")).status_code == 200
    assert (await partnership.get(f"/v1/pupils/{pupil['id']}")).status_code == 404
