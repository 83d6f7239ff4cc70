// What a variant of a profile moves in the advice, in words and in a table, from the answer of _compare.
import { h } from './widget.js';

const WORDS = {
  nl: {
    title: 'Wat de variant verandert', what: 'Wat', step: 'Zonder en met de variant', rules: 'Door regel', more: 'Vormen die daardoor opschuiven',
    forms: 'Vormen', risks: 'Risico’s', anchoringMeasures: 'Maatregelen', tools: 'Tools', metrics: 'Indicatoren',
    rank: 'plaats {0}, score {1}', score: 'score {0}', none: 'niet', nothing: 'De variant verandert niets aan het advies.',
  },
  en: {
    title: 'What the variant changes', what: 'What', step: 'Without and with the variant', rules: 'By rule', more: 'Forms that move up or down by that',
    forms: 'Forms', risks: 'Risks', anchoringMeasures: 'Measures', tools: 'Tools', metrics: 'Metrics',
    rank: 'rank {0}, score {1}', score: 'score {0}', none: 'not', nothing: 'The variant changes nothing in the advice.',
  },
};
const filled = (text, ...values) => text.replace(/\{(\d)\}/g, (_, place) => values[place] ?? '–');

/** Fills `box` with what one variant moves. */
export function showDifferences(box, variant, language) {
  const words = WORDS[language], { added, removed, changed } = variant.risks;
  const place = (rank, score) => filled(words.rank, rank, score), scored = (score) => (score === null ? words.none : filled(words.score, score));
  const weighed = variant.forms.filter((form) => form.rules.length > 0), shifted = variant.forms.filter((form) => form.rules.length === 0);
  const group = (kind, items, before, after) => items.length > 0 && h('tbody', null, h('tr', null, h('th', { scope: 'rowgroup', colspan: 3, class: 'group' }, words[kind])),
    items.map((one) => h('tr', null, h('th', { scope: 'row' }, one.label), h('td', null, `${before(one)} → ${after(one)}`), h('td', null, one.rules.map((rule, index) =>
      [index > 0 && ', ', h('a', { href: `reference/rules/${rule}?language=${language}` }, rule)])))));
  const table = (...groups) => h('div', { class: 'scroll' }, h('table', null,
    h('thead', null, h('tr', null, [words.what, words.step, words.rules].map((name) => h('th', { scope: 'col' }, name)))), groups));
  const forms = (items) => group('forms', items, (one) => place(one.rankBefore, one.scoreBefore), (one) => place(one.rankAfter, one.scoreAfter));
  const levels = (kind, items) => group(kind, items, (one) => one.levelLabelBefore?.toLowerCase() ?? words.none, (one) => one.levelLabelAfter?.toLowerCase() ?? words.none);
  const groups = [levels('risks', [...removed, ...added, ...changed]), forms(weighed), levels('anchoringMeasures', variant.anchoringMeasures),
    group('tools', variant.tools, (one) => scored(one.scoreBefore), (one) => scored(one.scoreAfter)), levels('metrics', variant.metrics)];
  box.replaceChildren(h('h2', null, words.title), h('p', { class: 'lead' }, variant.summary),
    groups.some(Boolean) ? table(groups) : h('p', null, words.nothing),
    shifted.length > 0 ? h('details', null, h('summary', null, `${words.more} (${shifted.length})`), table(forms(shifted))) : '');
}
