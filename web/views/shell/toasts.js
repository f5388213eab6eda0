// Toasts at the foot of the page: what just happened, and a button to undo it.

import { t } from '../../languages/translate.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';

/**
 * @import { Toast } from '../../types/client.d.ts'
 */

/** @extends {View<{}>} */
export class Toasts extends View {
  static watches = true;

  connected() {
    const isRead = () => Boolean(this.querySelector('.toasts:is(:hover, :focus-within)'));
    this.app.ui.isReadingToasts = isRead;
  }

  render() {
    return [
      h(
        'div',
        { class: 'toasts', role: 'status', 'aria-live': 'polite' },
        this.app.ui.toasts.map((toast) => this.#toast(toast)),
      ),
      h('p', { class: 'hidden', role: 'status' }, this.app.ui.said),
    ];
  }

  /** @param {Toast} toast */
  #toast({ id, text, tone, action, run, other }) {
    const { ui } = this.app;
    /**
     * @param {string} label
     * @param {(() => void) | undefined} work
     */
    const button = (label, work) =>
      h('button', {
        class: 'toast-action',
        onClick: () => {
          ui.dismiss(id);
          work?.();
        },
      }, label);
    return h(
      'div',
      { key: String(id), class: `toast is-${tone}` },
      h('p', null, text),
      other ? button(other.action, other.run) : null,
      action ? button(action, run) : null,
      h('button', {
        class: 'icon-button small',
        'aria-label': t('Dismiss'),
        onClick: () => ui.dismiss(id),
      }, icon('close')),
    );
  }
}

customElements.define('ll-toasts', Toasts);
