// Recovery codes, which are shown this once: to copy, to download and to print.

import { message, t } from '../../../languages/translate.js';
import { siteFacts } from '../../../site.js';
import { h } from '../../base/dom.js';
import { View } from '../../base/view.js';

const LEAD = message(
  'Keep these recovery codes where you find them without your phone. Each signs you in ' +
    'once. They are not shown again.',
);

/** @extends {View<{codes: string[], onKept: () => void}>} */
export class RecoveryCodes extends View {
  render() {
    const { codes, onKept } = this.props;
    return [
      h(
        'div',
        { class: 'recovery-codes', role: 'status' },
        h('p', null, h('b', null, t('Recovery codes for {site}', { site: siteFacts().name }))),
        h('p', null, t(LEAD)),
        h('ol', { class: 'code-list' }, codes.map((code) => h('li', { key: code }, code))),
      ),
      h(
        'div',
        { class: 'form-end' },
        h('button', { class: 'button', type: 'button', onClick: () => this.#copy() }, t('Copy')),
        h(
          'button',
          { class: 'button', type: 'button', onClick: () => this.#save() },
          t('Download'),
        ),
        h('button', { class: 'button', type: 'button', onClick: () => print() }, t('Print')),
        h(
          'button',
          { class: 'button primary', type: 'button', onClick: onKept },
          t('I have kept them'),
        ),
      ),
    ];
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.props.codes.join('\n'));
      this.app.ui.toast(t('Copied.'));
    } catch {
      // Browsers refuse it on pages without https: the user copies the selected text.
      const list = this.querySelector('.code-list');
      if (list) getSelection()?.selectAllChildren(list);
      this.app.ui.toast(t('Your browser does not allow it. Copy the selected text.'));
    }
  }

  #save() {
    const title = t('Recovery codes for {site}', { site: siteFacts().name });
    const text = `${title}\n\n${this.props.codes.join('\n')}\n`;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    link.download = 'recovery-codes.txt';
    link.click();
    URL.revokeObjectURL(link.href);
  }
}

customElements.define('ll-recovery-codes', RecoveryCodes);
