"""The release notes tell of this contract, newest first, to whoever asks."""

from app import contract
from tests.contract.world import World


def test_the_newest_notes_are_those_of_the_contract() -> None:
    assert contract.RELEASES[0].version == contract.VERSION


def test_releases_come_newest_first_and_each_tells_something() -> None:
    def number(release: contract.Release) -> tuple[int, ...]:
        return tuple(int(part) for part in release.version.split("."))

    numbers = [number(each) for each in contract.RELEASES]
    assert numbers == sorted(set(numbers), reverse=True)
    days = [each.released_on for each in contract.RELEASES]
    assert days == sorted(days, reverse=True)
    assert all(each.changes for each in contract.RELEASES)


def test_what_takes_something_away_says_what_a_client_must_do() -> None:
    harsh = {"changed", "deprecated", "removed"}
    told = [change for release in contract.RELEASES for change in release.changes if change.kind in harsh]
    assert all(change.client_action for change in told)


async def test_anyone_may_read_them(world: World) -> None:
    answer = await world.http.get("/v1/release-notes")
    assert answer.status_code == 200
    newest = answer.json()["data"][0]
    assert newest["version"] == contract.VERSION
    assert set(newest["changes"][0]) == {"kind", "what", "client_action"}
