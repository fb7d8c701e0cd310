"""The rules of pupil records: which facts fit together, what two of one child make, and what each reader is told."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from itertools import pairwise
from typing import Any

from app.domain import identifiers
from app.domain.access import Caller, Role
from app.domain.errors import Fault, Invalid

Characteristic = Mapping[str, Any]  # {kind, from_on, to_on}: ISO dates, null where open or not known

SEN_PROVISION = ("N", "K", "E")  # census codes: none, SEN support, EHC plan
# The statement, School Action and School Action Plus, as what replaced them (Children and Families Act 2014, Part 3).
_REPLACED = {"S": "E", "A": "K", "P": "K"}
_OPEN = ("0000", "9999")

# What a provider needs to know whom it teaches. It is told nothing else of a pupil.
MINIMUM = frozenset({"id", "given_name", "family_name", "born_on", "year_group"})
_OWNER_ONLY = frozenset({"source", "external_id"})
_GAPS = ("upn", "uln", "mis_id", "born_on", "home_school_id", "home_la_code", "year_group")


def external_id(text: str) -> str:
    """The id of a record in a client's own system. It stands in addresses, so it must not be a UPN.

    Raises:
        Invalid: `external_id_is_upn`.
    """
    try:
        identifiers.upn(text)
    except Invalid:
        return text
    raise Invalid("An external id stands in addresses, where no UPN may.", code="external_id_is_upn")


# --- what fits together ---------------------------------------------------------------------------------------------


def settled(record: Mapping[str, Any], *, on: date) -> dict[str, Any]:
    """A record as it is kept: characteristics in order, with dates as ISO text; SEN provision as N, K or E; former UPNs
    without the present one.

    Args:
        on: today.

    Raises:
        Invalid: `pupil_invalid`, with a fault for each fact that cannot be.
    """
    dated = [_document(each) for each in record["characteristics"]]
    faults = (*_faults(record, on=on), *_backwards(dated), *_overlaps(dated))
    if faults:
        raise Invalid("The record cannot be so.", code="pupil_invalid", errors=faults)
    former = [upn for upn in dict.fromkeys(record["former_upns"]) if upn != record["upn"]]
    provision = _REPLACED.get(record["sen_provision"], record["sen_provision"])
    return {
        **record,
        "former_upns": former,
        "sen_provision": provision,
        "characteristics": sorted(dated, key=_place),
    }


def _document(said: Characteristic) -> dict[str, Any]:
    return {"kind": str(said["kind"]), "from_on": _iso(said["from_on"]), "to_on": _iso(said["to_on"])}


def _iso(day: date | str | None) -> str | None:
    return day.isoformat() if isinstance(day, date) else day


def _place(each: Characteristic) -> tuple[str, str, str]:
    return each["kind"], each["from_on"] or _OPEN[0], each["to_on"] or _OPEN[1]


def _faults(record: Mapping[str, Any], *, on: date) -> Iterator[Fault]:
    if record["born_on"] is not None and record["born_on"] > on:
        yield Fault("born_in_future", "A date of birth is not after today.", pointer="/born_on")
    if (record["source"] is None) != (record["external_id"] is None):
        yield Fault("source_incomplete", "A source and an external id come together.", pointer="/external_id")


def _backwards(dated: Sequence[Characteristic]) -> Iterator[Fault]:
    for at, each in enumerate(dated):
        _, starts, ends = _place(each)
        if ends < starts:
            yield Fault(
                "ends_before_start", "It ends on or after its first day.", pointer=f"/characteristics/{at}/to_on"
            )


def _overlaps(dated: Sequence[Characteristic]) -> Iterator[Fault]:
    ordered = sorted((*_place(each), at) for at, each in enumerate(dated))
    found = (later[3] for sooner, later in pairwise(ordered) if sooner[0] == later[0] and later[1] <= sooner[2])
    for at in sorted(found):
        yield Fault("characteristics_overlap", "Two of one kind overlap.", pointer=f"/characteristics/{at}")


# --- two records of one child ---------------------------------------------------------------------------------------


def united(kept: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What the kept one of two records says once the other is merged into it.

    It keeps what it says and gains what it does not know. Nothing that counts towards a threshold is lost: the
    characteristics of both hold, and the higher SEN provision.
    """
    gained = {column: other[column] if kept[column] is None else kept[column] for column in _GAPS}
    numbers = [*kept["former_upns"], other["upn"], *other["former_upns"]]
    told = [code for code in (kept["sen_provision"], other["sen_provision"]) if code is not None]
    return gained | {
        "former_upns": [upn for upn in dict.fromkeys(numbers) if upn not in (None, gained["upn"])],
        "sen_provision": max(told, key=SEN_PROVISION.index, default=None),
        "characteristics": _joined([*kept["characteristics"], *other["characteristics"]]),
    }


def _joined(dated: Iterable[Characteristic]) -> list[dict[str, Any]]:
    """Periods of one kind that overlap, as one."""
    joined: list[dict[str, Any]] = []
    for each in sorted(dated, key=_place):
        last = joined[-1] if joined and joined[-1]["kind"] == each["kind"] else None
        if last is None or _place(last)[2] < _place(each)[1]:
            joined.append(dict(each))
        elif _place(each)[2] > _place(last)[2]:
            last["to_on"] = each["to_on"]
    return joined


# --- who is told what -----------------------------------------------------------------------------------------------


def tells(caller: Caller, field: str) -> bool:
    """Whether a caller may select by a field: a search must not confirm what an answer leaves out."""
    return caller.role is not Role.PROVIDER or field in MINIMUM


def told(caller: Caller, record: Mapping[str, Any]) -> dict[str, Any]:
    """A record that the caller may see, with what the caller is not told emptied.

    The organisation that keeps it is told everything; those it is shared with, all but its source; the home local
    authority is not told either whose record it is; a provider, the minimum.
    """
    hidden = _hidden(caller, record)
    return {field: _empty(value) if field in hidden else value for field, value in record.items()}


def _hidden(caller: Caller, record: Mapping[str, Any]) -> AbstractSet[str]:
    if caller.role is Role.PROVIDER:
        return record.keys() - MINIMUM
    if caller.role is Role.SYSTEM or record["owner_id"] == caller.organisation_id:
        return frozenset()
    if caller.organisation_id in record["shared_with_ids"]:
        return _OWNER_ONLY
    return _OWNER_ONLY | {"owner_id"}


def _empty(value: Any) -> list[Any] | None:
    return [] if isinstance(value, list) else None
