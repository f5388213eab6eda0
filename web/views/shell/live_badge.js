// The one honest badge: are we live, and since when do we know?

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { agoText } from '../../format/due.js';
import { inboxOf } from '../../store/select.js';

const WORDS = {
  live: 'Live',
  'catching-up': 'Catching up',
  offline: 'Offline',
  failed: 'Not connected',
};
// A write that takes longer than this to be answered is worth a word; faster ones are not.
const SLOW_MS = 600;

class LiveBadge extends View {
  static watches = true;
  #slow = false;
  #timer = null;

  disconnected() {
    clearTimeout(this.#timer);
  }

  render() {
    const { connection, unsent } = this.app.store;
    if (unsent === 0) {
      clearTimeout(this.#timer);
      this.#timer = null;
      this.#slow = false;
    } else {
      this.#timer ??= setTimeout(() => {
        this.#slow = true;
        this.redraw();
      }, SLOW_MS);
    }
    const pending = unsent > 0 && (this.#slow || connection.state !== 'live')
      ? `${unsent} pending`
      : '';
    const words = WORDS[connection.state];
    return [
      h(
        'div',
        { class: 'badge-wrap' },
        h(
          'button',
          {
            class: `badge is-${connection.state}`,
            type: 'button',
            'aria-describedby': this.props.noteId,
          },
          h('span', { class: 'badge-dot', 'aria-hidden': 'true' }),
          h(
            'span',
            { role: 'status', 'aria-live': 'polite' },
            words,
            pending ? h('span', { class: 'badge-count' }, ` · ${pending}`) : null,
          ),
        ),
        h(
          'div',
          { class: 'badge-note', id: this.props.noteId, role: 'tooltip' },
          this.#note(connection, unsent),
        ),
      ),
    ];
  }

  #note(connection, unsent) {
    const { route } = this.app.router;
    const provenAt = this.app.store.provenAt[route.listId ?? inboxOf(this.state)?.id];
    const since = provenAt
      ? `${connection.state === 'offline' ? 'Last proven' : 'Proven'} current ${
        agoText(new Date(provenAt).toISOString(), this.app.reader)
      }.`
      : 'Not proven current yet.';
    if (connection.text) return connection.text;
    if (connection.state === 'offline') {
      const kept = unsent
        ? `${
          unsent === 1 ? 'One change is' : `${unsent} changes are`
        } kept on this device and will be sent.`
        : 'You can go on; changes are kept and sent later.';
      return `${kept} ${since}`;
    }
    return since;
  }
}

customElements.define('ll-live-badge', LiveBadge);
