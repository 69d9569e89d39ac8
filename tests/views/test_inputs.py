"""A prospect's data against what a trigger node asks."""

from typing import Any

import pytest

from bookit_async import BookIt, TriggerInput, TriggerInputs
from bookit_async._generated.models import TriggerNodeInputs
from bookit_async.views.inputs import read_inputs, read_prospect

from ..conftest import ADA, NODE

INPUTS = TriggerInputs(
    name="Node",
    inputs=(
        TriggerInput(name="Email", type="STRING"),
        TriggerInput(name="Phone", type="PHONE"),
        TriggerInput(name="Size", type="DOUBLE"),
        TriggerInput(name="Customer", type="BOOLEAN"),
        TriggerInput(name="Since", type="DATE"),
    ),
)


@pytest.mark.parametrize(
    ("prospect", "missing"),
    [
        ({}, ["Email", "Phone", "Size", "Customer", "Since"]),
        ({"Email": "", "Phone": None, "Size": 0, "Customer": False, "Since": "2025"}, ["Email", "Phone"]),
        ({"email": "a@x.example", "Phone": "1", "Size": 1, "Customer": True, "Since": 1}, ["Email"]),
    ],
)
def test_missing_is_absent_none_or_empty(prospect: dict[str, Any], missing: list[str]) -> None:
    assert [one.name for one in INPUTS.missing(prospect)] == missing


@pytest.mark.parametrize(
    ("prospect", "problems"),
    [
        ({"Email": "a", "Phone": "+1 (669)", "Size": 5, "Customer": True, "Since": "2025"}, []),
        ({"Size": 5.5, "Email": None, "ld_bookit_log_id": "x"}, []),
        ({"Email": 5}, ["prospect['Email'] must be text"]),
        ({"Phone": 5}, ["prospect['Phone'] must be text"]),
        ({"Size": "500"}, []),
        ({"Size": "five"}, ["prospect['Size'] must be a number"]),
        ({"Size": "nan"}, ["prospect['Size'] must be a number"]),
        ({"Size": True}, ["prospect['Size'] must be a number"]),
        ({"Customer": "yes"}, ["prospect['Customer'] must be True or False"]),
        ({"EMAIL": "a"}, ["prospect['EMAIL'] is not an input of this trigger node: did you mean 'Email'?"]),
        ({"Size": float("inf")}, ["prospect['Size'] is not a finite number, which JSON cannot hold"]),
        ({"Size": "", "phone": "1"}, ["prospect['Size'] must be a number", "prospect['phone'] is not an input"]),
    ],
)
def test_problems_are_all_told(prospect: dict[str, Any], problems: list[str]) -> None:
    found = INPUTS.problems(prospect)
    assert len(found) == len(problems)
    for one, start in zip(found, problems, strict=True):
        assert one.startswith(start)


def test_what_is_no_mapping_is_told() -> None:
    assert read_prospect(["Email"]) == ({}, ["prospect must be a mapping from input names to values"])


async def test_the_inputs_of_a_node_are_read_from_the_service(client: BookIt) -> None:
    inputs = await client.inputs(NODE)
    assert inputs.name == NODE
    assert TriggerInput(name="NumEmployees", type="DOUBLE") in inputs.inputs
    assert inputs.problems(ADA) == ()
    assert [one.name for one in inputs.missing(ADA)] == ["ld_bookit_log_id"]


def test_an_input_without_a_name_is_left_out_and_one_without_a_type_is_text() -> None:
    wire = TriggerNodeInputs.read({"inputs": [{"type": "STRING"}, {"name": "Email"}, {"name": "X", "type": "NEW"}]})
    assert read_inputs(wire, asked="Node") == TriggerInputs(
        name="Node", inputs=(TriggerInput(name="Email", type="STRING"), TriggerInput(name="X", type="NEW"))
    )
    assert read_inputs(TriggerNodeInputs(name="N"), asked="Node") == TriggerInputs(name="N", inputs=())
