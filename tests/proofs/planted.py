"""Mistakes to plant in a copy of the rule base, each with the same place without the mistake."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import Kind

QUESTION, FINDINGS = "co-creation/question.yaml", "co-creation/findings.yaml"
PROMISES, TENSIONS = "co-creation/promises.yaml", "co-creation/tensions.yaml"
FORM = "planted-form"
GAP = "all: [leadTimeWeeks is: 77, stage is: test, decisionRoom is: full]"

Texts = Mapping[str, str]
"""What is added at the end of files, by file."""


@dataclass(frozen=True, slots=True)
class Plant:
    """A mistake and the same without it; ``check`` is what finds it, at ``line`` of the file."""

    check: str
    about: str
    file: str
    line: str
    mistaken: Texts
    mended: Texts


def planted(rules: Path, texts: Iterable[Texts]) -> None:
    for text in texts:
        for file, added in text.items():
            with (rules / file).open("a", encoding="utf-8") as opened:
                opened.write(added)


def line_of(rules: Path, plant: Plant) -> int:
    lines = (rules / plant.file).read_text(encoding="utf-8").splitlines()
    (number,) = [number for number, line in enumerate(lines, 1) if line == plant.line]
    return number


def rule(name: str, when: str, then: str, more: str = "") -> str:
    why = "  rationale: {nl: Verzonnen., en: Made up.}\n  sources: [staal-2010]\n  evidence: D\n"
    return f"- id: {name}\n  when: {{{when}}}\n  then: {{{then}}}\n{why}{more}"


def item(name: str, more: str = "") -> str:
    text = "{nl: Verzonnen, en: Made up}"
    return f"- id: {name}\n  label: {text}\n  phrase: {text}\n  definition: {text}\n  sources: [staal-2010]\n{more}"


def promise(name: str, body: str) -> str:
    return f"- id: {name}\n  claim: {{nl: Verzonnen., en: Made up.}}\n  {body}\n"


def finding(name: str, when: str) -> str:
    text = "{nl: Verzonnen., en: Made up.}"
    return f"- id: {name}\n  about: goals\n  severity: note\n  when: {{{when}}}\n  text: {text}\n"


def confirmed(gains: str) -> str:
    return f"- for: [{gains}]\n  kind: forms\n  steps: same\n  reason: Made up.\n  until: 2999-12-31\n"


def of_rule(check: str, name: str, mistaken: str, mended: str, others: str = "") -> Plant:
    return Plant(check, name, QUESTION, f"- id: {name}", {QUESTION: others + mistaken}, {QUESTION: others + mended})


def wrong_condition(check: str, name: str, tool: str, mistaken: str, mended: str) -> Plant:
    """Plant a condition in a rule that gives a tool which no other planted rule gives."""
    then = f"tools: {{{tool}: 1}}"
    return of_rule(check, name, rule(name, mistaken, then), rule(name, mended, then))


def of_catalogue(kind: str, name: str, mistaken: str, mended: str, more: str = "") -> Plant:
    file = f"catalogue/{kind}.yaml"
    added = item(name, more)
    return Plant(
        *("unreachable", name, file, f"- id: {name}"),
        {file: added, QUESTION: mistaken},
        {file: added, QUESTION: mended},
    )


def of_promise(name: str, body: str, mistaken: str, mended: str) -> Plant:
    added = promise(name, body)
    return Plant(
        *("broken-promise", name, PROMISES, f"- id: {name}"),
        {PROMISES: added, QUESTION: mistaken},
        {PROMISES: added, QUESTION: mended},
    )


def all_forms_but(*kept: str) -> str:
    forms = [*load_rule_base(default_rules_directory()).catalogue[Kind.FORMS], FORM]
    return f"excludeForms: [{', '.join(form for form in forms if form not in kept)}]"


LOW = "maturityLeadership is at most: 2, maturityStrategy is at most: 2, maturityCulture is at most: 2"
TYPICAL = f"  typicalOf: {{often: [{FORM}], sometimes: [living-lab]}}\n"
FOR = rule("planted-for", "digitalReach is: 5", "forms: {microtask: 3}")
MORE_TRUST = rule(
    "planted-trust", "trust is at most: 2", "tools: {pairwise-voting: 2}, metrics: {negative-events: must}"
)
MEASURES = rule("planted-measure", "stakes is at least: 4", "anchoringMeasures: {training: must}")
METRICS = rule("planted-metrics", "stakes is at least: 4", "metrics: {trust-change: must}")
UNUSED = "  waived:\n  - reason: Planted unused.\n    check: dead-rule\n    until: 2999-12-31\n"
EXPIRED = "  waived:\n  - reason: Planted expired.\n    check: dead-rule\n    until: 2020-01-01\n"

PLANTS = (
    wrong_condition(
        "dead-rule",
        "planted-dead-choice",
        "survey-poll",
        "all: [stage is: decided, stage is: test]",
        "all: [stage is: decided, trust is: 1]",
    ),
    wrong_condition(
        "dead-rule",
        "planted-dead-count",
        "offline-channel",
        "all: [goals include all of: [talent, commons, ecosystem], goalCount is at most: 2]",
        "all: [goals include all of: [talent, commons, ecosystem], goalCount is at most: 3]",
    ),
    wrong_condition(
        "dead-rule",
        "planted-dead-mean",
        "forum-qa",
        f"all: [averageMaturity is at least: 4, {LOW}, maturityProcess is at most: 2, maturitySkills is at most: 2]",
        f"all: [averageMaturity is at least: 4, {LOW}]",
    ),
    wrong_condition(
        "dead-rule",
        "planted-dead-ladder",
        "sortition",
        "all: [ambitionGap is at least: 5, participationWanted is at most: co-produce]",
        "all: [ambitionGap is at least: 4, participationWanted is at most: co-produce]",
    ),
    wrong_condition(
        "dead-rule",
        "planted-dead-choosing",
        "journey-kit",
        "all: [intendedForms include: coalition, not: {chosenForms include: coalition}]",
        "all: [intendedForms include: coalition, not: {chosenForms include: living-lab}]",
    ),
    Plant(
        *("dead-rule", "planted-dead-finding", FINDINGS, "- id: planted-dead-finding"),
        {FINDINGS: finding("planted-dead-finding", "all: [goals include: talent, goalCount is: 0]")},
        {FINDINGS: finding("planted-dead-finding", "all: [goals include: talent, goalCount is: 9]")},
    ),
    wrong_condition(
        "idle-part",
        "planted-idle-alternative",
        "configurator",
        "any: [stakes is at least: 4, stakes is: 5]",
        "any: [stakes is at least: 4, trust is: 5]",
    ),
    wrong_condition(
        "idle-part",
        "planted-idle-demand",
        "map-reporting",
        "all: [goals include: talent, goalCount is at least: 1]",
        "all: [goals include: talent, goalCount is at least: 2]",
    ),
    of_rule(
        "subsumed",
        "planted-same-weight",
        rule("planted-same-weight", "all: [trust is: 1, stakes is: 5]", "tools: {pairwise-voting: 2}"),
        rule("planted-same-weight", "all: [trust is: 1, stakes is: 5]", "tools: {pairwise-voting: 1}"),
        MORE_TRUST,
    ),
    of_rule(
        "subsumed",
        "planted-lower-level",
        rule("planted-lower-level", "trust is: 2", "metrics: {negative-events: should}"),
        rule("planted-lower-level", "trust is: 2", "metrics: {negative-events: should}, tools: {survey-poll: 1}"),
    ),
    of_rule(
        "no-effect",
        "planted-no-effect",
        rule("planted-no-effect", "stakes is: 5", "metrics: {trust-change: must}, anchoringMeasures: {training: must}"),
        rule("planted-no-effect", "stakes is: 3", "metrics: {trust-change: must}, anchoringMeasures: {training: must}"),
        MEASURES + METRICS,
    ),
    of_catalogue(
        "forms",
        FORM,
        rule("planted-form-rule", "stage is: launch", f"forms: {{{FORM}: -1}}"),
        rule("planted-form-rule", "all: [leadTimeWeeks is: 79, decisionRoom is: full]", f"forms: {{{FORM}: 5}}"),
        "  rung: consult\n",
    ),
    of_catalogue(
        "tools",
        "planted-tool",
        rule("planted-tool-rule", "stage is: launch", "tools: {planted-tool: -1}"),
        rule("planted-tool-rule", "stage is: launch", "tools: {planted-tool: 1}"),
    ),
    of_catalogue(
        "metrics",
        "planted-metric",
        rule("planted-metric-rule", "all: [stage is: launch, stage is: test]", "metrics: {planted-metric: must}"),
        rule("planted-metric-rule", "all: [stage is: launch, trust is: 3]", "metrics: {planted-metric: must}"),
    ),
    of_catalogue(
        "anchoring-measures",
        "planted-measure-of-nobody",
        "",
        rule("planted-measure-rule", "stage is: launch", "anchoringMeasures: {planted-measure-of-nobody: must}"),
    ),
    of_catalogue(
        "risks",
        "planted-risk",
        rule("planted-risk-rule", "trust is: 1", "risks: {planted-risk: 2}")
        + rule("planted-mitigation", "trust is at most: 2", "risks: {planted-risk: -2}"),
        rule("planted-risk-rule", "trust is: 1", "risks: {planted-risk: 2}")
        + rule("planted-mitigation", "trust is: 2", "risks: {planted-risk: -2}"),
        TYPICAL,
    ),
    of_promise(
        "planted-gap",
        f"when: {{{GAP}}}\n  known: [questionType]\n  someFormAbove: 0",
        rule("planted-gap-rule", "leadTimeWeeks is: 77", f"{all_forms_but('microtask')}, forms: {{microtask: -5}}"),
        rule("planted-gap-rule", GAP, f"{all_forms_but(FORM)}, forms: {{{FORM}: 5}}"),
    ),
    of_promise(
        "planted-first",
        "when: {leadTimeWeeks is: 78}\n  formFirst: [traditional-research]",
        rule("planted-first-rule", "leadTimeWeeks is: 78", all_forms_but("traditional-research", "living-lab")),
        rule("planted-first-rule", "leadTimeWeeks is: 78", all_forms_but("traditional-research")),
    ),
    of_promise(
        "planted-raised",
        "raising: [maturitySkills]\n  neverRaises: any risk",
        rule("planted-raised-rule", "maturitySkills is at least: 4", "risks: {hype-choice: 5}"),
        rule("planted-raised-rule", "maturitySkills is at most: 2", "risks: {hype-choice: 5}"),
    ),
    of_promise(
        "planted-added",
        "raising: [decisionRoom]\n  neverAdds: [token-participation]",
        rule("planted-added-rule", "decisionRoom is at least: full", "risks: {token-participation: 5}"),
        rule("planted-added-rule", "decisionRoom is at most: little", "risks: {token-participation: 4}"),
    ),
    of_rule(
        "unused-waiver",
        "planted-unused",
        rule("planted-unused", "trust is: 4", "tools: {pairwise-voting: 1}", UNUSED),
        rule("planted-unused", "trust is: 4", "tools: {pairwise-voting: 1}"),
    ),
    of_rule(
        "expired-waiver",
        "planted-expired",
        rule("planted-expired", "trust is: 5", "tools: {pairwise-voting: 1}", EXPIRED),
        rule("planted-expired", "trust is: 5", "tools: {pairwise-voting: 1}"),
    ),
    Plant(
        *("unused-waiver", "planted-measure", TENSIONS, "- for: [planted-measure]"),
        {TENSIONS: confirmed("planted-measure")},
        {},
    ),
    Plant(
        *("tension", "planted-against", QUESTION, "- id: planted-against"),
        {QUESTION: FOR + rule("planted-against", "concurrentInitiatives is: 97", "forms: {microtask: -3}")},
        {QUESTION: FOR + rule("planted-against", "digitalReach is: 4", "forms: {microtask: -3}")},
    ),
)
LINES = {"planted-unused": "  - reason: Planted unused.", "planted-expired": "    until: 2020-01-01"}
"""Where a finding stands that is about one line of a rule."""
