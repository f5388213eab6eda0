// The open todos of a list as the user looks at them: filtered, sorted, in groups. Above them is
// what is set, and what is hidden.

import { t, tn } from '../../languages/translate.js';
import { addDays, dayOf } from '../../store/dates.js';
import { fits, fitting } from '../../store/list_views/fitting.js';
import { changesInto, groupsOf } from '../../store/list_views/groups.js';
import { isFiltering, isPlain } from '../../store/list_views/views.js';
import { exchangeOwnLabel } from '../../store/placement/own_labels.js';
import { findTodo, isOpen } from '../../sync/state.js';
import { PLAIN } from '../../sync/requests.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { viewOf } from '../pages/list_head.js';
import { empty, usedByRows } from '../pages/page_parts.js';
import { toastWithUndo } from '../shell/undo_toasts.js';
import { choicesOf, filterParts, groupTitle, viewParts } from './view_texts.js';

/**
 * @import { App } from '../../app.js'
 * @import { ListView, MyListShape, ViewGroup } from '../../types/contract.d.ts'
 * @import { Todo } from '../../types/client.d.ts'
 * @import { Child, UsedProps } from '../../types/dom.d.ts'
 * @import { TodoGroup } from '../../store/list_views/groups.js'
 */

/**
 * Look at a list in another way, on all devices of the user. A guest does so on this page.
 * @param {App} app
 * @param {string} listId
 * @param {ListView} view
 */
export function setView(app, listId, view) {
  const shown = isPlain(view) ? null : view;
  if (app.guest) app.ui.set({ guestView: shown });
  else app.actions?.send('list.view', { list_id: listId, view: shown });
}

/**
 * Return the todos of a list that its view shows.
 * @param {App} app
 * @param {MyListShape} list
 * @param {ListView} view
 */
export const shownTodos = ({ store: { shown }, reader }, { id }, view) =>
  fitting(shown.contents[id]?.todos, view, reader, shown);

/**
 * Put a todo into another group of the list, by changing what it is grouped by.
 * @param {App} app
 * @param {Todo} todo
 * @param {string} from the key of a group
 * @param {string} to
 */
export function dropInGroup(app, todo, from, to) {
  const view = viewOf(app, todo.list_id);
  if (!view || view.group === 'none' || from === to) return;
  if (view.group === 'personal_label') {
    if (app.actions) exchangeOwnLabel(app.actions, todo, from, to);
  } else {
    const changes = changesInto(todo, view.group, from, to, app.reader);
    if (!changes) {
      app.ui.toast(t('Set the due date with d: these groups have no single day.'));
      return;
    }
    app.actions?.editTodo(todo.id, changes);
  }
  const group = groupTitle(app, todo.list_id, view.group, to);
  toastWithUndo(app, t('“{title}” is in “{group}”.', { title: todo.title, group }));
}

/**
 * @typedef {object} ListViewProps
 * @property {MyListShape} list
 * @property {ListView} view
 * @property {readonly Todo[]} open that fit the view
 * @property {number} hidden
 * @property {boolean} windowed
 * @property {boolean} mayEdit
 * @property {readonly Todo[]} done
 */

/** @extends {View<ListViewProps & UsedProps>} */
export class ListViewRows extends View {
  /** What the user has added here since the filter was set: it stays, whether it fits or not. */
  #added = new Set();
  #filter = '';

  render() {
    const { list, view, open, hidden } = this.props;
    const unfit = this.#unfit();
    const isFiltered = isFiltering(view.filter);
    return [
      h(
        'div',
        { key: 'parts', class: 'view-parts', role: 'group', 'aria-label': t('View') },
        viewParts(this.app, list.id, view).map(({ key, text, without }) =>
          h(
            'button',
            {
              key,
              class: 'chip view-part',
              'aria-label': t('Remove: {part}', { part: text }),
              onClick: () => setView(this.app, list.id, without),
            },
            h('span', null, text),
            icon('close'),
          )
        ),
      ),
      unfit.length > 0 ? this.#newSection(unfit) : null,
      view.group === 'none' || open.length === 0
        ? this.#rows('open', open)
        : this.#groups(view.group),
      isFiltered && open.length > 0 ? this.#hiddenNote(hidden - unfit.length) : null,
      isFiltered && open.length === 0 && unfit.length === 0 && hidden > 0 ? this.#empty() : null,
    ];
  }

