"""The fixed words of the reference pages in Dutch."""

from __future__ import annotations

from typing import Final

from service.knowledge.model import Kind
from service.workbench.documents.phrases import Phrases

DUTCH: Final = Phrases(
    other_language="English",
    generated=(
        "Deze bladzijde is gemaakt uit de regels. Wijzig haar niet hier: pas `rules/` aan en voer daarna "
        "`python -m service docs` uit."
    ),
    overview="Overzicht",
    intro=(
        "Hier staat alles waarop het advies steunt: elke regel in gewone woorden, elke vorm met wat ervoor en "
        "ertegen pleit, elk kenmerk dat u kunt opgeven en elke bron."
    ),
    version="Versie {version}, {digest}.",
    rules_title="Regels van de stap {step}",
    forms_title="Vormen",
    forms_intro=(
        "Van elke vorm staat hier wanneer zij past, wanneer niet en wat erbij komt als u haar kiest. De "
        "zwaarste argumenten staan bovenaan. Elke voorwaarde verwijst naar de hele regel."
    ),
    facts_title="Kenmerken",
    facts_intro=(
        "Een kenmerk is het antwoord op één vraag over uw organisatie of uw initiatief. Wat u niet opgeeft, geldt "
        "als onbekend en nooit als ‘nee’."
    ),
    sources_title="Bronnen",
    sources_intro=(
        "De bronnen waarop regels, vormen en kenmerken steunen, geordend naar hoe ver ze zijn gelezen. "
        "Titels staan in de taal van de bron."
    ),
    pages="Bladzijden",
    reading_title="Zo leest u de regels",
    weights_intro=(
        "Een regel geeft een vorm of tool een gewicht. De richting komt uit de bronnen; de getallen zijn een voorstel "
        "van de makers."
    ),
    weight_head="Gewicht",
    meaning_head="Betekenis",
    grade_head="Onderbouwing",
    risks_read=(
        "Bij risico’s tellen punten: +1 is een lichte aanwijzing, +2 een aanwijzing, +3 een sterke aanwijzing en +5 "
        "geeft de doorslag; onder 0 wordt het risico kleiner. Het niveau volgt uit de som: {levels}."
    ),
    levels_read="Maatregelen en indicatoren krijgen een prioriteit: {levels}. De hoogste telt.",
    degrees=("doorslaggevend", "sterk", "duidelijk", "enigszins"),
    signs=("doorslaggevende aanwijzing", "sterke aanwijzing", "aanwijzing", "lichte aanwijzing"),
    plea_for="voor",
    plea_against="tegen",
    excluded="valt af",
    smaller_risk="wordt kleiner",
    kinds={
        Kind.FORMS: "vorm",
        Kind.TOOLS: "tool",
        Kind.ANCHORING_MEASURES: "maatregel",
        Kind.METRICS: "indicator",
        Kind.RISKS: "risico",
    },
    when="Als",
    then="Dan",
    why="Want",
    evidence="Onderbouwing",
    sources="Bronnen",
    valid_until="Geldig tot en met {date}.",
    rung="Trede van de participatieladder",
    fits="Wanneer het past",
    fits_not="Wanneer het niet past",
    nothing_for="Geen enkele regel pleit voor deze vorm.",
    nothing_against="Geen enkele regel pleit tegen deze vorm.",
    comes_with="Wat erbij komt",
    comes_always="Dit komt er altijd bij als u deze vorm kiest:",
    comes_if="Dit komt er alleen bij als ook aan de rest van de voorwaarde is voldaan:",
    nothing_comes="Geen enkele regel noemt iets wat alleen bij deze vorm hoort.",
    question="Vraag",
    required="Verplicht.",
    value_head="Waarde",
    answer_head="Antwoord",
    number="Een geheel getal van {minimum} tot en met {maximum}{unit}.",
    at_most_answers="Er zijn meer antwoorden mogelijk.",
    answers_are_forms="De antwoorden zijn de vormen: {forms}.",
    asked_by="Regels die ernaar vragen",
    not_asked="Geen regel vraagt er rechtstreeks naar.",
    derived_title="Afgeleide kenmerken",
    derived_intro="Deze kenmerken geeft u niet op. Ze volgen uit andere kenmerken.",
    size_of="Volgt uit: het aantal antwoorden bij {facts}.",
    mean_of=(
        "Volgt uit: het gemiddelde van {facts}, waarbij een half naar boven wordt afgerond. Ten minste "
        "{least} daarvan moeten bekend zijn."
    ),
    steps_between="Volgt uit: het aantal treden dat {upper} boven {lower} ligt.",
    same_as="Geeft u dit niet op, dan geldt {facts}.",
    chosen_from="Volgt uit: {facts}. Ontbreken die, dan de vorm die met een score boven 0 bovenaan staat.",
    used_by="Gebruikt in",
    matrix_title="Wat pleit voor welke vorm",
    matrix_alt=(
        "Matrix van doelen en soorten vragen tegen vormen; de volledige inhoud staat in woorden onder het plaatje"
    ),
    matrix_read=(
        "Een driehoek omhoog pleit voor de vorm, een driehoek omlaag ertegen; hoe groter, hoe zwaarder. Een dichte "
        "driehoek geldt zodra het doel of de soort vraag is opgegeven, een open driehoek alleen onder een extra "
        "voorwaarde. Zijn er meer regels met een extra voorwaarde, dan toont het plaatje de zwaarste voor en de "
        "zwaarste tegen. Andere kenmerken, zoals de beslisruimte of het budget, tellen ook mee in het advies, maar "
        "staan hier niet."
    ),
    matrix_in_words="De matrix in woorden",
    matrix_in_words_intro="Een getal met een sterretje (\\*) geldt alleen onder een extra voorwaarde.",
    matrix_description="Nu per doel en per soort vraag wat voor of tegen welke vorm pleit, met het gewicht.",
    rows_none="geen regel",
    on_condition="onder een extra voorwaarde",
    legend_for="pleit voor de vorm",
    legend_against="pleit tegen de vorm",
    legend_weight="gewicht",
    legend_alone="dicht: zonder meer",
    legend_more="open: onder een extra voorwaarde",
    legend_excluded="vorm valt af",
)
