// The badge that says whether the page is live, and when that was last proven.

import { agoText } from '../../format/due.js';
import { message, t, tn } from '../../languages/translate.js';
import { own } from '../../own.js';
import { inboxOf } from '../../store/queries.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';

const LABELS = {
  live: message('Live'),
  'catching-up': message('Catching up'),
  offline: message('Offline'),
  failed: message('Not connected'),
};

/** @extends {View<{noteId: string}>} */
export class LiveBadge extends View {
  static watches = true;

  render() {
    const { connection: { state }, unsent, isLate } = this.app.store;
    const { noteId } = this.props;
    return [
      h(
        'div',
        { class: 'badge-wrap' },
        h(
          'button',
          { class: `badge is-${state}`, type: 'button', 'aria-describedby': noteId },
          h('span', { class: 'badge-dot', 'aria-hidden': 'true' }),
          h(
            'span',
            { role: 'status', 'aria-live': 'polite' },
            t(LABELS[state]),
            isLate
              ? h(
                'span',
                { class: 'badge-count' },
                ` · ${tn(unsent, '{count} pending', '{count} pending')}`,
              )
              : null,
          ),
        ),
        h('div', { class: 'badge-note', id: noteId, role: 'tooltip' }, this.#note()),
      ),
    ];
  }

  #note() {
    const { connection, unsent, unkept } = this.app.store;
    if (connection.text) return connection.text;
    if (unkept > 0) {
      return tn(
        unkept,
        'One change cannot be kept on this device: leave this window open until it is sent.',
        '{count} changes cannot be kept here: leave this window open until they are sent.',
      );
    }
    const proven = this.#provenText(connection.state === 'offline');
    if (connection.state !== 'offline') return proven;
    const kept = unsent
      ? tn(
        unsent,
        'One change is kept on this device and will be sent.',
        '{count} changes are kept on this device and will be sent.',
      )
      : t('You can go on; changes are kept and sent later.');
    return `${kept} ${proven}`;
  }

  /** @param {boolean} isOffline */
  #provenText(isOffline) {
    const listId = this.app.router.route.listId ?? inboxOf(this.state)?.id;
    const provenAt = listId && own(this.app.store.provenAt, listId);
    if (!provenAt) return t('Not proven current yet.');
    const ago = agoText(new Date(provenAt).toISOString(), this.app.reader);
    return isOffline
      ? t('Last proven current {ago}.', { ago })
      : t('Proven current {ago}.', { ago });
  }
}

customElements.define('ll-live-badge', LiveBadge);
