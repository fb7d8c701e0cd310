"""Which declaration of a provider speaks on which days."""

from collections.abc import Iterator
from typing import NamedTuple

from app.domain.registration.canonical import canonical
from app.domain.registration.facts import DeclarationFact, DeclaredGroup, ProviderFacts
from app.domain.registration.pupils import FOREVER


class Spell(NamedTuple):
    """Days, `last` inclusive, on which a declaration is its provider's latest: all of them stale, or none."""

    first: int
    last: int
    stale: bool
    groups: tuple[DeclaredGroup, ...]


def spells_of(facts: ProviderFacts) -> Iterator[Spell]:
    """A declaration speaks from its day until the provider's next; from `stale_from_on` it is no longer certain."""
    for provider_id in {declaration.provider_id for declaration in facts.declarations}:
        told = sorted((d for d in facts.declarations if d.provider_id == provider_id), key=_order)
        ends = [later.declared_on.toordinal() - 1 for later in told[1:]]
        for declaration, last in zip(told, [*ends, FOREVER], strict=True):
            first, stale = declaration.declared_on.toordinal(), declaration.stale_from_on.toordinal()
            stale = max(first, stale)
            if first <= min(last, stale - 1):
                yield Spell(first, min(last, stale - 1), stale=False, groups=declaration.groups)
            if stale <= last:
                yield Spell(stale, last, stale=True, groups=declaration.groups)


def _order(declaration: DeclarationFact) -> tuple[int, str]:
    return declaration.declared_on.toordinal(), canonical(declaration)
