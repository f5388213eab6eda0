// What was deleted in the last 30 days, and how to restore it.

import { listName } from '../../format/list_name.js';
import { agoText } from '../../format/due.js';
import { problemText } from '../../format/problems.js';
import { shorten } from '../../format/shorten.js';
import { t } from '../../languages/translate.js';
import { onTodo } from '../../store/mutation_parts.js';
import { newKey } from '../../sync/keys.js';
import { may } from '../../store/queries.js';
import { ALLOWED } from '../../store/policy.js';
import { findTodo } from '../../sync/state.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { listMark } from '../base/list_mark.js';
import { Reading } from '../base/reading.js';
import { View } from '../base/view.js';
import { toastWithUndo } from '../shell/undo_toasts.js';
import { empty, skeleton } from './page_parts.js';

/**
 * @import {
 *   EventFrame, MyListShape, Page_MyListShape_, TodoPage, TodoShape,
 * } from '../../types/contract.d.ts'
 * @import { Action } from '../../store/policy.js'
 * @import { Answer } from '../../types/client.d.ts'
 * @import { Child } from '../../types/dom.d.ts'
 */

/**
 * @typedef {object} Trash
 * @property {TodoShape[]} todos
 * @property {string | null} cursor of those that were deleted before; null if there are none
 * @property {MyListShape[]} lists
 */

const CHANGES_TRASH = /^(todo\.(deleted|restored|purged)|list\.(deleted|restored|added|removed))$/;

