// Of a todo that repeats: the next five dates, and what was.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { localDue } from '../../store/dates.js';
import { dayText } from '../../format/due.js';

const SHOWN = 5;
/** Only the last one that ended can be taken back; nothing after it, nothing of another series. */
const isNewest = (one, { repeat, status, ending }) =>
  !ending &&
  (status === 'completed' || status === 'cancelled'
    ? one.occurrence === repeat.occurrence
    : one.occurrence === repeat.occurrence - 1);

const WORDS = { completed: 'Done', skipped: 'Skipped' };

class OccurrenceList extends View {
  #version = null;
  past = null;

  drawn() {
    const { todo } = this.props;
    // Each version may have ended one; a provisional todo has none yet.
    if (todo.pending || this.#version === todo.version) return;
    this.#version = todo.version;
    this.#load(todo.id, todo.version);
  }

  async #load(todoId, version) {
    try {
      const { body } = await this.app.session.call(
        'GET',
        `/todos/${encodeURIComponent(todoId)}/occurrences?limit=${SHOWN}`,
      );
      if (version === this.#version) this.past = body;
    } catch {
      // Offline, or gone meanwhile: the next version asks again.
      this.#version = null;
      return;
    }
    this.redraw();
  }

  render() {
    const { todo, mayEdit } = this.props;
    if (!this.past) return [];
    const { items, upcoming, total } = this.past;
    const { reader } = this.app;
    return [
      h(
        'section',
        { class: 'detail-section' },
        h('h3', null, 'Dates'),
        upcoming.length > 0
          ? h(
            'p',
            { class: 'dates' },
            h('span', { class: 'quiet' }, 'Then'),
            upcoming.map((moment) =>
              h('span', { class: 'date' }, dayText(localDue(moment, reader.zone).day, reader))
            ),
          )
          : null,
        mayEdit && upcoming.length > 0
          ? h(
            'button',
            { class: 'button small', onClick: () => this.app.actions.skip(todo.id) },
            'Skip this one',
          )
          : null,
        items.map((one) =>
          h(
            'p',
            { key: one.at, class: 'past quiet' },
            `${WORDS[one.outcome]}: ${dayText(one.day, reader)}${this.#by(one, todo)}`,
            mayEdit && one === items[0] && isNewest(one, todo) ? this.#back(one, todo) : null,
          )
        ),
        total > items.length
          ? h('p', { class: 'past quiet' }, `and ${total - items.length} before`)
          : null,
      ),
    ];
  }

  #back(one, todo) {
    const { due, day, occurrence } = one;
    const before = {
      due,
      due_at: null,
      status: 'pending',
      repeat: { ...todo.repeat, occurrence, day },
    };
    return h('button', {
      class: 'link past-back',
      type: 'button',
      'aria-label': `Take back: ${dayText(day, this.app.reader)}`,
      onClick: () => this.app.actions.reopen(todo.id, occurrence, before),
    }, 'Take back');
  }

  #by(one, todo) {
    if (one.by === this.state.account?.id) return ', by you';
    const name = this.state.contents[todo.list_id]?.members[one.by]?.user.name;
    return name ? `, by ${name}` : '';
  }
}

customElements.define('ll-occurrence-list', OccurrenceList);
