from pathlib import Path

import pytest

from service.knowledge.yaml_files import Document, read_yaml


def read(tmp_path: Path, text: str | bytes) -> tuple[Document | None, list[str]]:
    path = tmp_path / "file.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    document, findings = read_yaml(path, "file.yaml")
    return document, [f"{one.line} {one.check}" for one in findings]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("2012-01-01", "2012-01-01"),
        ("true", True),
        ("+2", 2),
        ("-3", -3),
        ("007", 7),
        ("1.5", 1.5),
        ("'5'", "5"),
        ("~", None),
        ("1e3000000", "1e3000000"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(tmp_path: Path, written: str, value: object) -> None:
    document, findings = read(tmp_path, f"key: {written}\n")

    assert [] == findings
    assert document is not None
    assert {"key": value} == document.data


def test_every_key_and_item_has_its_line(tmp_path: Path) -> None:
    document, _ = read(tmp_path, "a:\n  b: 1\n  c:\n  - x\n  - y\n")

    assert document is not None
    assert [1, 2, 3, 5] == [document.line(path) for path in (("a",), ("a", "b"), ("a", "c"), ("a", "c", 1))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\na: 2\nb: 1\nb: 2\n", ["2 duplicate-key", "4 duplicate-key"]),
        ("a: &x 1\n", ["1 not-yaml"]),
        ("a: 1\nb: *x\n", ["2 not-yaml"]),
        ("a: !!str 1\n", ["1 not-yaml"]),
        ("a: 1\n---\nb: 2\n", ["2 not-yaml"]),
        ("a: [1\nb: 2\n", ["2 not-yaml"]),
        ("", ["1 not-yaml"]),
        (b"a: \xff\n", ["1 not-yaml"]),
        ("[" * 500, ["1 not-yaml"]),
    ],
)
def test_what_is_wrong_is_a_finding_at_its_line(tmp_path: Path, text: str | bytes, expected: list[str]) -> None:
    assert expected == read(tmp_path, text)[1]


def test_a_text_with_a_colon_is_told_to_stand_between_quotes(tmp_path: Path) -> None:
    path = tmp_path / "colon.yaml"
    path.write_text("nl: De groep is actief: meet dat.\n", encoding="utf-8")
    (finding,) = read_yaml(path, "colon.yaml")[1]

    assert 1 == finding.line
    assert "colon followed by a space" in finding.what
    assert "double quotes" in finding.how


@pytest.mark.parametrize("tag", ["!!python/object/apply:pathlib.Path.touch", "!!python/name:os.system", "!anything"])
def test_no_tag_of_a_file_runs_or_makes_anything(tmp_path: Path, tag: str) -> None:
    made = tmp_path / "made"

    assert ["1 not-yaml"] == read(tmp_path, f"key: {tag} [{made}]\n")[1]
    assert not made.exists()
