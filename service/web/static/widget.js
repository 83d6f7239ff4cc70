// <co-creation-advice>: asks the questions of a Co-creation Advisor and shows its explained advice; see docs/how-to/embed.md. Only
// createElement, textContent and a constructed sheet: the strictest policies of a host hold. Words about the subject come from the service.
const WORDS = {
  loading: ['De vragen worden geladen…', 'Loading the questions…'],
  busy: ['Even geduld…', 'One moment…'],
  advice: ['Advies', 'Advice'],
  questions: ['Vragen', 'Questions'],
  start: ['Kies een doel; dan staat hier het advies. Elk antwoord maakt het scherper.', 'Choose a goal; then the advice stands here. Every answer sharpens it.'],
  unknown: ['Weet ik niet', 'I don’t know'],
  none: ['Nog niet beantwoord', 'Not answered yet'],
  of: ['{0} van {1}', '{0} of {1}'],
  reset: ['Opnieuw beginnen', 'Start again'],
  failed: ['De dienst is niet bereikbaar. Uw antwoorden zijn er nog.', 'The service cannot be reached. Your answers are still here.'],
  refused: ['De dienst kan dit niet lezen.', 'The service cannot read this.'],
  retry: ['Probeer het opnieuw', 'Try again'],
  number: ['Geef een geheel getal van {0} tot en met {1}.', 'Give a whole number from {0} to {1}.'],
  updated: ['Het advies is bijgewerkt. {0}', 'The advice has been updated. {0}'],
  next: ['Volgende', 'Next'],
  change: ['Wijzig', 'Change'],
  answered: ['Uw antwoorden', 'Your answers'],
  settled: ['Geen antwoord verandert de eerste drie vormen nog.', 'No answer changes the first three forms any more.'],
  watch: ['Let vooral op: {0}', 'Watch above all: {0}'],
  forms: ['Vormen', 'Forms'],
  others: ['De andere {0} vormen', 'The other {0} forms'],
  adds: ['Vol spreekt voor, open spreekt tegen; samen de score.', 'Solid speaks for, open speaks against; together the score.'],
  recommended: ['aanbevolen', 'recommended'],
  possible: ['mogelijk', 'possible'],
  unsupported: ['niet onderbouwd', 'unsupported'],
  discouraged: ['afgeraden', 'discouraged'],
  excluded: ['uitgesloten', 'excluded'],
  noReasons: ['Geen regel spreekt voor of tegen.', 'No rule speaks for or against.'],
  why: ['Waarom niet hoger, en wat verandert dat?', 'Why not higher, and what changes that?'],
  missed: ['Dit had ervoor kunnen spreken', 'This could have spoken for it'],
  away: ['Wat neemt dit risico weg?', 'What takes this risk away?'],
  apply: ['Neem over', 'Take over'],
  effort: ['Inspanning {0}.', 'Effort {0}.'],
  blocked: ['Wat in de weg staat', 'What is in the way'],
  unseats: ['Wat de eerste plaats kost', 'What costs the first place'],
  ladder: ['Participatieladder', 'Participation ladder'],
  marks: ['● nu: {0} ◆ gewenst: {1} ▲ eerste vorm: {2}', '● now: {0} ◆ wanted: {1} ▲ first form: {2}'],
  notKnown: ['onbekend', 'unknown'],
  maturity: ['Volwassenheid', 'Maturity'],
  plays: ['Speelt mee bij: {0}', 'Plays a part in: {0}'],
  risks: ['Risico’s', 'Risks'],
  open: ['Nog niet uit te sluiten', 'Cannot be ruled out yet'],
  'ruled-out': ['Uitgesloten', 'Ruled out'],
  nothing: ['Geen', 'None'],
  anchoringMeasures: ['Maatregelen', 'Measures'],
  tools: ['Tools', 'Tools'],
  metrics: ['Indicatoren', 'Metrics'],
  growth: ['Groeipad', 'Growth path'],
  unknowns: ['Wat het advies nog kan veranderen', 'What can still change the advice'],
  evidence: ['Bewijskracht {0}, bronnen: {1}', 'Evidence {0}, sources: {1}'],
  rule: ['Regel {0}', 'Rule {0}'],
  because: ['Want: {0}', 'Because: {0}'],
  sure: ['Voorsprong {0}; {1}% rust op onderzoek of richtlijn; {2}% is bekend. Regelbank {3}.',
    'Ahead by {0}; {1}% rests on research or guidelines; {2}% is known. Rule base {3}.'],
};
const LANGUAGES = ['nl', 'en'];
const PARTS = 'questions summary forms risks anchoringMeasures tools metrics ladder maturity growth unknowns'.split(' ');

