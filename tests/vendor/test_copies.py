"""`python -m bookit_async.vendor`: what it copies, what it tells, and that it loses nobody's work."""

import json
import shutil
import sys
from collections.abc import Callable
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from bookit_async.vendor import copies
from bookit_async.vendor.__main__ import main
from bookit_async.version import VERSION

NOT_RUNTIME = {
    "cli",
    "desk",
    "doctor",
    "durable",
    "extras.py",
    "fastapi_router.py",
    "mcp",
    "record",
    "sandbox",
    "secret_rules.py",
    "testing.py",
    "vendor",
    "web",
}


@pytest.fixture
def copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "myapp" / "bookit"
    assert main([str(folder), "--package", "myapp.bookit"]) == 0
    capsys.readouterr()
    return folder


def test_it_says_what_was_copied_how_to_import_it_and_what_it_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "src" / "myapp" / "vendor" / "bookit"
    assert main([str(folder), "--package", "myapp.vendor.bookit"]) == 0
    said = capsys.readouterr().out
    assert f"Copied bookit-async {VERSION} in {folder}" in said
    assert "from myapp.vendor.bookit import BookIt" in said
    assert '"orjson<4,>=3.10",' in said
    assert '"types-python-dateutil",' in said
    assert "uvicorn" not in said


def test_the_runtime_is_all_of_the_package_but_what_is_asked_for(copy: Path) -> None:
    whole = {path.name for path in copies.SOURCE.iterdir() if path.name != "__pycache__"}
    assert {path.name for path in copy.iterdir()} == whole - NOT_RUNTIME | {"LICENSE", copies.MANIFEST}
    assert (copy / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")


def test_the_generated_package_is_copied_whole(copy: Path) -> None:
    def modules(folder: Path) -> list[Path]:
        return sorted(path.relative_to(folder) for path in folder.rglob("*.py"))

    assert modules(copy / "_generated") == modules(copies.SOURCE / "_generated")


@pytest.mark.parametrize(
    ("extra", "path", "requirement"),
    [
        ("sandbox", "sandbox/__main__.py", "uvicorn"),
        ("sandbox", "sandbox/faults/proxy.py", "cryptography"),
        ("testing", "testing.py", "uvicorn"),
        ("testing", "sandbox/door/server.py", "pyyaml"),
        ("httpx", "transports/httpx_transport.py", "httpx"),
        ("durable", "durable/dbos_engine.py", "dbos"),
        ("fastapi", "desk/sealing.py", "cryptography"),
    ],
)
def test_an_extra_brings_its_modules_and_its_libraries(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], extra: str, path: str, requirement: str
) -> None:
    assert main([str(tmp_path / "bookit"), "--with", extra]) == 0
    assert (tmp_path / "bookit" / path).is_file()
    assert f'"{requirement}' in capsys.readouterr().out


def test_a_library_of_two_extras_is_named_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "bookit"), "--with", "fastapi", "sandbox"]) == 0
    assert capsys.readouterr().out.count('"cryptography') == 1


def test_extras_may_be_named_one_by_one_and_in_any_order(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(copy), "--update", "--with", "sandbox", "--with", "fastapi", "--with", "sandbox"]) == 0
    assert (copy / "sandbox" / "door" / "server.py").is_file()
    assert (copy / "desk" / "sealing.py").is_file()
    assert main([str(copy), "--check", "--with", "fastapi", "sandbox"]) == 0
    assert "unedited" in capsys.readouterr().out


def test_the_manifest_tells_version_sources_hashes_and_libraries(copy: Path) -> None:
    said = json.loads((copy / copies.MANIFEST).read_text(encoding="utf-8"))
    assert said["source"] == f"bookit-async=={VERSION}"
    assert (said["version"], said["package"], said["extras"]) == (VERSION, "myapp.bookit", [])
    assert said["files"]["client.py"]["source"] == "bookit_async/client.py"
    assert len(said["files"]["client.py"]["sha256"]) == 64
    present = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
    assert set(said["files"]) == present - {copies.MANIFEST}


def test_the_name_is_told_from_the_packages_above(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (tmp_path / "shop", tmp_path / "shop" / "vendor"):
        folder.mkdir()
        (folder / "__init__.py").touch()
    assert main([str(tmp_path / "shop" / "vendor" / "bookit")]) == 0
    assert "from shop.vendor.bookit import BookIt" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("dest", "made", "told"),
    [
        ("src/shop/vendor/bookit", [], "shop.vendor.bookit"),
        ("shop/vendor/bookit", ["pyproject.toml"], "shop.vendor.bookit"),
        ("lib/shop/vendor/bookit", ["lib/shop/__init__.py"], "shop.vendor.bookit"),
        ("lib/shop/vendor/bookit", ["lib/shop/vendor/__init__.py", "lib/shop/__init__.py"], "shop.vendor.bookit"),
        ("lib/bookit", [], "bookit"),
    ],
    ids=["src", "project", "within-a-package", "packages", "nothing-known"],
)
def test_the_name_is_told_where_packages_have_no_init(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], dest: str, made: list[str], told: str
) -> None:
    for name in made:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert main([str(tmp_path / dest)]) == 0
    assert f"  from {told} import BookIt\n" in capsys.readouterr().out


