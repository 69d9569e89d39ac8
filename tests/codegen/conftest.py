"""A small project of its own for the pipeline, with the real settings of the generator and of ruff."""

import shutil
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.pipeline import Project

ROOT = Path(__file__).parents[2]


def laid_out(root: Path) -> Project:
    shutil.copytree(Path(__file__).parent / "fixtures" / "project", root)
    for name in ("generator.yaml", "ruff-generated.toml"):
        shutil.copy(ROOT / "openapi" / name, root / "openapi" / name)
    return Project(root)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return laid_out(tmp_path / "project")


@pytest.fixture(scope="session")
def generated_once(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = laid_out(tmp_path_factory.mktemp("generated") / "project")
    assert main(["generate"], project=project) == 0
    return project


@pytest.fixture
def generated(generated_once: Project, tmp_path: Path) -> Project:
    """The same project after `generate`."""
    return Project(shutil.copytree(generated_once.root, tmp_path / "project"))
