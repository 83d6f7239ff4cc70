"""The Dutch API design rules: what no linter sees of them, and the page that says how each is met."""

import ast
import re
from typing import Any

import pytest

from service import CONTRACT
from tests.contract.checking import contract

ROOT = CONTRACT.parent
PAGE = (ROOT / "docs" / "reference" / "nlgov-api-design-rules.md").read_text(encoding="utf-8")
SHOWN_BY = re.compile(r"`([\w./-]+)::([\w:-]+)`")
RULES = [
    "naming-resources",
    "naming-collections",
    "interface-language",
    "no-trailing-slash",
    "path-segments-kebab-case",
    "query-keys-camel-case",
    "hide-implementation",
    "lang-code",
    "date-time",
    "date-time/format",
    "date-time/timezone",
    "date-time/date-omit-time-portion",
    "http-methods",
    "http-safety",
    "http-response-code",
    "stateless",
    "nested-child",
    "resource-operations",
    "error-handling/problem-details",
    "error-handling/invalid-input",
    "error-handling/all-errors",
    "doc-openapi",
    "doc-openapi-contact",
    "doc-language",
    "publish-openapi",
    "deprecation-schedule",
    "transition-period",
    "uri-version",
    "changelog",
    "semver",
    "version-header",
    "transport/tls",
    "transport/no-sensitive-uris",
    "transport/security-headers",
    "transport/cors",
    "modules/geospatial",
    "modules/signing",
    "modules/encryption",
]
"""Source: Logius, NLGov REST API Design Rules, 2.0.0 to the draft of 2.2.0 (2026)."""


def rows() -> list[str]:
    return [line for line in PAGE.splitlines() if line.startswith("| `/core/")]


def test_every_rule_has_its_row_in_the_order_of_the_rules() -> None:
    assert RULES == [row.split("`")[1].removeprefix("/core/") for row in rows()]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.split("`")[1])
def test_every_rule_is_shown_by_a_test(row: str) -> None:
    assert 1 == len(SHOWN_BY.findall(row))


@pytest.mark.parametrize(("file", "name"), sorted(set(SHOWN_BY.findall(PAGE))))
def test_every_test_that_is_named_exists(file: str, name: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    if file.endswith(".yaml"):
        assert f"\n  {name}:\n" in text
    else:
        assert name in [one.name for one in ast.parse(text).body if isinstance(one, ast.FunctionDef)]


def test_collections_are_plural_and_operations_are_marked() -> None:
    paths = contract()["paths"]
    collections = {path.split("/")[1] for path in paths if path.count("/") > 1}
    operations = {path: set(item) for path, item in paths.items() if path.split("/")[-1].startswith("_")}

    assert all(name.endswith("s") for name in collections)
    assert all(path.startswith("/recommendations/_") for path in operations)
    assert all(methods == {"post"} for methods in operations.values())
    assert all(set(item) == {"get"} for path, item in paths.items() if not path.startswith("/recommendations"))


def schemas_in(value: Any, name: str = "") -> list[tuple[str, Any]]:
    """List every object in the contract under the name it has there; enough to find schemas of properties."""
    if isinstance(value, list):
        return [found for one in value for found in schemas_in(one, name)]
    if not isinstance(value, dict):
        return []
    return [(name, value), *(found for key, one in value.items() for found in schemas_in(one, key))]


def test_what_is_a_date_says_so_and_nothing_holds_a_time() -> None:
    formats = {(name, schema["format"]) for name, schema in schemas_in(contract()["components"]) if "format" in schema}

    assert {("validUntil", "date")} == {(name, kind) for name, kind in formats if kind.startswith(("date", "time"))}
    assert not [name for name, _ in schemas_in(contract()["components"]) if re.search(r"[a-z](Date|Time|At)$", name)]


def test_no_module_for_places_signatures_or_ciphers_is_called_for() -> None:
    names = {name.lower() for name, _ in schemas_in(contract()["components"]["schemas"])}

    assert not {"geometry", "coordinates", "bbox", "latitude", "longitude", "signature", "jws", "jwe"} & names


def test_the_changelog_tells_what_the_version_of_the_contract_brings() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert f"- Interface {contract()['info']['version']}: " in changelog
