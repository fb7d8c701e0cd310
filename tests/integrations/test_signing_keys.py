"""The service's own keys: made once, published, rotated; and the tokens they sign."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from app.domain.errors import Unauthenticated
from app.integrations.keys import FILE_NAME, SigningKey, SigningKeys, issue
from app.integrations.tokens import Issuer, verify, verifying_keys
from tests.integrations.forge import AT, AUDIENCE, ORGANISATION, OWN, ec_key, rsa_key

RSA_PEM = rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def pem(label: str, form: PrivateFormat = PrivateFormat.PKCS8, lock: KeySerializationEncryption | None = None) -> str:
    return ec_key(label).private_bytes(Encoding.PEM, form, lock or NoEncryption()).decode()


def issued(keys: SigningKeys, minutes: int = 15, scopes: frozenset[str] | None = None) -> str:
    return issue(
        keys,
        issuer=OWN,
        audience=AUDIENCE,
        subject="client-7",
        token_id=UUID(int=7),
        organisation_id=UUID(ORGANISATION),
        scopes=scopes,
        client_id="client-7",
        at=AT,
        minutes=minutes,
    )


def believed_by(keys: SigningKeys) -> dict[str, Issuer]:
    return {OWN: Issuer(OWN, AUDIENCE, keys.verifying(), own=True)}


def test_an_issued_token_is_verified_with_what_was_put_in() -> None:
    keys = SigningKeys.from_pem(pem("own"))
    claims = verify(issued(keys, scopes=frozenset({"b:write", "a:read"})), believed_by(keys), at=AT)
    assert (claims.subject, claims.client_id, claims.token_id) == ("client-7", "client-7", str(UUID(int=7)))
    assert claims.organisation_id == UUID(ORGANISATION)
    assert claims.scopes == frozenset({"a:read", "b:write"})
    assert claims.expires_at == AT + timedelta(minutes=15)


def test_a_token_issued_without_scopes_is_not_narrowed_and_one_with_none_at_all_is() -> None:
    keys = SigningKeys.from_pem(pem("own"))
    assert verify(issued(keys), believed_by(keys), at=AT).scopes is None
    assert verify(issued(keys, scopes=frozenset()), believed_by(keys), at=AT).scopes == frozenset()


@pytest.mark.parametrize("minutes", [0, -1, 1441])
def test_no_token_is_issued_that_would_not_be_believed(minutes: int) -> None:
    with pytest.raises(ValueError, match="24 hours"):
        issued(SigningKeys.from_pem(pem("own")), minutes)


def test_a_token_of_a_day_is_issued_and_believed() -> None:
    keys = SigningKeys.from_pem(pem("own"))
    assert verify(issued(keys, 1440), believed_by(keys), at=AT + timedelta(hours=23)).subject == "client-7"


def test_the_first_of_several_keys_signs_and_all_verify() -> None:
    old, new = SigningKeys.from_pem(pem("old")), SigningKeys.from_pem(pem("new"))
    both = SigningKeys.from_pem(pem("new") + "\n" + pem("old", PrivateFormat.TraditionalOpenSSL))
    assert [key.kid for key in both.keys] == [new.keys[0].kid, old.keys[0].kid]
    for token in (issued(old), issued(new), issued(both)):
        assert verify(token, believed_by(both), at=AT).subject == "client-7"
    assert verify(issued(both), believed_by(new), at=AT).subject == "client-7"
    with pytest.raises(Unauthenticated):
        verify(issued(both), believed_by(old), at=AT)


def test_the_kid_is_the_rfc_7638_thumbprint() -> None:
    # The key of RFC 7517 A.1 and A.2
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(bytes.fromhex("30a0424cd21c2944838a2d75c92b37e76ea20d9f00893a3b4eee8a3c0aafec3e"), "big"),
        int.from_bytes(bytes.fromhex("e04b65e92456d9888b52b379bdfbd51ee869ef1f0fc65b6659695b6cce081723"), "big"),
        ec.SECP256R1(),
    )
    secret = 0xF3BD0C07A81FB932781ED52752F60CC89A6BE5E51934FE01938DDB55D8F77801
    key = SigningKey.of(ec.EllipticCurvePrivateNumbers(secret, numbers).private_key())
    assert key.kid == "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"


def test_the_published_keys_are_public_and_verify_what_we_sign() -> None:
    keys = SigningKeys.from_pem(pem("new") + pem("old"))
    document = json.loads(json.dumps(keys.jwks()))
    assert [set(each) for each in document["keys"]] == [{"kty", "crv", "x", "y", "kid", "use", "alg"}] * 2
    by_readers = {OWN: Issuer(OWN, AUDIENCE, verifying_keys(document, {"ES256"}), own=True)}
    assert verify(issued(keys), by_readers, at=AT).subject == "client-7"


def test_private_keys_are_not_shown() -> None:
    assert "private" not in repr(SigningKeys.from_pem(pem("own"))).lower()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("a passphrase", id="no PEM"),
        pytest.param(pem("own", lock=BestAvailableEncryption(b"word")), id="encrypted"),
        pytest.param(
            ec_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(), id="public"
        ),
        pytest.param(RSA_PEM, id="RSA"),
        pytest.param(
            ec.generate_private_key(ec.SECP384R1())
            .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            .decode(),
            id="P-384",
        ),
        pytest.param("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----", id="rubbish"),
        pytest.param(
            pem("own") + RSA_PEM,
            id="a good one and a bad one",
        ),
    ],
)
def test_a_text_that_is_not_all_signing_keys_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="private key") as refusal:
        SigningKeys.from_pem(text)
    assert not text or text not in str(refusal.value)
    assert "c2VjcmV0" not in str(refusal.value)


def test_a_key_is_made_once_in_a_directory_of_its_own_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "data"
    made, again = SigningKeys.kept_in(directory), SigningKeys.kept_in(directory)
    assert [key.kid for key in made.keys] == [key.kid for key in again.keys]
    assert [path.name for path in directory.iterdir()] == [FILE_NAME]
    assert stat.S_IMODE((directory / FILE_NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert verify(issued(made), believed_by(again), at=AT).subject == "client-7"


def test_a_file_with_something_else_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("not a key")
    with pytest.raises(ValueError, match="no private key"):
        SigningKeys.kept_in(tmp_path)
    assert (tmp_path / FILE_NAME).read_text() == "not a key"


def test_those_who_start_together_get_the_same_key(tmp_path: Path) -> None:
    together = Barrier(4)

    def kid(directory: Path) -> str:
        together.wait(5)
        return SigningKeys.kept_in(directory).keys[0].kid

    with ThreadPoolExecutor(4) as starters:
        for attempt in range(10):
            directory = tmp_path / str(attempt)
            assert len(set(starters.map(kid, [directory] * 4))) == 1
            assert [path.name for path in directory.iterdir()] == [FILE_NAME]
