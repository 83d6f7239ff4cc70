"""Sentences about conditions and facts in Dutch and English, made from a rule's own parts.

Owns the grammar; every name of a fact, value or form comes from the rule base.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from service.engine.conditions import Part
from service.knowledge.model import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Fact,
    FactType,
    Not,
    Operator,
    Text,
    Value,
)

SCALE_TOP: Final = 5


@dataclass(frozen=True, slots=True)
class Grammar:
    """The fixed words of one language that sentences about facts are put together from."""

    of: str
    conjunction: str
    disjunction: str
    is_value: str
    is_not_value: str
    at_least: str
    at_most: str
    below: str
    above: str
    asked: str
    include: str
    exclude: str
    nothing: str
    not_so: str
    always: str
    yes: str
    no: str
    otherwise: str
    unknown: str
    unknown_set: str
    unknown_flag: str
    cut: str
    cannot_be_ruled_out: str
    ruled_out: str
    others: str


GRAMMARS: Final = {
    "nl": Grammar(
        of="van",
        conjunction="en",
        disjunction="of",
        is_value="is",
        is_not_value="is niet",
        at_least="ten minste",
        at_most="hoogstens",
        below="minder dan",
        above="meer dan",
        asked="gevraagd is {bound}",
        include="omvatten",
        exclude="omvatten niet",
        nothing="niets",
        not_so="het volgende geldt niet: {part}",
        always="altijd",
        yes="Ja",
        no="Nee",
        otherwise="iets anders dan",
        unknown="{subject} is niet bekend, {asked}",
        unknown_set="{subject} zijn niet bekend, {asked}",
        unknown_flag="het is niet bekend of dit geldt: {part}",
        cut=(
            "Regels van één stap zeggen vaak hetzelfde. Daarom telt een stap bij een vorm voor hoogstens "
            "{cap} punten mee, voor of tegen; wat daarboven komt, gaat eraf."
        ),
        cannot_be_ruled_out="Nog niet uit te sluiten: dat hangt af van {facts}.",
        ruled_out="Uitgesloten, dankzij {facts}.",
        others="{count} andere kenmerken",
    ),
    "en": Grammar(
        of="of",
        conjunction="and",
        disjunction="or",
        is_value="is",
        is_not_value="is not",
        at_least="at least",
        at_most="at most",
        below="less than",
        above="more than",
        asked="{bound} is asked for",
        include="include",
        exclude="do not include",
        nothing="nothing",
        not_so="the following does not hold: {part}",
        always="always",
        yes="Yes",
        no="No",
        otherwise="something other than",
        unknown="{subject} is not known, {asked}",
        unknown_set="{subject} are not known, {asked}",
        unknown_flag="it is not known whether {part}",
        cut=(
            "Rules of one step often say the same thing. A step therefore counts for at most {cap} points "
            "for or against a form; what goes beyond is taken off."
        ),
        cannot_be_ruled_out="Cannot be ruled out yet: it depends on {facts}.",
        ruled_out="Ruled out, thanks to {facts}.",
        others="{count} other facts",
    ),
}


class Words:
    """Says conditions, facts and values in one language."""

    def __init__(self, language: str, facts: Mapping[str, Fact]) -> None:
        """Prepare the words of ``language`` (``nl`` or ``en``) for the vocabulary."""
        self.language = language
        self._facts = facts
        self._grammar = GRAMMARS[language]
        self._labels = {
            name: {option.id: self.text(option.label) for option in fact.options} for name, fact in facts.items()
        }

    def text(self, text: Text) -> str:
        """Return a text of the rule base in this language."""
        return text.in_language(self.language)

    def value(self, fact: str, value: Value | Sequence[str]) -> str:
        """Say a value by itself: ‘Geen’, 2 van 5, 26 weken, ‘A’ en ‘B’."""
        declared = self._facts[fact]
        if declared.type is FactType.FLAG:
            return self.text(cast("Text", declared.when_true if value else declared.when_false))
        if declared.type is FactType.SCALE:
            return f"{value} {self._grammar.of} {SCALE_TOP}"
        if declared.type is FactType.INTEGER:
            return f"{value} {self.text(declared.unit)}" if declared.unit else str(value)
        if isinstance(value, str):
            return f"‘{self._labels[fact][value]}’"
        members = [one.id for one in declared.options if one.id in cast("Iterable[str]", value)]
        return self.enumerate([f"‘{self._labels[fact][one]}’" for one in members])

    def enumerate(self, parts: Sequence[str], conjunction: str | None = None) -> str:
        """Join parts as a sentence does: a, b and c."""
        if not parts:
            return self._grammar.nothing
        *start, last = parts
        return f"{', '.join(start)} {conjunction or self._grammar.conjunction} {last}" if start else last

    def yes_or_no(self, value: bool) -> str:
        """Say a flag by itself."""
        return self._grammar.yes if value else self._grammar.no

    def cut(self, cap: int) -> str:
        """Say why a step's sum of weights was cut to ``cap``."""
        return self._grammar.cut.format(cap=cap)

    def cannot_be_ruled_out(self, facts: str) -> str:
        """Say of a possible risk on which facts it depends."""
        return self._grammar.cannot_be_ruled_out.format(facts=facts)

    def ruled_out(self, facts: str) -> str:
        """Say of a risk which facts keep it down."""
        return self._grammar.ruled_out.format(facts=facts)

    def subject(self, fact: str) -> str:
        """Name a fact inside a sentence."""
        return self.text(self._facts[fact].subject)

    def others(self, count: int) -> str:
        """Stand for facts that are not named one by one."""
        return self._grammar.others.format(count=count)

    def because(self, part: Part, value: Value) -> str:
        """Say as a whole sentence that a fact has the value that decided a comparison."""
        comparison, fact = part.comparison, self._facts[part.comparison.fact]
        if fact.type is FactType.FLAG:
            return _sentence(self.value(fact.id, value))
        subject = self.text(fact.subject)
        if fact.type is FactType.SET:
            return _sentence(f"{subject} {self._membership(comparison, cast('frozenset[str]', value))}")
        said = f"{subject} {self._grammar.is_value} {self.value(fact.id, value)}"
        bound = self._bound(comparison, part.holds is not False)
        return _sentence(f"{said}, {self._grammar.asked.format(bound=bound)}" if bound else said)

    def missing(self, part: Part, value: Value | None) -> str:
        """Say as a whole sentence that a fact does not have, or may not have, the value that a rule asks for.

        ``value`` is None for a fact that is not known.
        """
        comparison, fact = part.comparison, self._facts[part.comparison.fact]
        if fact.type is FactType.FLAG and value is None:
            said = self.value(fact.id, comparison.operand is part.asked)
            return _sentence(self._grammar.unknown_flag.format(part=said))
        if value is not None and fact.type in (FactType.FLAG, FactType.SET):
            return self.because(part, value)
        subject, asked = self.text(fact.subject), self._grammar.asked.format(bound=self._asked(comparison, part.asked))
        if value is None:
            words = self._grammar.unknown_set if fact.type is FactType.SET else self._grammar.unknown
            return _sentence(words.format(subject=subject, asked=asked))
        return _sentence(f"{subject} {self._grammar.is_value} {self.value(fact.id, value)}, {asked}")

    def condition(self, condition: Condition) -> str:
        """Say a whole condition as one sentence."""
        return _sentence(self._clause(condition))

    def _clause(self, condition: Condition) -> str:
        match condition:
            case Comparison():
                return self._comparison(condition, positive=True)
            case Not(Comparison() as comparison):
                return self._comparison(comparison, positive=False)
            case Not(part):
                return self._grammar.not_so.format(part=self._clause(part))
            case AllOf(parts):
                return self._joined(parts, self._grammar.conjunction)
            case AnyOf(parts):
                return self._joined(parts, self._grammar.disjunction)
            case _:
                return self._grammar.always

    def _joined(self, parts: Sequence[Condition], word: str) -> str:
        clauses = [
            f"({self._clause(part)})" if isinstance(part, AllOf | AnyOf) else self._clause(part) for part in parts
        ]
        return self.enumerate(clauses, word)

    def _comparison(self, comparison: Comparison, *, positive: bool) -> str:
        grammar, fact = self._grammar, self._facts[comparison.fact]
        operand = comparison.operand
        if fact.type is FactType.FLAG:
            return self.value(fact.id, operand is positive)
        subject = self.text(fact.subject)
        if fact.type is FactType.SET:
            verb = grammar.include if positive else grammar.exclude
            alternatives = comparison.operator is Operator.INCLUDE_ANY_OF
            word = grammar.disjunction if alternatives else grammar.conjunction
            return f"{subject} {verb} {self._operands(fact.id, operand, word)}"
        bound = self._bound(comparison, positive)
        if bound:
            return f"{subject} {grammar.is_value} {bound}"
        verb = grammar.is_value if positive else grammar.is_not_value
        return f"{subject} {verb} {self._operands(fact.id, operand, grammar.disjunction)}"

    def _operands(self, fact: str, operand: object, word: str) -> str:
        if isinstance(operand, tuple):
            return self.enumerate([self.value(fact, one) for one in operand], word)
        if self._facts[fact].type is FactType.SET:
            return self.value(fact, (cast("str", operand),))
        return self.value(fact, cast("Value", operand))

    def _bound(self, comparison: Comparison, positive: bool) -> str:
        grammar = self._grammar
        words = {
            (Operator.IS_AT_LEAST, True): grammar.at_least,
            (Operator.IS_AT_MOST, True): grammar.at_most,
            (Operator.IS_AT_LEAST, False): grammar.below,
            (Operator.IS_AT_MOST, False): grammar.above,
        }
        word = words.get((comparison.operator, positive))
        if word is None:
            return ""
        operand = cast("Value", comparison.operand)
        ranked = self._facts[comparison.fact].type is FactType.SCALE
        return f"{word} {operand if ranked else self.value(comparison.fact, operand)}"

    def _asked(self, comparison: Comparison, positive: bool) -> str:
        bound = self._bound(comparison, positive)
        if bound:
            return bound
        every = comparison.operator is Operator.INCLUDE_ALL_OF
        word = self._grammar.conjunction if every else self._grammar.disjunction
        operands = self._operands(comparison.fact, comparison.operand, word)
        return operands if positive else f"{self._grammar.otherwise} {operands}"

    def _membership(self, comparison: Comparison, value: frozenset[str]) -> str:
        asked = comparison.operand
        members = asked if isinstance(asked, tuple) else (cast("str", asked),)
        found = [one for one in members if one in value]
        if found:
            return f"{self._grammar.include} {self.value(comparison.fact, found)}"
        return f"{self._grammar.exclude} {self._operands(comparison.fact, asked, self._grammar.disjunction)}"


def capitalised(clause: str) -> str:
    """Give a clause the capital that a sentence starts with."""
    first = next((index for index, letter in enumerate(clause) if letter.isalpha()), 0)
    return f"{clause[:first]}{clause[first : first + 1].upper()}{clause[first + 1 :]}"


def _sentence(clause: str) -> str:
    return f"{capitalised(clause)}."
