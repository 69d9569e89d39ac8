"""Build wheel and sdist, install the wheel into a fresh environment, and try it outside the tree.

Run it with `make dist-check`; `python tests/dist/check.py FOLDER` tries the files that are there.

What the tests of the tree have shown is not shown again: the wheel, which is built from the sdist, must hold the very
files of `bookit_async/`, byte for byte, and nothing else. What can still be wrong is what only an installation has, and
that is tried:

- the metadata: with nothing but its dependencies every module that needs no extra is imported and a call is made
  (`bare.py`); then the extras, the entry point of the pytest plugin, the commands;
- files beside the modules, read from where they were installed: the page, the sandbox's documents, what is vendored;
- names: what is public, what a pickle carries, what one process can read of another;
- what the package might borrow from the repository it was tested in: of that only the tests, the examples and the
  documents are there.

So a part of each folder of tests is enough: the part that starts processes, opens ports, reads files or goes once
through everything.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# These test the repository (pipeline, documents, README), not the package.
OF_THE_TREE = ("codegen", "docs", "contract", "generated", "typing", "benchmarks", "browser", "chaos")
TRIED = (
    *("test_exported_members.py", "test_errors.py", "test_flows.py", "views/test_records.py"),
    *("once/test_prepared.py", "transports/test_protocol.py", "transports/test_httpx_clients.py"),
    *("sandbox/test_public_names.py", "sandbox/door/test_server.py", "sandbox/faults/test_client.py"),
    *("testing/test_plugin.py", "vendor/test_copies.py", "durable/test_command.py"),
    *("mcp/test_transports.py", "mcp/test_commands.py", "mcp/test_tools.py"),
    *("fastapi/test_page.py", "fastapi/test_serving.py", "fastapi/test_settings.py", "fastapi/test_bookings.py"),
)
TOOLS = (
    *("pytest", "pytest-asyncio", "pytest-xdist", "respx", "hypothesis"),
    *("openapi-spec-validator<0.10", "opentelemetry-sdk"),
)


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    print("$", " ".join(str(part) for part in command), flush=True)
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)  # noqa: S603


def difference(wheel: Path) -> str | None:
    """Return in what a wheel is not what stands in the tree, or None."""
    tree = {
        path.relative_to(ROOT).as_posix(): path
        for path in (ROOT / "bookit_async").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as opened:
        built = {name for name in opened.namelist() if not name.startswith("bookit_async-") and not name.endswith("/")}
        if built ^ tree.keys():
            return f"lacks {sorted(tree.keys() - built)} and holds {sorted(built - tree.keys())}"
        changed = sorted(name for name, path in tree.items() if opened.read(name) != path.read_bytes())
    return f"has another {changed}" if changed else None


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bookit-dist-") as name:
        folder = Path(name)
        built = Path(sys.argv[1]).resolve() if sys.argv[1:] else folder / "dist"
        if not sys.argv[1:]:
            run(sys.executable, "-m", "build", "--no-isolation", "--outdir", built, ROOT)
        (wheel,) = built.glob("*.whl")
        (sdist,) = built.glob("*.tar.gz")
        if what := difference(wheel):
            sys.exit(f"{wheel.name} {what}")
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / "bin" / "python"
        outside = folder / "outside"
        shutil.copytree(ROOT / "tests", outside / "tests", ignore=shutil.ignore_patterns(*OF_THE_TREE, "__pycache__"))
        shutil.copytree(ROOT / "examples", outside / "examples", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "openapi", outside / "openapi")  # what the package is held against
        shutil.copy(ROOT / "pyproject.toml", outside)
        versions = os.environ.get("CONSTRAINTS", "constraints.txt")
        install: list[str | Path] = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        install += ["-c", ROOT / versions] if versions else []
        run(*install, wheel)
        run(python, "tests/dist/bare.py", cwd=outside)
        command = folder / "venv" / "bin" / "bookit"
        bare = subprocess.run([command, "--help"], capture_output=True, text=True, check=False)  # noqa: S603
        if (bare.returncode, "pip install 'bookit-async[cli]'" in bare.stderr) != (2, True):
            sys.exit(f"without its extra, bookit gives {bare.returncode} and says {bare.stderr!r}")
        run(*install, f"{wheel}[cli,durable,fastapi,httpx,mcp,sandbox]", *TOOLS)
        run(command, "capabilities", "--json", cwd=outside)
        run(command, "completion", "bash", cwd=outside)
        run(*install, "--no-deps", "--dry-run", sdist)
        tried = [f"tests/{one}" for one in TRIED]
        run(python, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", *tried, cwd=outside)


if __name__ == "__main__":
    main()
