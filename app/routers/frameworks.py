"""QA frameworks: those that come with the service and those that organisations publish."""

from dataclasses import fields
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import WrapValidator

from app.db import frameworks
from app.db.base import Keyset
from app.deps import KEYED, KNOWN, Cursor, ExpectedVersion, Limit, ReadSession, Route, WriteSession, requires, tag
from app.domain.access import Permission
from app.domain.errors import Fault, Invalid
from app.errors import read
from app.shapes import PageOf, page_of
from app.shapes.frameworks import COMPUTED, Framework, FrameworkCreate, FrameworkSummary, Status

MOST_VALUES = 20_000
FrameworkId = Annotated[str, Path(max_length=80, examples=["leics-seip-qa-v1"])]
# Not read by its model alone: the rules look at it too, so that every fault is told at once.
AsSent = Annotated[FrameworkCreate, WrapValidator(lambda said, _: said)]
router = APIRouter(prefix="/v1/frameworks", tags=["frameworks"], route_class=Route)


def shown(held: frameworks.Held) -> Framework:
    """A framework version as answered."""
    whole = held.framework
    told: dict[str, Any] = {each.name: getattr(whole, each.name) for each in fields(whole)}
    told |= {name: getattr(whole, name) for name in ("verified", "content_hash")}
    answered: Framework = Framework.model_validate(told | {"organisation_id": held.organisation_id})
    return answered


def document_of(said: Any) -> tuple[Any, list[Fault]]:
    """The document within a body, and how it misfits the contract: the rules look at it whatever that is.

    Raises:
        Invalid: `framework_too_large`.
    """
    if is_larger(said, MOST_VALUES):
        raise Invalid(f"A framework holds at most {MOST_VALUES} values.", code="framework_too_large")
    if not isinstance(said, dict):
        return said, []
    detail = "The service works this out: leave it out."
    faults = [Fault("computed_field", detail, pointer=f"/{name}") for name in sorted(COMPUTED & said.keys())]
    sent = {name: value for name, value in said.items() if name not in COMPUTED}
    misfit = read(FrameworkCreate, sent)
    faults += misfit.errors if isinstance(misfit, Invalid) else ()
    sent.pop("acting_for", None)
    return sent | {"status": "published"}, faults


def is_larger(said: Any, most: int) -> bool:
    """Whether there are more values than so many within what was sent, at any depth."""
    count, waiting = 0, [said]
    while waiting and count <= most:
        part = waiting.pop()
        count += 1
        waiting.extend(part.values() if isinstance(part, dict) else part if isinstance(part, list) else ())
    return count > most


@router.get(
    "",
    operation_id="list_frameworks",
    summary="Frameworks",
    dependencies=[requires(Permission.FRAMEWORKS_READ)],
)
async def list_frameworks(
    request: Request,
    response: Response,
    session: ReadSession,
    organisation_id: Annotated[UUID | None, Query(description="Only what this organisation has published.")] = None,
    status: Annotated[Status | None, Query(description="Only with this status.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[FrameworkSummary]:
    keyset = Keyset(("frameworks", organisation_id, status), cursor, limit, key=frameworks.slug_key)
    page = await frameworks.list_page(session, keyset, organisation_id=organisation_id, status=status)
    return page_of(request, response, page, FrameworkSummary.model_validate)


@router.post(
    "",
    status_code=201,
    operation_id="publish_framework",
    summary="Publish a framework, or a new version of one",
    dependencies=[requires(Permission.FRAMEWORKS_WRITE), KEYED],
)
async def publish_framework(body: AsSent, response: Response, session: WriteSession) -> Framework:
    held = await frameworks.publish(session, *document_of(body))
    tag(response, held)
    response.headers["Location"] = f"/v1/frameworks/{held.framework.id}"
    return shown(held)


@router.get(
    "/{framework_id}",
    operation_id="get_framework",
    summary="One framework, whole",
    dependencies=[requires(Permission.FRAMEWORKS_READ)],
    responses=KNOWN,
)
async def get_framework(framework_id: FrameworkId, response: Response, session: ReadSession) -> Framework:
    held = await frameworks.get(session, framework_id)
    tag(response, held)
    return shown(held)


@router.post(
    "/{framework_id}/retire",
    operation_id="retire_framework",
    summary="Take a framework out of use: those visits that have it keep it",
    dependencies=[requires(Permission.FRAMEWORKS_WRITE), KEYED],
)
async def retire_framework(
    framework_id: FrameworkId, response: Response, expected: ExpectedVersion, session: WriteSession
) -> Framework:
    held = await frameworks.retire(session, framework_id, expected=expected)
    tag(response, held)
    return shown(held)
