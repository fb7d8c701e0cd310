"""Tokens and client credentials: what is believed, and what is refused in one and the same sentence."""

from app.integrations.tokens.cache import VerifiedTokens
from app.integrations.tokens.clients import (
    ClientAssertion,
    hash_secret,
    new_secret,
    secret_matches,
    verify_client_assertion,
)
from app.integrations.tokens.public_keys import MOST_KEYS, Algorithm, VerifyingKey, registered, verifying_keys
from app.integrations.tokens.verification import REFUSAL, Claims, Issuer, Issuers, named_in, verify

__all__ = [
    "MOST_KEYS",
    "REFUSAL",
    "Algorithm",
    "Claims",
    "ClientAssertion",
    "Issuer",
    "Issuers",
    "VerifiedTokens",
    "VerifyingKey",
    "hash_secret",
    "named_in",
    "new_secret",
    "registered",
    "secret_matches",
    "verify",
    "verify_client_assertion",
    "verifying_keys",
]
