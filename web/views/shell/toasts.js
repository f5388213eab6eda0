// The toast at the foot of the page: what just happened, and a button to undo it.

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
    document.addEventListener('focusin', this.#place);
    const isRead = () => Boolean(this.querySelector('.toasts:is(:hover, :focus-within)'));
    this.app.ui.isReadingToasts = isRead;
  }

  render() {
    return [
      h(
        'div',
        { class: 'toasts', role: 'status', 'aria-live': 'polite' },
        this.app.ui.toasts.slice(0, 1).map((toast) => this.#toast(toast)),
      ),
      h('p', { class: 'hidden', role: 'status' }, this.app.ui.said),
    ];
  }

  disconnected() {
    document.removeEventListener('focusin', this.#place);
  }

  drawn() {
    this.#place();
  }

  /**
   * Put the toast at the other end of the page where it would cover the row or the field in use,
   * and would not there. It stays there, and moves from under no pointer: a toast that moved when a
   * button was pressed would take the click from the button.
   */
  #place = () => {
    const [box, toast] = [this.firstElementChild, this.querySelector('.toast')];
    if (!toast) box?.classList.remove('is-above');
    // A field with the button that sends it.
    const used = document.activeElement
      ?.closest('ll-todo-row, .quick-add, .subtask-add, .composer, input, textarea, select');
    if (!box || !toast || !used || this.app.ui.isReadingToasts()) return;
    const covers = () => {
      const [a, b] = [toast.getBoundingClientRect(), used.getBoundingClientRect()];
      return a.top < b.bottom && a.bottom > b.top && a.left < b.right && a.right > b.left;
    };
    const turn = () => box.classList.toggle('is-above');
    if (!covers()) return;
    turn();
    if (covers()) turn();
  };

  /** @param {Toast} toast */
  #toast({ id, text, tone, action, run, other }) {
    const { ui } = this.app;
    const more = ui.toasts.length - 1;
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
      more > 0 ? h('span', { class: 'toast-more' }, t('{count} more', { count: more })) : null,
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
