// The passkeys of the user: add one, see when each was used, rename and remove them.

import { agoText } from '../../../format/due.js';
import { refusalIn } from '../../../format/problems.js';
import { message, t } from '../../../languages/translate.js';
import { addPasskey, passkeyObstacle, passkeyProblem } from '../../../passkeys.js';
import { h } from '../../base/dom.js';
import { ItemSection } from './parts/item_section.js';
import './recovery_codes.js';
import { deviceName } from '../../../format/device_name.js';

/**
 * @import { PasskeyShape } from '../../../types/contract.d.ts'
 * @import { Field } from '../../base/form_view.js'
 */

const PATH = '/users/me/passkeys';
const INTRODUCTION = message(
  'A passkey signs you in with the lock of your device: fingerprint, face or ' +
    'PIN. Nothing is typed, so nothing can be guessed or given away. From your first passkey on, ' +
    'signing in with your password takes a second step: a passkey, or a recovery code.',
);

/** @extends {ItemSection<PasskeyShape>} */
export class Passkeys extends ItemSection {
  /** The id of the passkey that is being renamed. */
  #renamed = '';
  /** @type {string[]} the recovery codes that the first second factor brought */
  #codes = [];

  get path() {
    return PATH;
  }

  /** @param {string} event */
  isAbout(event) {
    return event === 'credentials.changed';
  }

  render() {
    const obstacle = passkeyObstacle();
    return [
      this.head(t(INTRODUCTION)),
      this.items.map((passkey) =>
        passkey.id === this.#renamed ? this.#renaming(passkey) : this.#row(passkey)
      ),
      this.#codes.length > 0
        ? h('ll-recovery-codes', { codes: this.#codes, onKept: () => this.#forgetCodes() })
        : null,
      obstacle ? h('p', { class: 'quiet' }, obstacle) : null,
      obstacle || this.#renamed ? null : this.#adding(),
    ];
  }

  #forgetCodes() {
    this.#codes = [];
    this.draw();
  }

  #adding() {
    /** @type {Field} */
    const field = {
      name: 'name',
      label: t('Name of the new passkey'),
      value: deviceName(navigator.userAgent),
    };
    return this.form([field], t('Add a passkey'), ({ name }) => this.#add(name.trim()));
  }

  /** @param {PasskeyShape} passkey */
  #renaming(passkey) {
    const { id, name } = passkey;
    /** @type {Field} */
    const field = { name: 'name', label: t('New name of “{name}”', { name }), value: name };
    return h(
      'div',
      { key: `renaming-${id}` },
      this.form([field], t('Rename'), (values) => this.#rename(id, values.name.trim()), {
        afterButton: h('button', {
          class: 'button',
          type: 'button',
          onClick: () => this.#startRenaming(''),
        }, t('Cancel')),
      }),
    );
  }

  /** @param {PasskeyShape} passkey */
  #row({ id, name, is_backed_up: isBackedUp, last_used_at: usedAt }) {
    const facts = [
      usedAt ? t('used {ago}', { ago: agoText(usedAt, this.app.reader) }) : t('never used'),
      isBackedUp ? t('synced to your devices') : t('on one device'),
    ];
    return h(
      'div',
      { key: id, class: 'plain-row' },
      h(
        'div',
        { class: 'plain-body' },
        h('p', null, name),
        h('p', { class: 'quiet' }, facts.join(' · ')),
      ),
      h('button', {
        class: 'button small',
        'aria-label': t('Rename {name}', { name }),
        onClick: () => this.#startRenaming(id),
      }, t('Rename')),
      h('button', {
        class: 'button small',
        'aria-label': t('Remove {name}', { name }),
        onClick: () => this.#askAndRemove(id, name),
      }, t('Remove')),
    );
  }

  /** @param {string} id */
  #startRenaming(id) {
    this.#renamed = id;
    this.problem = '';
    this.problems = {};
    this.draw();
    if (id) this.querySelector('input')?.focus();
  }

  /** @param {string} name */
  async #add(name) {
    try {
      this.#codes = await addPasskey(this.app.session, name);
    } catch (error) {
      // A refused field is shown beside it.
      if (refusalIn(error)?.errors.length) throw error;
      this.problem = passkeyProblem(error);
      this.app.ui.toast(this.problem, { tone: 'warning' });
      return;
    }
    this.app.ui.toast(t('“{name}” was added.', { name }));
    await this.load();
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  async #rename(id, name) {
    await this.app.session.call('PATCH', `${PATH}/${id}`, { body: { name } });
    this.#renamed = '';
    await this.load();
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  #askAndRemove(id, name) {
    this.ask(
      t('Remove “{name}”?', { name }),
      t('It signs you in no more. Delete it on your device too, which still offers it.'),
      t('Remove'),
      () => this.change('DELETE', id),
    );
  }
}

customElements.define('ll-passkeys', Passkeys);