def test_the_working_directory_is_a_place_to_import_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert main(["shop/vendor/bookit"]) == 0
    assert "  from shop.vendor.bookit import BookIt\n" in capsys.readouterr().out


@pytest.fixture
def link(copy: Path) -> Path:
    """A link to the copy, elsewhere."""
    folder = copy.parent.parent / "linked" / "bookit"
    folder.parent.mkdir()
    folder.symlink_to(copy)
    return folder


def test_an_update_through_a_link_renews_what_it_leads_to(
    copy: Path, link: Path, newer: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(link), "--check", "--package", "linked.bookit"]) == 1
    assert main([str(link), "--update", "--package", "linked.bookit"]) == 0
    assert "Updated bookit-async 9.0.0 in" in capsys.readouterr().out
    assert link.is_symlink()
    assert (copy / "client.py").read_text(encoding="utf-8").endswith("# new\n")
    assert [path.name for path in copy.parent.iterdir()] == ["bookit"]


def test_a_link_to_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "bookit").symlink_to(tmp_path / "there")
    assert main([str(tmp_path / "bookit")]) == 0
    assert (tmp_path / "bookit").is_symlink()
    assert (tmp_path / "there" / "client.py").is_file()
    assert main([str(tmp_path / "bookit"), "--check"]) == 0


def test_a_copy_is_looked_at_from_inside(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy)
    assert main([".", "--check"]) == 0
    monkeypatch.chdir(copy / "views")
    assert main(["..", "--check"]) == 0


@pytest.mark.parametrize(
    "case",
    [
        (["."], "empty", ". is the folder you are in, or above it, and would be replaced: run it from outside"),
        ([".."], "full", ".. is the folder you are in, or above it, and would be replaced: run it from outside"),
        ([".", "--update"], "myapp/bookit", ". is the folder you are in, or above it, and would be replaced"),
        (
            ["../dangling"],
            "full",
            "../dangling is a link to nowhere, which is not there: make that folder, or unlink it",
        ),
        (["../dangling", "--check"], "full", "../dangling is a link to nowhere, which is not there"),
        (["../loop"], "full", "../loop is a link to loop, which is not there"),
        (["/dev/null/bookit"], "full", "error: /dev/null: File exists"),
    ],
)
def test_a_place_that_cannot_be_replaced_is_said(
    copy: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[list[str], str, str],
) -> None:
    arguments, inside, problem = case
    root = copy.parent.parent
    for name in ("empty", "full"):
        (root / name).mkdir()
    (root / "dangling").symlink_to("nowhere")
    (root / "loop").symlink_to("loop")
    monkeypatch.chdir(root / inside)
    before = sorted(root.rglob("*"))
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert problem in said
    assert "Errno" not in said
    assert sorted(root.rglob("*")) == before


def test_the_adapter_for_httpx_is_copied_on_request_only(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    adapter = copy / "transports" / "httpx_transport.py"
    assert not adapter.exists()
    assert main([str(copy), "--update", "--with", "httpx"]) == 0
    assert adapter.exists()
    assert '"httpx<' in capsys.readouterr().out


def test_the_manifest_says_how_to_leave_it_out_of_formatters(copy: Path) -> None:
    said = json.loads((copy / copies.MANIFEST).read_text(encoding="utf-8"))
    assert "ruff: extend-exclude" in said["note"]


@pytest.mark.parametrize(
    "name",
    [".DS_Store", "views/.DS_Store", ".mypy_cache/x.json", ".ruff_cache/x", "Thumbs.db", "a.pyc", "__pycache__/b.py"],
)
def test_what_programs_leave_behind_is_no_edit(copy: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (copy / name).parent.mkdir(exist_ok=True)
    (copy / name).touch()
    assert main([str(copy), "--check"]) == 0
    assert "added" not in capsys.readouterr().out


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "bookit").mkdir()
    assert main([str(tmp_path / "bookit")]) == 0


def test_a_copy_as_it_was_made_is_current(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(copy), "--check"]) == 0
    assert capsys.readouterr().out == f"{copy} is bookit-async {VERSION}, unedited\n"
    assert main([str(copy), "--update"]) == 0
    assert capsys.readouterr().out.startswith("Nothing to update:")


def test_line_ends_of_a_checkout_and_compiled_files_are_no_edits(copy: Path) -> None:
    path = copy / "client.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "flows.cpython-311.pyc").write_bytes(b"\0")
    assert main([str(copy), "--check"]) == 0


def edit(copy: Path) -> str:
    (copy / "client.py").write_text("# ours\n", encoding="utf-8")
    return "edited: {}/client.py"


