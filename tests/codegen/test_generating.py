"""What the templates make of any document: code that works, or a refusal by name. Nothing silently wrong."""

# ruff: noqa: E501 - a case a line

import importlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from codegen import documents, examples, openapi_31, pipeline, seen, support
from codegen.documents import UnusableInputError
from codegen.pipeline import Project

ROOT = Path(__file__).parents[2]
OVERLAY = """\
overlay: 1.1.0
info: {title: None, version: '1'}
actions:
  - target: $.info.title
    update: Probe
"""
TEXT: Any = {"type": "string"}


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("probe")
    for part in ("generator-templates", "openapi"):
        shutil.copytree(ROOT / part, root / part)
    (root / "overlays").mkdir()
    (root / "overlays" / "10.yaml").write_text(OVERLAY)
    return Project(root)


def document(paths: Any, **components: Any) -> Any:
    return {
        "openapi": "3.0.0",
        "info": {"title": "t", "version": "1"},
        "paths": paths,
        "components": {"schemas": components},
    }


def post(schema: Any, *, answer: Any = None, status: str = "200", **more: Any) -> Any:
    answered = {"description": "", **({"content": {"application/json": {"schema": answer}}} if answer else {})}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"post": {"operationId": "put", "tags": ["t"], "requestBody": body, "responses": {status: answered}, **more}}


def get(*parameters: Any, answer: Any = None, status: str = "200", content: Any = None) -> Any:
    media = content or ({"application/json": {"schema": answer}} if answer else None)
    answered = {"description": "", **({"content": media} if media else {})}
    return {"get": {"operationId": "look", "tags": ["t"], "parameters": [*parameters], "responses": {status: answered}}}


def query(name: str, schema: Any, **more: Any) -> Any:
    return {"name": name, "in": "query", "schema": schema, **more}


def header(name: str, schema: Any, **more: Any) -> Any:
    return {"name": name, "in": "header", "schema": schema, **more}


def body(*names: str, **more: Any) -> Any:
    return {"title": "Thing", "type": "object", "properties": dict.fromkeys(names, TEXT), **more}


def made(probe: Project, source: Any, folder: Path) -> ModuleType:
    """Generate from the document, and give the package."""
    name = f"made_{abs(hash(folder))}"
    spec = folder / "d.json"
    spec.write_text(documents.dump_json(source))
    pipeline.generate(probe, spec=spec, out=folder / name)
    sys.path.insert(0, str(folder))
    try:
        importlib.import_module(f"{name}.models")
        return importlib.import_module(f"{name}.api")
    finally:
        sys.path.remove(str(folder))


NAMES = (
    *("text", "items", "number", "mapping", "nested", "integer", "boolean", "get", "cls", "data", "field", "id", "_id"),
    *("present", "shape", "anything", "read", "to_dict", "additional", "str", "int", "list", "dict", "float", "bool"),
    *("_read", "id_", "_str", "__x", "x", "wire_text", "percent_encoded", "quote__", "other_"),
    *("body", "query", "self", "class", "call", "quote", "define", "key", "value", "classmethod", "put", "execute"),
)


def test_no_name_of_a_field_gets_in_the_way(probe: Project, tmp_path: Path) -> None:
    thing = body(*NAMES)
    of_request = {**body(*NAMES), "title": "Sent", "x-direction": "request", "required": ["text", "field", "data"]}
    parameters = [query(name, TEXT) for name in ("query", "quote", "str", "call", "look", "self", "tuple", "list")]
    ref = {"$ref": "#/components/schemas/Thing"}
    paths = {"/put": post(of_request, answer=ref), "/look": get(*parameters, answer={"type": "array", "items": ref})}
    api = made(probe, document(paths, Thing=thing), tmp_path)
    content = dict.fromkeys(NAMES, "x") | {"unknown": 1}
    for reader in (api.OPERATIONS["put"].request, api.OPERATIONS["put"].read):
        read = reader(content)
        assert read.to_dict() == content
        assert (read.data, read.id_, read.id__, read.additional) == ("x", "x", "x", {"unknown": 1})


