"""The words in which agreements say who owes what."""

from enum import StrEnum


class Kind(StrEnum):
    """What is owed, and what can meet it."""

    WELFARE_VISIT = "welfare_visit"
    PROGRESS_REPORT = "progress_report"
    TRACKING_RETURN = "tracking_return"
    ATTENDANCE_REPORT = "attendance_report"
    INTENT = "intent"
    LONG_TERM_PLAN = "long_term_plan"
    QA_POLICY = "qa_policy"
    QA_SUMMARY = "qa_summary"
    ANNUAL_REPORT = "annual_report"
    FEE_RATES = "fee_rates"
    FEE_CHANGE_NOTICE = "fee_change_notice"
    DEMAND_FORECAST = "demand_forecast"
    SLA_RESPONSE = "sla_response"
    AUDIT = "audit"
    VISIT = "visit"
    VISIT_NOTICE = "visit_notice"
    QUESTIONNAIRE = "questionnaire"
    POLICY_REVIEW = "policy_review"


class Rule(StrEnum):
    """How the days of a duty are found."""

    EACH_HALF_TERM = "each_half_term"
    EACH_TERM_RETURN = "each_term_return"
    EACH_SCHOOL_DAY = "each_school_day"
    YEARLY = "yearly"
    ON_REQUEST = "on_request"
    AUDIT = "audit"
    FIRST_PUPIL = "first_pupil"
    CYCLE = "cycle"
    NOTICE = "notice"
    WITH_VISIT = "with_visit"
    REVIEW = "review"


class Party(StrEnum):
    """A side of an agreement. The home school is that which keeps the pupil's record, else the commissioner."""

    PROVIDER = "provider"
    COMMISSIONER = "commissioner"
    HOME_SCHOOL = "home_school"


class About(StrEnum):
    """Of which academic year a yearly document speaks, seen from the year in which it is due."""

    LAST_YEAR = "last_year"
    THIS_YEAR = "this_year"
    NEXT_YEAR = "next_year"


class State(StrEnum):
    """How an obligation stands on a day."""

    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"
    MET = "met"
    WAIVED = "waived"


class ReportPart(StrEnum):
    """What a provider's annual report includes (SLA 2022, Systems and Processes, second 2)."""

    QUALIFICATIONS_OFFERED = "qualifications_offered"
    OUTCOMES_ACHIEVED = "outcomes_achieved"
    NON_ACCREDITED_OUTCOMES = "non_accredited_outcomes"
    PLANS = "plans"
    FINANCIAL_STATUS = "financial_status"
