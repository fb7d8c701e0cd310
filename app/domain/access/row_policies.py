"""How a table's rows are opened to the roles."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.access.callers import Role
from app.domain.access.clauses import NEVER, Clause


@dataclass(frozen=True, slots=True)
class RowPolicy:
    """Which rows of a table a role sees, which it changes and removes, and which it adds (by default the same)."""

    see: Clause
    change: Clause = NEVER
    only_add: Clause | None = None

    @property
    def add(self) -> Clause:
        """The rows that the role adds."""
        return self.only_add or self.change


def by_role(
    *, partnership: RowPolicy, school: RowPolicy, provider: RowPolicy, local_authority: RowPolicy
) -> Mapping[Role, RowPolicy]:
    """A policy for each role but the system's."""
    return {
        Role.PARTNERSHIP: partnership,
        Role.SCHOOL: school,
        Role.PROVIDER: provider,
        Role.LOCAL_AUTHORITY: local_authority,
    }


def all_roles(policy: RowPolicy) -> Mapping[Role, RowPolicy]:
    """One policy for every role."""
    return by_role(partnership=policy, school=policy, provider=policy, local_authority=policy)
