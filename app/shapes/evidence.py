"""Evidence on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.shapes import Shape

ItemKey = Annotated[
    str,
    StringConstraints(max_length=160, pattern=r"^(overall|(criterion|section|question|caveat):[a-z0-9][a-z0-9._-]*)$"),
    Field(description="An item of the visit's form: `criterion:…`, `section:…`, `question:…`, `caveat:…`, `overall`."),
]


class Evidence(Shape):
    """A file about a provider. Its content is at `/v1/evidence/{id}/content`."""

    id: UUID
    organisation_id: UUID = Field(description="Who brought it.")
    provider_id: UUID
    visit_id: UUID | None
    item_key: str | None
    side: Literal["observer", "provider"] = Field(description="Whether the provider itself brought it.")
    title: str | None
    file_name: str = Field(description="The name under which it is downloaded.")
    media_type: str = Field(description="By its content.")
    size: int = Field(description="Bytes.")
    sha256: str = Field(description="Of what is downloaded, in hexadecimal.")
    sent_sha256: str = Field(description="Of what was sent: an image is kept without its metadata.")
    scan: Literal["clean", "infected", "unscanned"] = Field(description="For malware, when it was sent.")
    frozen: bool = Field(description="Its visit has ended: it stays as it is.")
    uploaded_by: str
    version: int
    created_at: datetime
    updated_at: datetime
