"""The figures as a report of headings, paragraphs and tables; in which marks they are written is not known here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from service.workbench.evaluation.assess import Assessment
from service.workbench.evaluation.leaving_out import Setting
from service.workbench.evaluation.measures import (
    MEASURES,
    Count,
    Discrimination,
    Interval,
    discrimination,
    jackknife,
    wilson,
)
from service.workbench.evaluation.shown import Scored, acceptable_forms

IN_GROUPS: Final = ("first", "firstThree", "usedOnSuccesses", "warned", "causesNear", "highOnOthers", "highOnSuccesses")
"""The measures that fit in one row of a table."""
NONE: Final = "–"
HEADS: Final = {
    "first": "acceptable form first",
    "firstThree": "in the first three",
    "usedOnSuccesses": "used form of successes in the first three",
    "warned": "warned of a cause",
    "causesNear": "causes present or possible",
    "highOnOthers": "high risk on failed or mixed",
    "highOnSuccesses": "high risk on successes",
}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Some sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table; every row has a cell for each head."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Section: TypeAlias = Heading | Paragraph | Table


def sections(assessment: Assessment) -> Iterator[Section]:
    """Yield the report."""
    for part in (_intro, _measures, _groups, _baselines, _rules, _settings, _wrong):
        yield from part(assessment)


def _intro(found: Assessment) -> Iterator[Section]:
    base = found.compiled.rule_base
    yield Paragraph(
        f"How the advice of rule base {base.version} does on {len(found.cases)} real initiatives whose outcome is "
        "known. The sets are small, the cases were chosen because something was published about them, and the "
        "codings are one person’s reading of it. Figures on a set whose coder had seen the rules show that the "
        "mechanism works, not that the advice is right. Of the others, the rules’ authors have seen the results "
        "too, so only cases that nobody has looked at yet can say how the advice does on new ones."
    )
    rows = []
    for one in found.sets:
        coded = one.coded
        knew = NONE
        if coded:
            knew = f"rules seen: {_yes(coded.rules_seen)}, hindsight: {_yes(coded.with_hindsight)}"
        rows.append(
            (one.file, str(len(one.cases)), coded.by if coded else NONE, knew, (coded.on if coded else "") or NONE)
        )
    yield Table(("set", "cases", "coded by", "going by", "coded in"), tuple(rows))


def _measures(found: Assessment) -> Iterator[Section]:
    yield Heading("All cases together")
    yield Paragraph(
        "Forms are read from the advice on the profile as it was sent; risks from the advice with the form that "
        "was used as the intended one. A cause is a risk that came true in a case that failed or was mixed. In "
        "brackets the interval of 95% by Wilson’s score; causes in one case hang together, so theirs is too "
        "narrow. The third column gives the least and the greatest share when any one case is left out. The "
        "fourth scores each case without the rules that fire on no other case, the fifth without the rules that, "
        "left out one by one, make this case worse and change no other. A rule that was written for one case "
        "helps there and nowhere else, so the true figure for unseen cases should be looked for between the "
        "second and the fifth column; the fifth also takes away general rules that happened to be decisive only "
        "once, so it is a lower bound."
    )
    heads = ("measure", "all rules", "one case left out", "without rules only it meets", "without rules only it needs")
    rows = []
    for one in MEASURES:
        count, label = one.of(found.scores), one.label if one.better else f"{one.label} (less is better)"
        left = jackknife(one, found.scores)
        others = (one.of(found.only_met), one.of(found.only_needed))
        rows.append((label, _with_interval(count), _interval(left), *map(_count, others)))
    yield Table(heads, tuple(rows))
    means = discrimination(found.scores)
    yield Paragraph(
        f"Present risks in the mean: {_mean(means.successes)} on successes, {_mean(means.others)} on others."
    )


def _groups(found: Assessment) -> Iterator[Section]:
    for name, groups in found.groups():
        yield Heading(f"By {name}")
        yield Table(_group_heads(name), tuple(_row(value, scores) for value, scores in groups.items()))


def _baselines(found: Assessment) -> Iterator[Section]:
    yield Heading("Beside simpler advice")
    yield Paragraph(
        "The constant guess gives every case the same answer: the forms that the cases accept most often, and the "
        "causes they had most often, as many as the advice names in the mean. It is chosen with these cases in "
        "view, so it is about the best that an answer without a question can do."
    )
    rows = [_row("all rules", found.scores), *(_row(one.name, one.scores) for one in found.baselines)]
    yield Table(_group_heads("advice"), tuple(rows))


def _rules(found: Assessment) -> Iterator[Section]:
    yield Heading("What single rules carry")
    silent = sum(not one.fires for one in found.rules)
    idle = sum(not one.changed for one in found.rules)
    yield Paragraph(
        f"Each of the {len(found.rules)} rules was left out by itself. {silent} fire on no case, and leaving out "
        f"{idle} changes no score: these cases say nothing about them. The following help exactly one case and "
        "change no other. That can be chance in so few cases; a rule that is there for one initiative would stand "
        "here."
    )
    single = [
        (one.rule, *one.worse, str(len(one.fires)))
        for one in found.rules
        if one.changed == one.worse and len(one.worse) == 1
    ]
    yield Table(("rule", "case", "cases on which it fires"), tuple(single))
    hurting = [
        (one.rule, _listed(one.better), _listed(one.worse)) for one in found.rules if len(one.better) > len(one.worse)
    ]
    yield Paragraph("Without these, more cases get better than worse:")
    yield Table(("rule", "better without it", "worse without it"), tuple(hurting))


def _settings(found: Assessment) -> Iterator[Section]:
    yield Heading("Settings, chosen again without each case")
    yield Paragraph(
        "Rules are written by hand and cannot be fitted again on fewer cases; the settings can. Each was chosen "
        "anew on all cases but one by the measures it is about, and scored on the one left out. A figure far "
        "below that of the declared setting would say that it was tuned to these cases."
    )
    rows = tuple(_setting(one, found) for one in found.settings)
    yield Table(("setting", "declared", "chosen (how often)", "as declared", "chosen without the case"), rows)


def _setting(one: Setting, found: Assessment) -> tuple[str, ...]:
    measures = [measure for measure in MEASURES if measure.id in one.measures]
    chosen = ", ".join(f"{'none' if value == one.off else value} ({times})" for value, times in one.chosen)
    said = (
        "; ".join(f"{HEADS[measure.id]}: {_count(measure.of(scores))}" for measure in measures)
        for scores in (found.scores, one.scores)
    )
    return (one.name, str(one.declared), chosen, *said)


def _wrong(found: Assessment) -> Iterator[Section]:
    yield Heading("Cases that stay wrong")
    yield Paragraph("No acceptable form first, no cause present, or a high risk on a success.")
    rows = []
    for case, shown, score in zip(found.cases, found.shown, found.scores, strict=True):
        said = []
        if score.first is False:
            place = "among the first three" if score.first_three else "not among the first three"
            said.append(f"{shown.first[0]} first; {_listed(sorted(acceptable_forms(case)))} {place}")
        if score.causes and not score.warned:
            said.append(f"no warning of {_listed(sorted(score.causes))}")
        if score.success and score.high:
            top = max(shown.levels.values())
            said.append(f"high on a success: {_listed([risk for risk, level in shown.levels.items() if level == top])}")
        if said:
            rows.append((case.id, case.name, "; ".join(said)))
    yield Table(("case", "initiative", "what is wrong"), tuple(rows))


def _group_heads(name: str) -> tuple[str, ...]:
    return (name, *(HEADS[one] for one in IN_GROUPS), "present risks, successes / others")


def _row(name: str, scores: Sequence[Scored]) -> tuple[str, ...]:
    means: Discrimination = discrimination(scores)
    counts = [one.of(scores) for one in MEASURES if one.id in IN_GROUPS]
    return (name, *map(_count, counts), f"{_mean(means.successes)} / {_mean(means.others)}")


def _count(count: Count) -> str:
    return f"{count.hits} of {count.total}" if count.total else NONE


def _with_interval(count: Count) -> str:
    if count.share is None:
        return NONE
    return f"{_count(count)}: {count.share:.0%} ({_interval(wilson(count))})"


def _interval(interval: Interval | None) -> str:
    return f"{interval.low:.0%}–{interval.high:.0%}" if interval else NONE


def _mean(value: float | None) -> str:
    return NONE if value is None else f"{value:.1f}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or NONE
