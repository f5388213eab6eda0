// A form that asks for one proof of who the user is, and offers the other methods of the account.

import { h } from '../base/dom.js';
import { FormView } from '../base/form_view.js';
import { own } from '../../own.js';

/**
 * @import { Method, PasswordProof } from '../../types/contract.d.ts'
 * @import { Child } from '../../types/dom.d.ts'
 * @import { Field } from '../base/form_view.js'
 * @typedef {PasswordProof} Proof
 */

/**
 * @typedef {object} MethodForm
 * @property {string} link what the button says that chooses this method
 * @property {string} lead
 * @property {Field[]} fields
 * @property {(values: Record<string, string>) => Proof} proof
 */

/** @type {Record<string, MethodForm>} in the order in which they are offered */
const METHODS = {
  password: {
    link: 'Use your password',
    lead: 'Enter your password to go on.',
    fields: [{
      name: 'password',
      label: 'Your password',
      type: 'password',
      autocomplete: 'current-password',
      isFirst: true,
    }],
    proof: ({ password }) => ({ method: 'password', password }),
  },
};

/**
 * @template {object} [Props={}]
 * @extends {FormView<Props>}
 */
export class ProofForm extends FormView {
  /** @type {Method | null} the method that the user chose */
  #chosen = null;

  /**
   * @param {Method[]} methods that the account has
   * @param {string} submit what the button says
   * @param {(proof: Proof) => Promise<void>} send
   * @param {{afterButton?: Child}} [extra]
   */
  proofForm(methods, submit, send, extra = {}) {
    const known = methods.filter((method) => own(METHODS, method));
    const method = this.#chosen ?? known[0];
    const { lead, fields, proof } = METHODS[method];
    return h(
      'div',
      { key: method, class: 'form' },
      h('p', { class: 'quiet' }, lead),
      this.form(fields, submit, (values) => send(proof(values)), extra),
      known.filter((other) => other !== method).map((other) =>
        h('button', {
          key: other,
          class: 'link',
          type: 'button',
          onClick: () => this.#choose(other),
        }, METHODS[other].link)
      ),
    );
  }

  /** @param {Method} method */
  #choose(method) {
    this.#chosen = method;
    this.problem = '';
    this.problems = {};
    this.draw();
    const first = this.querySelector('input');
    if (first) first.focus();
  }
}