const CSS = `
:host {display:block; container-type:inline-size; line-height:1.5; text-align:start;
  --_accent:var(--cocreation-accent, var(--utrecht-link-color, light-dark(#154273, #a8cbf3)));
  --_warn:var(--cocreation-warning, light-dark(#9c2f0b, #ffb599));
  --_tint:color-mix(in srgb, currentColor 5%, transparent)}
:host([hidden]), [hidden] {display:none !important}
.hidden {position:absolute; width:1px; height:1px; overflow:hidden; clip-path:inset(50%)}
* {box-sizing:border-box; margin:0; padding:0; min-width:0} fieldset {border:0} ul, ol {list-style:none}
h2 {font-size:1.5em; line-height:1.2} h3 {font-size:1.15em; border-top:2px solid; padding-top:.5em} h2, h3, b, legend {font-weight:600}
p, li, dd, small {overflow-wrap:anywhere; max-width:44em} small {font-size:.9em; opacity:.85} label small, .step {display:block}
button, input {font:inherit; color:inherit; border:1px solid; border-radius:4px; padding:.3em .8em; background:none}
button, a {color:var(--_accent); cursor:pointer} a {display:inline-block; padding:.15em 0} button:hover, summary:hover {background:var(--_tint)}
.link {min-height:24px; padding:0; border:0; text-decoration:underline; text-align:start}
:focus-visible {outline:3px solid var(--cocreation-focus, var(--utrecht-focus-outline-color, currentColor)); outline-offset:2px}
.columns {display:grid; gap:2em; grid-template-columns:minmax(0, 1fr)} .stack {display:grid; gap:.6em; align-content:start}
.advice {gap:2em} .advice > h2 {margin-bottom:-1em} fieldset > .step {margin-bottom:.5em} .row {display:flex; flex-wrap:wrap; gap:.2em .9em; align-items:center} .end {margin-inline-start:auto}
summary {cursor:pointer; padding:.5em 0 .5em 1.4em; position:relative; list-style:none} summary::-webkit-details-marker {display:none}
summary::before {content:'▸'; position:absolute; left:.1em} [open] > summary::before {content:'▾'}
details {border-bottom:1px solid color-mix(in srgb, currentColor 25%, transparent)} details > div {padding:0 0 1em 1.4em} .bare, .bare > details {border:0}
summary small {margin-left:.6em} summary .step {margin:0} .group > summary, dt {font-weight:600}
.option {display:flex; gap:.6em; padding:.3em 0; align-items:baseline; cursor:pointer} .option input {flex:none; width:1.1em; height:1.1em;
  accent-color:var(--_accent); transform:translateY(.15em)} input[type=number] {width:7em}
.alert {margin-bottom:1.5em} .alert, .warning {border-left:4px solid var(--_warn); padding:.6em 1em; background:var(--_tint)} .lead {font-size:1.1em}
.reason {display:grid; grid-template-columns:2em minmax(0, 1fr); padding:.3em 0} .warn {color:var(--_warn)} .busy {opacity:.8}
svg {display:block; max-width:24em; overflow:visible; fill:currentColor; stroke:none; font-size:13px} .bar {flex:0 0 45%; height:14px}
.for {fill:var(--_accent)} .con {fill:none; stroke:var(--_warn); stroke-width:2} .axis {fill:none; stroke:currentColor}
.bar * {vector-effect:non-scaling-stroke} .meter {width:5.5em; flex:none} .num {font-variant-numeric:tabular-nums}
@container (min-width: 56rem) {.two {grid-template-columns:minmax(18rem, 2fr) 3fr; gap:3em} .jump {display:none}}
@media (forced-colors: active) {.for {fill:CanvasText} .con {stroke:CanvasText}}
@media print {form, button, .more {display:none}}`;

