"""Every setting of the service, read once from the environment (`APQA_*`)."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class OidcIssuerSettings(BaseModel):
    """One OpenID Connect issuer whose tokens are accepted. Memberships in the database say what its people may do."""

    issuer: str = Field(description="The `iss` of its tokens, exactly.")
    audience: str = Field(description="The `aud` that its tokens must carry.")
    jwks_url: str | None = Field(default=None, description="Its keys; found by discovery where absent.")
    algorithms: list[str] = Field(default=["RS256"], description="RS256 and/or ES256.")
    requires_nbf: bool = Field(default=True, description="Whether a token without `nbf` is refused.")


class Settings(BaseSettings):
    """The settings, with the defaults of a first start on one machine."""

    model_config = SettingsConfigDict(env_prefix="APQA_", frozen=True, env_nested_delimiter="__")

    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL 15 or newer, as its owner: `postgresql://user:password@host:port/database`. "
        "The service itself signs in as a lesser role that `apqa migrate` makes. Absent: an embedded server.",
    )
    runtime_database_url: SecretStr | None = Field(
        default=None,
        description="The address the service itself uses, where the operator makes the runtime role by hand.",
    )
    data_dir: Path = Field(default=Path(".apqa"), description="Keys, evidence and the embedded server's files.")
    evidence_url: str | None = Field(
        default=None,
        pattern=r"^(s3|az|gs|file)://.+$",
        description="Where evidence is kept: `s3://bucket/prefix`, `az://container/prefix`, `gs://bucket/prefix` or "
        "`file:///folder`; credentials and endpoint by the variables of the cloud's own tools (`AWS_…`, `AZURE_…`, "
        "`GOOGLE_…`). Absent: a folder in the data directory.",
    )
    clamd: str | None = Field(
        default=None,
        pattern=r"^(tcp://[^/]+:\d+|unix:///.+)$",
        description="The malware scanner, as `tcp://host:3310` or `unix:///run/clamav/clamd.ctl`. Absent: evidence is "
        "marked as unscanned.",
    )
    public_url: str = Field(default="http://127.0.0.1:8000", description="How clients reach the service.")
    issuer: str = Field(default="apqa", description="The `iss` of the service's own tokens.")
    audience: str = Field(default="apqa", description="The `aud` of the service's own tokens.")
    signing_key: SecretStr | None = Field(
        default=None, description="PEM of the ES256 key that signs tokens. Absent: made once in the data directory."
    )
    dev_issuer: bool = Field(default=False, description="Allows `apqa token`. Never in production.")
    oidc_issuers: list[OidcIssuerSettings] = Field(default=[], description="Foreign issuers, as a JSON list.")
    pool_size: Annotated[int, Field(ge=1, le=100)] = Field(default=10, description="Connections per worker.")
    session_minutes: Annotated[int, Field(ge=1, le=300)] = Field(
        default=195, description="Length of one census session where a placement gives only sessions (half of 6.5 h)."
    )
    declaration_days: Annotated[int, Field(ge=1)] = Field(
        default=91, description="Days after which a provider's declaration about other pupils is stale (a term)."
    )
    judgement_months: Annotated[int, Field(ge=1, le=60)] = Field(
        default=12, description="Months for which a judgement holds where no follow-up is due sooner."
    )
    comment_days: Annotated[int, Field(ge=1, le=90)] = Field(
        default=10, description="Days that a provider has for its comments on a shared draft, unless more are given."
    )
    regular_visit_days: Annotated[int, Field(ge=1, le=1100)] = Field(
        default=365, description="Longest time between the visits that a framework calls regular, without a number."
    )
    rate_read: Annotated[int, Field(ge=1)] = Field(default=12_000, description="Reads a minute, per client.")
    rate_write: Annotated[int, Field(ge=1)] = Field(default=6_000, description="Writes a minute, per client.")
    rate_what_if: Annotated[int, Field(ge=1)] = Field(default=3_000, description="What-ifs a minute, per client.")
    rate_import: Annotated[int, Field(ge=1)] = Field(default=600, description="Batches and files a minute, per client.")
    rate_sign_in: Annotated[int, Field(ge=1)] = Field(default=600, description="Sign-ins a minute, per client.")
    sweep_every_hours: Annotated[int, Field(ge=0)] = Field(
        default=24, description="Hours between scheduled sweeps over all providers; 0 for none."
    )
    worker: bool = Field(default=True, description="Whether this process also records imports and does due jobs.")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    token_minutes: Annotated[int, Field(ge=1, le=60)] = Field(default=15, description="Life of a client's token.")


def table() -> str:
    """Every setting as a Markdown table, for docs/settings.md."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        lines.append(f"| `APQA_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"
