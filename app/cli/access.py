"""Commands about who may sign in: organisations, development tokens, machine clients."""

from datetime import timedelta
from typing import Annotated

import typer

from app.cli.context import fail
from app.cli.printing import console
from app.cli.work import opened, run
from app.db import organisations, people
from app.db.base import new_id, now
from app.db.session import Database
from app.domain.access import Caller, Grade, Permission, Role
from app.domain.identifiers import la_code
from app.domain.rulesets import ensure_known
from app.integrations.keys import SigningKeys, issue
from app.integrations.tokens import hash_secret, new_secret
from app.settings import Settings

Kind = Annotated[Role, typer.Option(help="partnership, school, provider or local_authority.")]
Ref = Annotated[str, typer.Option("--organisation", help="Slug or id.")]
GradeOption = Annotated[Grade, typer.Option(help="viewer, contributor or lead.")]
Scopes = Annotated[list[Permission] | None, typer.Option("--scope", help="Narrow the role to these acts. Repeatable.")]

organisation = typer.Typer(help="Organisations.", no_args_is_help=True)
client = typer.Typer(help="Machine clients.", no_args_is_help=True)
OPERATOR = Caller.system("operator")


@organisation.command("add")
def add_organisation(
    kind: Kind,
    name: Annotated[str, typer.Option(help="Its name.")],
    slug: Annotated[str, typer.Option(help="A short name for addresses: lower case, digits, hyphens.")],
    la: Annotated[str | None, typer.Option("--la", help="Local authority code, such as 855.")] = None,
    urn: Annotated[int | None, typer.Option(help="A school's URN.")] = None,
    partnership: Annotated[str | None, typer.Option(help="Slug or id of the partnership it belongs to.")] = None,
    network: Annotated[str | None, typer.Option(help="Slug of the network in which it shares findings.")] = None,
    ruleset: Annotated[list[str] | None, typer.Option(help="A ruleset it has adopted. Repeatable.")] = None,
) -> None:
    """Record an organisation, and print its id."""
    if kind is Role.SYSTEM:
        fail("an organisation is a partnership, school, provider or local_authority")

    async def work() -> str:
        ensure_known(ruleset or ())
        async with opened() as (_, database), database.session_for(OPERATOR) as session:
            belongs = await organisations.by_ref(session, partnership) if partnership else None
            row = await organisations.add(
                session,
                kind=kind.value,
                name=name,
                slug=slug,
                la_code=la_code(la) if la else None,
                urn=urn,
                partnership_id=belongs.id if belongs else None,
                network=network,
                rulesets=ruleset or (),
            )
            return str(row.id)

    console.print(run(work()), soft_wrap=True, highlight=False)


def token(
    organisation: Ref,
    grade: GradeOption = Grade.LEAD,
    scope: Scopes = None,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long it is good for.")] = 60,
) -> None:
    """Print a development token for an organisation. Needs APQA_DEV_ISSUER=true; never in production."""

    async def work() -> str:
        async with opened() as (settings, database):
            if not settings.dev_issuer:
                fail("development tokens are off: set APQA_DEV_ISSUER=true (never in production)")
            scopes = frozenset(each.value for each in scope) if scope else None
            return await developer_token(settings, database, organisation, grade, scopes, minutes)

    typer.echo(run(work()))


async def developer_token(
    settings: Settings,
    database: Database,
    ref: str,
    grade: Grade = Grade.LEAD,
    scopes: frozenset[str] | None = None,
    minutes: int = 60,
) -> str:
    """A token for a developer, who is made a member of the organisation at that grade."""
    subject = f"developer-{grade.value}"
    async with database.session_for(OPERATOR) as session:
        row = await organisations.by_ref(session, ref)
        name = f"Developer ({grade.value})"
        await people.add_member(
            session, row.id, issuer=settings.issuer, subject=subject, grade=grade.value, display_name=name
        )
    return issue(
        SigningKeys.told(settings),
        issuer=settings.issuer,
        audience=settings.audience,
        subject=subject,
        token_id=new_id(),
        organisation_id=row.id,
        scopes=scopes,
        client_id=None,
        at=now() - timedelta(seconds=1),
        minutes=minutes,
    )


@client.command("add")
def add_client(
    organisation: Ref,
    name: Annotated[str, typer.Option(help="What it is, such as 'Arbor at Oakfield'.")],
    scope: Annotated[list[Permission], typer.Option(help="An act that it may ask for. Repeatable.")],
    grade: GradeOption = Grade.CONTRIBUTOR,
) -> None:
    """Register a machine client, and print its id and, this once, its secret."""
    secret = new_secret()

    async def work() -> str:
        async with opened() as (settings, database), database.session_for(OPERATOR) as session:
            row = await organisations.by_ref(session, organisation)
            made = await people.add_client(
                session,
                row.id,
                issuer=settings.issuer,
                name=name,
                grade=grade.value,
                scopes=[each.value for each in scope],
                secret_hash=hash_secret(secret),
            )
            return str(made.id)

    typer.echo(f"client_id     {run(work())}\nclient_secret {secret}")
