// The next five dates of a todo that repeats, and the occurrences that ended.

import { dayText } from '../../format/due.js';
import { message, t, tn } from '../../languages/translate.js';
import { localDue } from '../../store/dates.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';

/**
 * @import { MomentShape, OccurrenceShape, OccurrencesShape } from '../../types/contract.d.ts'
 * @import { Answer, Todo } from '../../types/client.d.ts'
 */

const SHOWN = 5;
/** @type {Record<string, string>} */
const OUTCOMES = { completed: message('Done'), skipped: message('Skipped') };

/** @extends {View<{todo: Todo, mayEdit: boolean}>} */
export class OccurrenceList extends View {
  /** @type {number | null} the todo's version that the occurrences are of */
  #version = null;
  /** @type {OccurrencesShape | null} */
  #occurrences = null;

  drawn() {
    const { todo } = this.props;
    // Each new version may have ended an occurrence; a provisional todo has no occurrences yet.
    if (todo.pending || this.#version === todo.version) return;
    this.#version = todo.version;
    this.#load(todo.id, todo.version);
  }

  /**
   * @param {string} todoId
   * @param {number} version
   */
  async #load(todoId, version) {
    const path = `/todos/${encodeURIComponent(todoId)}/occurrences?limit=${SHOWN}`;
    try {
      /** @type {Answer<OccurrencesShape>} */
      const { body } = await this.app.session.call('GET', path);
      if (version === this.#version) this.#occurrences = body;
    } catch {
      // Offline, or the todo was deleted: the next drawing requests the occurrences again.
      this.#version = null;
      return;
    }
    this.redraw();
  }

  render() {
    if (!this.#occurrences) return [];
    const { todo, mayEdit } = this.props;
    const { items, upcoming, total } = this.#occurrences;
    return [
      h(
        'section',
        { class: 'detail-section' },
        h('h2', null, t('Dates')),
        upcoming.length > 0 ? this.#upcoming(upcoming) : null,
        mayEdit && upcoming.length > 0
          ? h(
            'button',
            { class: 'button small', onClick: () => this.app.actions?.skip(todo.id) },
            t('Skip this one'),
          )
          : null,
        items.map((occurrence, at) => this.#ended(occurrence, at === 0 ? items : [])),
        total > items.length
          ? h(
            'p',
            { class: 'past quiet' },
            tn(total - items.length, 'and {count} before', 'and {count} before'),
          )
          : null,
      ),
    ];
  }

  /** @param {MomentShape[]} upcoming */
  #upcoming(upcoming) {
    const { reader } = this.app;
    const days = upcoming.map((moment) => localDue(moment, reader.zone)?.day ?? '');
    return h(
      'p',
      { class: 'dates' },
      h('span', { class: 'quiet' }, t('Then')),
      days.map((day) => h('span', { class: 'date' }, dayText(day, reader))),
    );
  }

  /**
   * @param {OccurrenceShape} occurrence
   * @param {OccurrenceShape[]} items all of them for the first, which may be taken back
   */
  #ended(occurrence, items) {
    const { todo, mayEdit } = this.props;
    const day = dayText(occurrence.day, this.app.reader);
    return h(
      'p',
      // Apps end several at once.
      { key: `${occurrence.at} ${occurrence.occurrence}`, class: 'past quiet' },
      `${t(OUTCOMES[occurrence.outcome])}: ${day}${this.#by(occurrence)}`,
      mayEdit && isNewest(items, todo) ? this.#takeBack(occurrence) : null,
    );
  }

  /** @param {OccurrenceShape} occurrence */
  #takeBack({ due, day, occurrence, outcome }) {
    const { todo } = this.props;
    const repeat = todo.repeat && { ...todo.repeat, occurrence, day };
    return h('button', {
      class: 'link past-back',
      type: 'button',
      'aria-label': t('Take back: {day}', { day: dayText(day, this.app.reader) }),
      onClick: () => {
        const kind = outcome === 'skipped' ? 'todo.skip' : 'todo.complete';
        const before = { due, due_at: null, status: /** @type {const} */ ('pending'), repeat };
        this.app.actions?.takeBack(todo, kind, occurrence, before);
      },
    }, t('Take back'));
  }

  /** @param {OccurrenceShape} occurrence */
  #by({ by }) {
    if (by === null) return '';
    if (by === this.state.account?.id) return `, ${t('by you')}`;
    const name = this.state.contents[this.props.todo.list_id]?.members[by]?.user.name;
    return name ? `, ${t('by {name}', { name })}` : '';
  }
}

/**
 * Return true if the first of the occurrences can be reopened: it is of the present series, and no
 * other ended after it.
 * @param {OccurrenceShape[]} items
 * @param {Todo} todo
 */
function isNewest(items, { repeat, status, ending }) {
  if (ending || !repeat || items.length === 0) return false;
  const [{ occurrence }] = items;
  if (status === 'completed' || status === 'cancelled') return occurrence === repeat.occurrence;
  // Those that an app had ended in advance were passed with it.
  const passed = items.filter((each) => each.occurrence > occurrence).length;
  return occurrence + passed + 1 === repeat.occurrence;
}

customElements.define('ll-occurrence-list', OccurrenceList);
