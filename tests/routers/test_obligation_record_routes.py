"""Children seen, progress asked for and reported, documents given: who writes them down, and who reads them."""

from datetime import timedelta

from app.db.base import today
from tests.given import Given
from tests.routers.recorded import AGO, SHARED, TODAY, TOMORROW, Scene, faults, report, told

# --- children seen --------------------------------------------------------------------------------------------------


async def test_the_school_and_the_commissioner_write_down_that_a_child_was_seen(given: Given) -> None:
    scene = await Scene(given).settle()
    note = {"note": "Settled.", "concerns": "Cold workshop.", "seen_by": "Head of Year"}
    made = await scene.school.made("/v1/welfare-visits", scene.seen(**note))
    assert made["organisation_id"] == str(scene.school.organisation_id)
    await scene.partnership.made("/v1/welfare-visits", scene.seen(site_id=None))
    for reader in (scene.school, scene.partnership):
        both = await told(reader, "/v1/welfare-visits", placement_id=scene.placement["id"])
        assert [each["concerns"] for each in both] == ["Cold workshop.", None]
    (first, _) = await told(scene.provider, "/v1/welfare-visits")
    assert (first["note"], first["concerns"], first["seen_on"]) == (None, None, TODAY)
    for other in (scene.stranger, scene.sister, scene.other_school):
        assert await told(other, "/v1/welfare-visits") == []
        assert (await other.post("/v1/welfare-visits", scene.seen())).status_code == 404
    assert (await scene.provider.post("/v1/welfare-visits", scene.seen())).json()["code"] == "permission_required"


async def test_a_child_is_seen_on_a_day_of_the_placement_at_one_of_its_sites(given: Given) -> None:
    scene = await Scene(given).settle()
    send = scene.school.post
    assert await faults(await send("/v1/welfare-visits", scene.seen(seen_on=TOMORROW))) == [
        ("in_the_future", "/seen_on")
    ]
    before = (today() - timedelta(days=61)).isoformat()
    assert await faults(await send("/v1/welfare-visits", scene.seen(seen_on=before))) == [
        ("outside_placement", "/seen_on")
    ]
    elsewhere = await given.provider(scene.partnership)
    site = await scene.partnership.made(f"/v1/providers/{elsewhere['id']}/sites", {"name": "Mill"})
    assert await faults(await send("/v1/welfare-visits", scene.seen(site_id=site["id"]))) == [
        ("site_unknown", "/site_id")
    ]
    assert await told(scene.school, "/v1/welfare-visits", seen_since_on=AGO) == []


async def test_what_was_seen_follows_the_sharing_of_the_pupil(given: Given) -> None:
    """A reader gains and loses the records of a placement with the placement itself."""
    scene = await Scene(given).settle()
    await scene.school.made("/v1/welfare-visits", scene.seen())
    reader = {"organisation_id": str(scene.sister.organisation_id)}
    path = f"/v1/pupils/{scene.pupil['id']}/shares"
    share = await scene.school.made(path, SHARED | reader)
    assert len(await told(scene.sister, "/v1/welfare-visits")) == 1
    await scene.sister.made("/v1/welfare-visits", scene.seen())
    assert (await scene.school.send("DELETE", f"{path}/{share['id']}")).status_code == 200
    assert await told(scene.sister, "/v1/welfare-visits") == []
    assert len(await told(scene.school, "/v1/welfare-visits")) == 2


# --- progress -------------------------------------------------------------------------------------------------------


async def test_the_provider_reports_of_a_placement_to_those_who_read_the_placement(given: Given) -> None:
    scene = await Scene(given).settle()
    of_one = await scene.provider.made("/v1/progress-reports", report(placement_id=scene.placement["id"]))
    assert of_one["targets"] == [{"target": "Entry 3", "progress": "Half way", "met": None}]
    assert (of_one["submitted_on"], of_one["commissioner_id"]) == (TODAY, str(scene.partnership.organisation_id))
    commissioner = {"commissioner_id": str(scene.partnership.organisation_id)}
    whole = await scene.provider.made("/v1/progress-reports", report(**commissioner))
    ids = [of_one["id"], whole["id"]]
    for reader in (scene.provider, scene.partnership):
        assert [each["id"] for each in await told(reader, "/v1/progress-reports")] == ids
    assert [each["id"] for each in await told(scene.school, "/v1/progress-reports")] == ids[:1]
    for other in (scene.stranger, scene.sister, scene.other_school):
        assert await told(other, "/v1/progress-reports") == []
    assert await told(scene.provider, "/v1/progress-reports", kind="progress") == []


