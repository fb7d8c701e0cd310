"""A body that is announced and not there."""

from tests.given import Given


async def test_an_empty_body_of_a_json_route_is_told_as_such(given: Given) -> None:
    partnership = await given.partnership()
    for path in ("/v1/providers", "/v1/visits", "/v1/registration-checks"):
        answer = await partnership.send("POST", path, content=b"", headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422), answer.text
