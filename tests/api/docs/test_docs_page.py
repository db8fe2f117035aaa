"""What a POS vendor reads: every operation, every field with its meaning, an order that works."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import jsonschema_rs
import pytest

from agent.api.body import IDEMPOTENCY_KEY
from agent.api.docs.docs_page import curl, limits
from agent.api.docs.examples import example
from agent.api.docs.problem_pages import PAGES
from agent.api.live import TOPICS
from tests.api.till import JSON, Till

OPERATIONS = "/api/v1/"


class Page(HTMLParser):
    """What a browser finds in the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: set[str] = set()
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids[str(value)] += 1
            if name in ("href", "src"):
                self.links.add(str(value))


@pytest.fixture
async def document(till: Till) -> dict[str, Any]:
    found: dict[str, Any] = (await till.get("/openapi.json")).json
    return found


@pytest.fixture
async def page(till: Till) -> str:
    answer = await till.get("/docs")
    assert (answer.status, answer.content_type) == (200, "text/html")
    return answer.body.decode()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


async def test_each_operation_has_a_name_of_its_own_and_a_subject(document: dict[str, Any]) -> None:
    names = Counter(operation["operationId"] for _, _, operation in operations(document))
    assert names.total() >= 7
    assert names.most_common(1)[0][1] == 1
    subjects = {tag["name"]: tag["description"] for tag in document["tags"]}
    used = {tag for _, _, operation in operations(document) for tag in operation["tags"]}
    assert used == subjects.keys()
    assert all(subjects.values())


async def test_the_document_says_which_operations_need_no_key(
    till: Till, document: dict[str, Any]
) -> None:
    for path, method, operation in operations(document):
        place = re.sub(r"\{\w+\}", "x", path)
        headers = {} if method == "get" else {"Content-Type": JSON}
        answer = await till.send(method.upper(), place, headers=headers, api_key=None)
        assert (answer.status == 401) is (operation["security"] != []), (method, path)


async def test_every_field_says_what_it_means(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    silent = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, about in schema.get("properties", {}).items()
        if not any("description" in part or "$ref" in part for part in _parts(about))
    ]
    assert silent == [], "say it below the field, or of its word in agent/api/words.py"
    assert all(schema["description"] for schema in schemas.values())


async def test_each_schema_has_a_plain_name_of_its_own(document: dict[str, Any]) -> None:
    named = document["components"]["schemas"]
    assert [name for name in named if not re.fullmatch(r"[A-Za-z]+", name)] == []


async def test_a_field_says_what_stands_beside_it_in_the_source(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    tenders = schemas["Sale"]["properties"]["tenders"]
    assert tenders["description"].startswith("Together exactly what is payable;")
    state = schemas["ReceiptState"]
    assert "- `confirmed`: 总部已确认: HQ holds it." in state["description"]
    assert state["enum"] == ["to_be_synced", "confirmed", "training"]
    inherited = schemas["Sale"]["properties"]["approved_by"]["description"]
    assert inherited.startswith("The supervisor, after `needs_supervisor`.")


async def test_the_example_of_each_order_is_one_that_the_schema_allows(
    document: dict[str, Any],
) -> None:
    components = {"components": document["components"]}
    for _, _, operation in operations(document):
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            validator = jsonschema_rs.Draft202012Validator(content["schema"] | components)
            validator.validate(content["example"])
            with pytest.raises(jsonschema_rs.ValidationError):
                validator.validate(content["example"] | {"no_such_field": 1})


async def test_the_page_shows_each_operation_each_schema_each_topic_and_each_problem_code(
    document: dict[str, Any], page: str
) -> None:
    found = Page(page)
    for path, _, operation in operations(document):
        assert found.ids[operation["operationId"]] == 1
        assert f"<code>{path}</code>" in page
    for name in document["components"]["schemas"]:
        assert found.ids[name] == 1
    assert {f"/problems/{code}" for code in PAGES} <= found.links
    assert "<code>/api/v1/events</code>" in page
    assert all(f"<code>{topic}</code>" in page for topic in TOPICS)


async def test_every_link_of_the_page_leads_somewhere(till: Till, page: str) -> None:
    found = Page(page)
    for link in found.links:
        if link.startswith("#"):
            assert found.ids[link[1:]] == 1, link
        else:
            assert (await till.get(link)).status == 200, link


@pytest.mark.parametrize("path", ["/docs", "/docs/style.css", "/openapi.json"])
async def test_anybody_on_this_pc_may_read_it_and_no_page_under_a_re_bound_name(
    till: Till, path: str
) -> None:
    assert (await till.send("GET", path, api_key=None)).status == 200
    foreign = await till.send("GET", path, headers={"Host": "evil.example"}, api_key=None)
    assert (foreign.status, foreign.code) == (403, "host_not_allowed")


async def test_the_page_needs_no_script_and_nothing_from_outside(till: Till, page: str) -> None:
    found = Page(page)
    assert found.tags["article"] > 10
    assert not found.tags.keys() & {"script", "style", "iframe", "img", "object", "form"}
    assert not {name for name in found.attributes if name == "style" or name.startswith("on")}
    assert all(link.startswith(("#", "/")) for link in found.links)
    answer = await till.get("/docs")
    assert (
        "default-src 'none'; style-src 'self'; script-src 'self'"
        in answer.headers["Content-Security-Policy"]
    )
    style = await till.get("/docs/style.css")
    assert style.content_type == "text/css"
    assert not re.search(rb"url\(|@import", style.body)


async def test_the_lines_of_the_page_work_as_they_are(till: Till, document: dict[str, Any]) -> None:
    order = document["paths"][f"{OPERATIONS}quotes"]["post"]["requestBody"]["content"]
    priced = order["application/json"]["example"]
    priced["lines"][0]["unit_price_fen"] = 1_250
    answer = await till.post(f"{OPERATIONS}quotes", priced, key=None)
    assert answer.status == 200


def test_a_line_for_the_shell_carries_key_and_order() -> None:
    order = {"requestBody": {"content": {"application/json": {"example": {"till": "T1"}}}}}
    line = curl(order | {"parameters": [{"name": IDEMPOTENCY_KEY}]}, "post", "/api/v1/sales")
    assert '-H "Idempotency-Key: $(uuidgen)"' in line
    assert """-d '{"till": "T1"}'""" in line
    read = curl({"parameters": []}, "get", "/api/v1/status")
    assert (
        read == 'curl -sS \\\n  "http://$AGENT/api/v1/status" \\\n  -H "Authorization: Bearer $KEY"'
    )


def test_limits_are_told_in_words() -> None:
    field = {"anyOf": [{"minimum": 1, "maximum": 9_999}, {"type": "null"}], "default": None}
    assert limits(field) == "≥ 1, ≤ 9999"
    assert limits({"maxLength": 64}) == "≤ 64 characters"
    assert (
        limits({"prefixItems": [{"minimum": 0}] * 2, "items": False, "minItems": 2}) == "≥ 2 items"
    )


def test_an_example_ends_where_a_schema_holds_itself() -> None:
    node = {
        "type": "object",
        "required": ["next"],
        "properties": {"next": {"$ref": "#/components/schemas/Node"}},
    }
    assert "next" in example({"$ref": "#/components/schemas/Node"}, {"Node": node})


def _parts(field: dict[str, Any]) -> list[dict[str, Any]]:
    return [field, *field.get("anyOf", ()), field.get("items", {})]
