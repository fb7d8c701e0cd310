"""The words in which an annual report says the closed values of its document."""

from app.domain import reference
from app.reports import words

WORDS = {
    "local_authority": "Local authority",
    "post_16": "Post-16 education or training",
    "reintegration": "Return to a mainstream school",
    "specialist": "Specialist provision",
    "going_on": "Going on",
    "ended": "Ended by then",
    "not_said": "Not said",
    "not_possible": "Not possible to attend",
    "authorised_absence": "Absent, authorised",
    "unauthorised_absence": "Absent, unauthorised",
    "seen": "Seen at least once",
    "not_seen": "Not seen",
    "tracking": "Tracking returns",
    "progress": "Reports asked for",
    "met": "Met",
    "not_met": "Not met yet",
    "qa_visit": "Quality assurance visit",
    "half_day_observation": "Half-day observation",
    "follow_up": "Follow-up visit",
    "missing": "Nothing recorded",
    "threshold_met": "A registration threshold is met",
    "limit_exceeded": "A limit is exceeded",
    "at_risk": "Near a threshold or limit",
    "clear_on_known_data": "Below every threshold, on the data known",
    "cannot_determine": "Cannot be determined from the data known",
    "not_applicable": "No threshold applies",
    "qa_policy": "Quality assurance policy",
    "qa_summary": "Quality assurance summary",
    "sla_response": "Answer to the agreement",
}
# What each breakdown is by, and what it counts.
TITLES = {
    "commissioner": ("Commissioned by", "Pupils by who commissioned the place"),
    "reason": ("Reason for placement", "Pupils by reason for placement"),
    "goal": ("Goal of placement", "Pupils by the goal of the placement"),
    "attendance_pattern": ("Attendance pattern", "Pupils by attendance pattern"),
    "standing": ("Placement", "Pupils by how the placement stood at the end of the year"),
    "register": ("Register", "Sessions by what the register says"),
    "seen": ("Pupils", "Pupils seen here by those who answer for them"),
    "kind": ("Reports", "Reports of progress that were given"),
    "target": ("Targets", "Targets told of in reports of progress"),
}
# The census lists whose codes are told.
LISTS = {"reason": "placement-reasons", "attendance_pattern": "attendance-patterns"}


def worded(value: str) -> str:
    """A closed value in words."""
    return words.worded(value, WORDS)


def labelled(by: str, value: str) -> str:
    """A value of a breakdown in words: a code of a census list by the list's own label."""
    items = reference.named(LISTS[by]).items if by in LISTS else ()
    return next((each.label for each in items if each.code == value and each.label), worded(value))
