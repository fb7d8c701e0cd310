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


def test_the_tour_works_line_by_line(demo: tuple[str, dict[str, str]]) -> None:
    address, environment = demo
    blocks = re.findall(
        r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(blocks) == 5
    script = "\n".join(["set -eu", *blocks]).replace("http://127.0.0.1:8000", address)
    done = subprocess.run(
        ["sh", "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout[-2000:]
    for word in ("threshold_met", '"after"', "tour-1", '"stale_from_on"', "registration.reached", "Quarrybank"):
        assert word in done.stdout, word
