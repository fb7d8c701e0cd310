"""The six terms of any academic year in the demo county, much as Leicestershire's schools have them."""

from datetime import date

from app.demo.days import DAY, last_school_day, weekday
from app.domain.calendar import Closure, ClosureReason, SchoolYear, Term, academic_year, academic_year_label

_NAMES = ("Autumn 1", "Autumn 2", "Spring 1", "Spring 2", "Summer 1", "Summer 2")


def terms_of(today: date) -> SchoolYear:
    """The terms of the academic year that holds a day."""
    first = academic_year(today)[0].year
    next_ = first + 1
    half_terms = (
        (weekday(date(first, 8, 27)), _friday(date(first, 10, 20))),
        (_monday(date(first, 10, 24)), last_school_day(date(first, 12, 19))),
        (_monday(date(next_, 1, 4)), _friday(date(next_, 2, 16))),
        (_monday(date(next_, 2, 20)), _friday(date(next_, 3, 31))),
        (_monday(date(next_, 4, 8)), _friday(date(next_, 5, 28))),
        (_monday(date(next_, 6, 2)), last_school_day(date(next_, 7, 10))),
    )
    terms = (Term(n, *days, name) for n, (days, name) in enumerate(zip(half_terms, _NAMES, strict=True), start=1))
    return SchoolYear(academic_year_label(today), tuple(terms))


def with_inset_days(year: SchoolYear) -> SchoolYear:
    """The same terms in a school that begins the autumn and the spring with a day for its staff."""
    days = (year.terms[at].starts_on for at in (0, 2))
    closures = tuple(Closure(day, ClosureReason.INSET, "Staff training") for day in days)
    return SchoolYear(year.academic_year, year.terms, closures)


def _monday(day: date) -> date:
    """The first Monday from a day on."""
    return day + (-day.weekday() % 7) * DAY


def _friday(day: date) -> date:
    """The last Friday up to a day."""
    return day - ((day.weekday() - 4) % 7) * DAY
