"""Everything that one school is told: every answer it can ask for, and what it is told of acts it only tries."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from difflib import unified_diff
from typing import Any
from uuid import UUID

import httpx

from app.contract import operations
from app.db.base import today
from app.domain.identifiers import make_upn
from tests.given import Api, Given, week

SOON = (today() + timedelta(days=14)).isoformat()
LATER = (today() + timedelta(days=40)).isoformat()
AGO = (today() - timedelta(days=60)).isoformat()

Answers = dict[str, str]
UUID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
HEADERS = ("etag", "link", "location", "content-type", "cache-control", "idempotency-replayed")

# The status of a provider, which depends on everybody, and what follows from it alone. Nothing else may differ.
STATUS = frozenset({"overall", "changed"})
# What an act that is tried twice cannot give twice: times, and the request's own id.
TIMES = frozenset({"created_at", "updated_at", "hold_expires_at", "instance"})
NO_TOKEN = frozenset(
    {"/livez", "/readyz", "/metrics", "/.well-known/jwks.json", "/feeds/obligations/{secret}.ics", "/q/{secret}"}
)


def placement(provider_id: str, pupil_id: str | None, **more: Any) -> dict[str, Any]:
    """A full-time week since some time."""
    said = {"provider_id": provider_id, "pupil_id": pupil_id, "starts_on": AGO, "timetable": week(20, 4)}
    return said | more


def what_if(provider_id: str, **plan: Any) -> dict[str, Any]:
    """A question about one pupil for two days a week."""
    said = {"starts_on": SOON, "timetable": week(10, 2)}
    return {"provider_id": provider_id, "placements": [said | plan]}


# UPNs that another school may come to record, and that nobody does.
ELSEWHERE, NOWHERE = make_upn(855, 4999, 20, 1), make_upn(855, 4999, 20, 2)


class School:
    """A school, its own records, and all that it can ask about them."""

    def __init__(self, given: Given, api: Api, provider_ids: list[str]) -> None:
        self.given = given
        self.api = api
        self.provider_ids = provider_ids
        self.pupils: list[dict[str, Any]] = []
        self.placements: list[dict[str, Any]] = []
        self.kept: dict[str, list[str]] = {}

    async def settle(self) -> None:
        """Record pupils and placements, one without hours, one to come; keep a check; hold room."""
        here, linked, full = self.provider_ids
        self.pupils = [await self.given.pupil(self.api, *flags) for flags in ((), ("ehcp",), (), (), (), (), ())]
        ids = [each["id"] for each in self.pupils]
        for said in (
            placement(here, ids[0]),
            placement(here, ids[1], timetable=week(6, 1, start="10:00"), sole_provision=True),
            placement(linked, ids[1], timetable=week(5, 1)),
            placement(here, ids[2], timetable=[], starts_on=SOON),
            *(placement(full, each) for each in ids[:5]),
        ):
            self.placements.append(await self.api.made("/v1/placements", said))
        await self.api.made("/v1/registration-checks", {"provider_id": here})
        held = await self.api.post(
            "/v1/registration-checks/what-if", what_if(here, pupil_id=ids[3]) | {"hold_minutes": 60}
        )
        assert held.status_code == 200, held.text
        put = await self.api.put("/v1/sources/mis/placements/P-1", placement(linked, ids[2]))
        assert put.status_code == 201, put.text

    async def everything(self) -> Answers:
        """Every answer by its question, in a form that can be compared."""
        asked: Answers = {}
        for path in [*await self._paths()]:
            asked[path] = shown(await self.api.get(path), new=False)
        for method, path, body in self._tried():
            headers = {"If-Match": '"1"'} if method == "PATCH" or "/end" in path or "/merges" in path else {}
            answer = await self.api.send(method, f"{path}?dry_run=true", json=body, headers=headers)
            asked[f"{method} {path} {json.dumps(body)}"] = shown(answer, new=True)
        return asked

    async def _paths(self) -> list[str]:
        """Every address that the service can be read at, for each of the records that the school may name."""
        paths: list[str] = []
        for path, method, _ in operations(self.given.app.openapi()):
            if method == "get" and path not in NO_TOKEN:
                paths += [each async for each in self._filled(path)]
        for provider_id in self.provider_ids:
            status = f"/v1/providers/{provider_id}/registration-status"
            paths += [f"{status}?as_of_on={day}" for day in (AGO, SOON, LATER)]
            paths += [f"/v1/placements?provider_id={provider_id}&limit=1"]
        return [*paths, "/v1/pupils?limit=2", "/v1/placements?status=active", "/v1/changes?limit=3"]

    async def _filled(self, path: str) -> Any:
        names = re.findall(r"\{(\w+)\}", path)
        if not names:
            yield path
            return
        for value in await self._named(names[0]):
            async for each in self._filled(path.replace(f"{{{names[0]}}}", value)):
                yield each

    async def _named(self, name: str) -> list[str]:
        """Values of a path parameter that the school knows."""
        known: dict[str, list[str]] = {
            "organisation_id": [str(self.api.organisation_id)],
            "provider_id": self.provider_ids,
            "pupil_id": [each["id"] for each in self.pupils],
            "placement_id": [each["id"] for each in self.placements],
            "urn": ["100000"],
            "framework_id": ["leics-seip-qa-v1"],
            "questionnaire_id": [str(UUID(int=0))],
            "from_scale": ["ofsted-eif-2019"],
            "to_scale": ["leics-seip-rag"],
            "rating": ["good"],
            "visit_id": [str(UUID(int=0))],
            "judgement_id": [str(UUID(int=0))],
            "evidence_id": [str(UUID(int=0))],
            "content_hash": ["0" * 64],
            "academic_year": ["2026-27"],
            "audit_id": [str(UUID(int=0))],
            "concern_id": [str(UUID(int=0))],
            "compliance_item_id": [str(UUID(int=0))],
            "decision_id": [str(UUID(int=0))],
        }
        lists = {
            "check_id": "/v1/registration-checks",
            "list_name": "/v1/reference-data",
            "ruleset_id": "/v1/rulesets",
            "sweep_id": "/v1/registration-checks/sweeps",
            "import_id": "/v1/imports",
            "plan_id": "/v1/action-plans",
            "action_id": "/v1/actions",
            "invoice_id": "/v1/invoices",
            "key": "/v1/obligations",
            "report_id": "/v1/annual-reports",
            "welfare_visit_id": "/v1/welfare-visits",
            "progress_report_id": "/v1/progress-reports",
            "provider_document_id": "/v1/provider-documents",
        }
        if name not in known and name not in self.kept:
            assert name in lists, f"say in tests/access/school.py what a school puts for {{{name}}}"
            answer = await self.api.get(lists[name])
            rows = answer.json()["data"] if answer.status_code == 200 else []
            self.kept[name] = [str(each.get("id") or each.get("key") or each.get("list")) for each in rows][:3]
        return known.get(name) or self.kept[name]

    def _tried(self) -> Iterator[tuple[str, str, Any]]:
        here, linked, full = self.provider_ids
        ids = [each["id"] for each in self.pupils]
        asked = "/v1/registration-checks/what-if"
        described = {"born_on": "2013-01-15", "characteristics": [{"kind": "looked_after"}]}
        named = {"given_name": "Ada", "family_name": "Invented", "born_on": "2013-01-15"}
        for provider_id in (here, linked):
            yield "POST", "/v1/registration-checks", {"provider_id": provider_id}
            yield "POST", asked, what_if(provider_id, pupil_id=ids[4])
            yield "POST", asked, what_if(provider_id, pupil=described)
            yield "POST", "/v1/placements", placement(provider_id, ids[4], timetable=week(3, 1))
            yield "PUT", "/v1/sources/mis/placements/P-2", placement(provider_id, ids[5])
        # At the last provider the school's own pupils leave no room, so these are refused whoever else is there.
        fifth = placement(full, ids[5], starts_on=SOON)
        yield "POST", "/v1/placements", fifth
        yield "POST", "/v1/placements/batch", {"mode": "independent", "items": [fifth]}
        yield "POST", asked, what_if(full, pupil_id=ids[5], timetable=week(20, 4)) | {"hold_minutes": 5}
        yield "PATCH", f"/v1/placements/{self.placements[0]['id']}", {"goal": "specialist"}
        yield "POST", f"/v1/placements/{self.placements[1]['id']}/end", {"ends_on": today().isoformat()}
        for upn in (self.pupils[0]["upn"], ELSEWHERE, NOWHERE):
            child = named | {"upn": upn}
            yield "POST", "/v1/pupils", child
            yield "POST", "/v1/pupils/search", {"upn": upn}
            yield "PUT", "/v1/sources/mis/pupils/1", child
            yield "POST", "/v1/placements", placement(here, None, pupil=child)
            yield "POST", "/v1/placements", placement(here, None, pupil={"upn": upn})
        yield "PATCH", f"/v1/pupils/{ids[4]}", {"upn": ELSEWHERE}
        yield "POST", "/v1/pupils/search", {"family_name": "F"}
        yield "POST", f"/v1/pupils/{ids[5]}/merges", {"pupil_id": ids[6]}


def shown(answer: httpx.Response, *, new: bool) -> str:
    """An answer as text: its status, its headers and its body, the provider's status left out.

    Args:
        new: of an act, whose times and new ids differ each time.
    """
    body = _without(answer.json() if answer.content else None, STATUS | (TIMES if new else frozenset()))
    if "/registration-status" in str(answer.url):
        body = _without(body, frozenset({"created_at"}))
    if answer.status_code >= 400:
        body = _without(body, frozenset({"instance"}))
    headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
    return json.dumps([answer.status_code, headers, body], indent=1)


def _without(node: Any, names: frozenset[str]) -> Any:
    """A document with these members starred; a site's are the school's own in any case."""
    if isinstance(node, list):
        return [_without(each, names) for each in node]
    if not isinstance(node, dict):
        return node
    starred = names - STATUS if {"site_id", "rulesets"} <= node.keys() else names
    # The hash of facts among which is a placement that was given a new id for this question alone.
    asked = {key: names | {"inputs_hash"} for key in ("after", "check")}
    return {key: "*" if key in starred else _without(value, asked.get(key, names)) for key, value in node.items()}


def differences(before: Answers, after: Answers, known: set[str]) -> list[str]:
    """Where answers differ, line by line. Ids that were not known before are those of newly made records."""
    assert before.keys() == after.keys()
    told: list[str] = []
    for asked in before:
        was, now = (_anonymous(answers[asked], known).splitlines() for answers in (before, after))
        lines = list(unified_diff(was, now, lineterm="", n=2))[2:]
        told += [asked, *lines] if lines else []
    return told


def ids_in(answers: Answers) -> set[str]:
    """Every id in the answers to questions that make nothing."""
    return {found for asked, text in answers.items() if asked.startswith("/") for found in UUID_TEXT.findall(text)}


def anonymous(document: Any, known: set[str]) -> str:
    """A document as text in which ids that are not known are told by no more than that; the status is left out."""
    return _anonymous(json.dumps(_without(document, STATUS), indent=1), known)


def _anonymous(text: str, known: set[str]) -> str:
    return UUID_TEXT.sub(lambda found: found[0] if found[0] in known else "<new>", text)
