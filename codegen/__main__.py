"""The command line of the pipeline: ``python -m codegen enrich|generate|check|drift|regenerate|check-api|observe``."""

from __future__ import annotations

import argparse
import functools
import io
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from codegen import documents, pipeline, placement
from codegen.documents import UnusableInputError
from codegen.outcomes import TOLD


def main(argv: Sequence[str] | None = None, *, project: pipeline.Project | None = None) -> int:
    """Run one command; give 0 for success, 1 for a difference or drift, 2 for unusable input; `regenerate` has more.

    `project` is the one that holds this file unless given.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a tag's emoji must not end it where there are none
    project = project or _own_project()
    options = _parser(project).parse_args(argv)
    try:
        if placement.recover(project.root):
            print("note: an earlier run was broken off while it replaced files; they are as they were", file=sys.stderr)
        run: Callable[[argparse.Namespace, pipeline.Project], int] = options.run
        return run(options, project)
    except UnusableInputError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        place = error.filename2 or error.filename or "a file"
        print(f"error: {place}: {error.strerror or error}", file=sys.stderr)
    except RecursionError:
        print("error: the document is nested too deeply to be worked with", file=sys.stderr)
    return 2


def _own_project() -> pipeline.Project:
    root = Path(__file__).resolve().parent.parent
    # short names in messages and reports, the same on every machine
    return pipeline.Project(Path() if root == Path.cwd() else root)


def _parser(project: pipeline.Project) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m codegen", description="From the OpenAPI document to the client.")
    commands = parser.add_subparsers(dest="command", required=True)
    enrich = commands.add_parser("enrich", help="apply overlays to an OpenAPI 3.x document")
    enrich.set_defaults(run=_enrich)
    enrich.add_argument("--spec", type=Path, default=project.spec)
    enrich.add_argument("--overlay", type=Path, action="append", help="may be repeated; by default all of overlays/")
    enrich.add_argument("--out", type=Path, default=project.enriched, help="JSON if it ends in .json, else YAML")
    generate = commands.add_parser("generate", help="write the generated code, replacing it whole")
    generate.set_defaults(run=_generate)
    generate.add_argument("--spec", type=Path, default=project.spec)
    generate.add_argument("--out", type=Path, default=project.generated)
    check = commands.add_parser("check", help="compare what is committed with a fresh run, byte for byte")
    check.set_defaults(run=_check)
    drift = commands.add_parser("drift", help="tell what a newer published document changes")
    drift.set_defaults(run=_drift)
    drift.add_argument("--spec", type=Path, default=project.spec)
    drift.add_argument("--against", type=Path, required=True, help="the newer document")
    drift.add_argument("--format", choices=("markdown", "json"), default="markdown")
    regenerate = commands.add_parser(
        "regenerate",
        help="follow a newer published document, tests included",
        epilog="exit codes:\n" + "\n".join(f"  {code.value:>2}  {told}" for code, told in TOLD.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    regenerate.set_defaults(run=_regenerate)
    regenerate.add_argument("--spec", type=Path, required=True, help="the newer document")
    regenerate.add_argument("--summary", type=Path, help="write the summary to this file; by default it is printed")
    regenerate.add_argument("--tests", help="the command that tests the staged project; by default pytest on its suite")
    regenerate.add_argument("--shorter", action="store_true", help="accept what is the committed document cut short")
    check_api = commands.add_parser(
        "check-api", help="tell what breaks since the last release, unless CHANGELOG.md does"
    )
    check_api.set_defaults(run=_check_api)
    check_api.add_argument("--tag", help="the release to compare with; by default the last one before this commit")
    observe = commands.add_parser("observe", help="write an overlay of what the doctor's reports saw")
    observe.set_defaults(run=_observe)
    observe.add_argument(
        "reports", type=Path, nargs="*", metavar="REPORT", help="all that count; by default those in openapi/observed/"
    )
    return parser


def _enrich(options: argparse.Namespace, project: pipeline.Project) -> int:
    sources: list[Path] = options.overlay or project.overlays()
    out: Path = options.out
    if out.resolve() in {path.resolve() for path in (options.spec, *sources)}:
        raise UnusableInputError(f"{out}: is one of the inputs; choose another --out")
    dump = documents.dump_json if out.suffix == ".json" else documents.dump
    pipeline.write(out, dump(pipeline.enrich(options.spec, sources)))
    return 0


def _generate(options: argparse.Namespace, project: pipeline.Project) -> int:
    pipeline.generate(project, spec=options.spec, out=options.out)
    return 0


def _check(_options: argparse.Namespace, project: pipeline.Project) -> int:
    from codegen import comparison  # only this command needs it

    found = comparison.differences(project)
    if found:
        print("\n".join([*found, "The committed output is not what the pipeline gives: run `make generate`."]))
        return 1
    print("The generated code, the enriched document and SOURCE.lock are up to date.")
    return 0


def _drift(options: argparse.Namespace, project: pipeline.Project) -> int:
    from codegen import drift  # only this command needs it

    report = drift.compare(project, spec=options.spec, against=options.against)
    print(report.to_json() if options.format == "json" else report.to_markdown(), end="")
    return 1 if report.drifted else 0


def _regenerate(options: argparse.Namespace, project: pipeline.Project) -> int:
    from codegen import regeneration  # only this command needs it

    tests = regeneration.SUITE if options.tests is None else shlex.split(options.tests)
    tell = functools.partial(_summarise, options.summary)
    if options.summary is not None:
        # now rather than after an hour: can it be written, and what does it say if this is broken off?
        tell("# Broken off; nothing was written\n")
    try:
        outcome = regeneration.regenerate(project, spec=options.spec, tell=tell, tests=tests, shorter=options.shorter)
    except UnusableInputError as error:
        tell(f"# The document cannot be used\n\n{error}\n")
        raise
    print(f"{TOLD[outcome]} (exit code {outcome.value})", file=sys.stderr)
    return outcome.value


def _summarise(path: Path | None, text: str) -> None:
    if path is None:
        print(text, end="", flush=True)
    else:
        pipeline.write(path, text)


def _check_api(options: argparse.Namespace, project: pipeline.Project) -> int:
    from codegen import release  # only this command needs it
    from codegen.report import surface_line

    found = release.compare(project, tag=options.tag)
    if found.tag is None:
        print("Nothing is released yet: git has no tag such as v1.2.3 here (a shallow clone may lack them).")
        return 0
    if found.untold:
        print("\n".join(f"- {surface_line(change)}" for change in found.untold))
        print(f"Since {found.tag} these break code that uses them: name each in the unreleased part of CHANGELOG.md.")
        return 1
    print(
        f"The public interface keeps what {found.tag} promised"
        + (", but for what CHANGELOG.md says." if found.told else ".")
    )
    return 0


def _observe(options: argparse.Namespace, project: pipeline.Project) -> int:
    from codegen import observed  # only this command needs it, and the package that is generated

    print(observed.observe(project, options.reports))
    return 0


if __name__ == "__main__":
    sys.exit(main())
