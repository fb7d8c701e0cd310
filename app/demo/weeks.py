"""The weeks that pupils of the demo county have at their providers."""

from app.demo.chance import Chance
from app.demo.shapes import Slot, Week

NOT_TOLD = Week()


def lessons(starts_at: str, ends_at: str, *weekdays: int, weeks: str = "every") -> Week:
    """The same times on several weekdays."""
    return Week(timetable=tuple(Slot(day, starts_at, ends_at, weeks) for day in weekdays))


# Ten hours and two days at most: within every limit there is.
_PART_TIME = (
    lessons("09:30", "14:30", 1, 3),
    lessons("09:30", "14:30", 2, 4),
    lessons("09:30", "14:30", 3, 5),
    lessons("09:15", "14:15", 2, 3),
    lessons("09:00", "12:00", 1, 4),
    lessons("12:30", "15:00", 2, 5),
    lessons("09:00", "15:00", 3),
    Week(timetable=(Slot(2, "09:30", "14:30"), Slot(4, "09:30", "14:30", "a"), Slot(5, "09:30", "14:30", "b"))),
    Week(weekly_minutes=480, days_per_week=2, sessions_per_week=4, hours_basis="declared"),
    Week(weekly_minutes=585, days_per_week=2, sessions_per_week=3, hours_basis="estimated"),
)
_TUITION = (
    lessons("09:30", "11:30", 1, 4),
    lessons("13:00", "14:30", 2, 5),
    lessons("10:00", "12:00", 3),
    Week(weekly_minutes=300, days_per_week=2, sessions_per_week=2, hours_basis="declared"),
)
_WORK = (lessons("09:00", "15:00", 3), lessons("08:30", "15:30", 5), lessons("09:30", "14:30", 2, 4))
_SCHOOL = (
    lessons("09:00", "14:30", 1, 2, 3),
    lessons("09:00", "14:30", 3, 4, 5),
    lessons("09:00", "15:00", 1, 2, 3, 4),
    lessons("09:00", "15:00", 1, 2, 3, 4, 5),
)
_USUAL = {"OOT": _TUITION, "WBP": _WORK}


def usual_week(chance: Chance, setting_type: str, *, registered: bool) -> Week:
    """A week as such a setting has it; only a registered school has pupils for more than two days."""
    return chance.choice(_SCHOOL if registered else _USUAL.get(setting_type, _PART_TIME))
