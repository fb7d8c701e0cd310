"""The README's tour, pasted line by line into a shell beside a running demo."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a running demo, and the environment in which its operator works."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data_dir = ROOT / ".apqa" / f"tour-{port}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("APQA_")}
    environment = kept | {"APQA_DATA_DIR": str(data_dir)}
    command = [str(Path(sys.executable).with_name("apqa")), "demo", "--port", str(port)]
    log = tmp_path_factory.mktemp("demo") / "log"
    with log.open("w") as out, subprocess.Popen(command, env=environment, stdout=out, stderr=out, cwd=ROOT) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(f"{address}/readyz", process, log)
            yield address, environment
        finally:
            process.terminate()
            process.wait(30)
            shutil.rmtree(data_dir, ignore_errors=True)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(log.read_text())


# What each page of commands shows, and where.
SHOWN = {
    "README.md": (
        *("threshold_met", '"after"', '"missing"', '"status":"planned"', "tour-1", "suspend_new_placements"),
        *('"stale_from_on"', '"results":[{"index":0,"status":201', "Quarrybank", '"standing":"current"'),
        *('"is_newest":true', "registration.reached"),
    ),
    "docs/guides/front-end.md": (
        *("visits:write", 'rel="next"', "notice_not_kept", '"status":"preparing"', "visit_incomplete", "item_unknown"),
        *('"status":200', '"status":412', "relied_on", '"loss"'),
    ),
    "docs/guides/mis.md": (
        *("placements:write", "guide-7", "upn_format_invalid", "provider_suspended", '"affected_placements"'),
        *("acknowledged_at", "next_cursor", "Staff training"),
    ),
    "docs/guides/provider-portal.md": (
        *("item_key", '"sha256"', "[]", "not_found", '"kind":"conclusion"', '"status":"in_progress"', '"role":"dsl"'),
        *("suspend_new_placements", "part_missing", '"status":"published"'),
    ),
    "docs/guides/inspector.md": (
        *('"stale_because":["dsl"]', "amended", '"stage":"final"', '"is_newest":true', '"status":"decided"'),
        *("inputs_hash", "conditions", '"action":'),
    ),
}


def commands(page: str) -> list[str]:
    """The blocks of a page that are there to be pasted."""
    return re.findall(r"^```sh\n(.*?)^```$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_every_guide_is_linked_and_short() -> None:
    guides = sorted(str(each.relative_to(ROOT)) for each in (ROOT / "docs" / "guides").iterdir())
    assert guides == sorted(page for page in SHOWN if page != "README.md")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"({guide})" in readme for guide in guides)
    assert all(len((ROOT / guide).read_text(encoding="utf-8").splitlines()) <= 120 for guide in guides)


def test_every_command_of_the_readme_and_the_guides_works(demo: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    address, environment = demo
    tokens, *tour = commands("README.md")
    pages = {"README.md": tour} | {page: commands(page) for page in SHOWN if page != "README.md"}
    script = ["set -eu", tokens]
    for page, blocks in pages.items():
        script += [f"echo '== {page}'", "(", *blocks, ")"]  # apart: no guide leans on another
    written = "\n".join(script).replace("http://127.0.0.1:8000", address).replace("/tmp/", f"{tmp_path}/")
    done = subprocess.run(
        ["sh", "-c", written], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout[-2000:]
    told = dict(part.split("\n", 1) for part in done.stdout.split("== ")[1:])
    missing = {page: [word for word in words if word not in told[page]] for page, words in SHOWN.items()}
    assert not any(missing.values()), missing
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
