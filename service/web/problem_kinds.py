"""The kinds of problem: status, address, and what is said of each in both languages.

Owns the wording of answers and of the page that each kind has. Knows neither Flask nor gunicorn, so that
both can say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

MEDIA_TYPE: Final = "application/problem+json"
PATH: Final = "/problems"
RETRY_SECONDS: Final = 2
"""After which it is worth trying again when the service could not answer: about the time a burst takes to pass."""


@dataclass(frozen=True, slots=True)
class Words:
    """A kind of problem in one language.

    ``title`` and ``detail`` stand in the answer, ``detail`` unless there is more to say of the occurrence;
    ``happened``, ``why`` and ``mend`` stand on the kind's page.
    """

    title: str
    detail: str
    happened: str
    why: str
    mend: str


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem; ``words`` are by language."""

    status: int
    slug: str
    words: Mapping[str, Words]

    @property
    def type(self) -> str:
        """The kind's ``type``: the address of its page."""
        return f"{PATH}/{self.slug}"


KINDS: Final = (
    ProblemKind(
        400,
        "invalid-request",
        {
            "nl": Words(
                "De vraag is niet geldig",
                "De vraag kan zo niet worden gelezen. Controleer de vraag en stuur die opnieuw.",
                "In de vraag staan een of meer fouten: in de body, in de query of in de manier waarop de vraag is geschreven.",
                "Een advies op een profiel dat maar half is begrepen, misleidt. Daarom weigert de dienst wat zij niet kent, in plaats van het over te slaan.",
                "Elke fout staat in ‘errors’, met de plaats (‘pointer’ in de body, ‘name’ in de query), een code en wat u eraan doet. Herstel ze alle en stuur de vraag opnieuw. Ontbreekt de lijst, dan was de vraag geen geldige HTTP: controleer de regel met de methode en het adres, en de headers.",
            ),
            "en": Words(
                "The request is not valid",
                "The request cannot be read as it is. Check it and send it again.",
                "The request has one or more mistakes: in its body, in its query or in the way it is written.",
                "Advice on a profile that was only half understood misleads. So the service refuses what it does not know, rather than skip it.",
                "Every mistake is listed in ‘errors’, with its place (‘pointer’ in the body, ‘name’ in the query), a code and how to mend it. Mend all of them and send the request again. When there is no list, the request was not valid HTTP: check the line with method and address, and the headers.",
            ),
        },
    ),
    ProblemKind(
        401,
        "no-valid-key",
        {
            "nl": Words(
                "Geen geldige API-sleutel",
                "Deze dienst vraagt om een API-sleutel. Stuur die mee in de header X-API-Key.",
                "De vraag had geen API-sleutel, of een die hier niet bekend is of niet meer geldt.",
                "Wie de dienst beheert, geeft alleen advies aan wie een sleutel heeft. Het contract, de naslag en de pagina’s kan iedereen lezen.",
                "Vraag een sleutel aan wie de dienst beheert. Stuur die mee in de header ‘X-API-Key’, nooit in het adres. Is uw sleutel verlopen of ingetrokken, vraag dan een nieuwe.",
            ),
            "en": Words(
                "No valid API key",
                "This service asks for an API key. Send it in the header X-API-Key.",
                "The request had no API key, or one that is not known here or no longer counts.",
                "Whoever runs the service gives advice only to those who have a key. Everyone can read the contract, the reference and the pages.",
                "Ask whoever runs the service for a key. Send it in the header ‘X-API-Key’, never in the address. If your key has expired or was withdrawn, ask for a new one.",
            ),
        },
    ),
    ProblemKind(
        404,
        "not-found",
        {
            "nl": Words(
                "Niet gevonden",
                "Op dit adres is niets. Kijk in /v1/openapi.json welke adressen er zijn.",
                "Op dit adres is niets, of er bestaat niets met dit id, of de gevraagde versie van de regelbank wordt niet bewaard.",
                "Adressen en ids zijn gevoelig voor hoofdletters, en een schuine streep aan het eind hoort er niet bij. Een onderdeel kan in een nieuwe versie van de regelbank zijn vervallen.",
                "Lees in ‘detail’ of er iets is dat erop lijkt. Haal de ids uit de lijst, bijvoorbeeld /v1/forms, en de adressen uit /v1/openapi.json. Welke versies worden bewaard, staat in /v1/rule-base; laat ‘ruleBase’ weg om de eerste daarvan te krijgen.",
            ),
            "en": Words(
                "Not found",
                "There is nothing at this address. See /v1/openapi.json for the addresses there are.",
                "There is nothing at this address, or nothing with this id, or the version of the rule base that was asked for is not kept.",
                "Addresses and ids are sensitive to case, and none ends with a slash. An item may have gone in a new version of the rule base.",
                "See in ‘detail’ whether there is something like it. Take ids from the list, such as /v1/forms, and addresses from /v1/openapi.json. See /v1/rule-base for the versions that are kept; leave ‘ruleBase’ out to get the first of them.",
            ),
        },
    ),
    ProblemKind(
        405,
        "method-not-allowed",
        {
            "nl": Words(
                "Methode niet toegestaan",
                "Gebruik een van de methoden in de header Allow.",
                "Dit adres bestaat, maar kent deze methode niet.",
                "De catalogus en de regels zijn alleen te lezen. Alleen om advies wordt met POST gevraagd.",
                "Gebruik een van de methoden in de header ‘Allow’. Welke methode waarvoor dient, staat in /v1/openapi.json.",
            ),
            "en": Words(
                "Method not allowed",
                "Use one of the methods in the header Allow.",
                "This address exists, but does not have this method.",
                "Catalogue and rules can only be read. Only advice is asked for by POST.",
                "Use one of the methods in the header ‘Allow’. See /v1/openapi.json for which method does what.",
            ),
        },
    ),
    ProblemKind(
        406,
        "not-acceptable",
        {
            "nl": Words(
                "Geen passende vorm",
                "Het antwoord bestaat niet in een vorm die de header Accept noemt. Laat de header weg.",
                "De header ‘Accept’ noemt alleen vormen waarin dit antwoord niet bestaat.",
                "De dienst stuurt liever niets dan iets wat de ontvanger niet kan lezen.",
                "Noem in ‘Accept’ de vorm die in ‘detail’ staat, of laat de header weg.",
            ),
            "en": Words(
                "Not acceptable",
                "The answer does not exist in a media type that the header Accept names. Leave the header out.",
                "The header ‘Accept’ names only media types in which this answer does not exist.",
                "The service would rather send nothing than something that the receiver cannot read.",
                "Name the media type that ‘detail’ gives in ‘Accept’, or leave the header out.",
            ),
        },
    ),
    ProblemKind(
        408,
        "request-timeout",
        {
            "nl": Words(
                "De vraag kwam te langzaam",
                "De vraag was niet op tijd binnen. Stuur die opnieuw, zonder te wachten tussen de delen.",
                "De vraag begon, maar was na de tijd die ervoor staat niet helemaal binnen.",
                "Wie een vraag openhoudt, houdt een plaats bezet die een ander nodig heeft. Hoe meer er van een vraag binnen is, hoe langer de rest mag duren.",
                "Stel de vraag eerst helemaal samen en stuur die dan in één keer. Controleer of ‘Content-Length’ klopt met de body. Is de verbinding traag, verdeel een reeks profielen dan over meer vragen.",
            ),
            "en": Words(
                "The request came too slowly",
                "The request was not there in time. Send it again, without waiting between its parts.",
                "The request began, but was not complete after the time it has.",
                "Whoever keeps a request open keeps a place that others need. The more of a request has come, the longer the rest may take.",
                "Put the request together first, then send it in one go. Check that ‘Content-Length’ agrees with the body. If the line is slow, spread a series of profiles over more requests.",
            ),
        },
    ),
    ProblemKind(
        413,
        "payload-too-large",
        {
            "nl": Words(
                "De body is te groot",
                "De body is groter dan dit adres aanneemt. Stuur minder.",
                "De body is groter dan dit adres aanneemt.",
                "Een profiel met elk kenmerk past ruim in de grens. De grens houdt tegen dat één vraag het geheugen van alle andere gebruikt.",
                "Stuur alleen kenmerken. Stuur veel profielen tegelijk als regels naar /v1/recommendations/_batch, en verdeel ze over meer vragen wanneer ook dat te groot is.",
            ),
            "en": Words(
                "The body is too large",
                "The body is larger than this address takes. Send less.",
                "The body is larger than this address takes.",
                "A profile with every fact fits many times over. The limit keeps one request from using the memory of all others.",
                "Send facts only. Send many profiles at once as lines to /v1/recommendations/_batch, and spread them over more requests when that is too large as well.",
            ),
        },
    ),
    ProblemKind(
        414,
        "uri-too-long",
        {
            "nl": Words(
                "Het adres is te lang",
                "Het adres is te lang. Stuur het profiel als body met POST naar /v1/recommendations.",
                "De eerste regel van de vraag, met het adres en de query, is te lang.",
                "Een query met elk kenmerk past in de grens. Wat langer is, is geen profiel.",
                "Laat sleutels weg die er meer dan één keer staan, of stuur het profiel als body met POST naar /v1/recommendations.",
            ),
            "en": Words(
                "The address is too long",
                "The address is too long. Send the profile as a body, by POST to /v1/recommendations.",
                "The first line of the request, with address and query, is too long.",
                "A query with every fact fits. What is longer is no profile.",
                "Leave out keys that stand more than once, or send the profile as a body, by POST to /v1/recommendations.",
            ),
        },
    ),
    ProblemKind(
        415,
        "unsupported-media-type",
        {
            "nl": Words(
                "Media-type niet ondersteund",
                "Dit adres leest geen body van dit media-type. Stuur de body als JSON.",
                "De body zegt van zichzelf dat hij iets is wat dit adres niet leest.",
                "Wat de body is, wordt niet geraden. Wie verkeerd raadt, geeft advies op een verkeerd profiel.",
                "Zet in ‘Content-Type’ wat er in ‘detail’ staat, met geen andere tekenset dan UTF-8. Stuur de body ongecomprimeerd, tenzij ‘detail’ gzip noemt.",
            ),
            "en": Words(
                "Unsupported media type",
                "This address reads no body of this media type. Send the body as JSON.",
                "The body says of itself that it is something this address does not read.",
                "What a body is, is not guessed. A wrong guess gives advice on a wrong profile.",
                "Put what ‘detail’ says in ‘Content-Type’, with no other character set than UTF-8. Send the body without compression, unless ‘detail’ names gzip.",
            ),
        },
    ),
    ProblemKind(
        417,
        "expectation-failed",
        {
            "nl": Words(
                "Aan de verwachting wordt niet voldaan",
                "De header Expect kan alleen 100-continue zijn. Laat hem anders weg.",
                "De header ‘Expect’ vraagt iets wat de dienst niet kan beloven.",
                "HTTP kent maar één verwachting: 100-continue.",
                "Laat de header ‘Expect’ weg.",
            ),
            "en": Words(
                "Expectation failed",
                "The header Expect can only be 100-continue. Leave it out otherwise.",
                "The header ‘Expect’ asks for something that the service cannot promise.",
                "HTTP has only one expectation: 100-continue.",
                "Leave the header ‘Expect’ out.",
            ),
        },
    ),
    ProblemKind(
        429,
        "too-many-requests",
        {
            "nl": Words(
                "Te veel vragen",
                "Probeer het opnieuw na de tijd in de header Retry-After.",
                "Van dit adres of met deze sleutel komen meer vragen dan is afgesproken; dat zegt de toegangspoort vóór de dienst. Of er lopen al zo veel batches tegelijk als de dienst aankan; dat zegt zij zelf.",
                "De grens houdt de dienst bruikbaar voor iedereen.",
                "Wacht zo veel seconden als de header ‘Retry-After’ zegt. Stuur veel profielen in één vraag naar /v1/recommendations/_batch.",
            ),
            "en": Words(
                "Too many requests",
                "Try again after the time in the header Retry-After.",
                "More requests come from this address or with this key than was agreed; the gateway in front of the service says so. Or as many batches are under way as the service can do at once; it says so itself.",
                "The limit keeps the service usable for everyone.",
                "Wait for as many seconds as the header ‘Retry-After’ says. Send many profiles in one request to /v1/recommendations/_batch.",
            ),
        },
    ),
    ProblemKind(
        431,
        "header-fields-too-large",
        {
            "nl": Words(
                "De headers zijn te groot",
                "De vraag heeft te veel headers, of een te lange. Stuur alleen de headers die nodig zijn.",
                "De vraag heeft meer headers dan de dienst leest, of een header die te lang is.",
                "De dienst gebruikt maar een paar headers. Cookies gebruikt zij niet.",
                "Stuur alleen de headers die in /v1/openapi.json staan. Laat cookies weg.",
            ),
            "en": Words(
                "The headers are too large",
                "The request has too many headers, or one that is too long. Send only the headers that are needed.",
                "The request has more headers than the service reads, or one that is too long.",
                "The service uses only a few headers. It uses no cookies.",
                "Send only the headers that /v1/openapi.json names. Leave cookies out.",
            ),
        },
    ),
    ProblemKind(
        500,
        "internal-error",
        {
            "nl": Words(
                "Interne fout",
                "Er ging iets mis in de dienst. Aan de vraag ligt het niet; probeer het later opnieuw.",
                "In de dienst ging iets mis dat niet mis had mogen gaan.",
                "Geen enkele vraag hoort dit antwoord te krijgen. Het ligt dus niet aan u.",
                "Probeer het later opnieuw. Blijft het misgaan, geef dan ‘instance’ door aan wie de dienst beheert: daarmee is de fout in het logboek terug te vinden. Wat u stuurde, staat daar niet in.",
            ),
            "en": Words(
                "Internal error",
                "Something went wrong in the service. Nothing is wrong with the request; try again later.",
                "Something went wrong in the service that should not have.",
                "No request is meant to get this answer. So it is not your doing.",
                "Try again later. If it keeps going wrong, give ‘instance’ to whoever runs the service: it leads to the fault in the log. What you sent does not stand there.",
            ),
        },
    ),
    ProblemKind(
        503,
        "service-unavailable",
        {
            "nl": Words(
                "De dienst kan nu niet antwoorden",
                "De dienst heeft meer vragen dan zij tegelijk aankan, of zij stopt. Probeer het opnieuw na de tijd in de header Retry-After.",
                "Er wachten al zo veel vragen als de dienst snel kan beantwoorden. Of de dienst wordt gestopt, en wie haar vragen verdeelt stuurt die nu naar een ander exemplaar.",
                "Wie iedereen laat aansluiten, laat iedereen lang wachten. Een deel hoort liever meteen dat het later moet.",
                "Wacht zo veel seconden als de header ‘Retry-After’ zegt en stuur de vraag opnieuw; er is nog niets mee gedaan. Gebeurt het vaak, vraag dan wie de dienst beheert om er een exemplaar bij te zetten.",
            ),
            "en": Words(
                "The service cannot answer now",
                "The service has more requests than it can do at once, or it is stopping. Try again after the time in the header Retry-After.",
                "As many requests are waiting as the service can answer soon. Or the service is being stopped, and whoever spreads its requests now sends them to another instance.",
                "When everyone may queue, everyone waits long. It is better that some hear at once that they have to come back.",
                "Wait for as many seconds as the header ‘Retry-After’ says and send the request again; nothing was done with it yet. If it happens often, ask whoever runs the service to add an instance.",
            ),
        },
    ),
)
BY_STATUS: Final[Mapping[int, ProblemKind]] = {kind.status: kind for kind in KINDS}
BY_SLUG: Final[Mapping[str, ProblemKind]] = {kind.slug: kind for kind in KINDS}


def kind_of(status: int) -> ProblemKind:
    """Return the kind for a status; that of its class (400 or 500) when the status has none of its own.

    Source: RFC 9110, section 15: an unknown status is taken as the x00 of its class.

    >>> kind_of(404).slug, kind_of(422).slug, kind_of(502).slug
    ('not-found', 'invalid-request', 'internal-error')
    """
    class_of_server_errors = 500
    return BY_STATUS.get(status) or BY_STATUS[400 if status < class_of_server_errors else 500]


def problem(
    kind: ProblemKind,
    language: str,
    request_id: str,
    detail: str | None = None,
    errors: Sequence[Mapping[str, str]] | None = None,
) -> dict[str, object]:
    """Return a problem: ``{"type", "title", "status", "detail", "instance"}``, and ``errors`` if given.

    ``detail`` is the kind's own when it is None.

    Source: RFC 9457, section 3.
    """
    words = kind.words[language]
    shaped: dict[str, object] = {
        "type": kind.type,
        "title": words.title,
        "status": kind.status,
        "detail": detail or words.detail,
        "instance": f"urn:uuid:{request_id}",
    }
    return shaped if errors is None else {**shaped, "errors": errors}