def remove(copy: Path) -> str:
    (copy / "legacy.py").unlink()
    return "missing: {}/legacy.py"


def add(copy: Path) -> str:
    (copy / "sandbox.py").touch()
    return "added: {}/sandbox.py"


@pytest.mark.parametrize("work", [edit, remove, add])
def test_somebodys_work_is_told_and_not_overwritten_unless_forced(
    copy: Path, capsys: pytest.CaptureFixture[str], work: Callable[[Path], str]
) -> None:
    told = work(copy).format(copy)
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    assert main([str(copy), "--check"]) == 1
    assert told in capsys.readouterr().out
    assert main([str(copy), "--update"]) == 1
    said = capsys.readouterr()
    assert told in said.out
    assert "--force overwrites them" in said.err
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before
    assert main([str(copy), "--update", "--force"]) == 0
    assert main([str(copy), "--check"]) == 0


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The installed version is a newer one."""
    source = tmp_path / "newer" / "bookit_async"
    shutil.copytree(copies.SOURCE, source, ignore=shutil.ignore_patterns("__pycache__"))
    (source / "client.py").write_text(
        (source / "client.py").read_text(encoding="utf-8") + "\n# new\n", encoding="utf-8"
    )
    for module in ("copies", "__main__"):
        monkeypatch.setattr(f"bookit_async.vendor.{module}.VERSION", "9.0.0")
    monkeypatch.setattr(copies, "SOURCE", source)


def test_a_copy_that_is_behind_is_told_and_renewed(copy: Path, newer: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(copy), "--check"]) == 1
    assert f"behind: the copy is of {VERSION}, installed is 9.0.0; files that differ: 1" in capsys.readouterr().out
    assert main([str(copy), "--update"]) == 0
    assert "Updated bookit-async 9.0.0 in" in capsys.readouterr().out
    assert (copy / "client.py").read_text(encoding="utf-8").endswith("# new\n")
    assert main([str(copy), "--check"]) == 0


def test_an_update_keeps_what_was_asked_for_and_may_ask_for_more(copy: Path) -> None:
    assert main([str(copy), "--update", "--with", "sandbox"]) == 0
    assert (copy / "sandbox" / "door" / "server.py").is_file()
    assert main([str(copy), "--update"]) == 0
    assert main([str(copy), "--check"]) == 0
    assert (copy / "sandbox" / "door" / "server.py").is_file()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--with", "sandbox"], "other: the copy is myapp.bookit; asked for is myapp.bookit with sandbox"),
        (["--package", "bookit"], "other: the copy is myapp.bookit; asked for is bookit"),
    ],
)
def test_what_else_was_asked_for_is_told(
    copy: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main([str(copy), "--check", *arguments]) == 1
    assert told in capsys.readouterr().out


def test_an_update_that_is_interrupted_leaves_the_old_copy(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(copy)
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        main([str(copy), "--update", "--force"])
    assert (copy / "client.py").read_text(encoding="utf-8") == "# ours\n"


def test_an_update_that_fails_leaves_the_old_copy(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(copy)
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise PermissionError(13, "not allowed", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    assert main([str(copy), "--update", "--force"]) == 2
    assert (copy / "client.py").read_text(encoding="utf-8") == "# ours\n"
    assert [path.name for path in copy.parent.iterdir()] == ["bookit"]


def test_a_first_copy_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(self: Path, target: Path) -> Path:
        raise PermissionError(13, "not allowed", str(target))

    monkeypatch.setattr(Path, "rename", failing)
    assert main([str(tmp_path / "bookit")]) == 2
    assert "not allowed" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["full"], "full is not empty: name a folder that is not there yet"),
        (["full/file"], "file is not empty"),
        (["copy"], "holds a copy already: --check compares it, --update renews it"),
        (["new", "--package", "app.new"], "DEST has to end with app/new"),
        (["my-app"], "'my-app' cannot be imported"),
        (["class"], "'class' cannot be imported"),
        (["bookit_async"], "bookit_async is the installed package's own name"),
        (["full", "--check"], "holds no VENDORED.json: only copies made by this command have one"),
        (["broken", "--check"], "cannot be read: restore it, or copy into another folder"),
        (["listed", "--update"], "cannot be read: restore it, or copy into another folder"),
    ],
)
def test_what_cannot_be_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], problem: str
) -> None:
    for name, content in {
        "full/file": "x",
        "broken/VENDORED.json": "{",
        "listed/VENDORED.json": '{"version": 1}',
    }.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert main([str(tmp_path / "copy")]) == 0
    before = sorted(tmp_path.rglob("*"))
    assert main([str(tmp_path / arguments[0]), *arguments[1:]]) == 2
    assert problem in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_without_the_licence_nothing_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def bare(name: str) -> PathDistribution:
        return PathDistribution(tmp_path / f"{name}.dist-info")

    monkeypatch.setattr(copies, "distribution", bare)
    assert main([str(tmp_path / "bookit")]) == 2
    assert "licence" in capsys.readouterr().err
