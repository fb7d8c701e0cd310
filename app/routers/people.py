"""Who may speak for the caller's organisation: its members and its machine clients."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.db import people
from app.db.base import Keyset
from app.deps import (
    KEYED,
    CallerDep,
    Cursor,
    ExpectedVersion,
    Limit,
    Now,
    ReadSession,
    Route,
    Settings_,
    WriteSession,
    requires,
    tag,
)
from app.domain.access import Permission
from app.integrations.tokens import MOST_KEYS, hash_secret, new_secret, registered
from app.shapes import Body, Name, PageOf, Shape, page_of

router = APIRouter(prefix="/v1", tags=["people"], route_class=Route)

GradeName = Literal["viewer", "contributor", "lead"]


class MembershipCreate(Body):
    """An identity that may speak for the organisation from now on."""

    issuer: str = Field(min_length=1, max_length=255, description="`iss` of the tokens it signs in by.")
    subject: str = Field(min_length=1, max_length=255, description="`sub` of those tokens.")
    grade: GradeName
    display_name: Name | None = None


class MembershipPatch(Body):
    """Another grade."""

    grade: GradeName


class Membership(Shape):
    """An identity that may, or until `revoked_at` might, speak for the organisation."""

    id: UUID
    organisation_id: UUID
    issuer: str
    subject: str
    display_name: str | None
    grade: GradeName
    revoked_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


def public_keys(jwks: dict[str, Any]) -> dict[str, Any]:
    """A client's keys as they are kept, or the field's error."""
    try:
        return registered(jwks)
    except ValueError as unfit:
        detail = "Give public keys for ES256 or RS256 (2048 bits or more), each with a kid of its own."
        raise PydanticCustomError("jwks_unusable", detail) from unfit


KEY_SET = {
    "type": "object",
    "description": "Its public keys as a JWK set (RFC 7517): EC P-256 or RSA, each with a `kid` of its own.",
    "properties": {"keys": {"type": "array", "minItems": 1, "maxItems": MOST_KEYS, "items": {"type": "object"}}},
    "required": ["keys"],
}
Jwks = Annotated[dict[str, Any], AfterValidator(public_keys), WithJsonSchema(KEY_SET)]


class MachineClientCreate(Body):
    """A machine client. With `jwks` it signs in by `private_key_jwt`; without, it is given a secret."""

    name: Name
    grade: GradeName
    scopes: list[Permission] = Field(min_length=1, max_length=40)
    jwks: Jwks | None = None

    def new_secret(self) -> str | None:
        """A secret, where the client has no key of its own to sign in by."""
        return None if self.jwks else new_secret()


class MachineClient(Shape):
    """A machine client. Its id is its `client_id`."""

    id: UUID
    organisation_id: UUID
    name: str
    scopes: list[str]
    revoked_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class NewMachineClient(MachineClient):
    """A client just registered, with the secret that is told this once."""

    client_secret: Annotated[str | None, Field(description="Null where the client signs in by its own key.")]


@router.get(
    "/people",
    operation_id="list_people",
    summary="Members of the organisation",
    dependencies=[requires(Permission.PEOPLE_READ)],
)
async def list_people(
    request: Request, response: Response, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> PageOf[Membership]:
    page = await people.list_page(session, Keyset("people", cursor, limit))
    return page_of(request, response, page, Membership.model_validate)


@router.post(
    "/people",
    status_code=201,
    operation_id="add_person",
    summary="Make an identity a member",
    dependencies=[requires(Permission.PEOPLE_WRITE), KEYED],
)
async def add_person(
    body: MembershipCreate, caller: CallerDep, response: Response, session: WriteSession
) -> Membership:
    row = await people.add_member(session, caller.organisation, **body.model_dump(exclude={"acting_for"}))
    tag(response, row)
    return Membership.model_validate(row)


@router.patch(
    "/people/{membership_id}",
    operation_id="change_person",
    summary="Give a member another grade",
    dependencies=[requires(Permission.PEOPLE_WRITE)],
)
async def change_person(
    membership_id: UUID, body: MembershipPatch, response: Response, expected: ExpectedVersion, session: WriteSession
) -> Membership:
    row = await people.change_grade(session, membership_id, body.grade, expected=expected)
    tag(response, row)
    return Membership.model_validate(row)


@router.delete(
    "/people/{membership_id}",
    operation_id="revoke_person",
    summary="End a membership, at once",
    dependencies=[requires(Permission.PEOPLE_WRITE)],
)
async def revoke_person(
    membership_id: UUID, response: Response, expected: ExpectedVersion, session: WriteSession, at: Now
) -> Membership:
    row = await people.revoke(session, membership_id, expected=expected, at=at)
    tag(response, row)
    return Membership.model_validate(row)


@router.get(
    "/clients",
    operation_id="list_clients",
    summary="Machine clients of the organisation",
    dependencies=[requires(Permission.PEOPLE_READ)],
)
async def list_clients(
    request: Request, response: Response, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> PageOf[MachineClient]:
    page = await people.list_clients(session, Keyset("clients", cursor, limit))
    return page_of(request, response, page, MachineClient.model_validate)


@router.post(
    "/clients",
    status_code=201,
    operation_id="add_client",
    summary="Register a machine client",
    dependencies=[requires(Permission.PEOPLE_WRITE), KEYED],
)
async def add_client(
    body: MachineClientCreate, caller: CallerDep, response: Response, session: WriteSession, settings: Settings_
) -> NewMachineClient:
    secret = body.new_secret()
    said = body.model_dump(exclude={"acting_for"}) | {"secret_hash": secret and hash_secret(secret)}
    row = await people.add_client(session, caller.organisation, issuer=settings.issuer, **said)
    tag(response, row)
    return NewMachineClient.model_validate(row.model_dump() | {"client_secret": secret})


@router.delete(
    "/clients/{client_id}",
    operation_id="revoke_client",
    summary="End a client and every token it holds",
    dependencies=[requires(Permission.PEOPLE_WRITE)],
)
async def revoke_client(
    client_id: UUID,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    settings: Settings_,
    at: Now,
) -> MachineClient:
    row = await people.revoke_client(session, client_id, issuer=settings.issuer, expected=expected, at=at)
    tag(response, row)
    return MachineClient.model_validate(row)
