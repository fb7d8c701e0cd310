"""How placements divide by setting type and reason in the published counts, and how many of each a small county has."""

from collections.abc import Mapping

# Leicestershire (855), 2022/23, 521 pupils. DfE, Explore education statistics, "School arranged alternative
# provision, by placement reason". URN and UKPRN stand for settings that have one, the others are census setting types.
PUBLISHED: Mapping[tuple[str, str], int] = {
    ("OTH", "BHS"): 249,
    ("OTH", "OTH"): 31,
    ("OTH", "MHN"): 26,
    ("OTH", "PHN"): 2,
    ("OOT", "BHS"): 58,
    ("OOT", "MHN"): 15,
    ("OOT", "OTH"): 4,
    ("OOT", "PHN"): 3,
    ("OOT", "EXR"): 1,
    ("OOT", "SUS"): 1,
    ("UKPRN", "BHS"): 52,
    ("UKPRN", "MHN"): 17,
    ("UKPRN", "OTH"): 2,
    ("URN", "BHS"): 21,
    ("URN", "OTH"): 5,
    ("URN", "MHN"): 3,
    ("URN", "PHN"): 1,
    ("WBP", "BHS"): 26,
    ("WBP", "OTH"): 1,
    ("NFE", "OTH"): 2,
    ("NFE", "BHS"): 1,
}


def quotas(total: int) -> dict[tuple[str, str], int]:
    """How many of `total` placements each setting type and reason gets: whole shares, then the largest remainders."""
    published = sum(PUBLISHED.values())
    shares = {cell: divmod(count * total, published) for cell, count in PUBLISHED.items()}
    found = {cell: whole for cell, (whole, _) in shares.items()}
    by_remainder = sorted(shares, key=lambda cell: -shares[cell][1])
    for cell in by_remainder[: total - sum(found.values())]:
        found[cell] += 1
    return found
