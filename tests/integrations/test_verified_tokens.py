"""The short memory of verified tokens."""

from datetime import timedelta

from app.integrations.tokens import Claims, VerifiedTokens, verify
from tests.integrations.forge import AT, ISSUERS, NOW, own_token


def claims(**changes: object) -> Claims:
    return verify(own_token(**changes), ISSUERS, at=AT)  # type: ignore[arg-type]


def test_a_token_is_remembered_for_just_under_a_minute() -> None:
    verified, known = VerifiedTokens(), claims()
    verified.put("token", known, at=AT)
    for seconds, remembered in ((-1, False), (0, True), (59.9, True), (60, False), (3600, False)):
        assert (verified.get("token", at=AT + timedelta(seconds=seconds)) is known) is remembered


def test_a_token_is_never_remembered_past_its_expiry() -> None:
    verified = VerifiedTokens()
    verified.put("token", claims(exp=NOW + 10), at=AT)
    assert verified.get("token", at=AT + timedelta(seconds=9)) is not None
    assert verified.get("token", at=AT + timedelta(seconds=10)) is None


def test_a_token_is_known_by_the_whole_of_it() -> None:
    verified = VerifiedTokens()
    token = own_token()
    verified.put(token, claims(), at=AT)
    for other in (token[:-1], token + "=", token[:-1] + "\ud800", token.upper(), ""):
        assert verified.get(other, at=AT) is None


def test_the_memory_is_bounded_and_the_oldest_goes_first() -> None:
    verified, known = VerifiedTokens(size=3), claims()
    for token in ("a", "b", "c", "a", "d"):
        verified.put(token, known, at=AT)
    assert len(verified) == 3
    assert [token for token in "abcd" if verified.get(token, at=AT)] == ["a", "c", "d"]
