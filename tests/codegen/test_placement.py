"""Files and folders are replaced together or not at all, whatever happens in between."""

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from codegen import placement
from codegen.__main__ import main
from codegen.pipeline import Project

KILLED, RAISED = "killed", "raised"


def contents(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def tree(tmp_path: Path) -> tuple[Path, Mapping[Path, Path | str]]:
    """A tree with a folder and a file to replace, and a file and a folder to add."""
    root, fresh = tmp_path / "root", tmp_path / "fresh"
    (root / "package").mkdir(parents=True)
    (root / "package" / "gone.py").write_text("gone")
    (root / "notes.md").write_text("old")
    fresh.mkdir()
    (fresh / "new.py").write_text("new")
    return root, {
        root / "package": fresh,
        root / "notes.md": "new",
        root / "added.md": "added",
        root / "more" / "package": fresh,
    }


AFTER = {"package/new.py": "new", "notes.md": "new", "added.md": "added", "more/package/new.py": "new"}


def test_all_are_replaced(tree: tuple[Path, Mapping[Path, Path | str]]) -> None:
    root, fresh = tree
    placement.place(root, fresh)
    assert contents(root) == AFTER
    assert placement.recover(root) is False


def stop_at(number: int, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Make the replacement of that number, counted from 0, fail or kill the process."""
    replace, calls = Path.replace, iter(range(100))

    def stopping(self: Path, target: Path) -> Path:
        if next(calls) == number:
            if how == KILLED:
                os.kill(os.getpid(), signal.SIGKILL)
            raise PermissionError(13, "Permission denied", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", stopping)


def left_alone(_root: Path) -> bool:
    return False


# the list of what is to be replaced; two moves for each thing that was there, one for what was not; the end
@pytest.mark.parametrize("number", range(8))
def test_what_fails_is_undone_at_once(
    tree: tuple[Path, Mapping[Path, Path | str]], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    root, fresh = tree
    before = contents(root)
    with monkeypatch.context() as patch:
        stop_at(number, patch, RAISED)
        with pytest.raises(PermissionError):
            placement.place(root, fresh)
    assert contents(root) == before
    placement.place(root, fresh)
    assert contents(root) == AFTER


@pytest.mark.parametrize("number", range(8))
def test_what_was_killed_is_undone_by_the_next_run(
    tree: tuple[Path, Mapping[Path, Path | str]], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    root, fresh = tree
    before = contents(root)
    child = os.fork()
    if child == 0:  # pragma: no cover - the child is killed before it could tell
        stop_at(number, monkeypatch, KILLED)
        placement.place(root, fresh)
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert placement.recover(root) is True
    assert contents(root) == before


def test_a_killed_recovery_goes_on(
    tree: tuple[Path, Mapping[Path, Path | str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, fresh = tree
    before = contents(root)
    with monkeypatch.context() as patch:
        stop_at(7, patch, RAISED)
        patch.setattr(placement, "recover", left_alone)
        with pytest.raises(PermissionError):
            placement.place(root, fresh)
    assert contents(root) != before
    with monkeypatch.context() as patch:
        stop_at(1, patch, RAISED)
        with pytest.raises(PermissionError):
            placement.recover(root)
    assert placement.recover(root) is True
    assert contents(root) == before


def test_every_command_recovers_first(
    generated: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(generated.root)
    with monkeypatch.context() as patch:
        stop_at(4, patch, RAISED)
        patch.setattr(placement, "recover", left_alone)
        with pytest.raises(PermissionError):
            placement.place(generated.root, {generated.generated: generated.templates, generated.lock: "half\n"})
    assert main(["check"], project=generated) == 0
    assert "note: an earlier run was broken off while it replaced files; they are as" in capsys.readouterr().err
    assert contents(generated.root) == before
