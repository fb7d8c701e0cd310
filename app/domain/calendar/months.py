"""How months are added to a day, and the last day of something that holds for so many months."""

from datetime import date, timedelta


def months_after(on: date, months: int) -> date:
    """The day so many months later; one that its month lacks falls on that month's last: a year from 29 February is
    28 February."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    after_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return on.replace(year=year, month=month + 1, day=min(on.day, (after_next - timedelta(days=1)).day))


def eve_of_anniversary(on: date, months: int) -> date:
    """The last day of what holds for so many months from a day: the eve of the anniversary."""
    return months_after(on, months) - timedelta(days=1)
