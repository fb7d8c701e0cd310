"""How a child's age counts in English education: compulsory school age, leaving dates, year groups."""

from datetime import date, timedelta

from app.domain.calendar.years import academic_year

_FRIDAY = 4
_PRESCRIBED_DAYS = ((3, 31), (8, 31), (12, 31))  # SI 1998/1607, art. 2


def compulsory_school_age(born_on: date) -> tuple[date, date]:
    """First and last day, both inclusive, on which a child is of compulsory school age (EA 1996 s.8).

    It starts on the fifth birthday or the next prescribed day after it (s.8(2)). It ends on a school leaving date
    (s.8(3)): that of the calendar year of the sixteenth birthday when the birthday falls before the school year that
    follows, else that of the year after. The school year is taken to begin on 1 September.
    """
    fifth, sixteenth = _birthday(born_on, 5), _birthday(born_on, 16)
    starts_on = next(day for day in (date(fifth.year, *md) for md in _PRESCRIBED_DAYS) if day >= fifth)
    return starts_on, last_friday_in_june(sixteenth.year + (sixteenth.month >= 9))


def is_compulsory_school_age(born_on: date, *, on: date) -> bool:
    """Whether a child born on `born_on` is of compulsory school age on a day (EA 1996 s.8)."""
    first, last = compulsory_school_age(born_on)
    return first <= on <= last


def last_friday_in_june(year: int) -> date:
    """The school leaving date of a year (SI 1997/1970, art. 2)."""
    end = date(year, 6, 30)
    return end - timedelta(days=(end.weekday() - _FRIDAY) % 7)


def national_curriculum_year(born_on: date, on: date) -> int:
    """The year group that age gives: 1 to 11 in compulsory schooling, 0 reception, below 0 nursery, from 12 post-16.

    A child who is five when the academic year begins is in year 1 (key stages, EA 2002 s.82). A pupil taught out of
    year group cannot be told from a date of birth: prefer the year group that the school records.
    """
    return academic_year(on)[0].year - academic_year(born_on)[0].year - 5


def _birthday(born_on: date, age: int) -> date:
    """The day on which an age is attained; someone born on 29 February attains it on 1 March in common years."""
    try:
        return born_on.replace(year=born_on.year + age)
    except ValueError:
        return date(born_on.year + age, 3, 1)
