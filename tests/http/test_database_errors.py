"""What PostgreSQL complains of becomes a problem without its words."""

import httpx
import pytest
from asyncpg import exceptions as pg
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi as Dbapi
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.errors import database
from tests.http.test_problems import problem
from tests.http.tiny import client, make_app


def integrity(sqlstate: str, constraint: str | None) -> IntegrityError:
    """What SQLAlchemy raises when PostgreSQL, through asyncpg, refuses with these fields."""
    fields = {"C": sqlstate, "M": "Key (upn)=(A823432123456) already exists", "n": constraint}
    cause = pg.PostgresError.new({key: value for key, value in fields.items() if value})
    wrapped = Dbapi.IntegrityError("message", cause)  # type: ignore[no-untyped-call]
    wrapped.__cause__ = cause
    return IntegrityError("INSERT", {"upn": "A823432123456"}, wrapped)


@pytest.mark.parametrize(
    ("sqlstate", "constraint", "code"),
    [
        ("23505", "uq_pupils_upn", "already_exists"),
        ("23505", "pk_pupils", "already_exists"),
        ("23503", "fk_pupils_school_id", "reference_conflict"),
        ("23P01", "ex_names_period", "overlaps"),
        ("23514", "ck_pupils_upn", "constraint_violated"),
        ("23502", None, "constraint_violated"),
    ],
)
async def test_a_violated_constraint_is_a_conflict(sqlstate: str, constraint: str | None, code: str) -> None:
    answer = await refused_by(integrity(sqlstate, constraint))
    assert problem(answer, 409, code)["retryable"] is False
    assert "A823432123456" not in answer.text


@pytest.mark.parametrize(
    ("sqlstate", "status", "code"),
    [
        ("40001", 409, "concurrent_update"),
        ("40P01", 409, "concurrent_update"),
        ("22021", 422, "unstorable_value"),
        ("57014", 503, "unavailable"),
        ("53300", 503, "unavailable"),
        ("08006", 503, "unavailable"),
    ],
)
async def test_what_passes_is_told_apart_from_what_does_not(sqlstate: str, status: int, code: str) -> None:
    driver = pg.PostgresError.new({"C": sqlstate, "M": "words"})
    wrapped = DBAPIError("SELECT", {}, Dbapi.Error("message", driver))  # type: ignore[no-untyped-call]
    wrapped.orig.__cause__ = driver  # type: ignore[union-attr]
    for error in (driver, wrapped):
        told = problem(await refused_by(error), status, code)
        assert told["retryable"] is (code != "unstorable_value")


async def test_a_database_out_of_reach_is_a_503() -> None:
    for error in (PoolTimeout("full"), ConnectionRefusedError("127.0.0.1")):
        answer = await refused_by(error)
        problem(answer, 503, "unavailable")
        assert answer.headers["Retry-After"] == "5"


async def test_a_fault_in_our_sql_is_a_500() -> None:
    problem(await refused_by(pg.PostgresError.new({"C": "42601", "M": "syntax error"})), 500, "internal_error")


def test_a_whole_constraint_name_may_be_told_before_its_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    own = ("uq_things_word", "word_taken", "That word is taken.")
    monkeypatch.setattr(database, "CONSTRAINTS", (own, *database.CONSTRAINTS))
    told = database.refusal(integrity("23505", "uq_things_word"))
    assert told is not None
    assert told.problem_code == "word_taken"


async def refused_by(error: Exception) -> httpx.Response:
    """The answer of a route that raises this."""
    app = make_app()

    @app.get("/raise")
    async def fail() -> None:
        raise error

    async with client(app) as c:
        return await c.get("/raise")
