"""What the bulk files of Get Information about Schools (GIAS) hold: establishments, and the links between them."""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import IO, NamedTuple

from app.integrations.gias.table import (
    Column,
    Faults,
    GiasFileInvalid,
    Wrong,
    code,
    day,
    given,
    label,
    read_table,
    text,
    whole,
)

__all__ = [
    "EstablishmentRow",
    "GiasFileInvalid",
    "LinkRow",
    "extract_on_from_name",
    "read_establishments",
    "read_links",
]


class EstablishmentRow(NamedTuple):
    """One establishment of an `edubasealldata` extract. Blank cells and absent columns are None.

    Heads' names and telephone numbers are not read: nothing here needs them.
    """

    urn: int
    la_code: str | None
    la_name: str | None
    establishment_number: int | None
    name: str
    type_code: int
    type_name: str | None
    group_code: int | None
    group_name: str | None
    status_code: int
    status_name: str | None
    closed_reason_code: int | None
    closed_reason_name: str | None
    opened_on: date | None
    closed_on: date | None
    phase_code: int | None
    phase_name: str | None
    statutory_low_age: int | None
    statutory_high_age: int | None
    capacity: int | None
    pupils: int | None
    ukprn: str | None
    section_41: str | None
    street: str | None
    locality: str | None
    address_3: str | None
    town: str | None
    county: str | None
    postcode: str | None
    website: str | None
    proprietor_name: str | None
    last_changed_on: date | None
    uprn: str | None
    company_number: str | None
    accredited_code: int | None
    accredited_name: str | None
    accreditation_expires_on: date | None
    sen_provision: str | None
    ebd_provision: str | None
    pru_places: int | None
    full_time_provision: str | None
    tuition_by_other: str | None
    inspectorate_name: str | None
    previous_la_code: str | None
    previous_establishment_number: int | None

    @property
    def dfe_number(self) -> str | None:
        """The DfE number, "855/1234", of an establishment that has both of its parts."""
        if self.la_code is None or self.establishment_number is None:
            return None
        return f"{self.la_code}/{self.establishment_number:04}"


class LinkRow(NamedTuple):
    """One link of a `links_edubasealldata` file: what `link_urn` is to `urn`, in the words of GIAS."""

    urn: int
    link_urn: int
    link_name: str | None
    link_type: str
    established_on: date | None


def read_establishments(file: IO[bytes]) -> Iterator[EstablishmentRow]:
    """Stream the establishments of an `edubasealldata` file in constant memory.

    Raises GiasFileInvalid once all that is wrong has been found: keep nothing until the iterator has ended.
    """
    faults = Faults()
    seen = bytearray(1_000_000)  # a place for every URN of six digits
    for line, values in read_table(file, _ESTABLISHMENT, faults):
        row = EstablishmentRow._make(values)
        if seen[row.urn]:
            faults.add(line, "column URN: stands on an earlier line too")
        seen[row.urn] = 1
        if not faults:
            yield row


def read_links(file: IO[bytes]) -> Iterator[LinkRow]:
    """Stream the links of a `links_edubasealldata` file, with the same care as `read_establishments`."""
    faults = Faults()
    for _, values in read_table(file, _LINK, faults):
        if not faults:
            yield LinkRow._make(values)


def extract_on_from_name(name: str) -> date | None:
    """The day of an extract, from a file name or address such as "edubasealldata20250422.csv" where it has one."""
    match = re.search(r"edubasealldata([0-9]{8})(?![0-9])", name)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def _urn(cell: str) -> int:
    number = whole(cell)
    if number is None or not 0 < number < 1_000_000:
        raise Wrong("not a URN")
    return number


@lru_cache(maxsize=4096)
def _la_code(cell: str) -> str | None:
    """Three digits, as everywhere else; schools overseas have 000."""
    number = whole(cell)
    if number is not None and number > 999:
        raise Wrong("not an LA code")
    return None if number is None else f"{number:03}"


# In the order of the fields of the row. Needed is what an establishment is looked up by, or judged on.
_ESTABLISHMENT = (
    Column("URN", _urn, needed=True),
    Column("LA (code)", _la_code, needed=True),
    Column("LA (name)", label),
    Column("EstablishmentNumber", whole, needed=True),
    Column("EstablishmentName", given(text), needed=True),
    Column("TypeOfEstablishment (code)", given(code), needed=True),
    Column("TypeOfEstablishment (name)", label),
    Column("EstablishmentTypeGroup (code)", code),
    Column("EstablishmentTypeGroup (name)", label),
    Column("EstablishmentStatus (code)", given(code), needed=True),
    Column("EstablishmentStatus (name)", label),
    Column("ReasonEstablishmentClosed (code)", code),
    Column("ReasonEstablishmentClosed (name)", label),
    Column("OpenDate", day),
    Column("CloseDate", day),
    Column("PhaseOfEducation (code)", code),
    Column("PhaseOfEducation (name)", label),
    Column("StatutoryLowAge", code),
    Column("StatutoryHighAge", code),
    Column("SchoolCapacity", code),
    Column("NumberOfPupils", code),
    Column("UKPRN", text, needed=True),
    Column("Section41Approved (name)", label),
    Column("Street", text),
    Column("Locality", text),
    Column("Address3", text),
    Column("Town", label),
    Column("County (name)", label),
    Column("Postcode", text, needed=True),
    Column("SchoolWebsite", text),
    Column("PropsName", text),
    Column("LastChangedDate", day),
    Column("UPRN", text),
    Column("CHNumber", text),
    Column("EstablishmentAccredited (code)", code),
    Column("EstablishmentAccredited (name)", label),
    Column("AccreditationExpiryDate", day),
    Column("SENPRU (name)", label),
    Column("EBD (name)", label),
    Column("PlacesPRU", code),
    Column("FTProv (name)", label),
    Column("EdByOther (name)", label),
    Column("InspectorateName (name)", label),
    Column("PreviousLA (code)", _la_code),
    Column("PreviousEstablishmentNumber", whole),
)
_LINK = (
    Column("URN", _urn, needed=True),
    Column("LinkURN", _urn, needed=True),
    Column("LinkName", text),
    Column("LinkType", given(label), needed=True),
    Column("LinkEstablishedDate", day),
)