def test_what_is_cheap_is_generated_right(probe: Project, tmp_path: Path) -> None:
    route = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}}
    many = {"type": "array", "items": {"type": "boolean"}}
    limits = [{"required": ["a"]}, {"required": ["b"]}]
    paths = {
        "/made": post(body("a", "b", anyOf=limits), answer=body("a", title="Made"), status="201"),
        "/look/{number}": get(
            route, query("open", {"type": "boolean"}), query("of", many), query("n", {"type": "number"}, required=True),
            answer={"type": "object", "additionalProperties": {"type": "integer"}}, status="2XX",
        ),
    }  # fmt: skip
    paths["/made"]["post"]["summary"] = 'Says "make"'
    paths["/made"]["post"]["description"] = 'Ends in a \\ and a "quote"'
    api = made(probe, document(paths), tmp_path)
    package = api.__name__.rpartition(".")[0]
    assert api.OPERATIONS["put"].read({"a": "x"}).a == "x"
    assert api.OPERATIONS["look"].read({"k": 7}) == {"k": 7}
    look = importlib.import_module(f"{package}.api.t.look").look
    assert look(7, open_=True, of=[True, False], n=1.5).path == "/look/7"
    assert look(7, open_=True, of=[True, False], n=1.5).query == (
        ("n", "1.5"), ("open", "true"), ("of", "true"), ("of", "false"),
    )  # fmt: skip


def test_headers_are_sent(probe: Project, tmp_path: Path) -> None:
    passed_over = [
        header(name, TEXT, required=True) for name in ("Content-Type", "accept", "Authorization", "X-Api-Key")
    ]
    of_path = header("X-Tenant", {"type": "integer"}, required=True)
    paths = {
        "/look": get(*passed_over, header("X-Dry-Run", {"type": "boolean"}), query("x-tenant", TEXT))
        | {"parameters": [of_path]}
    }
    api = made(probe, document(paths), tmp_path)
    look = importlib.import_module(f"{api.__name__}.t.look").look
    assert look(x_tenant_header=7).headers == (("X-Tenant", "7"),)
    assert look(x_tenant_header=7, x_dry_run=False).headers == (("X-Tenant", "7"), ("X-Dry-Run", "false"))
    assert look(x_tenant_header=7, x_tenant_query="x").query == (("x-tenant", "x"),)


CAT = body("lives", "name", title="Cat", required=["lives"])
DOG = body("barks", "name", title="Dog", required=["barks", "name"])
REF_CAT, REF_DOG = ({"$ref": f"#/components/schemas/{name}"} for name in ("Cat", "Dog"))
EITHER: Any = {"oneOf": [REF_CAT, REF_DOG, {"type": "string"}]}


def test_unions_are_told_apart_by_what_they_require(probe: Project, tmp_path: Path) -> None:
    thing = body(
        title="Thing",
        properties={
            "pet": {**EITHER, "nullable": True},
            "of": {"anyOf": [{"type": "array", "items": REF_CAT}, TEXT]},
            "by_name": {"type": "object", "additionalProperties": REF_CAT},
        },
    )
    paths = {
        "/put": post({**thing, "title": "Sent", "x-direction": "request"}, answer=thing),
        "/look": get(answer=EITHER),
    }
    api = made(probe, document(paths, Cat=CAT, Dog=DOG), tmp_path)
    look, put = (api.OPERATIONS[name] for name in ("look", "put"))
    cat, dog = {"lives": "9", "barks": "never"}, {"barks": "often", "name": "Rex"}
    kinds = [look.read(one).__class__.__name__ for one in (cat | {"barks": "x"}, {"barks": "x"}, "a word")]
    assert kinds == ["Cat", "Dog", "str"]
    for content in ({"pet": dog}, {"pet": {"lives": "9"}, "of": [{"lives": "1"}]}, {"pet": "x", "of": "y"}, {}):
        assert put.request(content).to_dict() == put.read(content).to_dict() == content
    whole = {"pet": dog, "of": [{"lives": "1"}], "by_name": {"Tom": {"lives": "2"}}}
    sent = put.request(whole)
    call = importlib.import_module(f"{api.__name__}.t.put").put(pet=sent.pet, of=sent.of, by_name=sent.by_name)
    assert call.body == whole
    assert put.read({"pet": {"neither": 1}}).additional == {"pet": {"neither": 1}}
    with pytest.raises(ValueError, match=r"\$: expected object or string, found array"):
        look.read([])


def test_a_request_that_only_an_example_shows_is_generated(probe: Project, tmp_path: Path) -> None:
    example: dict[str, Any] = {"name": "A", "size": 7, "deep": {"on": True, "free": {}}, "list": [{"a": 1}, {"b": 1.5}], "none": None,
               "mixed": [1, "x"], "empty": []}  # fmt: skip
    paths = {"/put": post({"type": "object", "example": example}, answer={"type": "object", "example": {"id": "x"}})}
    api = made(probe, document(paths), tmp_path)
    sent = api.OPERATIONS["put"].request(example)
    assert (sent.name, sent.size, sent.deep.on, sent.list_[1].b) == ("A", 7, True, 1.5)
    assert api.OPERATIONS["put"].read({"id": "x"}).id == "x"
    assert "not promised" in (type(sent).__doc__ or "")


