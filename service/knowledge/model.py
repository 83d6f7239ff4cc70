"""The shapes of knowledge: frozen dataclasses that the loader fills and everything else only reads.

Owns no files, no matching and no words but those of the rule base. All objects are immutable and
therefore safe to share between threads and forked workers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias

LANGUAGES: Final = ("nl", "en")

Value: TypeAlias = str | int | bool | frozenset[str]
"""One fact's value: a choice's or ordinal's id, a scale's or integer's number, a flag, a set of ids."""

Profile: TypeAlias = Mapping[str, Value]
"""The facts an organisation sends, by fact id; an absent fact is unknown, never false."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages."""

    nl: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text in ``language`` (``nl`` or ``en``)."""
        return self.en if language == "en" else self.nl


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: the file relative to the rules' directory, and the line from 1."""

    file: str
    line: int


class FactType(StrEnum):
    """The types a fact can have; each decides which comparisons a condition may make."""

    FLAG = "flag"
    CHOICE = "choice"
    ORDINAL = "ordinal"
    SCALE = "scale"
    INTEGER = "integer"
    SET = "set"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to a question: a value's id with its words."""

    id: str
    label: Text
    definition: Text


@dataclass(frozen=True, slots=True)
class SizeOf:
    """A derived fact: how many members the set fact has."""

    fact: str


@dataclass(frozen=True, slots=True)
class RoundedMeanOf:
    """A derived fact: the mean of the known facts, halves rounded up, if enough are known."""

    facts: tuple[str, ...]
    at_least_known: int


@dataclass(frozen=True, slots=True)
class StepsBetween:
    """A derived fact: how many ranks the second ordinal fact lies above the first."""

    lower: str
    upper: str


@dataclass(frozen=True, slots=True)
class SameAs:
    """A fact that, when it was not sent, takes the value of another."""

    fact: str


@dataclass(frozen=True, slots=True)
class ChosenFrom:
    """A derived fact: the forms sent in the set fact, else the form ranked first above 0."""

    fact: str


Derivation: TypeAlias = SizeOf | RoundedMeanOf | StepsBetween | SameAs | ChosenFrom


@dataclass(frozen=True, slots=True)
class Fact:
    """A declared, typed property of a profile, or one that is derived from others.

    ``options`` are the answers in order: of a choice, an ordinal or a set the ids; of a scale "1" to
    "5"; of flags and integers none. ``minimum`` and ``maximum`` bound a scale or an integer, both
    inclusive; ``maximum`` alone bounds the size of a set. ``effort`` counts from 1 (at once) to 5.
    ``changes_to`` is ``higher`` or ``lower`` when a change is only ever proposed that way. ``is_sent`` tells
    whether a client may send the fact; the others are derived only.
    """

    id: str
    type: FactType
    label: Text
    subject: Text
    definition: Text
    group: str | None = None
    question: Text | None = None
    help: Text | None = None
    options: tuple[Option, ...] = ()
    options_from: str | None = None
    low: Text | None = None
    high: Text | None = None
    minimum: int | None = None
    maximum: int | None = None
    unit: Text | None = None
    when_true: Text | None = None
    when_false: Text | None = None
    required: bool = False
    empty_means_absent: bool = False
    dimension: str | None = None
    changeable: str = "no"
    effort: int | None = None
    changes_to: str | None = None
    derived: Derivation | None = None
    sources: tuple[str, ...] = ()
    ranks: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    is_sent: bool = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Tell once whether the fact can be sent: every request asks it of every fact."""
        object.__setattr__(self, "is_sent", self.derived is None or isinstance(self.derived, SameAs))


class Operator(StrEnum):
    """How a condition compares a fact, in the words of the rule files."""

    IS = "is"
    IS_ONE_OF = "is one of"
    IS_AT_LEAST = "is at least"
    IS_AT_MOST = "is at most"
    INCLUDE = "include"
    INCLUDE_ANY_OF = "include any of"
    INCLUDE_ALL_OF = "include all of"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A fact compared with an operand.

    The operand is one value for ``is``, ``is at least``, ``is at most`` and ``include``, a tuple of
    ids for the others. Unknown when the fact is absent.
    """

    fact: str
    operator: Operator
    operand: str | int | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when every part is; false when any part is; else unknown."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when any part is; false when every part is; else unknown."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True when the part is false, false when it is true, unknown when it is unknown."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Always:
    """True for every profile."""


