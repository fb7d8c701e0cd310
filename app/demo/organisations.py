"""The organisations of the demo county: the authority, its five partnerships, and a dozen invented schools."""

from app.demo.shapes import Organisation

NETWORK = "leicestershire-seips"
_ADOPTED = ("leics-seip-ofsted-2024-08", "leics-seip-sla-2022-03")
_AGREED = ("leics-seip-sla-2022",)
_PARTNERSHIPS = {
    "hbep": "Hinckley and Bosworth Education Partnership (HBEP)",
    "mscip": "Melton and South Charnwood Inclusion Partnership (MSCIP)",
    "nclip": "North Charnwood and Loughborough Inclusion Partnership (NCLIP)",
    "nwllip": "North West Leicestershire Learning and Inclusion Partnership (NWLLIP)",
    "slip": "South Leicestershire Inclusion Partnership (SLIP)",
}
_SCHOOLS = {
    "hbep": ("Withybrook Academy", "Ashmere School"),
    "mscip": ("Wreakemoor College", "Gadlow High School", "Thornby Vale Academy"),
    "nclip": ("Soarmere Academy", "Charnmere School"),
    "nwllip": ("Hindlow Academy", "Swithmoor School", "Beaumere College"),
    "slip": ("Langthorn Academy", "Harrowfold School"),
}
FIRST_URN = 199_001
"""URNs that GIAS has not given out; establishment numbers 4901 onwards likewise."""


def _schools() -> tuple[Organisation, ...]:
    placed = [(partnership, name) for partnership, names in _SCHOOLS.items() for name in names]
    return tuple(
        Organisation(
            slug=name.lower().replace(" ", "-"),
            kind="school",
            name=name,
            urn=FIRST_URN + number,
            partnership=partnership,
            network=NETWORK,
        )
        for number, (partnership, name) in enumerate(placed)
    )


AUTHORITY = Organisation(slug="leicestershire", kind="local_authority", name="Leicestershire", network=NETWORK)
PARTNERSHIPS = tuple(
    Organisation(slug=slug, kind="partnership", name=name, network=NETWORK, rulesets=_ADOPTED, agreements=_AGREED)
    for slug, name in _PARTNERSHIPS.items()
)
SCHOOLS = _schools()
ORGANISATIONS = (AUTHORITY, *PARTNERSHIPS, *SCHOOLS)
