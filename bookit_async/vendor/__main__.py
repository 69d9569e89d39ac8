"""`python -m bookit_async.vendor DEST` copies the SDK into a program that cannot, or will not, install it."""

import argparse
import keyword
import os
import sys
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from ..version import VERSION
from .copies import (
    EXTRAS,
    MANIFEST,
    PROJECT,
    SOURCE,
    Manifest,
    VendorError,
    compare,
    manifest,
    read_manifest,
    sources,
    write,
)

EPILOG = """\
examples:
  python -m bookit_async.vendor src/myapp/vendor/bookit --package myapp.vendor.bookit
      copy the runtime; then: from myapp.vendor.bookit import BookIt
  python -m bookit_async.vendor src/myapp/vendor/bookit --check
      in CI: exit status 0 if the copy is the installed version, unedited; 1 if it was edited or is behind
  python -m bookit_async.vendor src/myapp/vendor/bookit --update
      replace it by the installed version; 1 and nothing done if it was edited, unless --force

exit status: 0 done, or nothing to tell; 1 the copy differs; 2 the command cannot be carried out
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy, check or update, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m bookit_async.vendor",
        description="Copy the SDK into a program, look whether a copy is as it was, or bring it up to date.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dest", type=Path, help="the folder that is, or becomes, the copy")
    parser.add_argument("--package", help="dotted name under which the copy is imported; told from DEST if left out")
    parser.add_argument(
        "--with", dest="extras", nargs="+", action="extend", choices=EXTRAS, help="what to copy beside the runtime"
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="change nothing, tell whether it was edited or is behind")
    mode.add_argument("--update", action="store_true", help="replace the copy by the installed version")
    parser.add_argument("--force", action="store_true", help="with --update: overwrite what was edited, too")
    options = parser.parse_args(arguments)
    extras = None if options.extras is None else sorted(set(options.extras))
    try:
        _check_place(options.dest, replaced=not options.check)
        if options.check or options.update:
            return _renew(options.dest, options.package, extras, check=options.check, force=options.force)
        return _copy(options.dest, options.package, extras or ())
    except VendorError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {error.filename2 or error.filename or options.dest}: {error.strerror}", file=sys.stderr)
    return 2


def _copy(folder: Path, package: str | None, extras: Sequence[str]) -> int:
    if (folder / MANIFEST).exists():
        raise VendorError(f"{folder} holds a copy already: --check compares it, --update renews it")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise VendorError(f"{folder} is not empty: name a folder that is not there yet")
    name = package or _package_of(folder)
    _check_package(folder, name)
    files = sources(extras)
    said = manifest(files, package=name, extras=extras)
    if folder.exists():
        folder.resolve().rmdir()
    write(folder.resolve(), files, said)
    _tell(folder, said, "Copied")
    return 0


def _renew(folder: Path, package: str | None, extras: Sequence[str] | None, *, check: bool, force: bool) -> int:
    said = read_manifest(folder)
    name = package or said.package
    _check_package(folder, name)
    chosen = said.extras if extras is None else tuple(extras)
    files = sources(chosen)
    now = manifest(files, package=name, extras=chosen)
    found = compare(folder, said, now)
    for what in ("edited", "missing", "added"):
        for path in getattr(found, what):
            print(f"{what}: {folder / path}")
    current = not found.behind and said == now
    if (said.package, said.extras) != (now.package, now.extras):
        print(f"other: the copy is {_what(said)}; asked for is {_what(now)}")
    elif not current:
        print(f"behind: the copy is of {said.version}, installed is {VERSION}; files that differ: {len(found.behind)}")
    if check:
        if current and not found.touched:
            print(f"{folder} is {PROJECT} {VERSION}, unedited")
        return int(found.touched or not current)
    if found.touched and not force:
        print("Nothing was updated: move these edits elsewhere, or --force overwrites them.", file=sys.stderr)
        return 1
    if not current or found.touched:
        write(folder.resolve(), files, now)
    _tell(folder, now, "Updated" if not current or found.touched else "Nothing to update:")
    return 0


def _what(one: Manifest) -> str:
    return " with ".join([one.package, *([" ".join(one.extras)] if one.extras else [])])


def _tell(folder: Path, said: Manifest, what: str) -> None:
    print(f"{what} {PROJECT} {said.version} in {folder}, {len(said.files)} files\n")
    print(f"  from {said.package} import BookIt\n\nIt needs, so add to your dependencies:\n")
    for one in said.dependencies:
        print(f'  "{one}",')


def _check_place(folder: Path, *, replaced: bool) -> None:
    """Refuse a link that leads nowhere, and to replace the folder that the command itself runs in."""
    if folder.is_symlink() and not folder.exists():
        raise VendorError(
            f"{folder} is a link to {folder.readlink()}, which is not there: make that folder, or unlink it"
        )
    if replaced and Path.cwd().is_relative_to(folder.resolve()):
        raise VendorError(f"{folder} is the folder you are in, or above it, and would be replaced: run it from outside")


def _package_of(folder: Path) -> str:
    """Return the dotted name of a folder: its own, below those above it that are packages.

    A folder without `__init__.py` may be a package, too: where the one above the copy has none, those below the nearest
    folder that modules are imported from count, and at least those that a package stands above.
    """
    here = Path(os.path.abspath(folder))  # noqa: PTH100 - a link keeps its own name
    above = list(takewhile(lambda one: (one / "__init__.py").exists(), here.parents))
    if not above:
        inside = list(takewhile(lambda one: not _is_import_root(one), here.parents))
        packages = [place for place, one in enumerate(inside, 1) if (one / "__init__.py").exists()]
        rooted = len(inside) < len(here.parents)
        above = inside if rooted else inside[: max(packages, default=0)]
    return ".".join(reversed([here.name, *(one.name for one in above)]))


def _is_import_root(folder: Path) -> bool:
    marks = ("pyproject.toml", "setup.py", "setup.cfg", ".git")
    roots = {Path(one or ".").resolve() for one in sys.path}
    return folder.name == "src" or folder.resolve() in roots or any((folder / mark).exists() for mark in marks)


def _check_package(folder: Path, package: str) -> None:
    names = package.split(".")
    if not all(name.isidentifier() and not keyword.iskeyword(name) for name in names):
        raise VendorError(f"{package!r} cannot be imported: use names that Python allows, with --package and as DEST")
    if list(Path(os.path.abspath(folder)).parts[-len(names) :]) != names:  # noqa: PTH100 - as above
        raise VendorError(f"{folder} is not where {package} would be found: DEST has to end with {'/'.join(names)}")
    if package == SOURCE.name:
        raise VendorError(f"{package} is the installed package's own name: give the copy another one")


if __name__ == "__main__":
    sys.exit(main())
