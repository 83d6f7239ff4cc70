"""Holds every answer that a test sees to the contract: status, headers, media type and body."""

import re
from functools import cache
from typing import Any

from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from service import CONTRACT
from service.knowledge.yaml_files import read_yaml

ADDRESS = "urn:contract"
FORMATS = Draft202012Validator.FORMAT_CHECKER


@cache
def contract() -> Any:
    document, findings = read_yaml(CONTRACT, CONTRACT.name)
    assert document is not None
    assert [] == findings
    return document.data


@cache
def validator(pointer: str) -> Draft202012Validator:
    """Return what judges by the schema at a JSON Pointer of the contract; made once, as making it takes long."""
    registry = Registry().with_resource(ADDRESS, Resource(contract(), DRAFT202012))
    return Draft202012Validator({"$ref": f"{ADDRESS}#{pointer}"}, registry=registry, format_checker=FORMATS)


@cache
def paths() -> list[tuple[re.Pattern[str], str]]:
    """Return the contract's paths as patterns, those without parameters first."""
    ordered = sorted(contract()["paths"], key=lambda path: "{" in path)
    return [(re.compile("/v1" + re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in ordered]


def mistakes_in(method: str, path: str, response: Any) -> list[str]:
    """List what an answer has that the contract does not say; nothing for addresses outside it."""
    found = next((named for pattern, named in paths() if pattern.fullmatch(path)), None)
    if found is None or method == "OPTIONS":
        return []
    escaped = found.replace("~", "~0").replace("/", "~1")
    asked = "get" if method == "HEAD" else method.lower()
    operation = contract()["paths"][found].get(asked)
    if operation is None:
        problem = validator("/components/schemas/Problem")
        wrong = [error.message for error in problem.iter_errors(response.get_json())] if method != "HEAD" else []
        fits = response.status_code in (401, 405)
        return wrong if fits else [f"{response.status_code} to a method that is not there"]
    status = str(response.status_code)
    if status not in operation["responses"]:
        return [f"the status {status} is not in the contract"]
    pointer = f"/paths/{escaped}/{asked}/responses/{status}"
    described = operation["responses"][status]
    if "$ref" in described:
        pointer = described["$ref"].removeprefix("#")
        described = contract()["components"]["responses"][pointer.rsplit("/", 1)[-1]]
    return _mistakes_in_headers(described, response) + _mistakes_in_body(described, pointer, method, response)


def _mistakes_in_headers(described: Any, response: Any) -> list[str]:
    mistakes = []
    for name, header in described.get("headers", {}).items():
        said = contract()["components"]["headers"][header["$ref"].rsplit("/", 1)[-1]]
        if name not in response.headers:
            mistakes += [f"the header {name} is missing"] if said.get("required") else []
            continue
        judge = validator(f"/components/headers/{header['$ref'].rsplit('/', 1)[-1]}/schema")
        value: object = response.headers[name]
        typed = int(str(value)) if said["schema"].get("type") == "integer" else value
        mistakes += [f"{name}: {error.message}" for error in judge.iter_errors(typed)]
    return mistakes


def _mistakes_in_body(described: Any, pointer: str, method: str, response: Any) -> list[str]:
    content = described.get("content", {})
    if not content:
        return ["a body where none is described"] if response.data else []
    media_type = response.mimetype
    if media_type not in content:
        return [f"the media type {media_type} is not in the contract"]
    if method == "HEAD" or not media_type.endswith("json") or media_type.endswith("ndjson"):
        return []  # lines are judged where a test reads them: reading here would keep it from seeing them come
    judge = validator(f"{pointer}/content/{media_type.replace('/', '~1')}/schema")
    return [f"{error.json_path}: {error.message}"[:300] for error in judge.iter_errors(response.get_json())]


class CheckedClient(FlaskClient):
    """A client whose tests fail when an answer is not as the contract says."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Ask, and judge the answer."""
        response = super().open(*args, **kwargs)
        asked = response.request
        mistakes = mistakes_in(asked.method, asked.path, response)
        assert [] == mistakes, f"{asked.method} {asked.path} {response.status_code}"
        return response
