"""The command line of the pipeline: ``python -m codegen enrich|generate|check|drift``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from codegen import documents, pipeline
from codegen.documents import UnusableInputError


def main(argv: Sequence[str] | None = None, *, project: pipeline.Project | None = None) -> int:
    """Run one command; give 0 for success, 1 for a difference or drift, 2 for unusable input.

    `project` is the one that holds this file unless given.
    """
    project = project or _own_project()
    options = _parser(project).parse_args(argv)
    try:
        return {"enrich": _enrich, "generate": _generate, "check": _check, "drift": _drift}[options.command](
            options, project
        )
    except UnusableInputError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        place = error.filename2 or error.filename or "a file"
        print(f"error: {place}: {error.strerror or error}", file=sys.stderr)
    return 2


def _own_project() -> pipeline.Project:
    root = Path(__file__).resolve().parent.parent
    # short names in messages and reports, the same on every machine
    return pipeline.Project(Path() if root == Path.cwd() else root)


def _parser(project: pipeline.Project) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m codegen", description="From the OpenAPI document to the client.")
    commands = parser.add_subparsers(dest="command", required=True)
    enrich = commands.add_parser("enrich", help="apply the overlays to the published document")
    enrich.add_argument("--spec", type=Path, default=project.spec)
    enrich.add_argument("--overlay", type=Path, action="append", help="may be repeated; by default all of overlays/")
    enrich.add_argument("--out", type=Path, default=project.enriched)
    generate = commands.add_parser("generate", help="write the generated code, replacing it whole")
    generate.add_argument("--spec", type=Path, default=project.spec)
    generate.add_argument("--out", type=Path, default=project.generated)
    commands.add_parser("check", help="compare what is committed with a fresh run, byte for byte")
    drift = commands.add_parser("drift", help="tell what a newer published document changes")
    drift.add_argument("--spec", type=Path, default=project.spec)
    drift.add_argument("--against", type=Path, required=True, help="the newer document")
    drift.add_argument("--format", choices=("markdown", "json"), default="markdown")
    return parser


def _enrich(options: argparse.Namespace, project: pipeline.Project) -> int:
    sources: list[Path] = options.overlay or project.overlays()
    out: Path = options.out
    if out.resolve() in {path.resolve() for path in (options.spec, *sources)}:
        raise UnusableInputError(f"{out}: is one of the inputs; choose another --out")
    pipeline.write(out, documents.dump(pipeline.enrich(options.spec, sources)))
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


if __name__ == "__main__":
    sys.exit(main())
