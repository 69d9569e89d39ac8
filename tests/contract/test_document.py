"""The published document, the overlays and the enriched document: whole, valid, and in our own words."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from codegen import documents, pipeline

ROOT = Path(__file__).parents[2]
PROJECT = pipeline.Project(ROOT)
PUBLISHED = ROOT.parent / "shared" / "contract" / "published-leandata-bookit-openapi.yml"
ENRICHED: dict[str, Any] = documents.load(PROJECT.enriched)
OVERLAYS = {path.name: documents.load(path) for path in PROJECT.overlays()}
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method} {path}": operation
    for path, item in ENRICHED["paths"].items()
    for method, operation in item.items()
    if method != "parameters"
}
PROSE = "(prose)"

needs_the_published_file = pytest.mark.skipif(
    not PUBLISHED.exists(), reason="the published document does not lie beside the checkout; it is not ours to commit"
)


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema that becomes a class, by name."""
    yield from ENRICHED["components"]["schemas"].items()
    for operation in OPERATIONS.values():
        for media in operation.get("requestBody", {}).get("content", {}).values():
            yield media["schema"]["title"], media["schema"]


def described(node: dict[str, Any]) -> bool:
    if "$ref" in node:
        node = ENRICHED["components"]["schemas"][node["$ref"].rpartition("/")[2]]
    return bool(node.get("description"))


def texts(node: Any) -> Iterator[str]:
    """Every text that is written for people."""
    if node.__class__ is dict:
        for key, value in node.items():
            if key in {"description", "summary", "title"} and isinstance(value, str):
                yield value
            else:
                yield from texts(value)
    elif node.__class__ is list:
        for value in node:
            yield from texts(value)


def structure(document: dict[str, Any]) -> dict[str, Any]:
    """The document without its prose; that an example has an encrypted token is structure, its text is not."""
    document = copy.deepcopy(document)
    document["info"]["description"] = PROSE
    for tag in document["tags"]:
        tag["description"] = PROSE if tag["description"] else ""
    for item in document["paths"].values():
        for operation in item.values():
            operation["description"] = PROSE
            operation["responses"]["200"]["description"] = PROSE
            for media in operation.get("requestBody", {}).get("content", {}).values():
                example = media["schema"]["example"]
                example.update({key: PROSE for key in ("token", "params") if isinstance(example.get(key), str)})
    return document


def test_the_enriched_document_is_valid() -> None:
    assert [error.message for error in OpenAPIV30SpecValidator(ENRICHED).iter_errors()] == []


def test_the_enriched_document_is_what_the_overlays_make_of_the_transcription() -> None:
    made = pipeline.enrich(PROJECT.spec, PROJECT.overlays())
    assert made == ENRICHED
    assert documents.dump(made) == PROJECT.enriched.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_operation_has_a_name_and_words_of_ours(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["operationId"].isidentifier()
    assert operation["summary"].endswith(".")
    assert operation["description"].endswith(".")
    assert [
        key for key, response in operation["responses"].items() if not {"description", "$ref"} & set(response)
    ] == []


def test_every_parameter_is_described_where_a_reader_and_where_the_generator_looks() -> None:
    nodes = [node for item in ENRICHED["paths"].values() for node in (item, *item.values())]
    parameters = [parameter for node in nodes if "parameters" in node for parameter in node["parameters"]]
    assert len(parameters) == 5
    for parameter in parameters:
        assert parameter["description"].endswith("."), parameter["name"]
        assert parameter["schema"]["description"] == parameter["description"]


@pytest.mark.parametrize(("name", "schema"), [*schemas()], ids=[name for name, _ in schemas()])
def test_the_schema_and_each_of_its_properties_is_described(name: str, schema: dict[str, Any]) -> None:
    assert described(schema)
    assert [key for key, node in schema.get("properties", {}).items() if not described(node)] == []


def test_only_requests_are_marked_as_such() -> None:
    marked = {name for name, schema in schemas() if schema.get("x-direction") == "request"}
    nested = {"SelectedTime", "SelectedPoolTime", "NewTime", "UserField"}
    assert marked == nested | {name for name, _ in schemas() if name.endswith("Request")}


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_overlay_action_tells_its_reason(name: str) -> None:
    actions: Any = OVERLAYS[name]["actions"]
    assert [action["target"] for action in actions if not action.get("description", "").strip()] == []


def test_each_overlay_has_one_concern() -> None:
    assert [name.partition(".")[0] for name in OVERLAYS] == [
        "10-paths",
        "20-names",
        "30-requests",
        "40-responses",
        "50-errors",
        "60-security",
        "70-links",
    ]


@needs_the_published_file
def test_no_vendor_prose_is_left() -> None:
    assert pipeline.enrich(PUBLISHED, PROJECT.overlays()) == ENRICHED
    ours = {" ".join(text.split()) for text in texts(documents.load(PROJECT.spec))}
    theirs = {" ".join(text.split()) for text in texts(documents.load(PUBLISHED))}
    names = {
        "LeanData BookIt API",
        *(text for text in theirs if "v1/" in text and " " not in text.removesuffix(" (legacy)")),
    }
    assert ours & theirs <= names | {""}
    assert {" ".join(text.split()) for text in texts(ENRICHED)} & theirs == set()


@needs_the_published_file
def test_the_transcription_has_the_structure_of_the_published_document() -> None:
    assert structure(documents.load(PROJECT.spec)) == structure(documents.load(PUBLISHED))
