// The advice as a paper for a board: two or three A4 pages with date, version of the rule base and numbered sources. Made when the page
// is printed, from what the service answered; only the words around it stand here.
import { bar, h, ladder, reach, signed, sum } from './widget.js';

const WORDS = {
  nl: {
    title: 'Advies over cocreatie', base: 'Regelbank {0}, {1}', best: 'De vormen die het best passen', sum: 'Vol spreekt voor, open spreekt tegen; samen de score.',
    risks: 'Risico’s', more: 'En {0} redenen die minder wegen.', one: 'En één reden die minder weegt.', rest: 'Verder: {0}.', open: 'Nog niet uit te sluiten: {0}.', measures: 'Wat te regelen', tools: 'Tools', metrics: 'Wat te meten',
    ladder: 'Participatieladder', marks: ['● nu: {0}', '◆ gewenst: {0}', '▲ eerste vorm: {0}'], maturity: 'Volwassenheid', unknown: 'onbekend', of: '{0} van 5',
    open_questions: 'Wat dit advies nog kan veranderen', answers: 'De antwoorden waarop dit advies rust', sources: 'Bronnen', rule: 'regel', grade: 'bewijskracht',
    others: 'Andere vormen met een score boven 0: {0}.', none: 'Geen.',
  },
  en: {
    title: 'Advice on co-creation', base: 'Rule base {0}, {1}', best: 'The forms that fit best', sum: 'Solid speaks for, open speaks against; together the score.',
    risks: 'Risks', more: 'And {0} reasons that weigh less.', one: 'And one reason that weighs less.', rest: 'Further: {0}.', open: 'Cannot be ruled out yet: {0}.', measures: 'What to arrange', tools: 'Tools', metrics: 'What to measure',
    ladder: 'Participation ladder', marks: ['● now: {0}', '◆ wanted: {0}', '▲ first form: {0}'], maturity: 'Maturity', unknown: 'unknown', of: '{0} of 5',
    open_questions: 'What can still change this advice', answers: 'The answers on which this advice rests', sources: 'Sources', rule: 'rule', grade: 'evidence',
    others: 'Other forms with a score above 0: {0}.', none: 'None.',
  },
};
// What fits on three pages with every question answered; what is left out is counted.
const FORMS = 3, REASONS = [4, 3, 2], RISKS = 4, RISK_REASONS = 2, ITEMS = 8, QUESTIONS = 6;
const filled = (text, ...values) => text.replace(/\{(\d)\}/g, (_, place) => values[place]);
const isPresent = ({ state }) => state === 'present';

/** Fills `paper` with the advice of the widget, and with the differences when two variants are compared. */
export function fillPaper(paper, { now, variant, facts, language, differences }) {
  if (!now.advice) return paper.replaceChildren();
  const words = WORDS[language], { advice } = now, cited = new Map();
  const date = new Intl.DateTimeFormat(language === 'nl' ? 'nl-NL' : 'en-GB', { dateStyle: 'long' }).format(new Date());
  const cite = (sources) => sources.map(({ id, citation }) => {
    if (!cited.has(id)) cited.set(id, { number: cited.size + 1, citation });
    return `[${cited.get(id).number}]`;
  }).join('');
  const parts = [
    h('header', null, h('h1', null, words.title), h('p', null, `${date} · ${filled(words.base, advice.ruleBase.version, advice.ruleBase.digest.slice(0, 15))}`)),
    advice.summary.split('\n').map((paragraph) => h('p', { class: 'lead' }, paragraph)),
    [...advice.findings, ...advice.goals.findings].map(({ text }) => h('p', { class: 'notice' }, text)),
    forms(advice, words, cite), risks(advice, words, cite),
    h('div', { class: 'halves' }, rungs(advice, facts, words), maturity(advice, words)),
    h('div', { class: 'thirds' }, list(words.measures, advice.anchoringMeasures), list(words.metrics, advice.metrics), list(words.tools, advice.tools)),
    variant.hidden ? '' : h('section', { class: 'variant' }, [...differences.childNodes].map((node) => node.cloneNode(true))),
    advice.unknowns.length > 0 && h('section', { class: 'questions' }, h('h2', null, words.open_questions), h('ul', null, advice.unknowns.slice(0, QUESTIONS).map(({ question }) => h('li', null, question)))),
    h('section', null, h('h2', null, words.answers), h('dl', { class: 'answers' }, Object.entries(now.profile).map(([fact, value]) => answer(facts.get(fact), value, words)))),
  ];
  const sources = h('section', { class: 'sources' }, h('h2', null, words.sources),
    h('ol', null, [...cited.values()].map(({ citation }) => h('li', null, citation))), h('p', null, advice.notice));
  return paper.replaceChildren(...parts.flat().filter(Boolean), sources);
}

