"""Where evidence stands in the life of the visit that it belongs to."""

NO_VISIT = "none"
# An ended visit keeps its evidence as it was.
FROZEN = ("finalised", "cancelled")
OPEN = (NO_VISIT, "planned", "preparing", "with_provider", "visited", "draft_shared", "disputed")
