"""Whether what is committed is what the pipeline gives, byte for byte."""

from __future__ import annotations

from pathlib import Path

from codegen.pipeline import Project, building


def differences(project: Project) -> list[str]:
    """Return one line for each file that differs, is missing or is stray; empty when all is equal."""
    with building(project, project.spec, tried=False) as build:
        expected = {project.generated / name: content for name, content in _contents(build.folder).items()}
        expected |= {project.enriched: build.enriched.encode(), project.lock: build.lock.encode()}
    actual = {project.generated / name: content for name, content in _contents(project.generated).items()}
    actual |= {path: path.read_bytes() for path in (project.enriched, project.lock) if path.is_file()}
    found = [(path, "missing") for path in expected.keys() - actual.keys()]
    found += [(path, "stray") for path in actual.keys() - expected.keys()]
    found += [(path, "differs") for path in expected.keys() & actual.keys() if expected[path] != actual[path]]
    return [f"{what}: {path.relative_to(project.root).as_posix()}" for path, what in sorted(found)]


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
