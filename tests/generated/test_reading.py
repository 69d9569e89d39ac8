"""Reading and writing back, over documents made from the schemas of the enriched document."""

import copy
import math
import pickle
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import jsonpath
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bookit_async._generated import models
from bookit_async._generated.api import OPERATIONS
from bookit_async._generated.errors import WrongTypeError
from bookit_async._generated.types import odd_values
from codegen import documents

Place = tuple[str | int, ...]
Schema = dict[str, Any]

DOCUMENT: dict[str, Any] = documents.load(Path(__file__).parents[2] / "openapi" / "bookit.enriched.yaml")
SCHEMAS: dict[str, Schema] = DOCUMENT["components"]["schemas"] | {
    media["schema"]["title"]: media["schema"]
    for item in DOCUMENT["paths"].values()
    for operation in item.values()
    if "requestBody" in operation
    for media in operation["requestBody"]["content"].values()
}
MODELS = sorted(SCHEMAS.keys() - {"MeetingList"})
CANARY = "CANARY"
NUMBER = 7304918273
WRONG: tuple[Any, ...] = (CANARY, NUMBER, NUMBER + 0.5, True, [CANARY], {CANARY: CANARY})

UNKNOWN = ("additional", "new key", "\u2603")
"""Keys that no schema knows, one of them with the name of an attribute."""

quick = settings(deadline=None, max_examples=60, derandomize=True)
texts = st.text(max_size=6)
# of letters that a JSONPath tells alike in every notation
keys = st.text(alphabet="abAB09 _-.,:'\"[]{}$@*\\é", max_size=6)
anything = st.sampled_from([None, False, 0, 1.5, "", "x", [], [None, {"a": None}], {}, {"a": None, "b": [1, None]}])
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": texts,
    "integer": st.integers() | st.integers(-(2**53), 2**53).map(float),
    "number": st.integers() | st.floats(allow_nan=False),
    "boolean": st.booleans(),
}


class Model(Protocol):
    """What each generated class gives."""

    @classmethod
    def read(cls, data: Any) -> "Model": ...
    def to_dict(self) -> dict[str, Any]: ...


def model(name: str) -> type[Model]:
    found: type[Model] = getattr(models, name)
    return found


def resolved(schema: Schema) -> Schema:
    """The schema behind a reference, and the one that stands beside null."""
    if "$ref" in schema:
        return SCHEMAS[schema["$ref"].rpartition("/")[2]]
    members = [member for member in schema.get("anyOf", []) if member.get("enum") != [None]]
    return resolved(members[0]) if len(members) == 1 else schema


def strict(schema: Schema) -> list[str]:
    """The keys without which reading fails."""
    return schema.get("required", []) if schema.get("x-direction") == "request" else []


def sent(schema: Schema) -> st.SearchStrategy[Any]:
    """Documents that the other side may send: fields missing or null, unknown keys and unknown enum values anywhere."""
    if "$ref" in schema:
        return sent_as(schema["$ref"].rpartition("/")[2])
    schema = resolved(schema)
    members: list[Schema] = schema.get("anyOf") or schema.get("oneOf") or []
    if members:
        return st.one_of([sent(member) for member in members])
    if "enum" in schema:
        return st.sampled_from([value for value in schema["enum"] if value is not None]) | texts
    if schema["type"] == "array":
        return st.lists(st.none() | sent(schema["items"]), max_size=3)
    return sent_object(schema) if schema["type"] == "object" else SCALARS[schema["type"]]


def sent_object(schema: Schema) -> st.SearchStrategy[Any]:
    if "properties" not in schema:
        values: Any = schema["additionalProperties"]
        return st.dictionaries(keys, anything if values is True else st.none() | sent(values), max_size=3)
    fields: dict[str, Schema] = schema["properties"]
    return st.fixed_dictionaries(
        {key: sent(fields[key]) for key in strict(schema)},
        optional={key: st.none() | sent(node) for key, node in fields.items() if key not in strict(schema)}
        | dict.fromkeys(UNKNOWN, anything),
    )


@cache
def sent_as(name: str) -> st.SearchStrategy[Any]:
    return sent(SCHEMAS[name])


def children(schema: Schema, value: Any) -> list[tuple[str | int, Any, Schema | None]]:
    """What a value holds: key or index, item, and the item's schema, None where no schema knows it."""
    if value.__class__ is list:
        [listing] = [node for node in (schema, *schema.get("oneOf", []), *schema.get("anyOf", [])) if "items" in node]
        return [(index, item, listing["items"]) for index, item in enumerate(value)]
    if value.__class__ is dict:
        fields: dict[str, Schema] = schema.get("properties", {})
        values: Any = schema.get("additionalProperties", True)
        return [(key, item, fields.get(key) if fields or values is True else values) for key, item in value.items()]
    return []


