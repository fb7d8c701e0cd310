"""The words in which a report says the closed values of its document."""

from app.reports import words

WORDS = {
    "qa_visit": "Quality assurance visit",
    "half_day_observation": "Half-day observation",
    "follow_up": "Follow-up visit",
    "before_visit": "Before the visit",
    "at_visit": "At the visit",
    "state_ap_school": "State-funded alternative provision school",
    "other_school": "School of another kind",
    "non_school_institution": "Institution that is not a school",
    "not_found": "Not found in the register",
    "threshold_met": "A registration threshold is met",
    "limit_exceeded": "A limit is exceeded",
    "at_risk": "Near a threshold or limit",
    "clear_on_known_data": "Below every threshold, on the data known",
    "not_applicable": "No threshold applies",
    "upheld": "Upheld: the judgements stand",
    "amended": "Amended",
    "set_aside": "Set aside",
    "provider": "Provider",
    "visitor": "Visiting team",
    "amendment": "Suggested amendment",
    "conclusion": "Nothing more to say",
}


def worded(value: str) -> str:
    """A closed value in words."""
    return words.worded(value, WORDS)
