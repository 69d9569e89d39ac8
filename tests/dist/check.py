"""Build wheel and sdist, install the wheel into a fresh environment, and run the tests of the package outside the tree.

Run it with `make dist-check`; `python tests/dist/check.py FOLDER` tests the files that are there.
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
NEEDED = {"bookit_async/py.typed", "bookit_async/_generated/client.py", "bookit_async/sandbox/__main__.py"}
# These test the repository (pipeline, documents, README), not the package.
OF_THE_TREE = (
    *("codegen", "docs", "contract", "generated", "dist", "typing", "benchmarks", "browser"),
    *("test_chaos.py", "test_docs.py", "test_readme.py", "test_dependencies.py", "test_vendored.py"),
)
TOOLS = (
    *("pytest", "pytest-asyncio", "pytest-xdist", "respx", "hypothesis"),
    *("openapi-spec-validator<0.10", "opentelemetry-sdk"),
)


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    print("$", " ".join(str(part) for part in command), flush=True)
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)  # noqa: S603


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bookit-dist-") as name:
        folder = Path(name)
        built = Path(sys.argv[1]).resolve() if sys.argv[1:] else folder / "dist"
        if not sys.argv[1:]:
            run(sys.executable, "-m", "build", "--no-isolation", "--outdir", built, ROOT)
        (wheel,) = built.glob("*.whl")
        (sdist,) = built.glob("*.tar.gz")
        names = set(zipfile.ZipFile(wheel).namelist())
        if missing := NEEDED - names:
            sys.exit(f"{wheel.name} lacks {sorted(missing)}")
        if stray := {one for one in names if not one.startswith(("bookit_async/", "bookit_async-"))}:
            sys.exit(f"{wheel.name} holds {sorted(stray)}, which is not of the package")
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / "bin" / "python"
        versions = os.environ.get("CONSTRAINTS", "constraints.txt")
        install: list[str | Path] = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        install += ["-c", ROOT / versions] if versions else []
        run(*install, f"{wheel}[fastapi,httpx,sandbox]", *TOOLS)
        run(*install, "--no-deps", "--dry-run", sdist)
        tests = folder / "outside" / "tests"
        shutil.copytree(ROOT / "tests", tests, ignore=shutil.ignore_patterns(*OF_THE_TREE, "__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder / "outside")
        shutil.copytree(ROOT / "openapi", folder / "outside" / "openapi")  # what the package is held against
        run(python, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", cwd=folder / "outside")


if __name__ == "__main__":
    main()