const DRAWN = ['svg', 'rect', 'path', 'circle', 'text'];

/** Makes an element; what is named `on…` is a listener, children that are null or false are left out. */
export function h(tag, attributes, ...children) {
  const node = document.createElementNS(`http://www.w3.org/${DRAWN.includes(tag) ? '2000/svg' : '1999/xhtml'}`, tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(9).filter((child) => child != null && child !== false));
  return node;
}

const [p, b, ul, li, span, small] = ['p', 'b', 'ul', 'li', 'span', 'small'].map((tag) => (...children) => h(tag, null, ...children));
const row = (...children) => h('div', { class: 'row' }, ...children);
const stack = (tag, ...children) => h(tag, { class: 'stack' }, ...children);
const button = (text, run, name) => h('button', { type: 'button', class: name, onclick: run }, text);
const isGiven = (value) => value !== undefined && value.length !== 0;
const amount = ({ effect }) => effect.weight ?? effect.points ?? effect.level ?? 0;

/** Writes a number with its sign: +2, −2. */
export const signed = (number) => (number < 0 ? `−${-number}` : `+${number}`);

/** Writes the sum that the reasons make: +3 +2 −1 = 4. */
export const sum = (reasons, total) => [...reasons.map((one) => signed(amount(one))), `= ${total}`.replace('-', '−')].join(' ');

/** Returns how far the bars of forms reach, to both sides. */
export function reach(forms) {
  const far = (sign) => Math.max(1, ...forms.map(({ reasons }) => reasons.reduce((all, one) => all + Math.max(0, sign * amount(one)), 0)));
  return [far(-1), far(1)];
}

/** Draws the reasons end to end: those for to the right of the axis, those against to the left. The sum says the same. */
export function bar(reasons, [low, high]) {
  let left = 0, right = 0;
  const pieces = reasons.map(amount).map((size) => {
    const x = size < 0 ? (left += size) : (right += size) - size;
    return h('rect', { class: size < 0 ? 'con' : 'for', x: x + .05, y: 2, width: Math.max(0, Math.abs(size) - .1), height: 10 });
  });
  return h('svg', { class: 'bar', viewBox: `${-low} 0 ${low + high} 14`, preserveAspectRatio: 'none', 'aria-hidden': true }, pieces,
    h('path', { class: 'axis', d: 'M0 0V14' }));
}

/** Draws the ladder, highest rung on top, with marks at three rungs; `words` says the same. */
export function ladder(rungs, [now, wanted, form], words) {
  const end = rungs.length * 26;
  return h('svg', { viewBox: `0 0 260 ${end}`, role: 'img', 'aria-label': words }, h('path', { class: 'axis', d: `M2 0V${end}M70 0V${end}` }),
    rungs.map(({ value, label }, place) => {
      const y = end - place * 26 - 13;
      return [h('path', { class: 'axis', d: `M2 ${y + 11}H70` }), h('text', { x: 80, y: y + 5 }, label),
        value === now && h('circle', { cx: 16, cy: y, r: 6 }), value === wanted && h('path', { d: `M36 ${y - 8}l8 8-8 8-8-8z` }),
        value === form && h('path', { class: 'for', d: `M56 ${y - 7}l8 14h-16z` })];
    }));
}

/** The element. Attributes: language, api, profile, parts, mode (one-by-one), readonly. Properties: profile, advice, headers. */
export class CoCreationAdvice extends HTMLElement {
  static observedAttributes = ['language', 'api', 'profile', 'parts', 'mode', 'readonly'];
  /** Headers of every call, such as an API key. */
  headers = {};
  /** The advice shown, or null. */
  advice = null;
  #profile = { goals: [] };
  #facts = [];
  #opened = new Set();
  #skipped = new Set();
  #loading;
  #asking;
  #form = h('form', { class: 'stack', part: 'questions', onsubmit: (event) => event.preventDefault() });
  #advice = h('section', { class: 'stack advice', part: 'advice' });
  #status = h('p', { class: 'hidden', role: 'status' });
  #alert = h('div', { role: 'alert' });
  #columns = h('div', { class: 'columns' }, this.#form, this.#advice);

