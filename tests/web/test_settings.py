"""The table of the settings: what it takes, what it refuses, and that it says all there is."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from service.web.settings import TABLE, Settings, SettingsError, settings_from
from service.web.settings_page import settings_page
from service.workbench.documents.reference import reference_directory

ROOT = Path(__file__).resolve().parents[2]


def mistakes(**given: str) -> list[str]:
    with pytest.raises(SettingsError) as error:
        settings_from(given)
    return str(error.value).splitlines()[1:]


def test_without_any_setting_there_are_defaults_for_all() -> None:
    settings = settings_from({})

    assert (Path("rules"), "127.0.0.1", 8000, (), 16) == (
        settings.rules.relative_to(ROOT),
        settings.host,
        settings.port,
        settings.allowed_origins,
        settings.cache_mib,
    )


@pytest.mark.parametrize("one", TABLE, ids=lambda one: one.name)
def test_an_empty_value_counts_as_none(one: object) -> None:
    assert settings_from({}) == settings_from({one.name: " "})


def test_every_field_has_its_place_in_the_table_and_the_other_way_round() -> None:
    assert [one.field for one in TABLE] == list(dict.fromkeys(one.field for one in TABLE))
    assert {one.name for one in fields(Settings)} == {one.field for one in TABLE}


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    found = mistakes(
        ADVISER_RULES=f"{tmp_path}/none",
        ADVISER_ALLOWED_ORIGINS="https://a.example, b.example,*",
        ADVISER_SPOOL=f"{tmp_path}/none",
        ADVISER_CACHE_MIB="-1",
        ADVISER_CACHE="3",
        PORT="70000",
        WORKERS="many",
    )

    assert [
        "ADVISER_CACHE",
        "PORT",
        "WORKERS",
        "ADVISER_RULES",
        "ADVISER_ALLOWED_ORIGINS",
        "ADVISER_ALLOWED_ORIGINS",
        "ADVISER_CACHE_MIB",
        "ADVISER_SPOOL",
    ] == [one.split(" ")[0] for one in found]


def test_a_name_that_is_no_setting_is_a_mistake_and_the_closest_is_named() -> None:
    assert ["ADVISER_ALLOWED_ORIGIN is not a setting. Did you mean ADVISER_ALLOWED_ORIGINS?"] == mistakes(
        ADVISER_ALLOWED_ORIGIN="https://a.example"
    )
    assert ["ADVISER_ZZZ is not a setting. Take it away."] == mistakes(ADVISER_ZZZ="")


def test_what_others_set_is_none_of_our_business() -> None:
    assert settings_from({}) == settings_from({"PATH": "/bin", "ADVISERS": "3", "WEB_CONCURRENCY": "9"})


def test_the_page_says_what_the_table_says() -> None:
    assert (reference_directory() / "settings.md").read_text(encoding="utf-8") == settings_page()


def test_nothing_else_reads_the_environment() -> None:
    reading = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "service").rglob("*.py"))
        if re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8"))
    ]

    assert ["service/web/settings.py"] == reading


def test_what_other_files_name_is_a_setting() -> None:
    files = [
        ROOT / name
        for name in (
            "README.md",
            "SECURITY.md",
            "CHANGELOG.md",
            "Dockerfile",
            "docs/how-to/embed.md",
            "docs/how-to/keys.md",
        )
    ]
    named = {name for file in files for name in re.findall(r"ADVISER_[A-Z_]+", file.read_text(encoding="utf-8"))}

    assert named
    assert set() == named - {one.name for one in TABLE}
