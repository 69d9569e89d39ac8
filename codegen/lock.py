"""SOURCE.lock: what the generated code was made from, as hashes and versions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

_TOOLS = ("openapi-python-client", "ruff")


def lock_text(*, published: bytes, inputs: Iterable[Path], root: Path, enriched: str) -> str:
    """Return the text of SOURCE.lock (TOML): sha256 of each input and of the enriched document, versions of the tools.

    `published` is the content of the published document, `inputs` are entered by their paths below `root`.
    """
    lines = ["# Written by `python -m codegen generate`; do not edit.", "", "[inputs]"]
    lines.append(f'published = "sha256:{_digest(published)}"')
    names = {path.relative_to(root).as_posix(): path for path in inputs}
    lines += [f'"{name}" = "sha256:{_digest(names[name].read_bytes())}"' for name in sorted(names)]
    lines += ["", "[outputs]", f'enriched = "sha256:{_digest(enriched.encode())}"', "", "[tools]"]
    lines += [f'{tool} = "{version(tool)}"' for tool in _TOOLS]
    return "\n".join(lines) + "\n"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
