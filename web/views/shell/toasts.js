// Notes at the foot of the page: what just happened, and the way back.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';

class Toasts extends View {
  static watches = true;

  render() {
    const { ui } = this.app;
    return [
      h(
        'div',
        { class: 'toasts', role: 'status', 'aria-live': 'polite' },
        ui.toasts.map((toast) =>
          h(
            'div',
            { key: toast.id, class: `toast is-${toast.tone}` },
            h('p', null, toast.text),
            toast.action
              ? h('button', {
                class: 'toast-action',
                onClick: () => {
                  ui.dismiss(toast.id);
                  toast.run();
                },
              }, toast.action)
              : null,
            h('button', {
              class: 'icon-button small',
              'aria-label': 'Dismiss',
              onClick: () => ui.dismiss(toast.id),
            }, icon('close')),
          )
        ),
      ),
    ];
  }
}

customElements.define('ll-toasts', Toasts);
