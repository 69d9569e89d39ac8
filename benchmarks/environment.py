"""The environment in which contestants run: the peers, the stock generated client, and this package."""

import hashlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE / ".venv"
PYTHON = FOLDER / "bin" / "python"
STOCK = FOLDER / "stock"
"""The folder that holds the stock client, `stock_client`."""
REQUIREMENTS = HERE / "requirements.txt"
DOCUMENT = HERE.parent / "openapi" / "bookit.enriched.yaml"
TOLD = (
    "aiohttp",
    "orjson",
    "httpx",
    "httpx2",
    "anthropic",
    "msgspec",
    "pydantic",
    "fastapi",
    "attrs",
    "openapi-python-client",
)


def make_ready() -> None:
    """Install the peers and generate the stock client, unless that is done for what is asked today."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + DOCUMENT.read_bytes()).hexdigest()
    stamp = FOLDER / "ready"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("installing the peers into benchmarks/.venv …", file=sys.stderr, flush=True)
    if not PYTHON.exists():
        _run(sys.executable, "-m", "venv", str(FOLDER))
    pip = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    _run(*pip, "-e", f"{HERE.parent}[sandbox,fastapi]", "-r", str(REQUIREMENTS))
    STOCK.mkdir(exist_ok=True)
    generate = [str(PYTHON), "-m", "openapi_python_client", "generate", "--path", str(DOCUMENT), "--meta", "none"]
    _run(*generate, "--output-path", str(STOCK / "stock_client"), "--overwrite")
    stamp.write_text(wanted)


def machine() -> dict[str, str]:
    """Return what the figures depend on: the machine, the interpreter, and the versions of all that took part."""
    code = f"import json, importlib.metadata as m; print(json.dumps({{n: m.version(n) for n in {TOLD!r}}}))"
    run = subprocess.run([str(PYTHON), "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    return {
        "cpu": _cpu(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **json.loads(run.stdout),
    }


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own command line
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