REFERRING = {
    "A": {"type": "object", "properties": {"b": {"$ref": "#/components/schemas/B"}}},
    "B": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}},
}
OBJECTS = [body("a"), body("b", title="Other")]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (document({"/a": get(header("X-A", {"type": "array", "items": TEXT}))}), "GET /a takes the header parameter X-A, which is neither"),
        (document({"/a": get(header("Host", TEXT))}), "GET /a takes the header parameter Host, which is the client's own"),
        (document({"/a": get({"name": "c", "in": "cookie", "schema": TEXT})}), "GET /a takes the cookie parameter c"),
        (document({"/a": get(query("q", {"type": "object"}))}), "GET /a takes the query parameter q, which is neither"),
        (document({"/a": get({"name": "q", "in": "query", "content": {"application/json": {}}})}), "parameter q, which is"),
        (document({"/a": get(query("q", {"type": "array", "items": {"type": "array", "items": {}}}))}), "q, which is neither"),
        (document({"/a": get(query("q", {"type": "array", "items": TEXT}, explode=False))}), "q in another style"),
        (
            document({"/{p}": get({"name": "p", "in": "path", "required": True, "schema": {"type": "boolean"}})}),
            "GET /{p} takes the path parameter p, which is neither text nor a number",
        ),
        (document({"/a": get(query("q", {"type": "integer", "enum": [1]}))}), "q is one of values that are not texts"),
        (document({"/a": get(content={"text/csv": {"schema": TEXT}})}), "GET /a answers text/csv, and only"),
        (document({"/a": post({"type": "array", "items": TEXT})}), "the body of POST /a must be an object with fields"),
        (document({"/a": post({"type": "object"})}), "the body of POST /a must be an object with fields"),
        (document({"/a": post({"anyOf": OBJECTS})}), "the body of POST /a must be an object with fields"),
        (document({"/a": post(body("a", anyOf=OBJECTS))}), "is one of several (anyOf), beside fields"),
        (document({"/a": get(answer={"oneOf": OBJECTS})}), "the answer of GET /a is one of several kinds that cannot"),
        (document({"/a": get(answer={"type": "integer", "enum": [1]})}), "the answer of GET /a is one of values that are"),
        (document({"/a": get(answer={"type": "string", "format": "binary"})}), "the answer of GET /a is a constant or a"),
        (
            document({"/a": get(answer={"type": "array", "items": {"type": "array", "items": TEXT}})}),
            "the answer of GET /a is a list of lists, of maps or of several kinds",
        ),
        (
            document({"/a": get(answer={"$ref": "#/components/schemas/M"})}, M={"type": "object", "additionalProperties": {"type": "array", "items": TEXT}}),
            "the schema M is a map of lists",
        ),
        (
            document({"/a": get(answer={"type": "object", "properties": {"f": {"allOf": [{"allOf": [body("a")]}]}}})}),
            "f of the answer of GET /a is put together from parts that are put together themselves",
        ),
        (
            document({"/a": post(body("a", required=["a"], properties={"a": {"type": "string", "nullable": True}}, **{"x-direction": "request"}))}),
            "a of the body of POST /a is required and may be null",
        ),
        (document({"/a": {"get": {**get()["get"], "responses": {
            "200": {"description": "", "content": {"application/json": {"schema": OBJECTS[0]}}},
            "201": {"description": "", "content": {"application/json": {"schema": OBJECTS[1]}}}}}}}),
         "GET /a has answers of several kinds for a success"),
        (document({"/a": post(body("list", "list_"))}), "json/schema has the fields 'list' and 'list_', which have one name"),
        (document({"/a": post(body("1st"))}), "json/schema has the field '1st', which cannot be a name in Python"),
        (document({"/a": post(body("a"), parameters=[query("A", TEXT)])}), "POST /a takes A as a parameter and a in its body"),
        (document({"/a": post(body("a"), answer=body("b"))}), "the title Thing is that of 2 objects"),
    ],
)  # fmt: skip
def test_what_is_not_generated_is_refused_by_its_name(probe: Project, tmp_path: Path, source: Any, reason: str) -> None:
    with pytest.raises(UnusableInputError) as caught:
        made(probe, source, tmp_path)
    assert f"after the overlays: cannot be generated: {reason}" in str(caught.value) or reason in str(caught.value)
    assert "cannot be generated" in str(caught.value)


def test_bodies_that_are_not_sent_as_they_should_be_are_refused(probe: Project, tmp_path: Path) -> None:
    source = document({"/a": post(body("a")), "/b": post(body("a")), "/c": post(body("a"))})
    for path, schema in (("/b", {"application/x-www-form-urlencoded": {"schema": TEXT}}), ("/c", {})):
        source["paths"][path]["post"]["operationId"] = path[1:]
        source["paths"][path]["post"]["requestBody"]["content"] = schema or {"application/json": {"schema": body("a")}}
    source["paths"]["/c"]["post"]["requestBody"]["required"] = False
    with pytest.raises(UnusableInputError) as caught:
        made(probe, source, tmp_path)
    assert "POST /b takes application/x-www-form-urlencoded as its body, and only application/json is" in str(
        caught.value
    )
    assert "the body of POST /c is optional, which a call cannot be" in str(caught.value)


