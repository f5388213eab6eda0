// The base of every form: labelled fields, one problem in words, and a button that cannot be
// pressed twice. A subclass says what the fields are and what sending means.

import { fieldProblems, problemText } from '../../format/problems.js';
import { t, tn } from '../../languages/translate.js';
import { own } from '../../own.js';
import { siteFacts } from '../../site.js';
import { h } from './dom.js';
import { siteLinks } from './site_links.js';
import { View } from './view.js';

/**
 * @import { Child } from '../../types/dom.d.ts'
 */

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {string} [type]
 * @property {string} [autocomplete]
 * @property {string} [hint]
 * @property {string} [value]
 * @property {number} [minlength]
 * @property {boolean} [optional]
 * @property {boolean} [isFirst] gets the focus when a dialog opens
 * @property {'numeric' | 'text'} [inputmode]
 */

/** @typedef {(values: Record<string, string>, form: HTMLFormElement) => unknown} Send */

/**
 * @template {object} [Props={}]
 * @extends {View<Props>}
 */
export class FormView extends View {
  busy = false;
  problem = '';
  /** @type {Record<string, string>} by field */
  problems = {};
  /** @type {Set<string>} the password fields whose text is shown */
  #shown = new Set();
  #isEntered = false;

  /**
   * @param {Field[]} fields
   * @param {string} submit what the button says
   * @param {Send} send called with the values; what it throws is shown
   * @param {{afterFields?: Child, afterButton?: Child}} [extra]
   */
  form(fields, submit, send, { afterFields = null, afterButton = null } = {}) {
    return h(
      'form',
      {
        class: 'form',
        novalidate: true,
        onSubmit: (event) => {
          event.preventDefault();
          this.#submit(event.currentTarget, fields, send);
        },
      },
      fields.map((field) => this.#field(field)),
      afterFields,
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
        afterButton,
      ),
    );
  }

  /** A page for visitors begins in its first field, once it has one. */
  drawn() {
    const [first] = this.querySelectorAll('.entry input');
    if (this.#isEntered || !(first instanceof HTMLElement)) return;
    this.#isEntered = true;
    if (document.activeElement === document.body) first.focus();
  }

  /** @param {Field} field */
  #field(field) {
    const { name, label, type, hint, optional } = field;
    const id = `${this.localName}-${name}`;
    const problem = own(this.problems, name);
    // A label or a hint of a table of fields is marked, and translated here.
    const note = problem || (hint && t(hint));
    return h(
      'div',
      { class: 'field', key: name },
      h(
        'label',
        { for: id },
        t(label),
        optional ? h('span', { class: 'quiet' }, ` ${t('(optional)')}`) : null,
      ),
      type === 'password' ? this.#passwordBox(id, field) : this.#input(id, field),
      note ? h('p', { id: `${id}-note`, class: problem ? 'problem' : 'hint' }, note) : null,
    );
  }

  /**
   * @param {string} id
   * @param {Field} field
   */
  #passwordBox(id, field) {
    const { name } = field;
    const isShown = this.#shown.has(name);
    return h(
      'div',
      { class: 'password-box' },
      this.#input(id, { ...field, type: isShown ? 'text' : 'password' }),
      h('button', {
        type: 'button',
        class: 'link',
        'aria-label': isShown ? t('Hide what is typed') : t('Show what is typed'),
        onClick: () => this.#show(name, !isShown),
      }, isShown ? t('Hide') : t('Show')),
    );
  }

  /**
   * @param {string} name
   * @param {boolean} isShown
   */
  #show(name, isShown) {
    if (isShown) this.#shown.add(name);
    else this.#shown.delete(name);
    this.draw();
  }

  /**
   * @param {string} id
   * @param {Field} field
   */
  #input(id, field) {
    const { name, type = 'text', autocomplete, hint, value, minlength, optional } = field;
    const problem = own(this.problems, name);
    return h('input', {
      id,
      name,
      type,
      autocomplete,
      minlength,
      required: !optional,
      autofocus: field.isFirst,
      inputmode: field.inputmode,
      value: value ?? undefined,
      class: 'input',
      // A shown password is no text to correct.
      autocapitalize: type === 'email' || this.#shown.has(name) ? 'none' : undefined,
      spellcheck: this.#shown.has(name) ? 'false' : undefined,
      'aria-invalid': problem ? 'true' : undefined,
      'aria-describedby': problem || hint ? `${id}-note` : undefined,
    });
  }

  /**
   * @param {HTMLFormElement} form
   * @param {Field[]} fields
   * @param {Send} send
   */
  async #submit(form, fields, send) {
    if (this.busy) return;
    const values = textsOf(form);
    this.problems = missing(fields, values);
    this.problem = '';
    if (Object.keys(this.problems).length > 0) {
      this.#showFirst();
      return;
    }
    this.busy = true;
    // Browsers offer to keep a password that is hidden when it is sent.
    this.#shown.clear();
    this.draw();
    try {
      await send(values, form);
    } catch (error) {
      this.problems = fieldProblems(error);
      const isShown = fields.some((field) => Object.hasOwn(this.problems, field.name));
      this.problem = isShown ? '' : problemText(error);
    }
    this.busy = false;
    if (this.isConnected) this.#showFirst();
  }

  #showFirst() {
    this.draw();
    const field = this.querySelector('[aria-invalid]');
    if (field instanceof HTMLElement) field.focus();
  }
}

/**
 * Return the values of a form's fields, by name.
 * @param {HTMLFormElement} form
 * @returns {Record<string, string>}
 */
export function textsOf(form) {
  return Object.fromEntries(
    [...new FormData(form)].map(([name, value]) => [name, typeof value === 'string' ? value : '']),
  );
}

/**
 * Return what is wrong with the values before they are sent, by field.
 * @param {Field[]} fields
 * @param {Record<string, string>} values
 */
function missing(fields, values) {
  /** @type {Record<string, string>} */
  const problems = {};
  for (const { name, type, minlength, optional } of fields) {
    const value = (values[name] ?? '').trim();
    if (!value && !optional) problems[name] = t('Please fill this in.');
    else if (value && type === 'email' && !/^\S+@\S+$/.test(value)) {
      problems[name] = t('That does not look like an address.');
    } else if (value && minlength && value.length < minlength) {
      problems[name] = tn(minlength, 'At least {count} character.', 'At least {count} characters.');
    }
  }
  return problems;
}

/**
 * Return the frame around every page for visitors who are not signed in.
 * @param {string} title
 * @param {string | null} lead
 * @param {...Child} content
 */
export function entryCard(title, lead, ...content) {
  return h(
    'main',
    { class: 'entry' },
    h(
      'div',
      { class: 'entry-card' },
      h(
        'p',
        { class: 'entry-brand' },
        h('img', { class: 'entry-logo', src: iconAddress(), alt: '', width: 44, height: 44 }),
        siteFacts().name,
      ),
      h('h1', null, title),
      lead ? h('p', { class: 'quiet lead' }, lead) : null,
      ...content,
    ),
    siteLinks(),
  );
}

/** Return the address of the icon, which differs between releases. */
function iconAddress() {
  return document.querySelector('link[rel=icon]')?.getAttribute('href') ?? '';
}
