"""YAML as a world needs it: no surprises in what a plain text means, and no key that silently replaces another."""

from collections.abc import Hashable
from typing import Any

import yaml


class Loader(yaml.SafeLoader):
    """A safe loader that leaves dates and times text, and refuses a key that is there twice."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the base class declares it
        letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - the base class's signature
        """The mapping; a `ConstructorError` names the line of a key that is there twice."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is there twice", key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)
