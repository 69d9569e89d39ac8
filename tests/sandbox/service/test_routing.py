import pytest

from bookit_async.sandbox import demo_world
from bookit_async.sandbox.service.routing import ProspectError, known_values, prefill, route
from bookit_async.sandbox.world import (
    Condition,
    EndOfFlow,
    Input,
    InputType,
    Redirect,
    Rule,
    Schedule,
    Test,
    TriggerNode,
)

NODES = {node.name: node for node in demo_world().nodes}
ENTERPRISE = Schedule(meeting_type="Enterprise Discovery", host="005Hs00000Eva05IAA")
MID_MARKET = Schedule(meeting_type="Product Demo", pool="a1QHs000000MidMMAE")


@pytest.mark.parametrize(
    ("prospect", "outcome"),
    [
        ({"NumEmployees": 1000, "Email": "a@big.example"}, ENTERPRISE),
        ({"NumEmployees": 999.5, "Email": "a@mid.example"}, MID_MARKET),
        ({"NumEmployees": "500", "Email": "a@mid.example", "Company": "LeanData"}, MID_MARKET),
        ({"NumEmployees": 49}, Redirect(url="https://www.northwind.example/self-service")),
        ({}, Redirect(url="https://www.northwind.example/self-service")),
        ({"NumEmployees": 5000, "Email": "a@GMail.com"}, EndOfFlow()),
        ({"NumEmployees": 5000, "Email": "a@rival-scheduling.example"}, EndOfFlow()),
    ],
)
def test_the_demo_routes_by_size_and_address(prospect: dict[str, object], outcome: object) -> None:
    node = NODES["New Webform Prospect"]
    assert route(node, known_values(node, prospect)) == outcome


@pytest.mark.parametrize(
    ("prospect", "outcome"),
    [
        ({"IsAdmin": True, "Plan": "Business"}, Schedule(meeting_type="Customer Check-in", host="005Hs00000Fil06IAA")),
        ({"IsAdmin": False, "Plan": "business"}, Redirect(url="https://www.northwind.example/help")),
        ({"IsAdmin": "true", "Plan": "free"}, Redirect(url="https://www.northwind.example/help")),
        ({"IsAdmin": True}, EndOfFlow()),
    ],
)
def test_the_demo_lets_admins_of_paying_customers_in(prospect: dict[str, object], outcome: object) -> None:
    node = NODES["Customer Check-in"]
    assert route(node, known_values(node, prospect)) == outcome


@pytest.mark.parametrize(
    ("test", "wanted", "value", "holds"),
    [
        ("is", "Ada", "ada", True),
        ("is", "Ada", "Ade", False),
        ("is", True, True, True),
        ("is", 5, 5.0, True),
        ("in", ("a", "B"), "b", True),
        ("in", ("a", "B"), "c", False),
        ("in", "a", "A", True),
        ("ends_with", (".com", ".org"), "x.ORG", True),
        ("ends_with", ".com", "x.org", False),
        ("at_least", 5, 5.0, True),
        ("at_least", 5, 4.9, False),
        ("below", 5, 4.9, True),
        ("below", 5, 5.0, False),
        ("given", None, "", True),
        ("missing", None, "x", False),
        ("missing", None, None, True),
        ("given", None, None, False),
        ("is", "x", None, False),
    ],
)
def test_conditions(
    test: Test, wanted: str | float | bool | tuple[str, ...] | None, value: str | float | bool | None, holds: bool
) -> None:
    outcome = Redirect(url="x")
    rule = Rule(when=(Condition(input="I", test=test, value=wanted),), then=outcome)
    node = TriggerNode(name="n", inputs=(Input(name="I"),), rules=(rule,))
    assert route(node, {} if value is None else {"I": value}) == (outcome if holds else EndOfFlow())


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("STRING", "x", "x"),
        ("PHONE", "+1 (669) 600-5676", "+1 (669) 600-5676"),
        ("DOUBLE", 5, 5.0),
        ("DOUBLE", " -5.5 ", -5.5),
        ("BOOLEAN", False, False),
        ("BOOLEAN", "false", False),
    ],
)
def test_values_are_read_in_the_type_of_their_input(kind: InputType, given: object, value: object) -> None:
    node = TriggerNode(name="n", inputs=(Input(name="I", type=kind), Input(name="Empty")))
    assert known_values(node, {"I": given, "Empty": "", "Unknown": object()}) == {"I": value}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("STRING", 5),
        ("STRING", ["x"]),
        ("PHONE", 5551234),
        ("DOUBLE", "many"),
        ("DOUBLE", "nan"),
        ("DOUBLE", "1_000"),
        ("DOUBLE", True),
        ("DOUBLE", {}),
        ("BOOLEAN", "yes"),
        ("BOOLEAN", 1),
    ],
)
def test_a_value_of_another_type_is_refused_by_name_only(kind: InputType, given: object) -> None:
    node = TriggerNode(name="n", inputs=(Input(name="I", type=kind),))
    with pytest.raises(ProspectError) as caught:
        known_values(node, {"I": given})
    assert str(caught.value) == f"Input I must be of type {kind}"


def test_prefill_holds_what_is_known() -> None:
    node = TriggerNode(name="n", inputs=(Input(name="F"),), prefill={"First Name": "F", "Email": "E"})
    assert prefill(node, {"F": "Ada"}) == {"First Name": "Ada"}
