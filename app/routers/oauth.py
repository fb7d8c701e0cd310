"""Tokens for machine clients, and the public keys by which anyone can verify them."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Header

from app.deps import OPEN, Now, Route, Services_
from app.integrations.client_sign_in import authenticate, credentials, granted, token_for
from app.shapes import Shape

router = APIRouter(tags=["signing in"], route_class=Route)


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
    openapi_extra=OPEN,
)
async def issue_token(
    held: Services_,
    at: Now,
    grant_type: Annotated[Literal["client_credentials"], Form()],
    scope: Annotated[str | None, Form(max_length=2000)] = None,
    client_id: Annotated[str | None, Form(max_length=64)] = None,
    client_secret: Annotated[str | None, Form(max_length=255)] = None,
    client_assertion_type: Annotated[str | None, Form(max_length=255)] = None,
    client_assertion: Annotated[str | None, Form(max_length=8192)] = None,
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Token:
    form = {
        "grant_type": grant_type,
        "client_id": client_id,
        "client_secret": client_secret,
        "client_assertion_type": client_assertion_type,
        "client_assertion": client_assertion,
    }
    shown = credentials({name: text for name, text in form.items() if text is not None}, authorization)
    audience = f"{held.settings.public_url.rstrip('/')}/oauth/token"
    client = await authenticate(held.database, shown, audience=audience, at=at)
    scopes = granted(client, scope)
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
