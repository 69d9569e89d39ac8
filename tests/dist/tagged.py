"""Say whether a tag may be released: it is the version, and the changelog has a dated section for it.

`make dist TAG=v1.2.3` asks before it builds.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def refusal(tag: str, *, version: str, changelog: str) -> str | None:
    """Return why not, or None."""
    if tag != f"v{version}":
        return f"the tag must be v{version}, which bookit_async/version.py says, not {tag}"
    if not re.search(rf"^## \[?{re.escape(version)}\]? - \d{{4}}-\d\d-\d\d$", changelog, flags=re.MULTILINE):
        return f"CHANGELOG.md must have a section '## {version} - ' with the day of the release"
    return None


def main() -> None:
    said = re.search(
        r'^VERSION\b.*"(.+)"', (ROOT / "bookit_async" / "version.py").read_text(encoding="utf-8"), re.MULTILINE
    )
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    if why := refusal(sys.argv[1], version=said[1] if said else "", changelog=changelog):
        sys.exit(why)


if __name__ == "__main__":
    main()
