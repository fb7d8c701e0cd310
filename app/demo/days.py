"""When things happen in the demo county, counted from one day that is today."""

from datetime import date, timedelta

from app.domain.calendar import last_friday_in_june, national_curriculum_year

DAY = timedelta(days=1)


class Days:
    """Dates around `today`."""

    def __init__(self, today: date) -> None:
        self.today = today
        this_year = last_friday_in_june(today.year)
        self.leaving_on = this_year if today <= this_year else last_friday_in_june(today.year + 1)
        """The next day on which compulsory school age ends for a year group; it may be today."""

    def before(self, days: int) -> date:
        """The last school day that lies at least so many days back."""
        return last_school_day(self.today - days * DAY)

    def after(self, days: int) -> date:
        """The first school day that lies at least so many days ahead."""
        day = self.today + days * DAY
        while not is_school_day(day):
            day += DAY
        return day

    def end_of_year(self) -> date:
        """The last school day of a school year, two weeks or more ahead."""
        first = self.today + 14 * DAY
        ends_on = last_school_day(date(first.year, 7, 10))
        return ends_on if first <= ends_on else last_school_day(date(first.year + 1, 7, 10))

    def birthdays(self, years_left: int) -> tuple[date, date]:
        """First and last date of birth of those who leave compulsory school age so many years after `leaving_on`."""
        year = self.leaving_on.year + years_left - 16
        return date(year - 1, 9, 1), date(year, 8, 31)

    def year_group(self, born_on: date) -> str:
        """The year group today of somebody born on a day."""
        return str(national_curriculum_year(born_on, self.today))


def is_school_day(day: date) -> bool:
    """Whether a school may be open: no weekend, Christmas or summer holiday as Leicestershire has them, early."""
    return day.weekday() < 5 and not ((7, 11) <= (day.month, day.day) <= (8, 26) or _is_christmas(day))


def _is_christmas(day: date) -> bool:
    return (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 4)


def weekday(day: date) -> date:
    """The day, or the Monday after it."""
    return day if day.weekday() < 5 else day + (7 - day.weekday()) * DAY


def last_school_day(day: date) -> date:
    """The day, or the last school day before it."""
    while not is_school_day(day):
        day -= DAY
    return day