Condition: TypeAlias = "Comparison | AllOf | AnyOf | Not | Always"


class Kind(StrEnum):
    """What an effect can reach; the word of the API, the rule files and the catalogue alike."""

    FORMS = "forms"
    TOOLS = "tools"
    ANCHORING_MEASURES = "anchoringMeasures"
    METRICS = "metrics"
    RISKS = "risks"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule does to one target.

    ``amount`` is a weight (forms, tools), points (risks) or a level 1 to 3 (metrics, measures);
    None takes a form out of the ranking.
    """

    kind: Kind
    target: str
    amount: int | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition with its effects, and why it holds."""

    id: str
    step: str
    when: Condition
    effects: tuple[Effect, ...]
    rationale: Text
    sources: tuple[str, ...]
    evidence: str
    place: Place
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class ProfileFinding:
    """Something that is said about the goals or the profile itself when its condition is true.

    ``about`` is ``goals`` or ``profile``; ``severity`` is ``note`` or ``warning``.
    """

    id: str
    about: str
    severity: str
    when: Condition
    text: Text
    place: Place


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a catalogue. ``phrase`` is its name inside a sentence; ``rung`` belongs to forms.

    ``typical_of`` belongs to risks: by likelihood (``often``, ``sometimes``) the forms that bring it.
    """

    id: str
    label: Text
    definition: Text
    sources: tuple[str, ...]
    phrase: Text | None = None
    rung: str | None = None
    typical_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """An entry of the bibliography. ``read`` says how far it was read."""

    id: str
    citation: str
    read: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the method itself (a step, a grade, a level) with its label and definition."""

    id: str
    label: Text
    definition: Text | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A group of questions, in the order of asking."""

    id: str
    label: Text
    intro: Text


@dataclass(frozen=True, slots=True)
class RiskLevel:
    """A level of risk and the points from which it holds (inclusive)."""

    term: Term
    from_points: int


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How likely a risk is with a form, and how much that counts when possible risks are put in order."""

    term: Term
    weight: int


@dataclass(frozen=True, slots=True)
class Method:
    """How effects combine and are named, as the rule set declares it.

    ``cap_per_step`` bounds a form's sum of weights in one step to -cap … +cap; ``recommended_ranks``
    is how many ranks count as recommended; ``strong_evidence`` are the grades that break ties and
    count in the confidence; ``tools_shown_from`` is the least sum with which a tool is shown;
    ``possible_from`` is the level (1 to 3) from which a risk that facts could still raise is possible;
    of ``likelihoods``, likeliest first, the last is for forms that a risk does not name;
    ``cases_grouped_by`` is the fact by which figures on real cases are given apart.
    """

    steps: tuple[Term, ...]
    evidence: tuple[Term, ...]
    strong_evidence: frozenset[str]
    cap_per_step: int
    recommended_ranks: int
    tools_shown_from: int
    verdicts: Mapping[str, Term]
    priorities: tuple[Term, ...]
    risk_levels: tuple[RiskLevel, ...]
    possible_from: int
    likelihoods: tuple[Likelihood, ...]
    reading: Mapping[str, Term]
    cases_grouped_by: str


@dataclass(frozen=True, slots=True)
class RuleBase:
    """Everything loaded and checked.

    ``facts`` and each catalogue keep the order of their files, which breaks ties; ``rules`` are
    sorted by step and id. ``digest`` is the SHA-256 of the content, independent of the order of
    rules and of comments and layout.
    """

    id: str
    version: str
    digest: str
    owner: str
    title: Text
    notice: Text
    method: Method
    groups: tuple[Group, ...]
    facts: Mapping[str, Fact]
    catalogue: Mapping[str, Mapping[str, Item]]
    rules: tuple[Rule, ...]
    findings: tuple[ProfileFinding, ...]
    sources: Mapping[str, Source]
