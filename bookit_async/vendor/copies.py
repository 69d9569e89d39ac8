"""A copy of the SDK in somebody's program: which files it takes, what its manifest says, how far it is from both.

The copy imports itself relatively only, so that it lives under any name, beside an installed one.
"""

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from attrs import frozen

from ..version import VERSION

PROJECT = "bookit-async"
MANIFEST = "VENDORED.json"
SOURCE = Path(__file__).parent.parent
RUNTIME = ("__init__.py", "spoken_times.py")
"""The modules that a program imports; the rest is what these import."""
EXTRAS: Mapping[str, tuple[str, ...]] = {
    "durable": ("durable/__init__.py",),
    "httpx": ("transports/httpx_transport.py",),
    "sandbox": ("sandbox/__init__.py", "sandbox/__main__.py"),
    "testing": ("testing.py",),
    "fastapi": ("fastapi_router.py",),
}
"""What may be asked for beside the runtime, and the modules that it begins with; the rest is what these import."""
SERVED = {"web/booking_page.py": "web/page"}
"""Folders of files that a module serves; all of them go with it."""
NEEDS = {"testing": "sandbox"}
"""Extras of which the libraries are those of another one."""
STUBS: Mapping[str | None, str] = {None: "types-python-dateutil", "sandbox": "types-pyyaml"}
"""What a type checker needs to know of libraries that are not typed, by extra."""
NOTE = (
    "A copy: `python -m bookit_async.vendor` renews it. Leave this folder out of what formats or fixes code (ruff: "
    "extend-exclude, black: extend-exclude, isort: skip_glob, pre-commit: exclude), or it counts as edited."
)
LEFT_BEHIND = ("__pycache__", "Thumbs.db", "desktop.ini")
"""What programs leave in any folder, beside names that begin with a dot."""


class VendorError(Exception):
    """The command cannot be carried out; the message says why and what to do."""


@frozen(kw_only=True)
class Manifest:
    """What a copy is made of, as its `VENDORED.json` says."""

    version: str
    """The version of bookit-async that was copied."""
    package: str
    """The dotted name under which the copy is imported."""
    extras: tuple[str, ...]
    """What was asked for beside the runtime, sorted."""
    dependencies: tuple[str, ...]
    """The requirements that whoever holds the copy has to install."""
    files: Mapping[str, str]
    """By path in the copy, the SHA-256 of the text with line ends made `\\n`."""

    def text(self) -> str:
        """Return the file, JSON."""
        content = {
            "note": NOTE,
            "source": f"{PROJECT}=={self.version}",
            "version": self.version,
            "package": self.package,
            "extras": self.extras,
            "dependencies": self.dependencies,
            "files": {
                name: {"source": f"{SOURCE.name}/{name}" if name != "LICENSE" else name, "sha256": digest}
                for name, digest in self.files.items()
            },
        }
        return f"{json.dumps(content, indent=2)}\n"


@frozen(kw_only=True)
class Difference:
    """How a copy differs from what it was made of, and that from what is installed; paths in the copy, sorted."""

    edited: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    behind: tuple[str, ...]
    """Files that the installed version has otherwise."""

    @property
    def touched(self) -> bool:
        """Whether somebody worked on the copy."""
        return bool(self.edited or self.missing or self.added)


def sources(extras: Iterable[str] = ()) -> dict[str, bytes]:
    """Return a copy's files by their path in it: the runtime, what the *extras* begin with, and all they import."""
    waiting = [*RUNTIME, *(name for extra in extras for name in EXTRAS[extra])]
    found: dict[str, bytes] = {"py.typed": b"", "LICENSE": _license()}
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = (SOURCE / name).read_bytes()
            if name.endswith(".py"):
                waiting += _imported(name, found[name])
            if name in SERVED:
                waiting += [f"{SERVED[name]}/{path.name}" for path in sorted((SOURCE / SERVED[name]).iterdir())]
    return dict(sorted(found.items()))


