"""What changed in the contract, for front ends and the people who build them."""

from datetime import date

from fastapi import APIRouter

from app.contract import RELEASES
from app.contract.release_notes import ChangeKind
from app.deps import OPEN, Route
from app.shapes import PageInfo, PageOf, Shape

router = APIRouter(prefix="/v1/release-notes", tags=["reference data"], route_class=Route)


class ContractChange(Shape):
    """One change, and what a client must do about it; null where nothing."""

    kind: ChangeKind
    what: str
    client_action: str | None


class ReleaseNote(Shape):
    """One version of the contract."""

    version: str
    released_on: date
    changes: list[ContractChange]


@router.get(
    "",
    operation_id="list_release_notes",
    summary="What changed in each version of this contract, newest first",
    openapi_extra=OPEN,
)
async def list_release_notes() -> PageOf[ReleaseNote]:
    notes = [ReleaseNote.model_validate(each) for each in RELEASES]
    return PageOf(data=notes, page=PageInfo(next_cursor=None, has_more=False))
