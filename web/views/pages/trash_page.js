// What was deleted in the last 30 days, and how to restore it.

import { listName } from '../../format/list_name.js';
import { agoText } from '../../format/due.js';
import { problemText } from '../../format/problems.js';
import { t } from '../../languages/translate.js';
import { newKey } from '../../sync/keys.js';
import { may } from '../../store/queries.js';
import { ALLOWED } from '../../store/policy.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { listMark } from '../base/list_mark.js';
import { View } from '../base/view.js';
import { empty, skeleton } from './page_parts.js';

/**
 * @import {
 *   EventFrame, MyListShape, Page_MyListShape_, TodoPage, TodoShape,
 * } from '../../types/contract.d.ts'
 * @import { Action } from '../../store/policy.js'
 * @import { Answer } from '../../types/client.d.ts'
 * @import { Child } from '../../types/dom.d.ts'
 */

const CHANGES_TRASH = /^(todo\.(deleted|restored|purged)|list\.(deleted|restored|added|removed))$/;

/** @extends {View<{}>} */
export class TrashPage extends View {
  static watches = true;
  /** @type {{todos: TodoShape[], lists: MyListShape[]} | null} null until it is loaded */
  #trash = null;
  #problem = '';

  connected() {
    this.app.store.addEventListener('applied', this.#applied);
    this.#load();
  }

  disconnected() {
    this.app.store.removeEventListener('applied', this.#applied);
  }

  /** @param {CustomEvent<EventFrame>} event */
  #applied = ({ detail }) => {
    if (CHANGES_TRASH.test(detail.event)) this.#load();
  };

  async #load() {
    const { session } = this.app;
    try {
      /** @type {Promise<Answer<TodoPage>>} */
      const readingTodos = session.call('GET', '/todos?trash=true&limit=100');
      /** @type {Promise<Answer<Page_MyListShape_>>} */
      const readingLists = session.call('GET', '/lists?state=trash');
      const [todos, lists] = await Promise.all([readingTodos, readingLists]);
      this.#trash = { todos: todos.body.items, lists: lists.body.items };
      this.#problem = '';
    } catch (error) {
      this.#problem = problemText(error);
    }
    this.redraw();
  }

  render() {
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
        this.#problem
          ? h(
            'p',
            { class: 'banner' },
            this.#problem,
            ' ',
            h('button', { class: 'link', onClick: () => this.#load() }, t('Try again')),
          )
          : null,
        this.#items(),
      ),
    ];
  }

  /** @returns {Child} */
  #items() {
    if (!this.#trash) return this.#problem ? null : skeleton();
    const { todos, lists } = this.#trash;
    if (todos.length === 0 && lists.length === 0) {
      return empty(
        'trash',
        t('The trash is empty'),
        t('What you delete waits here for 30 days, in case you want it back.'),
      );
    }
    return [lists.map((list) => this.#list(list)), todos.map((todo) => this.#todo(todo))];
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
        onClick: () =>
          this.#run('POST', `/todos/${todo.id}/restore`, t('It is back where it was.')),
      }, t('Restore')),
      allows('purge_todo') && h('button', {
        class: 'button small danger',
        onClick: () => this.#confirmPurge(todo),
      }, t('Delete for good')),
    ];
    return row(todo.id, icon('trash'), todo.title, note, buttons);
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
