"""The organisations of the small county: what each is, where, and with whom it shares findings."""

from app.domain.access import Role

# Of every kind at least two, in the same area and in another, and an authority whose area is not known.
ORGANISATIONS: dict[str, tuple[Role, str | None]] = {
    "east": (Role.PARTNERSHIP, "855"),
    "west": (Role.PARTNERSHIP, "856"),
    "oak": (Role.SCHOOL, "855"),
    "elm": (Role.SCHOOL, "855"),
    "ash": (Role.SCHOOL, "856"),
    "forge": (Role.PROVIDER, "855"),
    "yard": (Role.PROVIDER, "855"),
    "barn": (Role.PROVIDER, "856"),
    "shire": (Role.LOCAL_AUTHORITY, "855"),
    "city": (Role.LOCAL_AUTHORITY, "856"),
    "unplaced": (Role.LOCAL_AUTHORITY, None),
}
# One network across areas, one with an authority of no area; an authority and the providers are in none. A school
# belongs through its partnership alone.
NETWORKS = {"county": ("east", "west", "oak", "shire"), "border": ("elm", "unplaced")}
PARTNERSHIPS = {"ash": "west"}
PROVIDERS = ("forge", "yard", "barn")
