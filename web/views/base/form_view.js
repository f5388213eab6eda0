// The base of every form: fields with labels, one problem in words, a button that cannot be pressed
// twice. A subclass says what the fields are and what sending means.

import { h } from './dom.js';
import { View } from './view.js';
import { fieldProblems, problemText } from '../../format/problems.js';

/** @typedef {{name: string, label: string, type?: string, autocomplete?: string, hint?: string, value?: string, minlength?: number, optional?: boolean}} Field */

export class FormView extends View {
  busy = false;
  problem = '';
  problems = {};

  /** @param {Field[]} fields */
  form(fields, submit, send, extra = null) {
    return h(
      'form',
      {
        class: 'form',
        novalidate: true,
        onSubmit: (event) => this.#submit(event, fields, send),
      },
      fields.map((field) => this.field(field)),
      h('p', { class: 'problem', role: 'alert', hidden: !this.problem }, this.problem),
      h(
        'div',
        { class: 'form-end' },
        h('button', {
          class: 'button primary',
          type: 'submit',
          disabled: this.busy,
          'aria-busy': String(this.busy),
        }, submit),
        extra,
      ),
    );
  }

  field({ name, label, type = 'text', autocomplete, hint, value, minlength, optional }) {
    const id = `${this.localName}-${name}`;
    const wrong = this.problems[name];
    return h(
      'div',
      { class: 'field', key: name },
      h(
        'label',
        { for: id },
        label,
        optional ? h('span', { class: 'quiet' }, ' (optional)') : null,
      ),
      h('input', {
        id,
        name,
        type,
        autocomplete,
        minlength,
        required: !optional,
        value: value ?? undefined,
        class: 'input',
        autocapitalize: type === 'email' ? 'none' : undefined,
        'aria-invalid': wrong ? 'true' : undefined,
        'aria-describedby': wrong || hint ? `${id}-note` : undefined,
      }),
      wrong || hint
        ? h('p', { id: `${id}-note`, class: wrong ? 'problem' : 'hint' }, wrong || hint)
        : null,
    );
  }

  async #submit(event, fields, send) {
    event.preventDefault();
    if (this.busy) return;
    const form = event.currentTarget ?? event.target;
    const values = Object.fromEntries(new FormData(form));
    this.problems = missing(fields, values);
    this.problem = '';
    if (Object.keys(this.problems).length > 0) return this.#showFirst();
    this.busy = true;
    this.draw();
    try {
      await send(values, form);
    } catch (error) {
      this.problems = fieldProblems(error);
      const shown = Object.keys(this.problems).some((name) =>
        fields.some((field) => field.name === name)
      );
      this.problem = shown ? '' : problemText(error);
    }
    this.busy = false;
    if (!this.isConnected) return undefined;
    return this.#showFirst();
  }

  #showFirst() {
    this.draw();
    this.querySelector('[aria-invalid]')?.focus();
  }
}

function missing(fields, values) {
  const problems = {};
  for (const { name, type, minlength, optional } of fields) {
    const value = (values[name] ?? '').trim();
    if (!value && !optional) problems[name] = 'Please fill this in.';
    else if (value && type === 'email' && !/^\S+@\S+$/.test(value)) {
      problems[name] = 'That does not look like an address.';
    } else if (value && minlength && value.length < minlength) {
      problems[name] = `At least ${minlength} characters.`;
    }
  }
  return problems;
}

/** The frame around every page for people who are not signed in. */
export function entryCard(title, lead, ...content) {
  return h(
    'main',
    { class: 'entry' },
    h(
      'div',
      { class: 'entry-card' },
      h('img', { class: 'entry-logo', src: '/web/icon.svg', alt: '', width: 44, height: 44 }),
      h('h1', null, title),
      lead ? h('p', { class: 'quiet lead' }, lead) : null,
      ...content,
    ),
  );
}