function reasons(listed, words, cite, most) {
  const size = ({ effect }) => effect.weight ?? effect.points ?? 0;
  const shown = [...listed].sort((one, other) => Math.abs(size(other)) - Math.abs(size(one))).slice(0, most), left = listed.length - shown.length;
  return [h('ul', { class: 'reasons' }, shown.map((one) => h('li', null, h('b', { class: 'num' }, signed(size(one))),
    h('span', null, one.rationale, ' ', one.rule && h('small', null, `${words.rule} ${one.rule}, ${words.grade} ${one.evidence} ${cite(one.sources)}`))))),
  left > 0 && h('small', null, left === 1 ? words.one : filled(words.more, left))];
}

function forms(advice, words, cite) {
  const far = reach(advice.forms), best = advice.forms.slice(0, FORMS);
  const others = advice.forms.slice(FORMS).filter(({ score, excluded }) => score > 0 && !excluded).map(({ label }) => label);
  return h('section', null, h('h2', null, words.best), h('p', { class: 'quiet' }, words.sum), best.map((form, place) => h('section', { class: 'form' },
    h('div', { class: 'head' }, h('h3', null, `${form.rank ?? '–'}. ${form.label}`), bar(form.reasons, far), h('span', { class: 'num' }, sum(form.reasons, form.score))),
    h('p', null, form.description), reasons(form.reasons, words, cite, REASONS[place]))), others.length > 0 && h('p', null, filled(words.others, others.join(', '))));
}

function risks(advice, words, cite) {
  const all = advice.risks.filter(isPresent), present = all.filter(({ level }) => level > 1).slice(0, RISKS), rest = all.slice(present.length);
  const open = advice.risks.filter(({ state }) => state === 'possible').map(({ label }) => label);
  const why = (risk) => risk.reasons.filter(({ effect }) => effect.points > 0);
  return h('section', null, h('h2', null, words.risks), h('table', null, h('tbody', null, present.map((risk) => h('tr', null,
    h('th', { scope: 'row' }, risk.label, h('small', null, `${'●'.repeat(risk.level)}${'○'.repeat(3 - risk.level)} ${risk.levelLabel}`)),
    h('td', null, reasons(why(risk), words, cite, RISK_REASONS)))))),
  all.length ? '' : h('p', null, words.none), rest.length > 0 && h('p', null, filled(words.rest, rest.map(({ label, levelLabel }) => `${label} (${levelLabel.toLowerCase()})`).join(', '))),
  open.length > 0 && h('p', null, filled(words.open, open.join(', '))));
}

function rungs(advice, facts, words) {
  const { now, wanted } = advice.maturity.participation, [{ rung }] = advice.forms, ids = [now?.id, wanted?.id, rung];
  const steps = [...facts.values()].find(({ answers }) => answers.some(({ value }) => value === rung))?.answers ?? [];
  const said = ids.map((id, place) => filled(words.marks[place], steps.find(({ value }) => value === id)?.label ?? words.unknown));
  return h('section', null, h('h2', null, words.ladder), ladder(steps, ids, said.join(' ')), h('ul', { class: 'quiet marks' }, said.map((mark) => h('li', null, mark))));
}

function maturity({ maturity: { level, label, dimensions } }, words) {
  return h('section', null, h('h2', null, words.maturity), level && h('p', null, `${filled(words.of, level)}: ${label}`),
    h('table', null, h('tbody', null, Object.values(dimensions).map((one) => h('tr', null, h('th', { scope: 'row' }, one.label),
      h('td', { class: 'num' }, one.rating ? `${'■'.repeat(one.rating)}${'□'.repeat(5 - one.rating)} ${filled(words.of, one.rating)}` : words.unknown))))));
}

function list(title, items) {
  const shown = items.slice(0, ITEMS), levels = [...new Set(shown.map(({ levelLabel }) => levelLabel))];
  return h('section', null, h('h2', null, title), levels.map((level) => [level && h('h3', null, level), h('ul', { class: 'boxes' },
    shown.filter(({ levelLabel }) => levelLabel === level).map(({ label }) => h('li', null, label)))]));
}

function answer({ label, type, answers, unit }, value, words) {
  const known = (one) => answers.find((possible) => possible.value === one)?.label;
  const said = type === 'scale' ? filled(words.of, value) : [value].flat().map((one) => known(one) ?? `${one} ${unit ?? ''}`).join(', ');
  return h('div', null, h('dt', null, `${label}: `), h('dd', null, said));
}
