"""What has been written on a visit's form, as its rules read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db.visits import Judgement, Visit, VisitComment, VisitResponse, VisitVersion
from app.domain.errors import Fault
from app.domain.frameworks import Ratings
from app.domain.visits import Content
from app.domain.visits.items import OVERALL
from app.domain.visits.names import staff_named

_STAFF = text("SELECT apqa_staff_names(:provider)")


@dataclass(frozen=True, slots=True)
class Written:
    """The parts of a visit that its reader may see, oldest first."""

    responses: Sequence[VisitResponse]
    judgements: Sequence[Judgement]
    comments: Sequence[VisitComment]
    versions: Sequence[VisitVersion]

    @property
    def ratings(self) -> Ratings:
        """The ratings of criteria, sections and the whole, by bare key."""
        return Ratings(
            criteria=self._rated("criterion"),
            sections=self._rated("section"),
            overall=next((each.rating for each in self.judgements if each.level == "overall"), None),
        )

    def _rated(self, level: str) -> dict[str, str]:
        return {each.key: each.rating for each in self.judgements if each.level == level and each.rating is not None}

    @property
    def concluded(self) -> bool:
        """Whether the provider has said that it has no more to say on the newest draft."""
        shared_at = max((each.created_at for each in self.versions), default=None)
        return any(each.kind == "conclusion" and shared_at and each.created_at >= shared_at for each in self.comments)

    def content(self, names: tuple[Fault, ...] = ()) -> Content:
        """What was written, as the guards read it."""
        return Content(
            noted=frozenset(each.item_key for each in self.responses if each.side == "observer"),
            answered=frozenset(each.item_key for each in self.responses if each.side == "provider"),
            ratings=self.ratings,
            caveats=self._rated("caveat"),
            rationales=frozenset(item_of(each) for each in self.judgements if each.rationale),
            concluded=self.concluded,
            names=names,
        )


def item_of(judgement: Judgement) -> str:
    """The key of the item that is judged."""
    return OVERALL if judgement.level == "overall" else f"{judgement.level}:{judgement.key}"


async def written(session: AsyncSession, visit_id: UUID) -> Written:
    """Everything that was written, as far as the session's caller may see it."""

    async def of(entity: type[VisitResponse | Judgement | VisitComment | VisitVersion]) -> list:  # type: ignore[type-arg]
        query = select(entity).where(col(entity.visit_id) == visit_id).order_by(col(entity.id))
        return list((await session.execute(query.execution_options(populate_existing=True))).scalars())

    return Written(await of(VisitResponse), await of(Judgement), await of(VisitComment), await of(VisitVersion))


async def names_in(session: AsyncSession, visit: Visit, said: Written) -> tuple[Fault, ...]:
    """Where the visitors' own words seem to name the provider's staff, by pointer into the visit."""
    staff = list((await session.execute(_STAFF, {"provider": visit.provider_id})).scalars())
    return staff_named(_texts(said), staff) if staff else ()


def _texts(said: Written) -> dict[str, str]:
    """The texts of a report that are the visitors' own, by pointer. Who leads on safeguarding is asked by name."""
    found = {
        f"/responses/{each.id}/text": each.text
        for each in said.responses
        if each.side == "observer" and not each.item_key.startswith("question:")
    }
    for each in said.judgements:
        at = f"/judgements/{item_of(each)}"
        if each.rationale:
            found[f"{at}/rationale"] = each.rationale
        found |= {f"{at}/action_points/{number}": point for number, point in enumerate(each.action_points)}
    return found