def without_nulls(schema: Schema, value: Any) -> Any:
    """The document as it is written back: nulls are gone, but what stands under an unknown key is as it was."""
    schema = resolved(schema)
    kept = [
        (at, without_nulls(node, item) if node else item)
        for at, item, node in children(schema, value)
        if item is not None or (node is None and "properties" in schema)
    ]
    return [item for _, item in kept] if value.__class__ is list else dict(kept) if value.__class__ is dict else value


def places(schema: Schema, value: Any, at: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every place whose type the schema knows, with the names of that type."""
    schema = resolved(schema)
    members: list[Schema] = schema.get("anyOf") or schema.get("oneOf") or [schema]
    yield at, " or ".join(member["type"] for member in members)
    for segment, item, node in children(schema, value):
        if node and item is not None:
            yield from places(node, item, (*at, segment))


def fits(kind: str, value: Any) -> bool:
    names = {str: "string", bool: "boolean", list: "array", dict: "object", int: "integer", float: "number"}
    return names[type(value)] in kind.split(" or ") or (kind == "number" and type(value) is int)


def with_value(document: Any, place: Place, value: Any) -> Any:
    if not place:
        return value
    changed = copy.deepcopy(document)
    node = changed
    for segment in place[:-1]:
        node = node[segment]
    node[place[-1]] = value
    return changed


@pytest.mark.parametrize("name", MODELS)
@quick
@given(data=st.data())
def test_what_was_read_is_written_back(name: str, data: st.DataObject) -> None:
    document = data.draw(sent_as(name))
    before = copy.deepcopy(document)
    assert model(name).read(document).to_dict() == without_nulls(SCHEMAS[name], document)
    assert document == before


@quick
@given(document=sent(SCHEMAS["MeetingList"]))
def test_a_list_of_meetings_is_read_from_either_shape(document: Any) -> None:
    read = OPERATIONS["listMeetings"].read(document)
    written = [meeting.to_dict() for meeting in read] if read.__class__ is list else read
    assert written == without_nulls(SCHEMAS["MeetingList"], document)


def bare(value: Any) -> Any:
    """The document without any null."""
    if value.__class__ is list:
        return [bare(item) for item in value if item is not None]
    return {key: bare(item) for key, item in value.items() if item is not None} if value.__class__ is dict else value


def is_needed(schema: Schema, place: Place) -> bool:
    """Whether no flow goes on with a value of another type there: it, and all that it is in, are marked so, or sent."""
    schema = resolved(schema)
    if not place:
        return True
    segment, *inner = place
    if "properties" in schema:
        marked = schema.get("x-direction") == "request" or segment in schema.get("x-needed", ())
        return marked and is_needed(schema["properties"][segment], tuple(inner))
    members = (schema, *schema.get("anyOf", []), *schema.get("oneOf", []))
    listing = [node for node in members if "items" in node]
    return is_needed(listing[0]["items"] if listing else schema["additionalProperties"], tuple(inner))


def in_any(schema: Schema, place: Place) -> Place:
    """The place with a star for each index and each key of a map."""
    if not place:
        return ()
    schema = resolved(schema)
    segment, *inner = place
    if "properties" in schema:
        return (segment, *in_any(schema["properties"][segment], tuple(inner)))
    return ("*", *in_any(schema["items"] if "items" in schema else schema["additionalProperties"], tuple(inner)))


@pytest.mark.parametrize("name", MODELS)
@quick
@given(data=st.data())
def test_a_value_of_another_type_is_told_with_its_place(name: str, data: st.DataObject) -> None:
    """As an error where it is needed; elsewhere it is read as nothing, kept, and noted."""
    document = data.draw(sent_as(name))
    place, kind = data.draw(st.sampled_from(list(places(SCHEMAS[name], document))))
    wrong = data.draw(st.sampled_from([value for value in WRONG if not fits(kind, value)]))
    changed = with_value(document, place, wrong)
    if not is_needed(SCHEMAS[name], place):
        read = model(name).read(changed)
        assert bare(read.to_dict()) == bare(changed)
        (odd,) = odd_values(read)
        assert (odd.segments, odd.expected) == (in_any(SCHEMAS[name], place), kind)
        assert model(name).read(read.to_dict()) == read
        assert copy.deepcopy(read) == pickle.loads(pickle.dumps(read)) == read  # noqa: S301 - our own
        assert CANARY not in repr(read) + repr(odd)
        return
    with pytest.raises(WrongTypeError) as caught:
        model(name).read(changed)
    assert (tuple(caught.value.segments), caught.value.expected) == (place, kind)
    assert jsonpath.findall(caught.value.path, changed, strict=True) == [wrong]
    for text in (str(caught.value), repr(caught.value)):
        assert CANARY not in text
        assert str(NUMBER) not in text
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@quick
@given(document=sent_as("AvailabilityPage"), data=st.data())
def test_any_number_of_odd_values_is_kept_and_noted(document: Any, data: st.DataObject) -> None:
    schema = SCHEMAS["AvailabilityPage"]
    found = [at for at in places(schema, document) if not is_needed(schema, at[0])]
    assume(found)
    changed: list[Place] = []
    for place, kind in data.draw(st.lists(st.sampled_from(found), min_size=1, max_size=5)):
        if not any(place[: len(other)] == other or other[: len(place)] == place for other in changed):
            wrong = data.draw(st.sampled_from([one for one in WRONG if not fits(kind, one)]))
            document = with_value(document, place, wrong)
            changed.append(place)
    read = models.AvailabilityPage.read(document)
    assert bare(read.to_dict()) == bare(document)
    assert {odd.segments for odd in odd_values(read)} == {in_any(schema, place) for place in changed}


def test_of_a_list_or_a_map_the_others_are_read() -> None:
    document: dict[str, Any] = {
        "userIdToInfoMap": {"a": {"Email": "a@x.example"}, "b": 5, "c": None},
        "availability": {"timeSlots": [{"start_time": 1, "end_time": 2, "users": [0, "1", "x", {}, None]}]},
    }
    page = models.AvailabilityPage.read(document)
    assert page.availability is not None
    assert page.availability.time_slots is not None
    assert page.user_id_to_info_map == {"a": models.UserInfo(email="a@x.example")}
    assert page.availability.time_slots[0].users == [0, 1]
    assert page.to_dict() == document
    assert [(odd.segments, odd.expected, odd.found) for odd in odd_values(page)] == [
        (("userIdToInfoMap", "*"), "object", "integer"),
        (("availability", "timeSlots", "*", "users", "*"), "integer", "string"),
        (("availability", "timeSlots", "*", "users", "*"), "integer", "string"),
        (("availability", "timeSlots", "*", "users", "*"), "integer", "object"),
    ]


def test_a_wrong_value_in_a_list_is_told_with_its_index() -> None:
    with pytest.raises(WrongTypeError) as caught:
        OPERATIONS["listMeetings"].read([{"id": "m"}, {"calendarEvent": {"id": NUMBER}}])
    assert tuple(caught.value.segments) == (1, "calendarEvent", "id")


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("value", "found"), [(None, "nothing"), ([], "array"), ("x", "string"), (1, "integer")])
def test_a_model_is_read_from_an_object_only(name: str, value: Any, found: str) -> None:
    with pytest.raises(WrongTypeError) as caught:
        model(name).read(value)
    assert str(caught.value) == f"$: expected object, found {found}"


@pytest.mark.parametrize("value", [None, "x", 1, True])
def test_a_list_of_meetings_is_an_array_or_an_object(value: Any) -> None:
    with pytest.raises(WrongTypeError) as caught:
        OPERATIONS["listMeetings"].read(value)
    assert (caught.value.path, caught.value.expected) == ("$", "array or object")


@pytest.mark.parametrize(
    ("sent_", "kept"), [(1746486000000, 1746486000000), (1746486000000.0, 1746486000000), (0, 0), (-1.0, -1)]
)
def test_a_time_is_an_integer_however_it_is_written(sent_: float, kept: int) -> None:
    time = models.EventTime.read({"start_time": sent_}).start_time
    assert (time, type(time)) == (kept, int)


@pytest.mark.parametrize("value", ["1746486000000", "-1", "0"])
def test_a_needed_time_may_be_written_as_text_and_is_written_back_so(value: str) -> None:
    time = models.EventTime.read({"start_time": value})
    assert (time.start_time, time.to_dict()) == (int(value), {"start_time": value})
    assert [odd.segments for odd in odd_values(time)] == [("start_time",)]


@pytest.mark.parametrize("value", [1.5, math.inf, True, "1.5", "9" * 20, " 5", "\u0665", "0x5", ""])
def test_a_time_that_is_no_integer_is_refused(value: Any) -> None:
    with pytest.raises(WrongTypeError) as caught:
        models.EventTime.read({"start_time": value})
    assert (caught.value.path, caught.value.expected) == ("$.start_time", "integer")


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"pageInfo": {"displayAllPoolAvailability": 1}}, "$.pageInfo.displayAllPoolAvailability"),
        ({"availability": {"timeSlots": [None, {"start_time": "x"}]}}, "$.availability.timeSlots[1].start_time"),
        ({"availability": {"indexToUserIdMap": {"0": 5}}}, "$.availability.indexToUserIdMap['0']"),
        ({"meeting": {"formFields": [{"name": 5}]}}, "$.meeting.formFields[0].name"),
    ],
)
def test_the_path_is_told_as_people_write_it(document: dict[str, Any], path: str) -> None:
    with pytest.raises(WrongTypeError) as caught:
        models.AvailabilityPage.read(document)
    assert caught.value.path == path
