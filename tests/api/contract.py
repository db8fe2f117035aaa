"""The OpenAPI document as a contract that real answers are held against."""

import json
import re
from typing import Any

import jsonschema_rs


class Contract:
    """What each operation may answer."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._components = document["components"]
        self._operations = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), method.upper(), entry["responses"])
            for path, methods in document["paths"].items()
            for method, entry in methods.items()
        ]
        self._validators: dict[str, Any] = {}

    def check(self, method: str, path: str, status: int, content_type: str, body: bytes) -> None:
        """Fail unless the document says that `path` may answer this; other places are not in it."""
        place = path.partition("?")[0]
        for form, of_method, responses in self._operations:
            if of_method == method and form.fullmatch(place):
                assert str(status) in responses, f"{method} {place} may not answer {status}"
                content = responses[str(status)]["content"]
                assert content_type in content, f"{status} is {content_type}, not {list(content)}"
                self._validator(content[content_type]["schema"]).validate(json.loads(body))

    def _validator(self, schema: dict[str, str]) -> Any:
        ref = schema["$ref"]
        if ref not in self._validators:
            whole = {"$ref": ref, "components": self._components}
            self._validators[ref] = jsonschema_rs.Draft202012Validator(whole)
        return self._validators[ref]
