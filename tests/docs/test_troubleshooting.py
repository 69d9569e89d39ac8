"""Each message that the page on trouble names stands in the code."""

import ast
import re

import pytest

from .test_pages import DOCS, ROOT

PAGE = (DOCS / "troubleshooting.md").read_text(encoding="utf-8").partition("## No error")[0]
MESSAGES = re.findall(r"^\| `([^`]+)` \|", PAGE, flags=re.MULTILINE)
TEXTS = [
    node.value
    for path in sorted((ROOT / "bookit_async").glob("**/*.py"))
    if "_generated" not in path.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
]


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_stands_in_the_code(message: str) -> None:
    parts = [part.strip() for part in message.split("…") if part.strip()]
    assert parts
    assert [part for part in parts if not any(part in text for text in TEXTS)] == []


def test_the_page_has_a_row_for_each_error_that_the_service_can_cause() -> None:
    from bookit_async import APIStatusError, BookItError

    def kinds(root: type[BookItError]) -> list[type[BookItError]]:
        return [root, *(one for kind in root.__subclasses__() for one in kinds(kind))]

    said = [kind.what.partition("{")[0].strip() for kind in kinds(APIStatusError) if kind is not APIStatusError]
    told = " ".join(MESSAGES)
    assert [one for one in said if one not in told] == []
