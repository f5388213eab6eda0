// The activity of a list, or of one of its todos: who did what, when, and Undo for one's own
// changes. It is read from the server, and again when the list has a new event.

import { listName } from '../../format/list_name.js';
import { agoText, longMoment } from '../../format/due.js';
import { problemText, refusalIn } from '../../format/problems.js';
import { t, tn } from '../../languages/translate.js';
import { may } from '../../store/queries.js';
import { newKey } from '../../sync/keys.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { groupsOf } from './activity_groups.js';
import { activitySentences, viaText } from './activity_sentences.js';
import { isJoining, refusalSentence, undoNotice } from './undo_sentences.js';

/**
 * @import { ActivityEntry, ActivityPage } from '../../types/contract.d.ts'
 * @import { Answer } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

const PAGE = 50;
// The entries have moved under the pointer: a click so soon after is for the one that was there.
// Longer than a double click takes.
const SETTLE_MS = 800;

/** @extends {View<{listId: string, todoId?: string} & UsedProps>} */
export class Activity extends View {
  static watches = true;
  /** @type {ActivityEntry[]} newest first */
  #entries = [];
  /** @type {Map<string, string>} names of users and labels, by id */
  #names = new Map();
  /** @type {number | null | undefined} where the next page begins; undefined before the first */
  #next;
  /** @type {number | undefined} the position of the list at the last reading */
  #seq;
  /** When entries were last put above others, in milliseconds of the page. */
  #movedAt = -SETTLE_MS;
  #busy = false;
  #wasLive = false;
  #problem = '';
  /** @type {Map<number, string>} why an undo was refused, by the newest entry of the group */
  #refused = new Map();
  /** @type {Set<number>} the groups that are unfolded */
  #open = new Set();

  drawn() {
    const seq = this.app.store.confirmed.streams[this.props.listId]?.seq;
    if (this.#busy) return;
    const isLive = this.app.store.connection.state === 'live';
    const isBack = isLive && !this.#wasLive;
    this.#wasLive = isLive;
    if (this.#problem ? !isBack : this.#next !== undefined && seq === this.#seq) return;
    this.#seq = seq;
    this.#load(null);
  }

  /** @param {number | null} before null reads the newest entries again */
  async #load(before) {
    this.#busy = true;
    const { listId, todoId } = this.props;
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (todoId) query.set('todo_id', todoId);
    if (before !== null) query.set('before', String(before));
    try {
      /** @type {Answer<ActivityPage>} */
      const { body } = await this.app.session.call('GET', `/lists/${listId}/activity?${query}`);
      for (const { id, name } of [...body.people, ...body.labels]) this.#names.set(id, name);
      const isKnown = this.#entries[0]?.seq === body.items[0]?.seq;
      if (before === null && this.#next !== undefined && !isKnown) {
        this.#movedAt = performance.now();
      }
      this.#entries = before === null ? body.items : [...this.#entries, ...body.items];
      this.#next = body.next_before;
      this.#problem = '';
    } catch (error) {
      this.#problem = problemText(error);
    }
    this.#busy = false;
    this.redraw();
  }

  render() {
    const { listId, todoId } = this.props;
    const list = this.state.lists[listId];
    return [
      h(
        'div',
        { class: 'dialog-head' },
        h('h2', { id: 'dialog-title' }, this.#heading(listName(list), todoId)),
        h('button', {
          class: 'icon-button',
          'aria-label': t('Close'),
          autofocus: true,
          onClick: () => this.app.ui.closeDialog(),
        }, icon('close')),
      ),
      this.#problem ? this.#failed() : null,
      this.#next === undefined && !this.#problem ? h('p', { class: 'quiet' }, t('Loading…')) : null,
      this.#next === null && this.#entries.length === 0
        ? h('p', { class: 'quiet' }, t('Nothing was done here yet.'))
        : null,
      h('ol', { class: 'activity' }, groupsOf(this.#entries).map((group) => this.#group(group))),
      this.#more(),
      list && !list.is_inbox && !todoId && may(this.state, listId, 'manage_links')
        ? h('p', { class: 'quiet' }, ofInvitations())
        : null,
    ];
  }

  /**
   * @param {string} name
   * @param {string | undefined} todoId
   */
  #heading(name, todoId) {
    const title = todoId && this.state.contents[this.props.listId]?.todos.get(todoId)?.title;
    return t('Activity of “{name}”', { name: title || name });
  }

  #failed() {
    return h(
      'p',
      { class: 'problem', role: 'alert' },
      this.#problem,
      ' ',
      h('button', {
        class: 'link',
        type: 'button',
        disabled: this.#busy,
        onClick: () => this.#load(null),
      }, t('Try again')),
    );
  }

  #more() {
    if (!this.#next) return null;
    const before = this.#next;
    return h('button', {
      class: 'button',
      disabled: this.#busy,
      onClick: () => this.#load(before),
    }, t('Show older'));
  }

  /** @param {ActivityEntry[]} group */
  #group(group) {
    const [newest, ...others] = group;
    const isOpen = this.#open.has(newest.seq);
    return h(
      'li',
      {
        key: String(newest.seq),
        class: newest.is_undone ? 'activity-entry is-undone' : 'activity-entry',
      },
      this.#head(newest),
      this.#sentences(newest),
      others.length > 0
        ? h('button', {
          class: 'link',
          type: 'button',
          'aria-expanded': String(isOpen),
          onClick: () => this.#unfold(newest.seq),
        }, tn(others.length, 'and {count} more like it', 'and {count} more like it'))
        : null,
      isOpen ? others.map((entry) => this.#sentences(entry)) : null,
      this.#end(group),
    );
  }

  /** @param {ActivityEntry} entry */
  #head({ actor, at, via, undoes }) {
    const { reader } = this.app;
    const isMine = actor?.id === this.state.account?.id;
    return h(
      'p',
      { class: 'activity-head' },
      h('strong', null, isMine ? t('You') : actor?.name ?? t('Somebody')),
      h(
        'time',
        { datetime: at, title: longMoment(at, reader), class: 'quiet' },
        agoText(at, reader),
      ),
      via ? h('span', { class: 'quiet' }, viaText(via)) : null,
      undoes ? h('span', { class: 'quiet' }, t('by undo')) : null,
    );
  }

  /** @param {ActivityEntry} entry */
  #sentences(entry) {
    return this.#said(entry).map((sentence) => h('p', { class: 'activity-text' }, sentence));
  }