  /** Return what was added and does not fit. */
  #unfit() {
    const { list, view } = this.props;
    const { store, reader } = this.app;
    const filter = JSON.stringify(view.filter);
    if (filter !== this.#filter) this.#added.clear();
    this.#filter = filter;
    for (const mutation of store.pending) {
      if (mutation.kind === 'todo.add' && mutation.list_id === list.id) {
        this.#added.add(mutation.temp_id);
      }
    }
    const isFit = fits(view.filter, reader, store.shown);
    return [...this.#added].flatMap((id) => {
      const todo = findTodo(store.shown, store.realId(id));
      return todo && isOpen(todo) && !todo.parent_id && !isFit(todo) ? [todo] : [];
    });
  }

  /** @param {Todo[]} todos */
  #newSection(todos) {
    const note = tn(
      todos.length,
      '{count} new todo does not fit the filter. It stays here until you leave this list.',
      '{count} new todos do not fit the filter. They stay here until you leave this list.',
    );
    return h(
      'section',
      { key: 'new', class: 'view-new' },
      h('p', { class: 'view-note', role: 'status' }, note),
      this.#rows('new', todos),
    );
  }

  /**
   * @param {string} key
   * @param {readonly Todo[]} todos
   * @param {{group?: string, day?: string | null}} [of]
   */
  #rows(key, todos, of = {}) {
    const { view, windowed, mayEdit } = this.props;
    return h('ll-todo-list', {
      key,
      class: 'rows',
      todos,
      windowed,
      sortable: mayEdit,
      fixedOrder: view.sort !== 'manual',
      group: of.group,
      day: of.day ?? null,
      ...usedByRows(this.app),
    });
  }

  /** @param {Exclude<ViewGroup, 'none'>} group */
  #groups(group) {
    const { list, open } = this.props;
    const named = group === 'due' ? [] : choicesOf(this.app, list.id, group);
    const found = groupsOf(open, group, named, this.app.reader, this.state);
    return found.map((each) => this.#group(group, each));
  }

  /**
   * @param {Exclude<ViewGroup, 'none'>} group
   * @param {TodoGroup} shown
   */
  #group(group, { key, todos }) {
    const { now, zone } = this.app.reader;
    const today = dayOf(now, zone);
    const days = new Map([['today', today], ['tomorrow', addDays(today, 1)]]);
    const title = groupTitle(this.app, this.props.list.id, group, key);
    const tone = group === 'due' && key === 'overdue' ? 'is-overdue' : '';
    return h(
      'section',
      { key, class: 'day', 'data-drop-group': key },
      h(
        'h2',
        { class: `day-title ${tone}` },
        title,
        ' ',
        h('span', { class: 'quiet view-count' }, todos.length),
      ),
      this.#rows('rows', todos, { group: key, day: group === 'due' ? days.get(key) : null }),
    );
  }

  #clear() {
    const { list, view } = this.props;
    return h('button', {
      key: 'clear',
      class: 'link',
      onClick: () => setView(this.app, list.id, { ...view, filter: PLAIN.filter }),
    }, t('Clear the filter'));
  }

  /** @param {number} hidden */
  #hiddenNote(hidden) {
    if (hidden <= 0) return null;
    const note = tn(
      hidden,
      '{count} todo is hidden by the filter.',
      '{count} todos are hidden by the filter.',
    );
    return h('p', { key: 'hidden', class: 'view-note', role: 'status' }, `${note} `, this.#clear());
  }

  #empty() {
    const { list, view, hidden } = this.props;
    const filter = filterParts(this.app, list.id, view).map(({ text }) => text).join(' · ');
    const text = tn(
      hidden,
      'The filter is: {filter}. {count} todo is hidden.',
      'The filter is: {filter}. {count} todos are hidden.',
      { filter },
    );
    return empty('search', t('Nothing fits the filter'), text, this.#clear());
  }
}

customElements.define('ll-list-view', ListViewRows);
