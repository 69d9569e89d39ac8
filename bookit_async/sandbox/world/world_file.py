"""A world from a YAML file."""

from os import PathLike
from pathlib import Path

from ...extras import needed_for
from .errors import WorldError
from .world import World


def load_world(path: str | PathLike[str]) -> World:
    """Return the world of a YAML file; `WorldError` says what is wrong with the file or lists what is wrong in it."""
    with needed_for("a world from a file", extra="sandbox"):
        import yaml

        from .yaml_loader import Loader

    try:
        data = yaml.load(Path(path).read_bytes(), Loader)  # noqa: S506 - a SafeLoader that reads less
    except OSError as error:
        raise WorldError([f"{path} cannot be read: {error.strerror}"]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise WorldError([f"{path} is not YAML: {' '.join(str(error).split())}"]) from None
    return World.from_dict(data)