async def test_a_report_is_between_a_provider_and_its_commissioner(given: Given) -> None:
    scene = await Scene(given).settle()
    assert await faults(await scene.provider.post("/v1/progress-reports", report())) == [
        ("party_missing", "/commissioner_id")
    ]
    on_paper = report(provider_id=str(scene.provider.organisation_id), submitted_on=AGO)
    assert (await scene.partnership.made("/v1/progress-reports", on_paper))["organisation_id"] == str(
        scene.partnership.organisation_id
    )
    assert await faults(
        await scene.school.post("/v1/progress-reports", report(placement_id=scene.placement["id"]))
    ) == [("placement_not_yours", "/placement_id")]
    late = report(placement_id=scene.placement["id"], submitted_on=TOMORROW)
    assert await faults(await scene.provider.post("/v1/progress-reports", late)) == [("in_the_future", "/submitted_on")]
    unknown = report(placement_id=scene.placement["id"], evidence_ids=[scene.placement["id"]])
    assert await faults(await scene.provider.post("/v1/progress-reports", unknown)) == [
        ("evidence_unknown", "/evidence_ids/0")
    ]


async def test_a_commissioner_asks_and_the_provider_answers(given: Given) -> None:
    scene = await Scene(given).settle()
    ask = {"provider_id": str(scene.provider.organisation_id), "placement_id": scene.placement["id"]}
    made = await scene.partnership.made("/v1/progress-requests", ask | {"due_on": TOMORROW})
    assert [each["id"] for each in await told(scene.provider, "/v1/progress-requests")] == [made["id"]]
    assert await told(scene.school, "/v1/progress-requests") == []
    assert (await scene.provider.post("/v1/progress-requests", ask | {"due_on": TOMORROW})).status_code == 403
    answer = report(kind="progress", placement_id=scene.placement["id"], request_id=made["id"])
    assert (await scene.provider.made("/v1/progress-reports", answer))["request_id"] == made["id"]
    assert await faults(await scene.provider.post("/v1/progress-reports", answer | {"kind": "tracking"})) == [
        ("request_of_another", "/request_id")
    ]
    assert await faults(await scene.partnership.post("/v1/progress-requests", ask | {"due_on": AGO})) == [
        ("in_the_past", "/due_on")
    ]
    stranger = {"provider_id": ask["provider_id"], "due_on": TOMORROW, "placement_id": scene.placement["id"]}
    assert await faults(await scene.school.post("/v1/progress-requests", stranger)) == [
        ("placement_not_yours", "/placement_id")
    ]


async def test_without_a_calendar_nobody_can_say_how_often_the_term_allows(given: Given) -> None:
    scene = await Scene(given).settle()
    adopted = {"agreements": [{"agreement_id": "leics-seip-sla-2022"}]}
    await scene.partnership.patch(f"/v1/organisations/{scene.partnership.organisation_id}", adopted, 1)
    ask = {"provider_id": str(scene.provider.organisation_id), "due_on": TOMORROW}
    refused = await scene.partnership.post("/v1/progress-requests", ask)
    assert (refused.status_code, refused.json()["code"]) == (409, "calendar_missing")


# --- documents ------------------------------------------------------------------------------------------------------


async def test_documents_are_between_the_two_but_an_annual_report_is_for_the_network(given: Given) -> None:
    scene = await Scene(given).settle()
    to = {"commissioner_id": str(scene.partnership.organisation_id), "academic_year": "2025/26"}
    parts = ["plans", "financial_status"]
    fees = await scene.provider.made("/v1/provider-documents", to | {"kind": "fee_rates", "title": "Fees"})
    annual = to | {"kind": "annual_report", "title": "Report", "parts": parts, "url": "https://forge.example/report"}
    published = await scene.provider.made("/v1/provider-documents", annual)
    assert published["parts"] == parts
    for reader in (scene.provider, scene.partnership):
        assert [each["id"] for each in await told(reader, "/v1/provider-documents")] == [fees["id"], published["id"]]
    for reader in (scene.sister, scene.school):
        assert [each["id"] for each in await told(reader, "/v1/provider-documents")] == [published["id"]]
    assert await told(scene.stranger, "/v1/provider-documents") == []


async def test_a_document_is_what_its_kind_says(given: Given) -> None:
    scene = await Scene(given).settle()
    to = {"commissioner_id": str(scene.partnership.organisation_id), "title": "x"}
    assert await faults(
        await scene.provider.post(
            "/v1/provider-documents", to | {"kind": "demand_forecast", "parts": ["plans"], "given_on": TOMORROW}
        )
    ) == [
        ("kind_not_yours", "/kind"),
        ("academic_year_missing", "/academic_year"),
        ("parts_not_asked", "/parts"),
        ("in_the_future", "/given_on"),
    ]
    forecast = {"kind": "demand_forecast", "title": "x", "academic_year": "2027/28"}
    forecast |= {"provider_id": str(scene.provider.organisation_id)}
    made = await scene.partnership.made("/v1/provider-documents", forecast)
    assert made["id"] in [each["id"] for each in await told(scene.provider, "/v1/provider-documents")]
    mine = forecast | {"commissioner_id": str(scene.sister.organisation_id)}
    assert await faults(await scene.partnership.post("/v1/provider-documents", mine)) == [
        ("party_not_yours", "/commissioner_id")
    ]
