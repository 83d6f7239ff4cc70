// What differs between two variants of a profile, in words and in a table, from the answer of _compare.
import { h } from './widget.js';

const WORDS = {
  nl: {
    title: 'Wat de variant verandert', forms: 'Vormen', form: 'Vorm', rank: 'Plaats', score: 'Score', rules: 'Door regel', more: 'Alle verschoven vormen',
    added: 'Erbij', removed: 'Weg', changed: 'Anders', risks: 'Risico’s', tools: 'Tools', anchoringMeasures: 'Maatregelen', metrics: 'Indicatoren',
    nothing: 'De variant verandert niets aan het advies.', none: '–',
  },
  en: {
    title: 'What the variant changes', forms: 'Forms', form: 'Form', rank: 'Rank', score: 'Score', rules: 'By rule', more: 'All forms that moved',
    added: 'Added', removed: 'Gone', changed: 'Changed', risks: 'Risks', tools: 'Tools', anchoringMeasures: 'Measures', metrics: 'Metrics',
    nothing: 'The variant changes nothing in the advice.', none: '–',
  },
};
const KINDS = ['risks', 'anchoringMeasures', 'tools', 'metrics'];
const SHOWN = 5;

/** Fills `box` with what a variant of the answer of _compare changes; `advice` on the variant names the forms. */
export function showDifferences(box, variant, advice, language) {
  const words = WORDS[language];
  const label = (form) => form.label ?? advice.forms.find(({ id }) => id === form.id)?.label ?? form.id;
  const step = (before, after) => (before === after ? String(after ?? words.none) : `${before ?? words.none} → ${after ?? words.none}`);
  const rows = (forms) => h('div', { class: 'scroll' }, h('table', null,
    h('thead', null, h('tr', null, [words.form, words.rank, words.score, words.rules].map((name) => h('th', { scope: 'col' }, name)))),
    h('tbody', null, forms.map((form) => h('tr', null, h('th', { scope: 'row' }, label(form)),
      h('td', { class: 'num' }, step(form.rankBefore, form.rankAfter)), h('td', { class: 'num' }, step(form.scoreBefore, form.scoreAfter)),
      h('td', null, form.rules.map((rule, place) => [place > 0 && ', ',
        h('a', { href: `reference/rules/${rule.id ?? rule}?language=${language}` }, rule.id ?? rule)])))))));
  const listed = KINDS.flatMap((kind) => ['added', 'removed', 'changed'].map((how) => [kind, how, variant[kind]?.[how] ?? []]))
    .filter(([, , found]) => found.length > 0);
  const { forms } = variant;
  box.replaceChildren(h('h2', null, words.title), h('p', { class: 'lead' }, variant.summary ?? ''),
    forms.length + listed.length === 0 && h('p', null, words.nothing) || '',
    h('dl', null, listed.map(([kind, how, found]) => [h('dt', null, `${words[kind]}: ${words[how].toLowerCase()}`),
      h('dd', null, found.map((one) => `${one.label ?? one.id}${one.levelBefore ? ` (${step(one.levelBefore, one.levelAfter)})` : ''}`).join(', '))])),
    forms.length ? rows(forms.slice(0, SHOWN)) : '',
    forms.length > SHOWN ? h('details', null, h('summary', null, words.more), rows(forms.slice(SHOWN))) : '');
}