/** @extends {View<{}>} */
export class TrashPage extends View {
  static watches = true;
  /** @type {Trash | null} null until it is loaded */
  #trash = null;
  /** @type {Promise<void> | null} the reading that is under way */
  #underWay = null;
  /** Whether the trash has changed since that began. */
  #isStale = false;
  #reading = new Reading(
    this.app.store,
    () => this.#underWay ??= this.#readUntilFresh(),
    this.redraw,
  );

  connected() {
    this.#reading.start();
    this.app.store.addEventListener('applied', this.#applied);
    this.#load();
  }

  disconnected() {
    this.#reading.stop();
    this.app.store.removeEventListener('applied', this.#applied);
  }

  /** @param {CustomEvent<EventFrame>} event */
  #applied = ({ detail }) => {
    if (CHANGES_TRASH.test(detail.event)) this.#load();
  };

  /** Read what is shown again. Several events, as those of many todos, make one more reading. */
  async #load() {
    this.#isStale = true;
    await this.#reading.run();
  }

  async #readUntilFresh() {
    try {
      do {
        this.#isStale = false;
        this.#trash = await this.#read(this.#trash?.todos.length ?? 0);
      } while (this.#isStale);
    } finally {
      this.#underWay = null;
    }
  }

  /**
   * @param {number} count how many todos are shown
   * @returns {Promise<Trash>}
   */
  async #read(count) {
    /** @type {Promise<Answer<Page_MyListShape_>>} */
    const reading = this.app.session.call('GET', '/lists?state=trash&limit=500');
    const [{ body: { items: lists } }, found] = await Promise.all([reading, this.#todos(count)]);
    return { ...found, lists };
  }

  /**
   * @param {number} count how many todos are shown
   * @returns {Promise<Pick<Trash, 'todos' | 'cursor'>>}
   */
  async #todos(count) {
    let page = await this.#page(null);
    const todos = [...page.items];
    while (page.next_cursor && todos.length < count) {
      page = await this.#page(page.next_cursor);
      todos.push(...page.items);
    }
    return { todos, cursor: page.next_cursor };
  }

  /**
   * @param {string | null} cursor null: from what was deleted last on
   * @returns {Promise<TodoPage>}
   */
  async #page(cursor) {
    const query = new URLSearchParams({ trash: 'true', sort: '-updated_at', limit: '100' });
    if (cursor) query.set('cursor', cursor);
    /** @type {Answer<TodoPage>} */
    const { body } = await this.app.session.call('GET', `/todos?${query}`);
    return body;
  }

  async #showOlder() {
    await this.#underWay?.catch(() => {});
    const shown = this.#trash;
    if (!shown?.cursor) return;
    try {
      const { items, next_cursor: cursor } = await this.#page(shown.cursor);
      // Read again meanwhile: it ends elsewhere.
      if (this.#trash !== shown) return;
      this.#trash = { ...shown, todos: [...shown.todos, ...items], cursor };
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
    this.redraw();
  }

  render() {
    const { error, failure } = this.#reading;
    return [
      h(
        'div',
        { class: 'page' },
        h(
          'header',
          { class: 'page-head' },
          h(
            'div',
            { class: 'page-title' },
            icon('trash'),
            h('h1', null, t('Trash')),
            h('span', { class: 'page-note' }, t('Kept for 30 days')),
          ),
        ),
        error === null ? null : h(
          'p',
          { class: 'banner' },
          problemText(error),
          ' ',
          // Without a connection it is read again by itself.
          failure
            ? h('button', { class: 'link', onClick: () => this.#load() }, t('Try again'))
            : null,
        ),
        this.#items(),
      ),
    ];
  }

  /** @returns {Child} */
  #items() {
    if (!this.#trash) return this.#reading.error === null ? skeleton() : null;
    const { lists, cursor } = this.#trash;
    const restored = this.#restored();
    const todos = this.#trash.todos
      .filter(({ id }) => !restored.has(id) && !findTodo(this.state, id));
    if (!cursor && todos.length === 0 && lists.length === 0) {
      return empty(
        'trash',
        t('The trash is empty'),
        t('What you delete waits here for 30 days, in case you want it back.'),
      );
    }
    return [
      lists.map((list) => this.#list(list)),
      todos.map((todo) => this.#todo(todo)),
      cursor
        ? h('button', { class: 'button', onClick: () => this.#showOlder() }, t('Show older'))
        : null,
    ];
  }

  /** Return the ids of the todos whose restoring the server has not confirmed yet. */
  #restored() {
    /** @type {Set<string>} */
    const ids = new Set();
    for (const made of this.app.store.pending) {
      if (made.kind === 'todo.restore') ids.add(made.todo_id);
      else if (made.kind === 'todo.delete') ids.delete(made.todo_id);
    }
    return ids;
  }

  /** @param {MyListShape} list */
  #list(list) {
    const restore = h('button', {
      class: 'button small',
      onClick: () => this.#run('POST', `/lists/${list.id}/restore`, t('The list is back.')),
    }, t('Restore'));
    const note = `${t('List')} · ${agoText(list.deleted_at ?? '', this.app.reader)}`;
    const allows = ALLOWED.restore_list.includes(list.role);
    const dot = listMark(list);
    return row(list.id, dot, list.name, note, allows ? restore : null);
  }

  /** @param {TodoShape} todo */
  #todo(todo) {
    const list = this.state.lists[todo.list_id];
    const where = list ? listName(list) : t('A list');
    const note = `${where} · ${agoText(todo.deleted_at ?? '', this.app.reader)}`;
    /** @param {Action} action */
    const allows = (action) => may(this.state, todo.list_id, action);
    const buttons = [
      allows('delete_todo') && h('button', {
        class: 'button small',
        onClick: () => this.#restore(todo),
      }, t('Restore')),
      allows('purge_todo') && h('button', {
        class: 'button small danger',
        onClick: () => this.#confirmPurge(todo),
      }, t('Delete for good')),
    ];
    return row(todo.id, icon('trash'), todo.title, note, buttons);
  }

  /**
   * Restore a todo; its subtasks come with their events.
   * @param {TodoShape} todo
   */
  #restore(todo) {
    const { actions } = this.app;
    if (!actions) return;
    const sent = actions.restoreTodo([todo]);
    const back = t('“{title}” is back where it was.', { title: shorten(todo.title) });
    const remove = () => actions.send('todo.delete', onTodo(todo));
    actions.undos.push('restored', todo.title, remove, sent);
    toastWithUndo(this.app, back);
  }

  /** @param {TodoShape} todo */
  #confirmPurge(todo) {
    this.app.ui.openDialog({
      kind: 'confirm',
      title: t('Delete for good?'),
      text: t('“{todo}” and its comments cannot be brought back.', { todo: todo.title }),
      action: t('Delete for good'),
      run: () => this.#run('DELETE', `/todos/${todo.id}?forever=true`, t('It is gone for good.')),
    });
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {string} done what the toast says
   */
  async #run(method, path, done) {
    try {
      await this.app.session.call(method, path, { key: newKey() });
      this.app.ui.toast(done);
      await this.#load();
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
  }
}

/**
 * @param {string} key
 * @param {Child} mark
 * @param {string} title
 * @param {string} note
 * @param {Child} buttons
 */
const row = (key, mark, title, note, buttons) =>
  h(
    'div',
    { key, class: 'plain-row' },
    mark,
    h('div', { class: 'plain-body' }, h('p', null, title), h('p', { class: 'quiet' }, note)),
    h('div', { class: 'plain-actions' }, buttons),
  );

customElements.define('ll-trash-page', TrashPage);
