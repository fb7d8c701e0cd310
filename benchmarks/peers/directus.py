"""Directus over the product's own table of placements, with tables, tokens and rules of its own."""

# Not equal: its rules know no arrays of ids, so a partnership reads what it and its schools commission, shared or not;
# it has no rules of ours, so it is asked for no status and no decision; and a page has no cursor.

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from jose import jwt

from benchmarks.client import NotWanted
from benchmarks.county import ORGANISATIONS, TOGETHER, partnership, uid
from benchmarks.world import World

HOME = Path(__file__).parents[1] / ".directus"
PROGRAM = HOME / "node_modules" / ".bin" / "directus"
SECRET, ADMIN, PASSWORD = "only for this benchmark", "admin@example.com", "of a server on loopback"
FIELDS = (
    "id,provider_id,site_id,pupil_id,commissioner_id,home_school_id,source,external_id,starts_on,ends_on,end_reason,"
    "arrangements,sole_provision,main_responsibility,placement_reason,attendance_pattern,sen_provision_entry,"
    "sen_provision_leaving,ap_setting_type,goal,version"
)
READ = f"{FIELDS},status,created_at,updated_at,registration,weekly_minutes,days_per_week,sessions_per_week,hours_basis"


def environment(world: World, port: int) -> dict[str, str]:
    """Its settings: the database, a pool as large as the others', and nothing that phones home."""
    url = urlsplit(world.url)
    return {
        "DB_CLIENT": "pg",
        "DB_HOST": str(url.hostname),
        "DB_PORT": str(url.port),
        "DB_USER": str(url.username),
        "DB_PASSWORD": str(url.password),
        "DB_DATABASE": url.path.strip("/"),
        "DB_SEARCH_PATH": "array:directus,public",
        "DB_POOL__MAX": "10",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SECRET": SECRET,
        "ADMIN_EMAIL": ADMIN,
        "ADMIN_PASSWORD": PASSWORD,
        "TELEMETRY": "false",
        "LOG_LEVEL": "error",
        "CACHE_ENABLED": "false",
        "RATE_LIMITER_ENABLED": "false",
        "WEBSOCKETS_ENABLED": "false",
        "NODE_ENV": "production",
    }


def prepare(world: World, port: int) -> None:
    """Its own tables, anew."""
    world.owner("DROP SCHEMA IF EXISTS directus CASCADE", "CREATE SCHEMA directus")
    told = {**os.environ, **environment(world, port)}
    done = subprocess.run(
        [str(PROGRAM), "bootstrap"], cwd=HOME, env=told, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode:
        raise RuntimeError(f"directus bootstrap: {(done.stdout + done.stderr)[-2000:]}")


def admit(port: int) -> None:
    """A role, a rule and a user for each partnership, once its server answers."""
    login = _call(port, "POST", "/auth/login", {"email": ADMIN, "password": PASSWORD})
    admin = login["access_token"]
    for number in range(1, ORGANISATIONS + 1, TOGETHER):
        seen = [str(uid(0, each)) for each in range(number, number + TOGETHER)]
        rule: dict[str, Any] = {"collection": "placements", "action": "read", "fields": ["*"]}
        rule["permissions"] = {"commissioner_id": {"_in": seen}}
        policy = _call(port, "POST", "/policies", {"name": f"p{number}", "permissions": [rule]}, admin)
        role = _call(
            port,
            "POST",
            "/roles",
            {"id": str(uid(7, number)), "name": "r", "policies": [{"policy": policy["id"]}]},
            admin,
        )
        user = {"id": str(uid(6, number)), "email": f"p{number}@example.com", "password": PASSWORD, "role": role["id"]}
        _call(port, "POST", "/users", user, admin)


def _call(port: int, method: str, path: str, body: Any, token: str | None = None) -> Any:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    asked = Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), headers, method=method)
    with urlopen(asked, timeout=120) as answer:
        return json.load(answer)["data"]


def translated(request: str) -> str:
    """A request of the product's as Directus takes it, by a token of its own for the caller's partnership."""
    line, _, head = request.partition("\r\n")
    token = head.partition("Bearer ")[2].partition("\r\n")[0]
    number = partnership(int(jwt.get_unverified_claims(token)["org"][-12:], 16))
    said = {"id": str(uid(6, number)), "role": str(uid(7, number)), "app_access": False, "admin_access": False}
    ours = jwt.encode(said | {"iss": "directus", "exp": 4102444800}, SECRET, algorithm="HS256")
    return f"GET {_path(line.split()[1])} HTTP/1.1\r\n{head.replace(token, ours)}"


def _path(path: str) -> str:
    asked = urlsplit(path)
    if not asked.query:
        return f"/items/placements/{asked.path.rpartition('/')[2]}?fields={READ}"
    provider = asked.query.partition("provider_id=")[2].partition("&")[0]
    return f"/items/placements?filter[provider_id][_eq]={provider}&sort=id&limit=50&fields={READ}"


def ensure_like(ours: Any, theirs: Any) -> None:
    """As far as the answers can be the same: every column of one placement, the length of a list.

    Raises:
        NotWanted
    """
    data = theirs["data"]
    if isinstance(data, list):
        if len(data) != len(ours["data"]):
            raise NotWanted(f"directus: {len(data)} rows, not {len(ours['data'])}")
        return
    for name in FIELDS.split(","):
        if data[name] != ours[name]:
            raise NotWanted(f"directus: {name} is {data[name]!r}, not {ours[name]!r}")
