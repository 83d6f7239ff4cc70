"""The report of a check: what is wrong with a rule base, or that all is well."""

from __future__ import annotations

import json
from collections.abc import Sequence

from service.knowledge.findings import Finding, render
from service.knowledge.model import RuleBase


def report_text(rule_base: RuleBase | None, findings: Sequence[Finding]) -> str:
    """Say it for people: the findings one a line with their number, or what was found to be well."""
    if findings or rule_base is None:
        noun = "finding" if len(findings) == 1 else "findings"
        return f"{render(findings)}\n\n{len(findings)} {noun}."
    counts = {
        "facts": sum(1 for fact in rule_base.facts.values() if fact.is_sent),
        "rules": len(rule_base.rules),
        **{name: len(items) for name, items in rule_base.catalogue.items()},
        "findings": len(rule_base.findings),
        "sources": len(rule_base.sources),
    }
    listed = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"All is well: {listed}.\nVersion {rule_base.version}, {rule_base.digest}."


def report_json(rule_base: RuleBase | None, findings: Sequence[Finding]) -> str:
    """Say it for programs: ``{"ruleBase": {"id", "version", "digest"} | null, "findings": [...]}``."""
    identity = None
    if rule_base is not None:
        identity = {"id": rule_base.id, "version": rule_base.version, "digest": rule_base.digest}
    listed = [finding.as_json() for finding in findings]
    return json.dumps({"ruleBase": identity, "findings": listed}, ensure_ascii=False, indent=2)