  /** @param {ActivityEntry} entry */
  #said(entry) {
    const { members, labels } = this.state.contents[this.props.listId] ?? {};
    return activitySentences(entry, {
      person: (id) => members?.[id]?.user.name ?? this.#names.get(id) ?? t('a former member'),
      label: (id) =>
        t('“{text}”', { text: labels?.[id]?.name ?? this.#names.get(id) ?? t('a deleted label') }),
      list: (id) => {
        const list = this.state.lists[id];
        return listName(list) || null;
      },
    }, this.app.reader);
  }

  /**
   * Undo, or why it cannot be.
   * @param {ActivityEntry[]} group
   */
  #end(group) {
    const [newest] = group;
    const undoable = group.filter((entry) => entry.is_undoable);
    const why = this.#refused.get(newest.seq) || refusalSentence(newest);
    const notice = undoNotice(undoable);
    return [
      notice ? h('p', { class: 'quiet' }, notice) : null,
      why && (undoable.length === 0 || this.#refused.has(newest.seq))
        ? h('p', { class: 'quiet', role: 'status' }, why)
        : null,
      undoable.length > 0
        ? h(
          'button',
          {
            class: 'button small',
            type: 'button',
            disabled: this.#busy,
            'aria-label': t('Undo: {what}', { what: this.#said(newest).join(', ') }),
            onClick: ({ detail, timeStamp }) => {
              // The keyboard, without a count of clicks, stays on its button.
              if (detail > 0 && timeStamp - this.#movedAt < SETTLE_MS) return;
              if (isJoining(newest)) this.#confirmLeaving(newest.seq);
              else this.#undo(newest.seq, undoable.map((entry) => entry.seq));
            },
          },
          undoable.length === 1
            ? t('Undo')
            : tn(undoable.length, 'Undo {count}', 'Undo all {count}'),
        )
        : null,
    ];
  }

  /**
   * @param {number} newest
   * @param {number[]} seqs
   */
  async #undo(newest, seqs) {
    this.#busy = true;
    this.#refused.delete(newest);
    this.redraw();
    try {
      await this.#send(seqs);
    } catch (error) {
      this.#refused.set(newest, whyNot(error));
    }
    await this.#load(null);
  }

  /** @param {number[]} seqs */
  async #send(seqs) {
    const path = `/lists/${this.props.listId}/activity/undo`;
    await this.app.session.call('POST', path, { body: { seqs }, key: newKey() });
  }

  /**
   * Ask, as the menu of the list does: without an invitation there is no way back.
   * @param {number} seq of the event that the reader joined
   */
  #confirmLeaving(seq) {
    const { router, ui } = this.app;
    ui.openDialog({
      kind: 'confirm',
      title: t('Leave “{list}”?', { list: listName(this.state.lists[this.props.listId]) }),
      text: t('You will not see it any more until somebody invites you again.'),
      action: t('Leave'),
      run: async () => {
        try {
          await this.#send([seq]);
          router.go('/');
        } catch (error) {
          ui.toast(whyNot(error), { tone: 'warning' });
        }
      },
    });
  }

  /** @param {number} seq */
  #unfold(seq) {
    if (!this.#open.delete(seq)) this.#open.add(seq);
    this.redraw();
  }
}

/** @param {unknown} error of a request to undo */
function whyNot(error) {
  const refusal = refusalIn(error);
  return refusal?.code === 'cannot_undo' ? refusal.message : problemText(error);
}

/** Why the activity of a list has no invitations and links, for its owners. */
const ofInvitations = () =>
  [
    t('Invitations and share links are for owners and not shown here.'),
    t('In Share you withdraw an open invitation and revoke a link. A revoked link stays closed.'),
  ].join(' ');

customElements.define('ll-activity', Activity);
