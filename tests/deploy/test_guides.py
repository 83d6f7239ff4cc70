"""The documents for those who run the service say what is there."""

import re

import pytest
import yaml

from service.web.settings import TABLE
from tests.serving import ROOT

# Source: Publicatiestandaard Algoritmeregister 1.0.0; a text has fewer characters than this, and no line breaks.
LENGTHS = {
    "Naam": 100,
    "Korte omschrijving": 350,
    "Doel en impact": 2500,
    "Afwegingen": 2500,
    "Menselijke tussenkomst": 2500,
    "Risicobeheer": 2500,
    "Wettelijke basis": 2500,
    "Toelichting op impacttoetsen": 2500,
    "Gegevens": 2500,
    "Technische werking": 5000,
    "Leverancier": 200,
    "Zoektermen": 2500,
}
HOW_TO = ROOT / "docs" / "how-to"
OPERATE = (HOW_TO / "operate.md").read_text(encoding="utf-8")


def test_every_alert_has_its_steps_and_no_other() -> None:
    alerts = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))
    named = [rule["alert"] for group in alerts["groups"] for rule in group["rules"]]

    steps = OPERATE.partition("## When an alert fires")[2].partition("\n## ")[0]
    assert named == re.findall(r"^### (\w+)$", steps, re.MULTILINE)


@pytest.mark.parametrize("name", ["operate.md", "account-for.md"])
def test_they_name_settings_targets_and_files_that_exist(name: str) -> None:
    text = (HOW_TO / name).read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert set() == set(re.findall(r"ADVISER_[A-Z_]+", text)) - {one.name for one in TABLE}
    assert set() == set(re.findall(r"`make ([a-z-]+)`", text)) - targets
    assert [] == [
        link for link in re.findall(r"\]\(([^):#]+)(?:#[^)]*)?\)", text) if not (HOW_TO / link).resolve().exists()
    ]


def test_the_entry_fits_the_register() -> None:
    text = (HOW_TO / "account-for.md").read_text(encoding="utf-8")
    fields = dict(re.findall(r"^\| ([A-Z][\w\- ]+) \| (.+) \|$", text, re.MULTILINE))

    assert {name: len(fields[name]) for name in LENGTHS if len(fields[name]) >= LENGTHS[name]} == {}
    assert "Overige algoritmes" == fields["Publicatiecategorie"]
