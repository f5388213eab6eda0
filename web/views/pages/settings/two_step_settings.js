// Two-step verification in the settings: set it up, see it, make new recovery codes, switch it off.

import { momentText } from '../../../format/due.js';
import { problemText } from '../../../format/problems.js';
import { message, t, tn } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { ReadSection } from './parts/read_section.js';
import './recovery_codes.js';
import './totp_setup.js';

/**
 * @import {
 *   EventFrame, RecoveryCodesShape, SecondFactorsShape,
 * } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

const PATH = '/users/me/second-factors';
const INTRODUCTION = message(
  'With two-step verification, your password alone does not sign in: you also ' +
    'enter a code that an app on your phone shows.',
);
const FEW = 3;

export class TwoStepSettings extends ReadSection {
  /** @type {SecondFactorsShape | null} */
  #factors = null;
  /** @type {string[]} new recovery codes, while they are shown */
  #codes = [];
  #isReplacing = false;

  /** @param {string} event */
  isAbout(event) {
    // Not while this page sets an app up: its recovery codes are shown once, and would be gone.
    const isSettingUp = this.querySelector('ll-totp-setup :is(form, ll-recovery-codes)');
    return event === 'credentials.changed' && !isSettingUp;
  }

  async read() {
    /** @type {Answer<SecondFactorsShape>} */
    const { body } = await this.app.session.call('GET', PATH);
    this.#factors = body;
  }

  render() {
    const factors = this.#factors;
    return [
      h('h3', null, t('Two-step verification')),
      this.failure(),
      factors && !factors.totp_since ? this.#off(factors) : null,
      factors?.totp_since ? this.#on(factors, factors.totp_since) : null,
      factors && factors.recovery_codes_left > 0 && !factors.totp_since
        ? this.#recoveryCodes(factors)
        : null,
    ];
  }

  /** @param {SecondFactorsShape} factors */
  #off({ is_required: isRequired }) {
    return h(
      'div',
      { key: 'off', class: 'stack' },
      h('p', { class: 'quiet' }, t(INTRODUCTION)),
      isRequired ? h('p', null, t('This site requires it of your account.')) : null,
      h('ll-totp-setup', { onDone: () => this.load() }),
    );
  }

  /**
   * @param {SecondFactorsShape} factors
   * @param {string} since
   */
  #on(factors, since) {
    return h(
      'div',
      { key: 'on', class: 'stack' },
      h(
        'div',
        { class: 'plain-row' },
        h(
          'div',
          { class: 'plain-body' },
          h('p', null, t('Authenticator app')),
          h(
            'p',
            { class: 'quiet' },
            t('Since {moment}', { moment: momentText(since, this.app.reader) }),
          ),
        ),
        h('button', {
          class: 'button small',
          'aria-label': t('Replace the authenticator app'),
          'aria-expanded': String(this.#isReplacing),
          onClick: () => {
            this.#isReplacing = !this.#isReplacing;
            this.draw();
          },
        }, t('Replace')),
        h('button', {
          class: 'button small',
          'aria-label': t('Remove the authenticator app'),
          onClick: () => this.#askAndRemove(),
        }, t('Remove')),
      ),
      this.#isReplacing ? this.#replacement() : null,
      this.#recoveryCodes(factors),
    );
  }

  /** @param {SecondFactorsShape} factors */
  #recoveryCodes({ recovery_codes_left: left }) {
    if (this.#codes.length > 0) {
      return h('ll-recovery-codes', {
        codes: this.#codes,
        onKept: () => {
          this.#codes = [];
          this.load();
        },
      });
    }
    const texts = [
      tn(left, '{count} of 10 left.', '{count} of 10 left.'),
      left <= FEW ? t('Make new ones before the last is used.') : '',
    ];
    return h(
      'div',
      { class: 'plain-row' },
      h(
        'div',
        { class: 'plain-body' },
        h('p', null, t('Recovery codes')),
        h('p', { class: left <= FEW ? 'problem' : 'quiet' }, texts.filter(Boolean).join(' ')),
      ),
      h('button', { class: 'button small', onClick: () => this.#askAndRenew() }, t('New codes')),
    );
  }

  #replacement() {
    return h(
      'div',
      { key: 'replacement', class: 'stack' },
      h(
        'p',
        { class: 'quiet' },
        t('The app that you have now works until the new one is confirmed.'),
      ),
      h('ll-totp-setup', {
        onDone: () => {
          this.#isReplacing = false;
          this.app.ui.toast(t('The authenticator app is replaced.'));
          this.load();
        },
      }),
    );
  }

  #askAndRenew() {
    this.app.ui.openDialog({
      kind: 'confirm',
      title: t('Make new recovery codes?'),
      text: t('The codes that you have now stop working.'),
      action: t('Make new codes'),
      isSafe: true,
      run: () =>
        this.#change(async () => {
          /** @type {Answer<RecoveryCodesShape>} */
          const { body } = await this.app.session.call('POST', `${PATH}/recovery-codes`);
          this.#codes = body.recovery_codes;
        }),
    });
  }

  #askAndRemove() {
    this.app.ui.openDialog({
      kind: 'confirm',
      title: t('Remove the authenticator app?'),
      text: t(
        'Without another second factor, your password alone signs in again, and your ' +
          'recovery codes stop working.',
      ),
      action: t('Remove'),
      run: () =>
        this.#change(async () => {
          await this.app.session.call('DELETE', `${PATH}/totp`);
          this.app.ui.toast(t('The authenticator app is removed.'));
        }),
    });
  }

  /** @param {() => Promise<void>} work */
  async #change(work) {
    try {
      await work();
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
    await this.load();
  }
}

customElements.define('ll-two-step-settings', TwoStepSettings);
