"""Tokens for machine clients, and the public keys by which anyone can verify them."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Header, Request
from pydantic import BaseModel, Field

from app.contract import problems
from app.deps import OPEN, Now, Route, Services_
from app.integrations.client_sign_in import ASSERTION_TYPE, authenticate, credentials, granted, token_for
from app.shapes import Shape

router = APIRouter(tags=["signing in"], route_class=Route)


class TokenRequest(BaseModel):
    """Client credentials, in the body or by HTTP Basic. Other parameters are passed over (RFC 6749, section 3.2)."""

    grant_type: Literal["client_credentials"]
    scope: str | None = Field(default=None, max_length=2000, description="All that the client has, where absent.")
    client_id: str | None = Field(default=None, max_length=64)
    client_secret: str | None = Field(default=None, max_length=255)
    client_assertion_type: str | None = Field(default=None, max_length=255, examples=[ASSERTION_TYPE])
    client_assertion: str | None = Field(default=None, max_length=8192, description="For `private_key_jwt` (RFC 7523).")


class Token(Shape):
    """An access token (RFC 6749, section 5.1)."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the kind of token, not one
    expires_in: int
    scope: str


class KeySet(Shape):
    """A JWK set (RFC 7517)."""

    keys: list[dict[str, Any]]


@router.post(
    "/oauth/token",
    operation_id="issue_token",
    summary="A token by client credentials",
    responses=problems(401, 429),
    openapi_extra=OPEN,
)
async def issue_token(
    request: Request,
    held: Services_,
    at: Now,
    form: Annotated[TokenRequest, Form()],
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Token:
    shown = credentials(form.model_dump(exclude_none=True), authorization)
    held.limiter.spend_sign_in(request, shown.client_id)
    audience = f"{held.settings.public_url.rstrip('/')}/oauth/token"
    client = await authenticate(held.database, shown, audience=audience, at=at)
    scopes = granted(client, form.scope)
    token = token_for(client, scopes, keys=held.keys, settings=held.settings, at=at)
    return Token(access_token=token, expires_in=60 * held.settings.token_minutes, scope=" ".join(sorted(scopes)))


@router.get(
    "/.well-known/jwks.json",
    operation_id="get_jwks",
    summary="Public keys of the service's tokens",
    openapi_extra=OPEN,
)
async def get_jwks(held: Services_) -> KeySet:
    return KeySet.model_validate(held.keys.jwks())
