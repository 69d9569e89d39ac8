"""Each fact of the doctor's table has its place in the enriched document."""

from pathlib import Path
from typing import Any

import jsonpath
import pytest

from bookit_async.doctor.facts import FACTS, Fact
from codegen import documents

DOCUMENT: dict[str, Any] = documents.load(Path(__file__).parents[2] / "openapi" / "bookit.enriched.yaml")


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.id)
def test_a_fact_stands_in_one_place_of_the_document(fact: Fact) -> None:
    found = jsonpath.findall(fact.place, DOCUMENT, strict=True)
    assert len(found) == 1
    assert isinstance(found[0], dict)
    assert "$ref" not in found[0], "nothing can be said beside a reference"
    assert all((fact.claim, fact.asked, fact.rests, fact.otherwise))
