"""Running openapi-python-client apart from everything around it, so that the same input gives the same bytes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from codegen.documents import JsonObject, UnusableInputError, dump_json, load

_TEMPLATE_FRAME = re.compile(r'File "([^"]+\.jinja)", line (\d+)')
_OBJECT = re.compile(r"<openapi_python_client\S* object at 0x\w+>")
_NOISE = ("Error(s) encountered", "Warning(s) encountered", "If you believe this was")
_LONGEST_MESSAGE = 600
SETTINGS = frozenset(
    (
        *("class_overrides", "content_type_overrides", "docstrings_on_attributes", "field_prefix", "generate_all_tags"),
        *("http_timeout", "literal_enums", "package_name_override", "package_version_override", "post_hooks"),
        *("project_name_override", "use_path_prefixes_for_title_model_names"),
    )
)
"""What the generator's settings file may hold; the generator itself passes over a misspelt key in silence."""

_MADE: dict[bytes, dict[Path, bytes]] = {}
"""What was made in this process, by the digest of what it was made from: following a document makes some code twice."""


def generate(document: JsonObject, *, templates: Path, config: Path, ruff_config: Path, scratch: Path) -> Path:
    """Return the folder below `scratch` that holds the code generated from the enriched `document`.

    Raises UnusableInputError with the generator's own message, shortened, when it fails or warns, and when what it
    wrote is not Python.
    """
    if unknown := load(config).keys() - SETTINGS:
        raise UnusableInputError(f"{config}: has the unknown key {', '.join(map(repr, sorted(unknown)))}")
    source, output = scratch / "document.json", scratch / "generated"
    source.write_text(dump_json(document), encoding="utf-8")
    inputs = _digest([source, config, ruff_config, *sorted(path for path in templates.rglob("*") if path.is_file())])
    if inputs not in _MADE:
        _run(source, output, templates=templates, config=config, ruff_config=ruff_config)
        _refuse_broken_code(output)
        _MADE[inputs] = {path.relative_to(output): path.read_bytes() for path in output.rglob("*") if path.is_file()}
    for path, content in _MADE[inputs].items():
        (output / path).parent.mkdir(parents=True, exist_ok=True)
        (output / path).write_bytes(content)
    return output


def _digest(paths: Sequence[Path]) -> bytes:
    return sha256(b"\0".join(part for path in paths for part in (path.name.encode(), path.read_bytes()))).digest()


def _run(source: Path, output: Path, *, templates: Path, config: Path, ruff_config: Path) -> None:
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", "--meta", "none"]
    command += ["--path", str(source), "--output-path", str(output)]
    command += ["--config", str(config.resolve()), "--custom-template-path", str(templates.resolve())]
    run = subprocess.run(  # noqa: S603 - our own command line
        command, cwd=source.parent, env=_environment(ruff_config), capture_output=True, encoding="utf-8", check=False
    )
    if run.returncode:
        raise UnusableInputError(f"the generator failed: {_condensed(run.stderr or run.stdout, source.parent)}")


def _environment(ruff_config: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUFF_")}
    programs = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent), kept.get("PATH", os.defpath)]
    return kept | {
        "PATH": os.pathsep.join(programs),
        "BOOKIT_RUFF_CONFIG": str(ruff_config.resolve()),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_COLOR": "1",
        "TYPER_STANDARD_TRACEBACK": "1",
        "_TYPER_STANDARD_TRACEBACK": "1",
    }


def _condensed(output: str, scratch: Path) -> str:
    lines = [line.strip() for line in output.replace(f"{scratch}{os.sep}", "").splitlines() if line.strip()]
    if any(line.startswith("Traceback (most recent call last)") for line in lines):
        frames = _TEMPLATE_FRAME.findall(output)
        place = f"{frames[-1][0]}, line {frames[-1][1]}: " if frames else ""
        return place + lines[-1]
    lines = [_OBJECT.sub("a name", line) for line in lines]
    message = " ".join(line for line in lines if not line.startswith(_NOISE))
    return message if len(message) <= _LONGEST_MESSAGE else message[:_LONGEST_MESSAGE] + "…"


def _refuse_broken_code(folder: Path) -> None:
    for path in sorted(folder.rglob("*.py")):
        try:
            compile(path.read_text(encoding="utf-8"), str(path), "exec")
        except (SyntaxError, ValueError) as error:
            place = f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else str(error)
            name = path.relative_to(folder).as_posix()
            raise UnusableInputError(f"the templates produce broken Python in {name}, {place}") from None
