// A form that asks for one proof of who the user is, and offers the other methods of the account.

import { message, t } from '../../languages/translate.js';
import { own } from '../../own.js';
import { passkeyObstacle, passkeyProblem, usePasskey } from '../../passkeys.js';
import { Refused } from '../../sync/api.js';
import { h } from '../base/dom.js';
import { FormView } from '../base/form_view.js';

/**
 * @import {
 *   Method, PasskeyProof, PasskeyRequestOptions, PasswordProof, RecoveryCodeProof, TotpProof,
 * } from '../../types/contract.d.ts'
 * @import { Child } from '../../types/dom.d.ts'
 * @import { Field } from '../base/form_view.js'
 * @typedef {PasswordProof | TotpProof | RecoveryCodeProof | PasskeyProof} Proof
 * @typedef {() => Promise<PasskeyRequestOptions>} ReadOptions
 */

/**
 * @typedef {object} MethodForm
 * @property {string} link what the button says that chooses this method
 * @property {string} lead
 * @property {Field[]} fields
 * @property {string} [submit] what the button says, if it is not what the page wants
 * @property {(
 *   values: Record<string, string>, readOptions: ReadOptions,
 * ) => Proof | Promise<Proof>} proof
 */

/** @type {Record<Method, MethodForm>} */
const METHODS = {
  passkey: {
    link: message('Use a passkey'),
    lead: message('Confirm with the lock of your device, or with your security key.'),
    fields: [],
    submit: message('Use a passkey'),
    proof: async (_values, readOptions) => {
      try {
        return { method: 'passkey', ...await usePasskey(await readOptions()) };
      } catch (error) {
        if (error instanceof DOMException) throw new Refused(0, { detail: passkeyProblem(error) });
        throw error;
      }
    },
  },
  password: {
    link: message('Use your password'),
    lead: message('Enter your password to go on.'),
    fields: [{
      name: 'password',
      label: message('Your password'),
      type: 'password',
      autocomplete: 'current-password',
      isFirst: true,
    }],
    proof: ({ password }) => ({ method: 'password', password }),
  },
  totp: {
    link: message('Use your authenticator app'),
    lead: message('Enter the code that your authenticator app shows.'),
    fields: [{
      name: 'code',
      label: message('Code'),
      autocomplete: 'one-time-code',
      inputmode: 'numeric',
      isFirst: true,
    }],
    proof: ({ code }) => ({ method: 'totp', code }),
  },
  recovery_code: {
    link: message('Use a recovery code'),
    lead: message(
      'Enter one of the codes that you kept when you set two-step verification up. ' +
        'Each works once.',
    ),
    fields: [{ name: 'code', label: message('Recovery code'), autocomplete: 'off', isFirst: true }],
    proof: ({ code }) => ({ method: 'recovery_code', code }),
  },
};

/**
 * @template {object} [Props={}]
 * @extends {FormView<Props>}
 */
export class ProofForm extends FormView {
  /** @type {Method | null} the method that the user chose */
  #chosen = null;
  /** The form was drawn for another method: its first field gets the focus. */
  #isNew = true;

  /**
   * @param {Method[]} methods that the account has
   * @param {string} submit what the button says
   * @param {(proof: Proof) => Promise<void>} send
   * @param {ReadOptions} readOptions for a passkey
   * @param {{afterButton?: Child}} [extra]
   */
  proofForm(methods, submit, send, readOptions, extra = {}) {
    const known = methods.filter((method) => own(METHODS, method) && isPossible(method, methods));
    const method = this.#chosen ?? known[0];
    const { lead, fields, proof, submit: ownSubmit } = METHODS[method];
    return h(
      'div',
      { key: method, class: 'proof' },
      h('p', { class: 'quiet' }, t(lead)),
      this.form(
        fields,
        ownSubmit ? t(ownSubmit) : submit,
        async (values) => send(await proof(values, readOptions)),
        extra,
      ),
      known.filter((other) => other !== method).map((other) =>
        h('button', {
          key: other,
          class: 'link',
          type: 'button',
          onClick: () => this.#choose(other),
        }, t(METHODS[other].link))
      ),
    );
  }

  drawn() {
    const first = this.querySelector('.proof input');
    if (!this.#isNew || !(first instanceof HTMLElement)) return;
    this.#isNew = false;
    first.focus();
  }

  /** @param {Method} method */
  #choose(method) {
    this.#chosen = method;
    this.#isNew = true;
    this.problem = '';
    this.problems = {};
    this.draw();
  }
}

/**
 * A page that has no passkeys offers the other methods, if there are any.
 * @param {Method} method
 * @param {Method[]} methods
 */
const isPossible = (method, methods) =>
  method !== 'passkey' || methods.length === 1 || !passkeyObstacle();
