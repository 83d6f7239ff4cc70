"""Mistakes in a request: where, which kind, and in words how to mend them.

Owns the wording in both languages. What a client sent is shown only shortened and without control
characters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from service.knowledge.findings import closest

MOST_SHOWN: Final = 60
MOST_CHOICES: Final = 8

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "nl": {
        "required": "‘{name}’ ontbreekt. Stuur een lijst; een lege lijst mag ook.",
        "unknown": "‘{name}’ bestaat hier niet. {cure}",
        "null": "‘{name}’ mag niet null zijn. Laat de eigenschap weg als het antwoord onbekend is.",
        "flag": "‘{name}’ moet true of false zijn, zonder aanhalingstekens.",
        "integer": "‘{name}’ moet een geheel getal zijn van {low} tot en met {high}.",
        "text": "‘{name}’ moet één tekst zijn. {cure}",
        "set": "‘{name}’ moet een lijst zijn van ids. {cure}",
        "choice": "‘{value}’ is geen waarde van ‘{name}’. {cure}",
        "range": "‘{name}’ moet liggen van {low} tot en met {high}.",
        "set-size": "‘{name}’ mag hoogstens {high} ids hebben, elk één keer.",
        "member-twice": "‘{value}’ staat meer dan één keer in ‘{name}’. Stuur elk id één keer.",
        "key-twice": "‘{name}’ staat meer dan één keer in de vraag. Stuur het één keer.",
        "property-twice": "De eigenschap ‘{name}’ staat meer dan één keer in hetzelfde object. Laat er één staan.",
        "object": "De body moet één JSON-object zijn met de kenmerken van de organisatie.",
        "line": "De regel moet één JSON-object zijn met ‘profile’ en, als u wilt, ‘id’.",
        "line-syntax": "De regel is geen geldige JSON: het gaat mis bij teken {column}.",
        "no-profile": "‘{name}’ ontbreekt. Stuur een object met de kenmerken van de organisatie.",
        "id": "‘{name}’ moet een tekst zijn. Laat het weg als het niet nodig is.",
        "id-size": "‘{name}’ mag hoogstens {most} tekens hebben.",
        "id-characters": "‘{name}’ heeft een half teken (een losse surrogate). Stuur hele tekens.",
        "with-profile": "De body moet één JSON-object zijn met ‘profile’: de kenmerken van de organisatie.",
        "skip": "‘{name}’ moet een lijst zijn van ids van kenmerken die niet gevraagd hoeven te worden.",
        "fact": "‘{value}’ is geen kenmerk dat gestuurd kan worden. {cure}",
        "no-variants": "‘{name}’ ontbreekt of is leeg. Stuur een lijst van 1 tot en met {most} varianten, elk met ‘name’ en ‘changes’.",
        "variants": "‘{name}’ moet een lijst zijn van 1 tot en met {most} varianten, elk met ‘name’ en ‘changes’.",
        "variants-size": "‘{name}’ mag hoogstens {most} varianten hebben. Verdeel ze over meer vragen.",
        "variant": "Een variant moet een object zijn met ‘name’ en ‘changes’.",
        "no-name": "‘{name}’ ontbreekt of is leeg. Geef de variant een naam, waaraan u het antwoord herkent.",
        "name": "‘{name}’ moet een tekst zijn, waaraan u het antwoord herkent.",
        "no-changes": "‘{name}’ ontbreekt. Stuur de kenmerken die anders zijn, of met ‘profile’ een heel profiel.",
        "changes": "‘{name}’ moet een object zijn met de kenmerken die anders zijn; null haalt een kenmerk weg.",
        "changes-and-profile": "Een variant heeft ‘changes’ of ‘profile’, niet beide. Laat er een weg.",
        "required-null": "‘{name}’ kan niet worden weggehaald: elk profiel heeft het. Stuur een lijst; een lege lijst mag ook.",
        "request": "De body moet één JSON-object zijn met {properties}.",
        "missing": "‘{name}’ ontbreekt. {cure}",
        "aim": "‘{name}’ moet één van {places} zijn, of een object met alleen ‘withoutRisk’.",
        "profile": "‘{name}’ moet een object zijn met de kenmerken van de organisatie.",
        "syntax": "De body is geen geldige JSON: het gaat mis op regel {line}, kolom {column}.",
        "number": "De body is geen geldige JSON: NaN en Infinity zijn geen getallen. Laat de eigenschap weg.",
        "encoding": "De body is geen UTF-8. Stuur de tekst als UTF-8.",
        "byte-order-mark": "De body begint met een byte order mark. Laat dat weg; JSON begint met de accolade.",
        "gzip": "De body is geen geldige of geen hele gzip. Pak hem opnieuw in, of stuur hem ongecomprimeerd.",
        "depth": "De body is dieper genest dan {depth} niveaus. Een profiel is een plat object.",
        "version": "‘{name}’ moet een versie zijn zoals 1.0.0.",
        "meant": "Bedoelt u ‘{meant}’?",
        "choices": "Kies uit: {choices}.",
        "look": "De waarden staan in {place}.",
        "look-all": "Laat het weg, of zoek de bedoelde naam in /v1/facts.",
        "no-more": "Laat het weg.",
    },
    "en": {
        "required": "‘{name}’ is missing. Send a list, which may be empty.",
        "unknown": "‘{name}’ does not exist here. {cure}",
        "null": "‘{name}’ cannot be null. Leave the property out when the answer is unknown.",
        "flag": "‘{name}’ must be true or false, without quotes.",
        "integer": "‘{name}’ must be a whole number from {low} to {high}.",
        "text": "‘{name}’ must be one text. {cure}",
        "set": "‘{name}’ must be a list of ids. {cure}",
        "choice": "‘{value}’ is not a value of ‘{name}’. {cure}",
        "range": "‘{name}’ must be from {low} to {high}.",
        "set-size": "‘{name}’ may have at most {high} ids, each of them once.",
        "member-twice": "‘{value}’ stands more than once in ‘{name}’. Send each id once.",
        "key-twice": "‘{name}’ stands more than once in the query. Send it once.",
        "property-twice": "The property ‘{name}’ stands more than once in the same object. Keep one of them.",
        "object": "The body must be one JSON object with the facts about the organisation.",
        "line": "The line must be one JSON object with ‘profile’ and, if you like, ‘id’.",
        "line-syntax": "The line is not valid JSON: it goes wrong at character {column}.",
        "no-profile": "‘{name}’ is missing. Send an object with the facts about the organisation.",
        "id": "‘{name}’ must be a text. Leave it out when it is not needed.",
        "id-size": "‘{name}’ may have at most {most} characters.",
        "id-characters": "‘{name}’ has half a character (a lone surrogate). Send whole characters.",
        "with-profile": "The body must be one JSON object with ‘profile’: the facts about the organisation.",
        "skip": "‘{name}’ must be a list of ids of facts that need not be asked.",
        "fact": "‘{value}’ is not a fact that can be sent. {cure}",
        "no-variants": "‘{name}’ is missing or empty. Send a list of 1 to {most} variants, each with ‘name’ and ‘changes’.",
        "variants": "‘{name}’ must be a list of 1 to {most} variants, each with ‘name’ and ‘changes’.",
        "variants-size": "‘{name}’ may have at most {most} variants. Spread them over more requests.",
        "variant": "A variant must be an object with ‘name’ and ‘changes’.",
        "no-name": "‘{name}’ is missing or empty. Give the variant a name by which you know its answer.",
        "name": "‘{name}’ must be a text by which you know the answer.",
        "no-changes": "‘{name}’ is missing. Send the facts that differ, or with ‘profile’ a whole profile.",
        "changes": "‘{name}’ must be an object with the facts that differ; null takes a fact away.",
        "changes-and-profile": "A variant has ‘changes’ or ‘profile’, not both. Leave one of them out.",
        "required-null": "‘{name}’ cannot be taken away: every profile has it. Send a list, which may be empty.",
        "request": "The body must be one JSON object with {properties}.",
        "missing": "‘{name}’ is missing. {cure}",
        "aim": "‘{name}’ must be one of {places}, or an object with nothing but ‘withoutRisk’.",
        "profile": "‘{name}’ must be an object with the facts about the organisation.",
        "syntax": "The body is not valid JSON: it goes wrong at line {line}, column {column}.",
        "number": "The body is not valid JSON: NaN and Infinity are not numbers. Leave the property out.",
        "encoding": "The body is not UTF-8. Send the text as UTF-8.",
        "byte-order-mark": "The body starts with a byte order mark. Leave it out; JSON starts with the brace.",
        "gzip": "The body is no valid or no complete gzip. Pack it again, or send it without compression.",
        "depth": "The body is nested deeper than {depth} levels. A profile is a flat object.",
        "version": "‘{name}’ must be a version like 1.0.0.",
        "meant": "Did you mean ‘{meant}’?",
        "choices": "Choose one of: {choices}.",
        "look": "The values are listed at {place}.",
        "look-all": "Leave it out, or find the name that was meant in /v1/facts.",
        "no-more": "Leave it out.",
    },
}
COUNTED: Final = {
    "nl": (
        "De vraag heeft één fout.",
        "De vraag heeft {count} fouten. Herstel ze alle en stuur de vraag opnieuw.",
        "De vraag heeft {count} fouten; de eerste {listed} staan hier. Herstel ze en stuur de vraag opnieuw.",
    ),
    "en": (
        "The request has one mistake.",
        "The request has {count} mistakes. Mend all of them and send it again.",
        "The request has {count} mistakes; the first {listed} are listed. Mend them and send it again.",
    ),
}
MOST_LISTED: Final = 250
"""More mistakes than every fact and every member of every set can have; a body of junk gets no larger answer."""
CODES: Final = {
    "required": "required",
    "unknown": "unknown-property",
    "null": "wrong-type",
    "flag": "wrong-type",
    "integer": "wrong-type",
    "text": "wrong-type",
    "set": "wrong-type",
    "object": "wrong-type",
    "line": "wrong-type",
    "line-syntax": "malformed",
    "no-profile": "required",
    "id": "wrong-type",
    "id-size": "too-large",
    "id-characters": "malformed",
    "with-profile": "wrong-type",
    "skip": "wrong-type",
    "fact": "not-allowed",
    "no-variants": "required",
    "variants": "wrong-type",
    "variants-size": "too-large",
    "variant": "wrong-type",
    "no-name": "required",
    "name": "wrong-type",
    "no-changes": "required",
    "changes": "wrong-type",
    "changes-and-profile": "not-allowed",
    "required-null": "wrong-type",
    "request": "wrong-type",
    "missing": "required",
    "aim": "wrong-type",
    "profile": "wrong-type",
    "choice": "not-allowed",
    "range": "out-of-range",
    "set-size": "too-large",
    "member-twice": "duplicate",
    "key-twice": "duplicate",
    "property-twice": "duplicate",
    "syntax": "malformed",
    "number": "malformed",
    "encoding": "malformed",
    "byte-order-mark": "malformed",
    "version": "malformed",
    "gzip": "malformed",
    "depth": "too-deep",
}
CODE_MEANINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "nl": {
        "required": "Iets wat er moet zijn, ontbreekt. Stuur het mee.",
        "unknown-property": "Deze naam bestaat hier niet. Vaak is het een tikfout; de bedoelde naam staat er dan bij.",
        "wrong-type": "De waarde is van de verkeerde soort, zoals tekst waar een getal moet staan, of null.",
        "not-allowed": "De waarde is van de goede soort, maar is geen van de mogelijke antwoorden.",
        "out-of-range": "Het getal is te klein of te groot.",
        "duplicate": "Hetzelfde staat er meer dan één keer.",
        "malformed": "De tekst is niet geschreven zoals het hoort, bijvoorbeeld geen geldige JSON of geen UTF-8.",
        "too-large": "Er staat meer in dan er in past.",
        "too-deep": "De JSON is te diep genest.",
    },
    "en": {
        "required": "Something that must be there is missing. Send it.",
        "unknown-property": "This name does not exist here. Often it is a slip; the name that was meant is then given.",
        "wrong-type": "The value is of the wrong kind, such as text where a number must stand, or null.",
        "not-allowed": "The value is of the right kind, but is none of the possible answers.",
        "out-of-range": "The number is too small or too large.",
        "duplicate": "The same thing stands there more than once.",
        "malformed": "The text is not written as it should be, for instance no valid JSON or no UTF-8.",
        "too-large": "There is more in it than it can hold.",
        "too-deep": "The JSON is nested too deeply.",
    },
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. ``path`` leads to it from the top; ``values`` fill the words; ``known`` helps to mend.

    ``listed_at`` is where all that is known is listed: with the fact of that name by default.
    """

    kind: str
    path: tuple[str | int, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    listed_at: str = ""

    def said(self, where: str, language: str) -> dict[str, str]:
        """Say the mistake as the contract shapes it, for ``where`` it was found."""
        words = WORDS[language]
        name = next((str(step) for step in reversed(self.path) if isinstance(step, str)), "")
        values = {"name": shown(name)} | {key: shown(value) for key, value in self.values.items()}
        detail = words[self.kind].format(cure=self._cure(words, name), **values).strip()
        place = ("pointer", pointer(self.path)) if where == "body" else ("name", shown(name))
        return {"in": where, place[0]: place[1], "code": CODES[self.kind], "detail": detail}

    def _cure(self, words: Mapping[str, str], name: str) -> str:
        sought = name if self.kind == "unknown" else str(self.values.get("value", ""))
        meant = closest(sought[:MOST_SHOWN], self.known)
        guess = words["meant"].format(meant=meant) if meant else ""
        if guess and self.kind in ("unknown", "fact"):
            return guess
        if 0 < len(self.known) <= MOST_CHOICES:
            return f"{guess} {words['choices'].format(choices=', '.join(self.known))}".lstrip()
        if self.kind in ("unknown", "fact"):
            return words["no-more"] if not self.known else words["look-all"]
        return f"{guess} {words['look'].format(place=self.listed_at or f'/v1/facts/{shown(name)}')}".lstrip()


class MistakesError(Exception):
    """Something that was sent has mistakes; all of them."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        """Keep the mistakes."""
        super().__init__(f"{len(mistakes)} mistakes")
        self.mistakes = tuple(mistakes)


def listed(mistakes: Sequence[tuple[str, Mistake]], language: str) -> tuple[str, list[dict[str, str]]]:
    """Say how many mistakes there are, and each of them; at most MOST_LISTED.

    ``mistakes`` are pairs of where a mistake was found (``body``, ``query``) and the mistake.
    """
    one, several, too_many = COUNTED[language]
    count = len(mistakes)
    detail = one if count == 1 else (several if count <= MOST_LISTED else too_many)
    said = [mistake.said(where, language) for where, mistake in mistakes[:MOST_LISTED]]
    return detail.format(count=count, listed=MOST_LISTED), said


def unknown_properties(
    data: Mapping[str, object], known: Sequence[str], place: tuple[str | int, ...] = ()
) -> list[Mistake]:
    """List the properties of an object, which stands at ``place``, that are not known."""
    return [Mistake("unknown", (*place, name), known=tuple(known)) for name in sorted(data) if name not in known]


def shown(value: object) -> str:
    """Show what a client sent: shortened, without control characters and lone surrogates."""
    text = str(value).encode("utf-8", "replace").decode()
    clean = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:MOST_SHOWN])
    return clean + "…" if len(text) > MOST_SHOWN else clean


def pointer(path: Sequence[str | int]) -> str:
    """Write a path as a JSON Pointer.

    Source: RFC 6901, section 3.

    >>> pointer(("goals", 2))
    '/goals/2'
    >>> pointer(("a/b~c",))
    '/a~1b~0c'
    """
    steps = (shown(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "".join(f"/{step}" for step in steps)
