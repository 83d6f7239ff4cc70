"""The contract prepared for a readable page: operations and schemas as data, without references to follow.

Knows OpenAPI as far as openapi.yaml uses it; a template makes the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from markupsafe import Markup, escape

from service import CONTRACT
from service.knowledge.yaml_files import read_yaml

METHODS: Final = ("get", "post", "put", "patch", "delete")
MANY: Final = 12
"""More parameters than this stand behind a fold, and so do more values than this."""

OR: Final = Markup(" or ")
AND: Final = Markup(" and ")

Part = Mapping[str, Any]


@cache
def contract_page() -> dict[str, Any]:
    """Return what the page of the contract shows; the file is read once, when the page is first asked for."""
    document, _ = read_yaml(CONTRACT, CONTRACT.name)
    contract: Any = document.data if document else {}
    return {
        "info": contract["info"],
        "description": prose(contract["info"]["description"]),
        "tags": [
            {**tag, "operations": [one for one in _operations(contract) if tag["name"] in one["tags"]]}
            for tag in contract["tags"]
        ],
        "schemas": [{"name": name, **_schema(schema)} for name, schema in contract["components"]["schemas"].items()],
        "many": MANY,
    }


def prose(text: str) -> Markup:
    """Return the little of Markdown that the contract uses as HTML: paragraphs, **strong** and `code`.

    >>> prose("**A** is `b < c`.")
    Markup('<p><strong>A</strong> is <code>b &lt; c</code>.</p>')
    """
    paragraphs = [str(escape(one)) for one in text.split("\n\n") if one.strip()]
    marked = [re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", one, flags=re.DOTALL) for one in paragraphs]
    coded = [re.sub(r"`([^`]+)`", r"<code>\1</code>", one) for one in marked]
    return Markup("").join(Markup(f"<p>{one.strip()}</p>") for one in coded)  # noqa: S704 -- escaped above


def _operations(contract: Part) -> Iterable[dict[str, Any]]:
    for path, item in contract["paths"].items():
        for method in METHODS:
            if method in item:
                yield _operation(contract, path, method, item)


def _operation(contract: Part, path: str, method: str, item: Part) -> dict[str, Any]:
    operation = item[method]
    listed = [*item.get("parameters", ()), *operation.get("parameters", ())]
    content = _followed(contract, operation.get("requestBody", {})).get("content", {})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": f"/v1{path}",
        "tags": operation["tags"],
        "summary": operation["summary"],
        "description": prose(operation.get("description", "")),
        "parameters": [_parameter(_followed(contract, one)) for one in listed],
        "bodies": [_body(media_type, body) for media_type, body in content.items()],
        "responses": [_response(contract, status, one) for status, one in operation["responses"].items()],
    }


def _parameter(parameter: Part) -> dict[str, Any]:
    return {
        "name": parameter["name"],
        "in": parameter["in"],
        "required": parameter.get("required", False),
        "type": _type(parameter["schema"]),
        "description": prose(parameter.get("description", "")),
    }


def _body(media_type: str, body: Part) -> dict[str, Any]:
    return {"media_type": media_type, "type": _type(body.get("schema", {})), "examples": body.get("examples", {})}


def _response(contract: Part, status: str, response: Part) -> dict[str, Any]:
    followed = _followed(contract, response)
    bodies = [_body(media_type, body) for media_type, body in followed.get("content", {}).items()]
    return {"status": status, "description": prose(followed.get("description", "")), "bodies": bodies}


def _schema(schema: Part) -> dict[str, Any]:
    required = schema.get("required", ())
    properties = [
        {
            "name": name,
            "type": _type(one),
            "required": name in required,
            "description": prose(one.get("description", "")),
        }
        for name, one in schema.get("properties", {}).items()
    ]
    return {
        "type": _type(schema),
        "description": prose(schema.get("description", "")),
        "properties": properties,
        "values": schema.get("enum", ()),
    }


def _followed(contract: Part, part: Part) -> Part:
    while "$ref" in part:
        found: Any = contract
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        part = found
    return part


def _type(schema: Part) -> Markup:
    """Say the type of a schema in a few words, with links to the schemas that it names."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    for word, joint in (("oneOf", OR), ("anyOf", OR), ("allOf", AND)):
        if word in schema:
            return joint.join(_type(one) for one in schema[word])
    if schema.get("type") == "array":
        return Markup("list of {}").format(_type(schema.get("items", {})))
    if "const" in schema:
        return Markup("<code>{}</code>").format(_written(schema["const"]))
    if "enum" in schema and len(schema["enum"]) <= MANY:
        return Markup(", ").join(Markup("<code>{}</code>").format(_written(one)) for one in schema["enum"])
    kind = schema.get("type", "anything")
    said = " or ".join(kind) if isinstance(kind, list) else str(kind)
    bounds = [str(schema[end]) for end in ("minimum", "maximum") if end in schema]
    return Markup("{}").format(f"{said}, {' to '.join(bounds)}" if bounds else said)


def _written(value: object) -> str:
    return json.dumps(value).strip('"')
