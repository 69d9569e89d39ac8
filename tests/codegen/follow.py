"""Follow the published document in JSON, in OpenAPI 3.1 and with its longest path moved, in a fresh clone of this one.

`python -m tests.codegen.follow` does what the summary names, and nothing else, until the whole suite passes with the
new client; it needs git, make and the better part of an hour.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from codegen import documents

from .obedience import corrected, moved

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Return 0 once the clone has followed, and 1 when the summary does not lead there."""
    with tempfile.TemporaryDirectory(prefix="bookit-follow-") as scratch:
        clone, newer, summary = Path(scratch) / "clone", Path(scratch) / "newer.json", Path(scratch) / "summary.md"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)  # noqa: S603, S607
        document: Any = documents.load(clone / "openapi" / "bookit.openapi.yaml")
        print("{} is {} now".format(*moved(document)), flush=True)
        newer.write_text(json.dumps(document))
        for _ in range(3):
            make = ["make", "regenerate", f"SPEC={newer}", f"SUMMARY={summary}"]
            code = subprocess.run(make, cwd=clone, check=False).returncode  # noqa: S603
            print(summary.read_text(), flush=True)
            if code == 0:
                return subprocess.run(["make", "check-generated"], cwd=clone, check=False).returncode  # noqa: S607
            if not corrected(clone, summary.read_text()):
                break
    print("The summary names nothing that could be done.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
