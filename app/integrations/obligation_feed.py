"""Obligations as events of whole days in iCalendar (RFC 5545)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from app.domain.obligations import Obligation, State

if TYPE_CHECKING:
    import icalendar


def to_icalendar(obligations: Iterable[Obligation], providers: Mapping[UUID, str], *, at: datetime) -> bytes:
    """A calendar with one event, on its due day, for each obligation on which something is still to be done.

    An event's UID is the obligation's key, so that calendars follow it when its day moves. It names no child: what
    concerns one is told by the id of its placement.

    Args:
        providers: the providers' names by id.
        at: the instant of the answer.
    """
    import icalendar  # noqa: PLC0415 - as in `term_dates`: most processes never need it

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//apqa//obligations//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Obligations")
    for each in obligations:
        if not each.settled:
            calendar.add_component(_event(icalendar.Event(), each, providers.get(each.provider_id), at))
    return bytes(calendar.to_ical())


def _event(event: "icalendar.Event", owed: Obligation, provider: str | None, at: datetime) -> "icalendar.Event":
    event.add("uid", f"{owed.key}@apqa")
    event.add("dtstamp", at)
    event.add("dtstart", owed.due_on)
    event.add("dtend", owed.due_on + timedelta(days=1))
    overdue = "Overdue: " if owed.state is State.OVERDUE else ""
    event.add("summary", f"{overdue}{owed.title}{f' ({provider})' if provider else ''}")
    event.add("description", "\n".join(_told(owed)))
    event.add("categories", [owed.kind.value, owed.state.value])
    event.add("transp", "TRANSPARENT")
    return event


def _told(owed: Obligation) -> Iterable[str]:
    yield owed.source
    yield f"From {owed.opens_on.isoformat()} until {owed.due_on.isoformat()}."
    if owed.subject.placement_id is not None:
        yield f"Placement {owed.subject.placement_id}"
