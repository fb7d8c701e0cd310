"""The closed words of QA frameworks and visits."""

from enum import StrEnum


class Status(StrEnum):
    """Where a version stands: only a draft may change."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class VisitKind(StrEnum):
    """The kinds of visit."""

    QA_VISIT = "qa_visit"
    LEARNING_WALK = "learning_walk"
    HALF_DAY_OBSERVATION = "half_day_observation"
    WORK_SCRUTINY = "work_scrutiny"
    CONTRACT_REVIEW = "contract_review"
    FOLLOW_UP = "follow_up"
    JOINT_OBSERVATION = "joint_observation"


class Phase(StrEnum):
    """When a criterion is answered."""

    BEFORE_VISIT = "before_visit"
    AT_VISIT = "at_visit"


class Voice(StrEnum):
    """Whose voice a criterion listens to."""

    DOCUMENTS = "documents"
    OBSERVATION = "observation"
    STAFF = "staff"
    PUPILS = "pupils"


class Answer(StrEnum):
    """Whether each criterion of a section must be rated, or only what was seen."""

    REQUIRED = "required"
    IF_OBSERVED = "if_observed"


class DecidedBy(StrEnum):
    """Who gives a rating: an assessor, the roll-up of what lies beneath, or nobody."""

    ASSESSOR = "assessor"
    ROLLUP = "rollup"
    NONE = "none"


class Hint(StrEnum):
    """What an assessor is shown beside the choice of an overall rating; it never decides."""

    LIMITING_JUDGEMENT = "limiting_judgement"


class Level(StrEnum):
    """Where a rating stands."""

    CRITERION = "criterion"
    SECTION = "section"
    OVERALL = "overall"


class Effect(StrEnum):
    """What a rating sets in motion."""

    CONCERN = "concern"
    FOLLOW_UP = "follow_up"


class Branch(StrEnum):
    """For which registration status a pre-visit question is asked."""

    ALWAYS = "always"
    REGISTERED = "registered"
    UNREGISTERED = "unregistered"


class OpensAt(StrEnum):
    """The point of a term from which something is due."""

    START = "start"
    MIDDLE = "middle"
    END = "end"
