"""Pupils on the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.db.base import Keyset
from app.db.pupils import Pupil as Row
from app.domain import identifiers
from app.domain import pupils as rules
from app.domain.access import Caller
from app.domain.errors import Fault, Invalid
from app.shapes import Body, Name, Shape, checked
from app.shapes.words import CharacteristicSaid, ExternalId, Provision, Source, YearGroup

Upn = Annotated[str, checked(identifiers.upn)]
Uln = Annotated[str, checked(identifiers.uln)]
LaCode = Annotated[str, checked(identifiers.la_code)]
PupilExternalId = Annotated[
    ExternalId,
    checked(rules.external_id),
    Field(description="The record's id in that system. It must not be a UPN: it stands in addresses."),
]


class PupilRecord(Body):
    """What a client may say of a pupil beside the name. Null is not known."""

    upn: Upn | None = Field(default=None, examples=["Z855411622001"], description="Permanent or temporary.")
    former_upns: list[Upn] = Field(default=[], max_length=20, description="By which others may know the pupil.")
    uln: Uln | None = Field(default=None, examples=["1000000043"])
    mis_id: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    born_on: date | None = Field(default=None, examples=["2012-02-29"])
    home_school_id: UUID | None = Field(default=None, description="At first, the school that records the pupil.")
    home_la_code: LaCode | None = Field(default=None, description="At first, that of the home school.")
    year_group: YearGroup | None = None
    sen_provision: Provision | None = Field(
        default=None, description="N none, K SEN support, E EHC plan; the older S becomes E, A and P become K."
    )
    characteristics: list[CharacteristicSaid] = Field(default=[], max_length=50, description="Dated flags.")

    def columns(self) -> dict[str, Any]:
        """All of it, as columns."""
        return self.model_dump(exclude={"acting_for"})

    def said(self) -> dict[str, Any]:
        """What the client named, as columns."""
        return self.model_dump(include=self.model_fields_set - {"acting_for"})


class PupilPut(PupilRecord):
    """All that a client's own system says of a pupil."""

    given_name: Name = Field(examples=["Ada"])
    family_name: Name = Field(examples=["Invented"])


class PupilCreate(PupilPut):
    """A new pupil record."""

    source: Source | None = Field(default=None, description="The client's own system, where the record came from it.")
    external_id: PupilExternalId | None = None


class PupilPatch(PupilRecord):
    """Changes to a pupil record: what is absent stays, null empties."""

    given_name: Name = Field(default="", examples=["Ada"])
    family_name: Name = Field(default="", examples=["Invented"])
    source: Source | None = None
    external_id: PupilExternalId | None = None


class PupilSearch(Body):
    """What to look for; all that is given must fit."""

    upn: Upn | None = Field(default=None, description="Also among former UPNs.")
    uln: Uln | None = None
    mis_id: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    family_name: Name | None = Field(default=None, description="Its beginning; case does not matter.")
    given_name: Name | None = Field(default=None, description="Its beginning; case does not matter.")
    born_on: date | None = None
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=400, description="`next_cursor` of the page before.")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not any(self.wanted().values()):
            raise PydanticCustomError("criterion_required", "Give at least one thing to look for.")
        return self

    def wanted(self) -> dict[str, Any]:
        """The criteria by column."""
        return self.model_dump(exclude={"acting_for", "limit", "cursor"})

    def keyset(self) -> Keyset:
        """The page asked for.

        Raises:
            Invalid: a cursor of another search.
        """
        try:
            return Keyset(("pupil-search", self.wanted()), self.cursor, self.limit)
        except Invalid as refusal:
            faults = tuple(Fault(each.code, each.detail, pointer="/cursor") for each in refusal.errors)
            raise Invalid(refusal.detail, errors=faults) from refusal


class MergeCreate(Body):
    """Which record goes up into this one."""

    pupil_id: UUID = Field(description="The other record, which from now on only names this one.")


class Characteristic(Shape):
    """A characteristic that the pupil has from a day (null: not known since when) to a day inclusive (null: still)."""

    kind: Literal["ehcp", "looked_after", "sen_support"]
    from_on: date | None
    to_on: date | None


class Pupil(Shape):
    """A pupil record. A provider is told names, birth date and year group alone; the rest is null for it."""

    id: UUID
    owner_id: Annotated[UUID | None, Field(description="Who keeps the record; for it and those it is shared with.")]
    upn: str | None
    former_upns: list[str]
    uln: str | None
    mis_id: str | None
    source: Annotated[str | None, Field(description="For the keeper of the record alone.")]
    external_id: Annotated[str | None, Field(description="For the keeper of the record alone.")]
    given_name: str
    family_name: str
    born_on: date | None
    home_school_id: UUID | None
    home_la_code: str | None
    year_group: str | None
    sen_provision: Literal["N", "K", "E"] | None
    characteristics: list[Characteristic]
    merged_into_id: Annotated[UUID | None, Field(description="The record that took the place of this one.")]
    version: int | None
    created_at: datetime | None
    updated_at: datetime | None


def pupil_shown(row: Row, caller: Caller) -> Pupil:
    """A record as its reader is told of it."""
    return Pupil.model_validate(rules.told(caller, row.model_dump()))
