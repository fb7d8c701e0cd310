"""Placements as schools and partnerships post them, and the answers as each reader gets them."""

from typing import Any

from tests.given import Api, Given, week

ENG, DFE, OFSTED = "eng-s463", "dfe-registration-2019", "ofsted-handbook-2024-04-p399"
SLA, SEIP, HEREF = "leics-seip-sla-2022-03", "leics-seip-ofsted-2024-08", "herefordshire-apqa"
PROPOSED, CWSA = "dfe-nonschool-ap-limits-proposed-2025", "cwsa-2026-s43"
RULESETS = (ENG, DFE, OFSTED, SLA, SEIP, HEREF, PROPOSED, CWSA)

MET, EXCEEDED, UNKNOWN = "threshold_met", "limit_exceeded", "cannot_determine"
RISK, CLEAR, NONE = "at_risk", "clear_on_known_data", "not_applicable"

BEGAN, ON = "2024-09-02", "2026-11-20"
BORN = "2013-01-15"  # of compulsory school age from 2018 to June 2029

Check = dict[str, Any]


def child(given: Given, *flags: str, **more: Any) -> dict[str, Any]:
    """A pupil as a school's MIS names one: by UPN, with what its census says."""
    number = given.number()
    said = {
        "upn": given.upn(),
        "given_name": f"Given{number}",
        "family_name": f"Family{number}",
        "born_on": BORN,
        "characteristics": [{"kind": flag, "from_on": "2020-01-01"} for flag in flags],
    }
    return said | more


def posted(
    provider: dict[str, Any], pupil: dict[str, Any] | None, hours: float = 20, days: int = 4, **more: Any
) -> Any:
    """A placement of so many hours on so many days a week."""
    return {
        "provider_id": provider["id"],
        "pupil": pupil,
        "starts_on": BEGAN,
        "timetable": week(hours, days),
    } | more


async def place(by: Api, provider: dict[str, Any], pupil: dict[str, Any], *shape: float, **more: Any) -> dict[str, Any]:
    """Record one."""
    return await by.made("/v1/placements", posted(provider, pupil, *shape, **more))  # type: ignore[arg-type]


async def fill(
    given: Given, by: Api, provider: dict[str, Any], pupils: int, *shape: float, **more: Any
) -> list[dict[str, Any]]:
    """Record so many, of a child each, full time unless told otherwise."""
    return [await place(by, provider, child(given), *shape, **more) for _ in range(pupils)]


async def status(by: Api, provider: dict[str, Any], on: str = ON, **query: Any) -> Check:
    """What a reader is answered."""
    path = f"/v1/providers/{provider['id']}/registration-status"
    answer = await by.get(path, params={"as_of_on": on} | query)
    assert answer.status_code == 200, answer.text
    check: Check = answer.json()
    return check


def results(check: Check, *ids: str) -> list[str]:
    """The results of the rulesets named, or of all in the order of `RULESETS`."""
    found = {each["ruleset_id"]: each["result"] for each in check["rulesets"]}
    assert found.keys() == set(RULESETS)
    return [found[each] for each in ids or RULESETS]


def ruleset(check: Check, ruleset_id: str) -> dict[str, Any]:
    """One ruleset of a check."""
    return next(each for each in check["rulesets"] if each["ruleset_id"] == ruleset_id)


def fired(check: Check, ruleset_id: str) -> list[str]:
    """The tests of a ruleset that fired."""
    return [test["code"] for test in ruleset(check, ruleset_id)["tests"] if test["fired"]]


def measured(check: Check, ruleset_id: str, code: str) -> dict[str, Any]:
    """One test of a ruleset."""
    return next(test for test in ruleset(check, ruleset_id)["tests"] if test["code"] == code)


def caveats(check: Check) -> dict[str, str]:
    """What a reader must bear in mind, by code."""
    return {each["code"]: each["what"] for each in check["caveats"]}


def missing(check: Check, ruleset_id: str) -> set[str]:
    """What would have to be known for a ruleset, by code."""
    return {each["code"] for each in ruleset(check, ruleset_id)["missing"]}