def manifest(files: Mapping[str, bytes], *, package: str, extras: Iterable[str]) -> Manifest:
    """Return what is to be said of a copy of these files."""
    extras = tuple(sorted(extras))
    return Manifest(
        version=VERSION,
        package=package,
        extras=extras,
        dependencies=tuple(dict.fromkeys(_dependencies(extras))),
        files={name: _digest(content) for name, content in files.items()},
    )


def read_manifest(folder: Path) -> Manifest:
    """Return what the copy in *folder* says of itself. VendorError if it says nothing that can be read."""
    try:
        content: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return Manifest(
            version=content["version"],
            package=content["package"],
            extras=tuple(one for one in content["extras"] if one in EXTRAS),
            dependencies=tuple(content["dependencies"]),
            files={name: one["sha256"] for name, one in content["files"].items()},
        )
    except FileNotFoundError:
        raise VendorError(f"{folder} holds no {MANIFEST}: only copies made by this command have one") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise VendorError(f"{folder / MANIFEST} cannot be read: restore it, or copy into another folder") from None


def compare(folder: Path, said: Manifest, now: Manifest) -> Difference:
    """Tell the copy in *folder* from what it was made of, and that from what it would be made of *now*."""
    present = {
        name: _digest(path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _left_behind(path.relative_to(folder))
        if (name := path.relative_to(folder).as_posix()) != MANIFEST
    }
    return Difference(
        edited=tuple(name for name in present if name in said.files and said.files[name] != present[name]),
        missing=tuple(name for name in said.files if name not in present),
        added=tuple(name for name in present if name not in said.files),
        behind=tuple(sorted({name for name, _ in said.files.items() ^ now.files.items()})),
    )


def _left_behind(path: Path) -> bool:
    return path.suffix in (".pyc", ".pyo") or any(one in LEFT_BEHIND or one.startswith(".") for one in path.parts)


def write(folder: Path, files: Mapping[str, bytes], said: Manifest) -> None:
    """Put the copy in place of whatever *folder*, which is no link, holds: all of it, or nothing."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as name:
        new, old = Path(name) / "new", Path(name) / "old"
        for path, content in files.items():
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).write_bytes(content)
        (new / MANIFEST).write_text(said.text(), encoding="utf-8")
        if folder.exists():
            folder.rename(old)
        try:
            new.rename(folder)
        finally:
            if old.exists() and not folder.exists():
                old.rename(folder)


def _imported(name: str, content: bytes) -> Iterator[str]:
    """Return the files of the package that one of its files imports, at whatever time."""
    here = Path(name).parent
    for node in ast.walk(ast.parse(content)):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = (here, *here.parents)[node.level - 1] / (node.module or "").replace(".", "/")
        for one in (base, *(base / alias.name for alias in node.names)):
            for path in (one.with_suffix(".py"), one / "__init__.py"):
                if (SOURCE / path).is_file():
                    yield path.as_posix()
                    yield from _packages_above(path)


def _packages_above(path: Path) -> Iterator[str]:
    for above in path.parents:
        yield (above / "__init__.py").as_posix()


def _digest(content: bytes) -> str:
    """Return the hash of a text whose line ends a checkout may have changed."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def _license() -> bytes:
    text = distribution(PROJECT).read_text("licenses/LICENSE")
    if text is None:
        raise VendorError(f"the licence of {PROJECT} is not installed with it: install it again")
    return text.encode()


def _dependencies(extras: Iterable[str]) -> Iterator[str]:
    """Return the requirements of the runtime and of these extras, as the installed distribution states them."""
    wanted = {None, *(NEEDS.get(extra, extra) for extra in extras)}
    for one in distribution(PROJECT).requires or ():
        requirement, _, marker = one.partition(";")
        extra = re.search(r"extra == ['\"]([a-z]+)['\"]", marker)
        if (extra[1] if extra else None) in wanted:
            yield requirement.strip()
    yield from (stubs for extra, stubs in STUBS.items() if extra in wanted)