  constructor() {
    super();
    const sheet = new CSSStyleSheet(), root = this.attachShadow({ mode: 'open' });
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    root.append(this.#alert, this.#status, this.#columns);
  }

  connectedCallback() { this.#load(); }

  disconnectedCallback() {
    this.#loading?.abort();
    this.#asking?.abort();
  }

  attributeChangedCallback(name, _, value) {
    if (name === 'profile' && value) this.#profile = { goals: [], ...JSON.parse(value) };
    if (this.isConnected) this.#load();
  }

  /** A copy of the answers; setting it asks for advice on others. */
  get profile() { return structuredClone(this.#profile); }
  set profile(profile) {
    this.#profile = { goals: [], ...structuredClone(profile) };
    if (this.#facts.length) this.#renew();
  }

  /** The language in use: of the attribute, else of the nearest lang, else Dutch. */
  get language() {
    let asked = this.getAttribute('language');
    for (let node = this; !asked && node; node = node.getRootNode().host) asked = node.closest('[lang]')?.lang;
    return LANGUAGES.find((one) => asked?.toLowerCase().startsWith(one)) ?? 'nl';
  }

  get #base() { return new URL(`${this.getAttribute('api') ?? new URL('../../v1', import.meta.url)}/`.replace(/\/+$/, '/'), document.baseURI); }
  get #fixed() { return this.hasAttribute('readonly'); }
  get #single() { return this.getAttribute('mode') === 'one-by-one' && !this.#fixed; }
  #say(key, ...values) { return WORDS[key][LANGUAGES.indexOf(this.language)].replace(/\{(\d)\}/g, (_, place) => values[place]); }
  get #chosenForm() { return this.advice.forms.find(({ id }) => id === this.advice.chosenForms[0]) ?? this.advice.forms[0]; }
  #shows(part) { return (this.getAttribute('parts')?.split(/\s+/) ?? PARTS).includes(part); }
  #fact(id) { return this.#facts.find((fact) => fact.id === id); }
  #field(id) { return this.#form.querySelector(`[data-fact="${id}"]`); }
  #given() { return this.#facts.filter(({ id }) => isGiven(this.#profile[id])); }
  #tell(type, detail) { this.dispatchEvent(new CustomEvent(`cocreation:${type}`, { bubbles: true, composed: true, detail })); }
  #link(path, text) { return h('a', { href: new URL(`../reference/${path}?language=${this.language}`, this.#base) }, text); }

  async #call(path, signal, body) {
    const answer = await fetch(new URL(`${path}?language=${this.language}`, this.#base), {
      method: body ? 'POST' : 'GET', body: JSON.stringify(body), credentials: 'omit',
      headers: { ...this.headers, Accept: 'application/json', ...(body && { 'Content-Type': 'application/json' }) },
      signal: AbortSignal.any([signal, AbortSignal.timeout(20000)]),
    });
    const said = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(said.detail), { problem: said, status: answer.status });
    return said;
  }

  async #load() {
    this.#loading?.abort();
    const { signal } = this.#loading = new AbortController();
    await null; // several attributes that are set at once make one call
    if (signal.aborted) return;
    this.#columns.lang = this.language;
    this.#columns.classList.toggle('two', this.#shows('questions'));
    this.#form.hidden = !this.#shows('questions');
    if (!this.#facts.length) this.#form.replaceChildren(p(this.#say('loading')));
    try {
      this.#facts = (await this.#call('facts', signal)).items;
      await this.#renew();
    } catch (error) {
      if (!signal.aborted) this.#fail(error, () => this.#load());
    }
  }

  #renew(focus) {
    this.#skipped.clear();
    if (!this.#single) this.#showQuestions();
    return this.#ask(focus);
  }

  async #ask(focus) {
    this.#asking?.abort();
    const { signal } = this.#asking = new AbortController();
    const isEmpty = !Object.values(this.#profile).some(isGiven);
    this.#advice.classList.add('busy');
    this.#advice.ariaBusy = true;
    try {
      this.advice = isEmpty ? null : await this.#call('recommendations', signal, this.#profile);
      this.#alert.replaceChildren();
      this.#showAdvice();
      if (this.#single) await this.#showNext(signal, isEmpty);
      if (focus) this.#advice.querySelector('h2').focus();
      if (!isEmpty) {
        this.#status.textContent = this.#say('updated', this.advice.forms[0].label);
        this.#tell('advice', { advice: this.advice, profile: this.profile });
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#fail(error, () => this.#ask());
    }
    this.#advice.classList.remove('busy');
    this.#advice.ariaBusy = false;
  }

  #fail(error, again) {
    const { problem, status } = error, mistakes = problem?.errors ?? [], place = (one) => one.pointer?.split('/').at(1);
    this.#alert.replaceChildren(h('div', { class: 'alert stack', part: 'alert' }, p(b(this.#say(status ? 'refused' : 'failed'))),
      status && p(error.message), ul(mistakes.map((one) => li(this.#jump(place(one), one.detail)))), again && p(button(this.#say('retry'), again))));
    for (const one of mistakes) this.#field(place(one))?.setAttribute('aria-invalid', true);
    this.#tell('error', { problem, status, message: error.message });
  }

  #answer(fact, value) {
    if (value === undefined && fact.required) value = [];
    if (value === undefined) delete this.#profile[fact.id];
    else this.#profile[fact.id] = value;
    for (const node of this.#form.querySelectorAll('[data-said]')) node.textContent = this.#said(this.#fact(node.dataset.said));
    for (const node of this.#form.querySelectorAll('[data-count]')) node.textContent = this.#count(node.dataset.count);
    this.#field(fact.id)?.removeAttribute('aria-invalid');
    this.#tell('answer', { fact: fact.id, value, profile: this.profile });
    return this.#ask();
  }

  /** Replaces the answers at the reader's wish, and leads to the advice. */
  #take(profile) {
    this.#profile = profile;
    this.#tell('answer', { profile: this.profile });
    return this.#renew(true);
  }

  #said({ id, answers, unit }) {
    const values = [this.#profile[id] ?? []].flat();
    return values.map((one) => answers.find(({ value }) => value === one)?.label ?? `${one} ${unit ?? ''}`).join(', ') || this.#say('none');
  }

  #of(group) { return this.#facts.filter((fact) => fact.group.id === group); }
  #count(group) { return this.#say('of', this.#given().filter((fact) => fact.group.id === group).length, this.#of(group).length); }

  /** A fold that is filled when it opens, and stays open when all is made anew. */
  #fold(key, head, fill, name) {
    const body = stack('div');
    const make = () => { if (!body.hasChildNodes()) body.append(...[fill()].flat(9).filter(Boolean)); };
    const toggle = () => {
      this.#opened[node.open ? 'add' : 'delete'](key);
      if (node.open) make();
    };
    // `toggle` comes late: a quick Tab would go past it.
    const node = h('details', { class: name, 'data-key': key, open: this.#opened.has(key), ontoggle: toggle }, h('summary', { onclick: make }, head), body);
    toggle();
    return node;
  }

  #showQuestions() {
    const groups = new Map(this.#facts.map(({ group }) => [group.id, group]));
    this.#form.replaceChildren(h('h2', null, this.#say(this.#fixed ? 'answered' : 'questions')), ...this.#fixed ? [this.#list()]
      : [this.#toAdvice(), ...[...groups.values()].map((group) => this.#group(group)), this.#reset()]);
  }

  #toAdvice() { return p(button(`${this.#say('advice')} ↓`, () => this.#advice.querySelector('h2').focus(), 'link jump')); }
  #reset() { return p(button(this.#say('reset'), () => this.#take({ goals: [] }), 'link')); }

  #group({ id, label, intro }) {
    const [first, ...more] = this.#of(id);
    if (!more.length) return this.#question(first);
    return this.#fold(`group ${id}`, [label, h('small', { 'data-count': id }, this.#count(id))], () => [p(intro), [first, ...more].map((fact) =>
      this.#fold(`fact ${fact.id}`, [fact.question, h('small', { class: 'step', 'data-said': fact.id }, this.#said(fact))], () => this.#question(fact, 'hidden')))], 'group');
  }

  #question(fact, name) {
    const { id, type, answers, minimum: min, maximum: max } = fact, value = this.#profile[id], kind = type === 'set' ? 'checkbox' : 'radio';
    const mistake = h('p', { class: 'warn', id: `mistake-${id}` });
    const option = (place, label, description, checked) => h('label', { class: 'option' }, h('input', { type: kind, name: id, value: place, checked }),
      span(label, type !== 'flag' && description !== label && small(description)));
    const change = ({ target, currentTarget }) => {
      const isBad = !target.validity.valid;
      mistake.textContent = isBad ? this.#say('number', min, max) : '';
      target.setAttribute('aria-invalid', isBad);
      if (!isBad && !this.#single) this.#answer(fact, this.#chosen(fact, currentTarget));
    };
    return h('fieldset', { 'data-fact': id, 'aria-describedby': `help-${id} mistake-${id}`, onchange: change },
      h('legend', { class: name, tabindex: -1 }, fact.question), h('small', { class: 'step', id: `help-${id}` }, fact.help), mistake,
      type === 'integer' && h('label', { class: 'row' }, h('input', { type: 'number', name: id, min, max, value }), fact.unit ?? fact.label),
      answers.map((one, place) => option(place, one.label, one.description, [value].flat().includes(one.value))),
      !['set', 'integer'].includes(type) && option('', this.#say('unknown'), null, value === undefined));
  }

  #chosen({ type, answers }, fields) {
    const chosen = [...fields.querySelectorAll(':checked, [type=number]')].map(({ value }) => value).filter(Boolean);
    const values = chosen.map((one) => (type === 'integer' ? Number(one) : answers[one].value));
    return type === 'set' && values.length ? values : values[0];
  }

  /** Something that leads to a question; only its text where none can be answered. */
  #jump(id, text) {
    const fact = this.#fact(id);
    return fact && !this.#fixed && this.#shows('questions') ? button(text, () => {
      this.#opened.add(`group ${fact.group.id}`).add(`fact ${id}`);
      if (this.#single) this.#showSingle(fact);
      else this.#showQuestions();
      this.#field(id).querySelector('legend').focus();
    }, 'link') : text;
  }

  async #showNext(signal, isEmpty) {
    if (isEmpty && !this.#skipped.size) return this.#showSingle(this.#facts[0]);
    const said = await this.#call('recommendations/_interview', signal, { profile: this.#profile }).catch(() => this.advice);
    if (signal.aborted) return;
    const next = said?.unknowns.find(({ fact }) => !this.#skipped.has(fact));
    this.#showSingle(this.#fact(next?.fact), (said?.settled || !next) && p(b(this.#say('settled'))));
  }

  #showSingle(fact, note) {
    const fields = fact && this.#question(fact);
    const done = async () => {
      if (fields.querySelector(':invalid')) return;
      const value = this.#chosen(fact, fields);
      if (value === undefined) this.#skipped.add(fact.id);
      await this.#answer(fact, value);
      this.#form.querySelector('legend')?.focus();
    };
    this.#form.replaceChildren(...[note, fields, fields && p(button(this.#say('next'), done)), this.#toAdvice(),
      this.#fold('given', this.#say('answered'), () => this.#list()), this.#reset()].filter(Boolean));
  }

  #list() {
    return stack('dl', this.#given().map((fact) => [h('dt', null, fact.label),
      h('dd', { class: 'row' }, this.#said(fact), !this.#fixed && this.#jump(fact.id, this.#say('change')))]));
  }

  #showAdvice() {
    const draw = {
      summary: () => this.#summary(), risks: () => this.#risks(), forms: () => this.#forms(), ladder: () => this.#ladder(), maturity: () => this.#maturity(),
      growth: () => this.#fold('growth', this.#chosenForm.label, () => this.#explain(this.#chosenForm.id, 'growth')),
      unknowns: () => ul(this.advice.unknowns.slice(0, 9).map(({ fact, question }) => li(this.#jump(fact, question)))),
    };
    this.#advice.replaceChildren(h('h2', { tabindex: -1 }, this.#say('advice')), ...this.advice ? [...PARTS.slice(1).filter((part) => this.#shows(part))
      .map((part) => h('section', { class: 'stack', part }, part !== 'summary' && h('h3', null, this.#say(part)), draw[part]?.() ?? this.#checklist(part))),
    small(this.advice.notice)] : [p(this.#say('start'))]);
  }

  #summary() {
    const { summary, findings, goals, risks, confidence: { margin, evidence, known }, ruleBase } = this.advice;
    const high = risks.filter(({ level, state }) => level === 3 && state === 'present').map(({ label }) => label);
    const percent = (share) => Math.round((share ?? 0) * 100);
    return [summary.split('\n').map((one) => h('p', { class: 'lead' }, one)), [...findings, ...goals.findings].map((one) => h('p', { class: one.severity }, one.text)),
      high.length > 0 && h('p', { class: 'warning' }, b(this.#say('watch', high.join('; ')))),
      small(this.#say('sure', margin ?? 0, percent(evidence), percent(known), ruleBase.version))];
  }

  #forms() {
    const { forms } = this.advice, far = reach(forms);
    const draw = (form) => this.#fold(`form ${form.id}`, [row(b(`${form.rank ?? '–'}. ${form.label}`),
      h('span', { class: 'end' }, this.#say(form.verdict))), row(bar(form.reasons, far), h('span', { class: 'num end' }, sum(form.reasons, form.score)))],
    () => [p(form.description), this.#reasons(form.reasons), this.#fold(`why ${form.id}`, this.#say('why'), () => this.#explain(form.id, 'first'), 'more')]);
    return [small(this.#say('adds')), forms.slice(0, 3).map(draw), this.#fold('forms', this.#say('others', forms.length - 3), () => forms.slice(3).map(draw), 'more')];
  }

  #reasons(reasons) {
    if (!reasons.length) return p(this.#say('noReasons'));
    return ul(reasons.map((one) => h('li', { class: 'reason' }, h('b', { class: 'num' }, one.effect.excluded ? '✕' : one.effect.level ?? signed(amount(one))),
      h('div', null, p(one.rationale), one.because.length > 0 && small(this.#say('because', one.because.map(({ text }) => text).join(' '))),
        one.rule && this.#fold(`source ${one.rule}`, small(this.#say('evidence', one.evidence ?? '–', one.sources?.length ?? 0)), () =>
          ul(li(this.#link(`rules/${one.rule}`, this.#say('rule', one.rule))), one.sources?.map(({ id, citation }) => li(this.#link(`sources/${id}`, citation)))), 'bare')))));
  }

  #risks() {
    const of = (wanted) => this.advice.risks.filter(({ state }) => state === wanted);
    const draw = (risk) => this.#fold(`risk ${risk.id}`, [h('b', { class: risk.level === 3 && 'warn' }, risk.label),
      small(risk.level ? `${'●'.repeat(risk.level)}${'○'.repeat(3 - risk.level)} ${risk.levelLabel}` : risk.likelihoodLabel)], () => [p(risk.description), risk.state === 'possible' ? [p(risk.text),
      ul(risk.settledBy.map(({ fact, question }) => li(this.#jump(fact, question))))] : this.#reasons(risk.reasons),
      risk.state === 'present' && this.#fold(`away ${risk.id}`, this.#say('away'), () => this.#explain(this.#chosenForm.id, { withoutRisk: risk.id }), 'more')]);
    const folded = (state, key) => of(state).length > 0 && this.#fold(state, [this.#say(key), small(of(state).length)], () => of(state).map(draw), 'more');
    return [of('present').map(draw), !of('present').length && p(this.#say('nothing')), folded('possible', 'open'), folded('ruled-out', 'ruled-out')];
  }

  #checklist(part) {
    const items = this.advice[part], levels = new Set(items.map(({ levelLabel }) => levelLabel));
    return [...levels].map((level) => [level && p(b(level)), ul(items.filter(({ levelLabel }) => levelLabel === level).map((one) => li(
      this.#fold(`${part} ${one.id}`, [h('span', { 'aria-hidden': true }, '☐ '), one.label], () => [p(one.description), this.#reasons(one.reasons)]))))]);
  }

  #ladder() {
    const { now, wanted } = this.advice.maturity.participation, [{ rung }] = this.advice.forms, ids = [now?.id, wanted?.id, rung];
    const rungs = this.#facts.find(({ answers }) => answers.some(({ value }) => value === rung))?.answers ?? [];
    const words = this.#say('marks', ...ids.map((id) => rungs.find(({ value }) => value === id)?.label ?? this.#say('notKnown')));
    return h('figure', null, ladder(rungs, ids, words), h('figcaption', null, small(words)));
  }

  #maturity() {
    const { maturity: { level, label, dimensions }, risks, anchoringMeasures, forms } = this.advice;
    const about = (fact) => [...risks, ...anchoringMeasures, ...forms].filter(({ reasons }) => reasons.some(({ because }) => because.some((one) => one.fact === fact)));
    const meter = (rating) => h('svg', { class: 'meter', viewBox: '0 0 68 12', 'aria-hidden': true }, [0, 1, 2, 3, 4].map((place) =>
      h('rect', { class: place < rating ? 'for' : 'axis', x: place * 14 + .5, y: .5, width: 11, height: 11 })));
    return [level && p(`${this.#say('of', level, 5)}: ${label}`), Object.entries(dimensions).map(([id, one]) => this.#fold(`dimension ${id}`,
      row(one.label, h('span', { class: 'row end' }, one.rating ? [meter(one.rating), this.#say('of', one.rating, 5)] : this.#say('none'))),
      () => [one.meaning ? p(one.meaning) : this.#jump(id, this.#fact(id)?.question), about(id)[0] && p(this.#say('plays', about(id).map((part) => part.label).join(', ')))]))];
  }

  /** Asks what holds a form back and what changes that: to be first, to be without a risk, or to grow. */
  #explain(form, aim) {
    const box = h('div', { class: 'stack', 'aria-live': 'polite' }, this.#say('busy')), { signal } = this.#asking, grows = aim === 'growth', isFirst = aim === 'first';
    const titled = (title, items) => items?.length > 0 && [title && p(b(this.#say(title))), stack('ul', items.map(({ text }) => li(text)))];
    this.#call('recommendations/_explain', signal, { profile: this.#profile, form, aim: grows ? 'first' : aim }).then((said) => {
      box.replaceChildren(...(grows ? [titled('', said.growth) || p(this.#say('nothing'))] : [p(said.summary),
        isFirst && said.contrast && [p(b(said.contrast.text)), said.contrast.reasons.length > 0 && this.#reasons(said.contrast.reasons)],
        isFirst && said.missed.length > 0 && [p(b(this.#say('missed'))), this.#reasons(said.missed)],
        said.changes.map((change) => this.#change(change)), titled('blocked', said.blockedBy), isFirst && titled('unseats', said.stability)]).flat(9).filter(Boolean));
    }).catch((error) => { if (!signal.aborted) box.replaceChildren(p(error.message), button(this.#say('retry'), () => box.replaceWith(this.#explain(form, aim)))); });
    return box;
  }

  #change({ facts, effort, text }) {
    const taken = () => this.#take(Object.assign(this.profile, ...facts.map(({ fact, to }) => ({ [fact]: to }))));
    return stack('div', ul(facts.map((one) => li(b(one.text)))), p(text, ' ', this.#say('effort', effort)), !this.#fixed && p(button(this.#say('apply'), taken)));
  }
}

if (!customElements.get('co-creation-advice')) customElements.define('co-creation-advice', CoCreationAdvice);
