"""Build wheel and sdist, install the wheel into a fresh environment, and run the tests of the package outside the tree.

Run it with `make dist-check`.
"""

import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
NEEDED = {"bookit_async/py.typed", "bookit_async/_generated/client.py", "bookit_async/sandbox/__main__.py"}
# These test the repository (pipeline, documents, README), not the package.
OF_THE_TREE = (
    *("codegen", "docs", "contract", "generated", "dist", "typing", "benchmarks", "browser"),
    *("test_chaos.py", "test_docs.py", "test_readme.py", "test_vendored.py"),
)


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    print("$", " ".join(str(part) for part in command), flush=True)
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)  # noqa: S603


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bookit-dist-") as name:
        folder = Path(name)
        run(sys.executable, "-m", "build", "--outdir", folder / "dist", ROOT)
        (wheel,) = (folder / "dist").glob("*.whl")
        (sdist,) = (folder / "dist").glob("*.tar.gz")
        names = set(zipfile.ZipFile(wheel).namelist())
        if missing := NEEDED - names:
            sys.exit(f"{wheel.name} lacks {sorted(missing)}")
        if stray := {one for one in names if not one.startswith(("bookit_async/", "bookit_async-"))}:
            sys.exit(f"{wheel.name} holds {sorted(stray)}, which is not of the package")
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / "bin" / "python"
        tools = [
            "pytest>=9,<10",
            "pytest-asyncio>=1.5,<2",
            "respx>=0.23,<0.24",
            "hypothesis>=6.130,<7",
            "openapi-spec-validator>=0.8,<0.10",
            "opentelemetry-sdk>=1.30,<2",
        ]
        run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", f"{wheel}[fastapi,httpx,sandbox]", *tools)
        run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--dry-run", sdist)
        tests = folder / "outside" / "tests"
        shutil.copytree(ROOT / "tests", tests, ignore=shutil.ignore_patterns(*OF_THE_TREE, "__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder / "outside")
        shutil.copytree(ROOT / "openapi", folder / "outside" / "openapi")  # what the package is held against
        run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=folder / "outside")


if __name__ == "__main__":
    main()
