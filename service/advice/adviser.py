"""The adviser: a profile in, advice or an explanation as JSON out. The one door for callers of this package."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from service.advice.comparison import Comparer, Variant
from service.advice.comparison_words import ComparisonRenderer
from service.advice.compose import Composer
from service.advice.explanation.explainer import Explainer
from service.advice.explanation.question import Question
from service.advice.explanation.render import ExplanationRenderer
from service.advice.interview import Interviewer, InterviewRenderer
from service.advice.reasons import Reasons
from service.advice.render import Renderer
from service.advice.watching import NOBODY, Watcher
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase, compile_rule_base
from service.engine.evaluation import evaluate
from service.engine.many import compile_for_many
from service.knowledge.model import LANGUAGES, Profile, RuleBase

DETAILS: Final = ("full", "brief")


class Adviser:
    """Advises on one rule base in every language. Compiled once, safe to share between threads."""

    def __init__(self, rule_base: RuleBase) -> None:
        """Compile the rule base and write its words beforehand."""
        self.compiled: CompiledRuleBase = compile_rule_base(rule_base)
        self._composer = Composer(self.compiled)
        self.words = {language: Words(language, rule_base.facts) for language in LANGUAGES}
        self._reasons = {language: Reasons(self.compiled, words) for language, words in self.words.items()}
        many = compile_for_many(self.compiled)
        self._explainer = Explainer(many, self._composer)
        self._explanations = {
            language: ExplanationRenderer(self.compiled, words, self._reasons[language])
            for language, words in self.words.items()
        }
        self._renderers = {
            language: Renderer(self.compiled, words, self._reasons[language]) for language, words in self.words.items()
        }
        self._comparer = Comparer(self.compiled, self._composer)
        self._comparisons = {
            language: ComparisonRenderer(self.compiled, words) for language, words in self.words.items()
        }
        self._interviewer = Interviewer(many)
        self._interviews = {language: InterviewRenderer(self.compiled, words) for language, words in self.words.items()}

    @property
    def rule_base(self) -> RuleBase:
        """The rule base that answers."""
        return self.compiled.rule_base

    @property
    def engine_faults(self) -> int:
        """How often the matcher failed in this process and was built anew."""
        return self.compiled.matcher.rebuilds

    def advise(self, profile: Profile, *, language: str, detail: str = "full", watcher: Watcher = NOBODY) -> bytes:
        """Return the advice on a valid profile as UTF-8 JSON, the same bytes every time.

        ``language`` is one of LANGUAGES, ``detail`` one of DETAILS.
        """
        return b"".join(self.advise_in_parts(profile, language=language, detail=detail, watcher=watcher))

    def advise_in_parts(self, profile: Profile, *, language: str, detail: str, watcher: Watcher) -> list[bytes]:
        """Return the same in parts, for who can send them so: to put them together is to copy all of it."""
        evaluation = evaluate(self.compiled, profile)
        watcher.matched()
        advice = self._composer.compose(evaluation)
        watcher.composed(self.compiled, advice)
        parts = self._renderers[language].render(advice, brief=detail == "brief")
        watcher.rendered()
        return parts

    def ask(self, profile: Profile, left_out: Collection[str], *, language: str) -> bytes:
        """Return as UTF-8 JSON what to ask next about a valid profile; facts ``left_out`` are not asked about."""
        return self._interviews[language].render(self._interviewer.ask(profile, left_out))

    def compare(self, profile: Profile, variants: Sequence[Variant], *, language: str) -> bytes:
        """Return as UTF-8 JSON what each variant of a valid profile moves in the advice, and by which rules."""
        return self._comparisons[language].render(*self._comparer.compare(profile, variants))

    def explain(self, profile: Profile, question: Question, *, language: str) -> bytes:
        """Return, as UTF-8 JSON, why a form stands where it stands on a valid profile, and what would change that."""
        return self._explanations[language].render(self._explainer.explain(profile, question))
