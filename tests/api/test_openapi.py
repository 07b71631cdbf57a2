"""The OpenAPI document is whole, its examples are true, and the program does what it says."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.document import completed
from api.examples import EXAMPLES
from tests.api.building import ApiHouse

Json = dict[str, Any]
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


@pytest.fixture
def document(api_house: ApiHouse) -> Json:
    return api_house.app.openapi()


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def json_of(content: Json) -> Json | None:
    found: Json | None = content.get("application/json")
    return found


def shape(document: Json, media: Json) -> tuple[str, Json]:
    """The name and the schema of a shape; of a list's items."""
    schema = media["schema"]
    schema = schema.get("items", schema)
    name = schema.get("$ref", "").rpartition("/")[2]
    return name, document["components"]["schemas"].get(name, schema)


def has_example(document: Json, media: Json) -> bool:
    return bool("example" in media or "examples" in media or shape(document, media)[1].get("examples"))


def test_every_operation_says_what_it_does(document: Json) -> None:
    for name, operation in operations(document):
        assert len(operation["description"]) > 15, name
        assert 5 < len(operation["summary"]) < 100, name
        assert operation["tags"], name
        assert operation["operationId"], name


def test_every_parameter_is_bounded_and_every_name_has_an_example(document: Json) -> None:
    for name, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            kinds = parameter["schema"].get("anyOf", [parameter["schema"]])
            for kind in kinds:
                bounded = set(kind) & {"pattern", "maxLength", "enum", "maximum", "$ref", "const"}
                assert bounded or kind["type"] in ("null", "boolean"), f"{name}: {parameter['name']}"
            if parameter["in"] == "path":
                assert parameter.get("examples") or parameter["schema"].get("examples"), f"{name}: {parameter['name']}"


def test_every_body_and_every_answer_has_an_example(document: Json) -> None:
    missing = []
    for name, operation in operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            if media["schema"].get("format") != "binary" and not has_example(document, media):
                missing.append(f"{name}: body")
        for status, response in operation["responses"].items():
            media = json_of(response.get("content", {}))
            if status.startswith("2") and media and not has_example(document, media):
                missing.append(f"{name}: {status}")
    assert missing == []


def test_every_operation_names_the_problems_it_can_answer(document: Json) -> None:
    for name, operation in operations(document):
        problems = {status for status in operation["responses"] if status >= "400"}
        for status in problems:
            assert operation["responses"][status]["content"] == PROBLEM, name
            assert operation["responses"][status]["description"], name
        if "/v1/" in name:
            assert {"401", "403", "422", "500"} <= problems, name
            assert operation["security"] == [{"HTTPBearer": []}], name
        if operation.get("requestBody"):
            assert {"400", "413"} <= problems, name
        else:
            assert not {"413", "415"} & problems, name


def test_every_reference_leads_somewhere(document: Json) -> None:
    schemas = document["components"]["schemas"]
    references = set(re.findall(r"'#/components/schemas/(\w+)'", str(document)))
    assert references - set(schemas) == set()


def test_the_examples_are_of_the_shape_that_they_show(document: Json) -> None:
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        for example in schema.get("examples", ()):
            jsonschema.validate(example, {**schema, "components": document["components"]})
    assert set(EXAMPLES) <= set(schemas), "an example of nothing"


def test_completing_it_twice_changes_nothing(document: Json) -> None:
    once = str(document)
    assert str(completed(document)) == once


async def test_the_document_and_its_page_are_served(api_house: ApiHouse) -> None:
    assert (await api_house.get("/openapi.json", None))["info"]["title"] == "Giao Ước"
    assert "openapi.json" in (await api_house.ask("GET", "/docs", None)).text


# --- the program does what its document says ----------------------------------------------------------------------

FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def test_no_request_breaks_it_and_every_answer_is_described(api_house: ApiHouse) -> None:
    """Whatever schemathesis makes of the document is sent."""
    described = schemathesis.openapi.from_asgi("/openapi.json", api_house.app)
    tried = [_try(found.ok(), api_house) for found in described.get_all_operations()]
    assert len(tried) > 15


def _try(operation: Any, house: ApiHouse) -> str:
    house.home.closing = operation.path == "/v1/outbox/claim"  # else it would wait for something to say
    role = "bot" if "bot" in operation.tags or operation.path == "/v1/incoming" else "admin"

    @FEW
    @given(case=operation.as_strategy())
    def send(case: schemathesis.Case) -> None:
        case.headers["Authorization"] = f"Bearer {house.tokens[role]}"
        case.call_and_validate(checks=CHECKS)

    send()
    return str(operation.label)
