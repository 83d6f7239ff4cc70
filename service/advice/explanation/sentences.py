"""The sentences of explanations in Dutch and English; names in braces are filled in.

Owns their grammar. What facts and values are called comes from the rule base.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from service.advice.explanation.question import FIRST, FIRST_THREE
from service.advice.words import Words, capitalised
from service.knowledge.model import Fact, FactType, Text, Value

RISK: Final = "risk"
PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    "nl": {
        "standing": "{Form} staat op plaats {rank} van de {count}, met een score van {score}.",
        "standing-excluded": "{Form} valt af.",
        f"aim-{FIRST}": "op de eerste plaats te komen",
        f"aim-{FIRST_THREE}": "bij de eerste drie te komen",
        f"aim-{RISK}": "het risico weg te nemen {risk}",
        f"reached-{FIRST}": "Dat is al de eerste plaats.",
        f"reached-{FIRST_THREE}": "Daarmee hoort deze vorm al bij de eerste drie.",
        f"reached-{RISK}": "Het risico {risk} is er met deze vorm niet.",
        "one-fact": "Om {aim}, hoeft maar één ding te veranderen.",
        "more-facts": "Om {aim}, moeten ten minste {number} dingen veranderen.",
        "inexact": "Om {aim}, is een verandering gevonden van {number}; misschien bestaat er een kleinere.",
        "none": "Geen enkele verandering is genoeg om {aim}.",
        "none-found": "Er is geen verandering gevonden om {aim}. Het zoeken is begrensd; misschien is er toch een.",
        "bring": "Breng {subject} van {before} naar {after}.",
        "change": "Verander {subject} van {before} in {after}.",
        "make-so": "Zorg dat dit geldt: {clause}.",
        "make-so-unknown": "Zorg dat dit geldt: {clause}. Of dat nu zo is, is niet bekend.",
        "add": "Voeg aan {subject} toe: {members}.",
        "remove": "Haal uit {subject} weg: {members}.",
        "choose": "Kies voor {subject}: {members}. Die zijn nu niet bekend.",
        "set": "Zorg dat {subject} {after} is. Nu is dat niet bekend.",
        "then": "Dan staat {form} op plaats {rank}, met een score van {score}.",
        "then-excluded": "Dan valt {form} nog steeds af.",
        "then-risk": "Dan is het risico {risk} er niet meer.",
        "then-level": "Dan is het niveau van het risico {risk}: {level}.",
        "eases-risk": "Kleiner maken kan wel.",
        "eases-place": "Dichterbij brengen kan wel.",
        "excludes": "{facts} Daardoor valt {form} af.",
        "against": "{facts} Dat kost {form} {points}.",
        "rival": "{facts} Dat geeft {rival} {points} meer dan {form}.",
        "risk": "{facts} Dat geeft het risico {points}.",
        "missed": "{facts} Anders had {form} {points} meer.",
        "missed-risk": "{facts} Anders had het risico {points} minder.",
        "always": "Dit geldt altijd.",
        "opens": "Daarmee komt ook {forms} in aanmerking.",
        "opens-several": "Daarmee komen ook {forms} in aanmerking.",
        "removes": "Het risico vervalt {risks}.",
        "prepares": "Dat verandert het advies nog niet, maar bereidt de volgende stap voor.",
        "if-value": "Als {subject} {after} zou zijn in plaats van {before}, {then}.",
        "if-flag": "Als dit zou gelden: {clause}, {then}.",
        "if-with": "Als ook {members} bij {subject} hoorde, {then}.",
        "if-without": "Als {members} niet bij {subject} hoorde, {then}.",
        "first-then": "dan kwam {form} op de eerste plaats",
        "none-then": "dan kwam geen vorm boven 0 uit",
        "above": "{Form} staat boven {other} met {points} verschil.",
        "below": "{Form} staat onder {other} met {points} verschil.",
        "tie": "{Form} en {other} hebben dezelfde score. {Winner} gaat voor, omdat {reason}.",
        "tie-evidence": "daarvoor meer pleit met sterk bewijs ({grades})",
        "tie-order": "die vorm eerder in de catalogus staat",
        "point": "{number} punt",
        "points": "{number} punten",
        "or": "of",
    },
    "en": {
        "standing": "{Form} ranks {rank} of {count}, with a score of {score}.",
        "standing-excluded": "{Form} is ruled out.",
        f"aim-{FIRST}": "rank first",
        f"aim-{FIRST_THREE}": "be among the first three",
        f"aim-{RISK}": "take away the risk {risk}",
        f"reached-{FIRST}": "That is the first place already.",
        f"reached-{FIRST_THREE}": "That is among the first three already.",
        f"reached-{RISK}": "With this form there is no risk {risk}.",
        "one-fact": "To {aim}, only one thing has to change.",
        "more-facts": "To {aim}, at least {number} things have to change.",
        "inexact": "To {aim}, a change of {number} was found; there may be a smaller one.",
        "none": "No change is enough to {aim}.",
        "none-found": "No change was found that is enough to {aim}; the search is bounded, so there may still be one.",
        "bring": "Bring {subject} from {before} to {after}.",
        "change": "Change {subject} from {before} to {after}.",
        "make-so": "See to it that {clause}.",
        "make-so-unknown": "See to it that {clause}. Whether that is so now is not known.",
        "add": "Add to {subject}: {members}.",
        "remove": "Take out of {subject}: {members}.",
        "choose": "Choose for {subject}: {members}. These are not known now.",
        "set": "See to it that {subject} is {after}. It is not known now.",
        "then": "Then {form} ranks {rank}, with a score of {score}.",
        "then-excluded": "Then {form} is still ruled out.",
        "then-risk": "Then there is no risk {risk} any more.",
        "then-level": "Then the level of the risk {risk} is: {level}.",
        "eases-risk": "It can be made smaller, though.",
        "eases-place": "It can be brought nearer, though.",
        "excludes": "{facts} That rules out {form}.",
        "against": "{facts} That costs {form} {points}.",
        "rival": "{facts} That gives {rival} {points} more than {form}.",
        "risk": "{facts} That gives the risk {points}.",
        "missed": "{facts} Otherwise {form} would have {points} more.",
        "missed-risk": "{facts} Otherwise the risk would have {points} less.",
        "always": "This always holds.",
        "opens": "That makes {forms} eligible too.",
        "opens-several": "That makes {forms} eligible too.",
        "removes": "It takes away the risk {risks}.",
        "prepares": "That does not change the advice yet, but prepares for the next step.",
        "if-value": "If {subject} were {after} instead of {before}, {then}.",
        "if-flag": "If it were so that {clause}, {then}.",
        "if-with": "If {subject} included {members} too, {then}.",
        "if-without": "If {subject} did not include {members}, {then}.",
        "first-then": "{form} would come first",
        "none-then": "no form would be above 0",
        "above": "{Form} is ahead of {other} by {points}.",
        "below": "{Form} is behind {other} by {points}.",
        "tie": "{Form} and {other} have the same score. {Winner} goes first, because {reason}.",
        "tie-evidence": "more speaks for it on strong evidence ({grades})",
        "tie-order": "it stands earlier in the catalogue",
        "point": "{number} point",
        "points": "{number} points",
        "or": "or",
    },
}


@dataclass(frozen=True, slots=True)
class Sentences:
    """Says the sentences of explanations in one language."""

    words: Words
    facts: Mapping[str, Fact]

    def say(self, phrase: str, **names: object) -> str:
        """Fill in a phrase; a name with a capital is that name at the start of a sentence."""
        capitals = {name.capitalize(): capitalised(value) for name, value in names.items() if isinstance(value, str)}
        return PHRASES[self.words.language][phrase].format(**names, **capitals)

    def points(self, number: int) -> str:
        """Say a number of points, without a sign."""
        return self.say("point" if abs(number) == 1 else "points", number=abs(number))

    def change(self, name: str, before: Value | None, after: Value) -> str:
        """Say as an advice that a fact is to get another value."""
        fact = self.facts[name]
        subject = self.words.text(fact.subject)
        if fact.type is FactType.FLAG:
            return self.say("make-so-unknown" if before is None else "make-so", clause=self._value(fact, after))
        if fact.type is FactType.SET:
            return self._members(fact, subject, before, cast("frozenset[str]", after))
        if before is None:
            return self.say("set", subject=subject, after=self._value(fact, after))
        said = str(before) if fact.type is FactType.SCALE else self._value(fact, before)
        phrase = "change" if fact.type is FactType.CHOICE else "bring"
        return self.say(phrase, subject=subject, before=said, after=self._value(fact, after))

    def supposition(self, name: str, before: Value, after: Value, then: str) -> str:
        """Say what would be if a fact had another value."""
        fact = self.facts[name]
        subject = self.words.text(fact.subject)
        if fact.type is FactType.FLAG:
            return self.say("if-flag", clause=self._value(fact, after), then=then)
        if fact.type is FactType.SET:
            ours, theirs = cast("frozenset[str]", before), cast("frozenset[str]", after)
            members = self._value(fact, ours ^ theirs)
            return self.say("if-with" if theirs > ours else "if-without", members=members, subject=subject, then=then)
        values = {"before": self._value(fact, before), "after": self._value(fact, after)}
        return self.say("if-value", subject=subject, then=then, **values)

    def text(self, text: Text) -> str:
        """Return a text of the rule base in this language."""
        return self.words.text(text)

    def _members(self, fact: Fact, subject: str, before: Value | None, after: frozenset[str]) -> str:
        if before is None:
            return self.say("choose", subject=subject, members=self._value(fact, after))
        ours = cast("frozenset[str]", before)
        said = (("add", after - ours), ("remove", ours - after))
        return " ".join(
            self.say(phrase, subject=subject, members=self._value(fact, some)) for phrase, some in said if some
        )

    def _value(self, fact: Fact, value: Value) -> str:
        return self.words.value(fact.id, value)
