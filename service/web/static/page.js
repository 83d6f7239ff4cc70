// The advice page around the widget. The answers live in the fragment of the address, in the notation of GET /v1/recommendations: a link
// reproduces the advice, the server never sees them. Each answer is a step in the history, so that going back takes it back. What a
// variant changes stands there too, as `variant.<fact>`; an empty value takes the fact away.
import { h } from './widget.js';
import { showDifferences } from './differences.js';
import { fillPaper } from './paper.js';

const VARIANT = 'variant.';
const language = document.documentElement.lang;
const at = (id) => document.getElementById(id);
const base = new URL('../../v1/', import.meta.url);
const now = at('advice'), variant = at('other-advice');
const facts = new Map();
let last = null; // the fact that was answered last: further answers to it are the same step
let compared = null;

const isSet = (fact) => facts.get(fact).type === 'set';

function written(profile, prefix = '') {
  return Object.entries(profile).flatMap(([fact, value]) => {
    const values = value === null || value.length === 0 ? [''] : [value].flat();
    return values.map((one) => [prefix + fact, one]);
  });
}

function read(entries) {
  const profile = {};
  for (const [fact, text] of entries) {
    if (!facts.has(fact)) continue;
    if (isSet(fact)) profile[fact] = [...(profile[fact] ?? []), ...(text ? [text] : [])];
    else if (text === '') profile[fact] = null;
    else if (facts.get(fact).type === 'flag') profile[fact] = text === 'true';
    else profile[fact] = ['scale', 'integer'].includes(facts.get(fact).type) ? Number(text) : text;
  }
  return profile;
}

/** Says what the second profile has otherwise; null for what it does not have. */
function changes(from, to) {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  const changed = names.filter((name) => JSON.stringify(from[name]) !== JSON.stringify(to[name]));
  return Object.fromEntries(changed.map((name) => [name, to[name] ?? null]));
}

function changed(from, difference) {
  const known = Object.entries({ ...from, ...difference }).filter(([, value]) => value !== null);
  return Object.fromEntries(known);
}

function remember(step) {
  const different = variant.hidden ? [] : written(changes(now.profile, variant.profile), VARIANT);
  const mark = variant.hidden ? [] : [[VARIANT, '']];
  const given = written(now.profile).filter(([, value]) => value !== '');
  const fragment = `#${new URLSearchParams([...given, ...mark, ...different])}`;
  if (fragment === location.hash) return;
  history[step === last && step ? 'replaceState' : 'pushState'](null, '', fragment);
  last = step;
  keepInLanguageLink();
}

function recall() {
  const entries = [...new URLSearchParams(location.hash.slice(1))];
  const [own, others] = [false, true].map((wanted) => entries.filter(([name]) => name.startsWith(VARIANT) === wanted));
  const profile = read(own);
  last = null;
  now.profile = profile;
  showVariant(others.length > 0);
  if (others.length) variant.profile = changed(profile, read(others.map(([name, value]) => [name.slice(VARIANT.length), value])));
  keepInLanguageLink();
}

function keepInLanguageLink() {
  at('other-language').hash = location.hash;
}

function showVariant(shown) {
  variant.hidden = !shown;
  at('variant').hidden = !shown;
  at('now-title').hidden = !shown;
  at('variants').classList.toggle('side', shown);
  at('compare').ariaPressed = shown;
  if (!shown) at('differences').replaceChildren();
}

function toggleVariant() {
  const shown = variant.hidden;
  showVariant(shown);
  if (shown) variant.profile = now.profile;
  remember(null);
  if (shown) at('variant').querySelector('h2').focus();
}

async function compare() {
  if (variant.hidden || !now.advice || !variant.advice) return;
  compared?.abort();
  compared = new AbortController();
  const variants = [{ name: at('variant').querySelector('h2').textContent, changes: changes(now.profile, variant.profile) }];
  try {
    at('differences').replaceChildren();
    const answer = await fetch(new URL(`recommendations/_compare?language=${language}`, base), {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, signal: compared.signal,
      body: JSON.stringify({ profile: now.profile, variants }),
    });
    const said = answer.ok ? await answer.json() : null;
    if (said) showDifferences(at('differences'), said.variants[0], language);
  } catch (error) {
    if (error.name !== 'AbortError') at('said').textContent = error.message;
  }
}

function download() {
  const content = { profile: now.profile, advice: now.advice };
  if (!variant.hidden) Object.assign(content, { variant: { profile: variant.profile, advice: variant.advice } });
  const address = URL.createObjectURL(new Blob([JSON.stringify(content, null, 2)], { type: 'application/json' }));
  h('a', { href: address, download: `co-creation-advice-${new Date().toISOString().slice(0, 10)}.json` }).click();
  URL.revokeObjectURL(address);
}

async function copy() {
  const said = at('said');
  said.textContent = '';
  try {
    await navigator.clipboard.writeText(location.href);
    said.textContent = said.dataset.copied;
  } catch {
    said.textContent = location.href; // the browser keeps its clipboard; the link can still be selected
  }
}

function onlyWithAdvice() {
  for (const id of ['compare', 'print', 'download']) at(id).disabled = !now.advice;
}

for (const widget of [now, variant]) {
  widget.addEventListener('cocreation:answer', ({ detail }) => remember(`${widget.id} ${detail.fact}`));
  widget.addEventListener('cocreation:advice', () => { onlyWithAdvice(); compare(); });
}
addEventListener('popstate', recall);
addEventListener('beforeprint', () => fillPaper(at('paper'), { now, variant, facts, language, differences: at('differences') }));
at('compare').addEventListener('click', toggleVariant);
at('copy').addEventListener('click', copy);
at('print').addEventListener('click', () => print());
at('download').addEventListener('click', download);
at('one-by-one').addEventListener('click', ({ currentTarget }) => {
  const single = now.getAttribute('mode') !== 'one-by-one';
  currentTarget.ariaPressed = single;
  for (const widget of [now, variant]) widget.setAttribute('mode', single ? 'one-by-one' : 'groups');
});
onlyWithAdvice();

const answer = await fetch(new URL(`facts?language=${language}`, base), { headers: { Accept: 'application/json' }, credentials: 'omit' }).catch(() => null);
if (answer?.ok) {
  for (const fact of (await answer.json()).items) facts.set(fact.id, fact);
  if (location.hash) recall();
}
