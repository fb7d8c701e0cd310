"""How the dates of English education fall: ages that count, academic years, terms, bank holidays, counts of days."""

from app.domain.calendar.ages import (
    compulsory_school_age,
    is_compulsory_school_age,
    last_friday_in_june,
    national_curriculum_year,
)
from app.domain.calendar.counts import (
    DayCounts,
    add_calendar_days,
    add_school_days,
    add_working_days,
    calendar_days_between,
    day_counts,
    is_school_day,
    is_working_day,
    school_days_between,
    working_days_between,
)
from app.domain.calendar.months import eve_of_anniversary, months_after
from app.domain.calendar.table import from_csv
from app.domain.calendar.terms import (
    EARLIEST_START,
    Closure,
    ClosureReason,
    SchoolYear,
    Term,
    three_terms,
    year_of,
)
from app.domain.calendar.years import (
    academic_year,
    academic_year_label,
    academic_year_named,
    academic_year_written,
)

__all__ = [
    "EARLIEST_START",
    "Closure",
    "ClosureReason",
    "DayCounts",
    "SchoolYear",
    "Term",
    "academic_year",
    "academic_year_label",
    "academic_year_named",
    "academic_year_written",
    "add_calendar_days",
    "add_school_days",
    "add_working_days",
    "calendar_days_between",
    "compulsory_school_age",
    "day_counts",
    "eve_of_anniversary",
    "from_csv",
    "is_compulsory_school_age",
    "is_school_day",
    "is_working_day",
    "last_friday_in_june",
    "months_after",
    "national_curriculum_year",
    "school_days_between",
    "three_terms",
    "working_days_between",
    "year_of",
]
