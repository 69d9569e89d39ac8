"""Putting files and folders in the place of others: all of them or none, even if the process is killed in between."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

_JOURNAL, _DONE = ".placement", ".placement-done"


def place(root: Path, fresh: Mapping[Path, Path | str], *, last: Callable[[], None] | None = None) -> None:
    """Replace each path below `root` by the folder, or the text, that `fresh` has for it, and then do what is `last`.

    What is replaced is moved into a journal below `root` first. When anything fails, what is last included, it is moved
    back; after a kill, `recover` does that.
    """
    recover(root)
    journal = root / _JOURNAL
    entries = [(path.relative_to(root).as_posix(), path.exists()) for path in fresh]
    try:
        (journal / "new").mkdir(parents=True)
        (journal / "old").mkdir()
        for number, content in enumerate(fresh.values()):
            if isinstance(content, Path):
                shutil.copytree(content, journal / "new" / str(number))
            else:
                (journal / "new" / str(number)).write_text(content, encoding="utf-8", newline="\n")
        (journal / "entries.part").write_text(json.dumps(entries), encoding="utf-8")
        (journal / "entries.part").replace(journal / "entries.json")
        for number, path in enumerate(fresh):
            path.parent.mkdir(parents=True, exist_ok=True)
            if entries[number][1]:
                path.replace(journal / "old" / str(number))
            (journal / "new" / str(number)).replace(path)
        if last is not None:
            last()
        journal.replace(root / _DONE)
    except BaseException:
        recover(root)
        raise
    shutil.rmtree(root / _DONE)


def recover(root: Path) -> bool:
    """Undo a replacement below `root` that was broken off; tell whether there was one."""
    shutil.rmtree(root / _DONE, ignore_errors=True)
    journal = root / _JOURNAL
    if not journal.exists():
        return False
    listed = journal / "entries.json"
    for number, (name, existed) in enumerate(json.loads(listed.read_text(encoding="utf-8")) if listed.exists() else []):
        old, new = journal / "old" / str(number), journal / "new" / str(number)
        if old.exists():
            _remove(root / name)
            old.replace(root / name)
        elif not existed and not new.exists():
            _remove(root / name)
    shutil.rmtree(journal)
    return True


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