def test_many_refusals_are_counted(probe: Project) -> None:
    source = document({f"/{n}": get({"name": "c", "in": "cookie", "schema": TEXT}) for n in range(7)})
    with pytest.raises(UnusableInputError, match=r"; and 2 more$"):
        support.check(source, name="d")


def test_models_that_refer_to_each_other_are_refused_or_work(probe: Project, tmp_path: Path) -> None:
    source = document({"/a": get(answer={"$ref": "#/components/schemas/A"})}, **REFERRING)
    api = made(probe, source, tmp_path)
    assert api.OPERATIONS["look"].read({"b": {"a": {}}}).to_dict() == {"b": {"a": {}}}


Damage = Callable[[str], str]


DAMAGES: list[tuple[str, Damage, str]] = [
    ("model.py.jinja", lambda s: s.replace("out.update(self.additional)", "out.{{ 'clear()' if name == 'Thing' else 'update(self.additional)' }}"), "the body of POST /a is not sent as"),
    ("errors.py.jinja", lambda s: s + "\nx: int = 'text'\n", "the generated code is not typed: generated/errors.py"),
    ("errors.py.jinja", lambda s: s + "\nraise RuntimeError('no')\n", "the generated code does not work: RuntimeError: no"),
    ("endpoint_module.py.jinja", lambda s: s.replace('"body=body__," if body', '"body={}," if body'), "POST /a does not send what"),
    ("endpoint_module.py.jinja", lambda s: s.replace('"{{ endpoint.path |', '"/b{{ endpoint.path |'), "POST /a does not send what"),
    ("endpoint_module.py.jinja", lambda s: s.replace('endpoint.method | upper }}', 'endpoint.method | upper }}S'), "POST /a is not there"),
    ("types.py.jinja", lambda s: s.replace("self.read(orjson.loads(content) if", "self.read({} if"), "the answer 200 of POST /a is not read as"),
]  # fmt: skip


@pytest.mark.parametrize(("template", "damage", "reason"), DAMAGES)
def test_code_that_does_not_work_is_never_placed(
    probe: Project, tmp_path: Path, template: str, damage: Damage, reason: str
) -> None:
    project = Project(shutil.copytree(probe.root, tmp_path / "project"))
    path = project.templates / template
    path.write_text(damage(path.read_text()))
    with pytest.raises(UnusableInputError) as caught:
        made(project, document({"/a": post(body("a"), answer=body("b", title="Answer"))}), tmp_path)
    assert reason in str(caught.value)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["d.json", "project"]


def test_what_examples_show_of_lists_is_their_kind_or_left_open() -> None:
    free: Any = {}
    odd: Any = {
        "type": "object",
        "example": {"same": [free, free], "nested": [[1]], "none": [None], "empty": [], "sizes": [1, 2]},
    }
    shown: Any = seen.with_seen(document({"/a": post(odd)}))
    fields = shown["paths"]["/a"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert [one["items"] for one in fields.values()] == [{}, {}, {}, {}, {"x-seen": True, "type": "integer"}]


def test_examples_of_schemas_that_are_made_of_themselves_are_looked_at_once() -> None:
    ref: Any = {"$ref": "#/components/schemas/Thing"}
    thing = body("a", allOf=[ref], example={"a": "x", "b": 1})
    assert examples.undeclared(document({"/a": get(answer=ref)}, Thing=thing)) == {
        ("GET /a > response 200 > application/json", "$.b")
    }


def test_a_union_in_a_union_is_looked_at_whole() -> None:
    inner: Any = {"anyOf": [CAT, {"type": "object", "nullable": True, "enum": [None]}]}
    support.check(document({"/a": get(answer={"oneOf": [inner, DOG]})}), name="d")
    with pytest.raises(UnusableInputError, match="one of several kinds that cannot be told apart by a key that each"):
        support.check(document({"/a": get(answer={"oneOf": [inner, CAT]})}), name="d")


def test_security_that_3_0_knows_is_kept() -> None:
    of_3_1: Any = {**document({}), "openapi": "3.1.0"}
    of_3_1["components"]["securitySchemes"] = {"key": {"type": "apiKey", "in": "header", "name": "k"}}
    read: Any = openapi_31.as_30(of_3_1, version="3.0.0")[0]
    assert read["components"]["securitySchemes"] == of_3_1["components"]["securitySchemes"]
