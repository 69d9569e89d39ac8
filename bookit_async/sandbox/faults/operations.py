"""Which operation of the API a request is, told from its method and path alone."""

import re

from ..._generated.api import OPERATIONS

NAMES: dict[str, str] = {
    **{operation.id: operation.name for operation in OPERATIONS.values()},
    **{operation.name: operation.name for operation in OPERATIONS.values()},
}
"""The Python name of an operation, by that name and by its operationId."""

_PATHS = [
    (operation.method, re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(operation.path))), operation.name)
    for operation in OPERATIONS.values()
]


def find_operation(method: str, path: str) -> str | None:
    """The Python name of the operation, None when it is none. A query after the path does not matter."""
    bare = path.partition("?")[0]
    return next((name for wanted, pattern, name in _PATHS if wanted == method and pattern.fullmatch(bare)), None)
