// One list: its name, its members, its open todos, and the finished ones folded away.

import { message, parts, t, tn } from '../../languages/translate.js';
import { own } from '../../own.js';
import { memoized } from '../../store/memo.js';
import { canEdit, examplesOf, isLoaded, may, membersOf, todosOf } from '../../store/queries.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import '../quick_add/quick_add.js';
import '../components/todo_list.js';
import { areToolsMissing, loadTools, pageTools } from '../shell/tools_loading.js';
import { archiveWithUndo, toastWithUndo } from '../shell/undo_toasts.js';
import { listHead, viewOf } from './list_head.js';
import { empty, isLong, skeleton, usedByRows } from './page_parts.js';

/**
 * @import { App } from '../../app.js'
 * @import { MyListShape } from '../../types/contract.d.ts'
 * @import { LeaveReason, Todo } from '../../types/client.d.ts'
 * @import { Child } from '../../types/dom.d.ts'
 */

// A list that loads faster than this needs no skeleton (design: no spinners under 300 ms).
const SKELETON_AFTER_MS = 300;
// The field has no room for an example.
const NARROW = matchMedia('(max-width: 560px)');
// More finished todos than this are drawn only on request.
const DONE_AT_FIRST = 50;

/** @type {Record<LeaveReason, [string, string]>} */
const LEFT = {
  removed: [
    message('You are no longer in this list'),
    message('Somebody who runs it removed you. What you did there stays with its members.'),
  ],
  left: [
    message('You left this list'),
    message('Ask a member to invite you if you want to come back.'),
  ],
  deleted: [message('This list was deleted'), message('Its owner moved it to the trash.')],
};
const UNKNOWN = [
  message('There is nothing here'),
  message('The list does not exist, or it is not shared with you.'),
];
const EMPTY_INBOX = message(
  'Put down what is on your mind; sort it into lists later. ' + 'Press q to start typing.',
);
const FIRST_TODO_SHARED = message(
  'Add the first todo above: everyone in the list sees it at once.',
);
const FIRST_TODO = message(
  'Add the first todo above. Then share the list: everyone in it sees changes ' + 'as they happen.',
);

const firstDone = memoized((/** @type {readonly Todo[]} */ done) => done.slice(0, DONE_AT_FIRST));

/** @extends {View<{listId: string}>} */
export class ListPage extends View {
  static watches = true;
  #isDoneOpen = false;
  #isDoneWhole = false;
  #isLate = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  connected() {
    this.#timer = setTimeout(() => {
      this.#isLate = true;
      this.redraw();
    }, SKELETON_AFTER_MS);
  }

  disconnected() {
    clearTimeout(this.#timer);
  }

  render() {
    const list = own(this.state.lists, this.props.listId);
    if (!list) return [this.#missing()];
    const head = listHead(this.app, list);
    return [h('div', { class: 'page' }, head, banner(this.app, list), this.#body(list))];
  }

  /**
   * @param {MyListShape} list
   * @returns {Child}
   */
  #body(list) {
    if (!isLoaded(this.state, list.id)) return this.#isLate ? skeleton() : null;
    const view = areToolsMissing() ? null : viewOf(this.app, list.id);
    const tools = pageTools();
    if (view && !tools) {
      loadTools(this.app);
      return this.#isLate ? skeleton() : null;
    }
    const shown = view && tools ? tools.shownTodos(this.app, list, view) : null;
    const { open, done } = shown ?? todosOf(this.state, list.id);
    const mayEdit = canEdit(this.state, list.id);
    const { labels, isWhole } = this.state.contents[list.id];
    const windowed = isLong(open.length + (this.#isDoneOpen ? this.#shownDone(done).length : 0));
    const rows = { windowed, ...usedByRows(this.app) };
    return [
      mayEdit
        ? h('ll-quick-add', {
          key: 'add',
          listId: list.id,
          placeholder: placeholder(),
          usesLabels: labels,
        })
        : null,
      this.#examples(list.id),
      view && shown
        ? h('ll-list-view', { key: 'view', list, view, mayEdit, ...shown, ...rows })
        : h('ll-todo-list', {
          key: 'open',
          class: 'rows',
          todos: open,
          sortable: mayEdit,
          ...rows,
        }),
      isWhole ? null : skeleton(),
      isWhole && open.length === 0 && !shown?.hidden
        ? this.#empty(list, done.length > 0, mayEdit)
        : null,
      isWhole && done.length > 0 ? this.#done(done, windowed) : null,
    ];
  }

  /**
   * Offer to clear the todos that show a new user around.
   * @param {string} listId
   */
  #examples(listId) {
    const examples = examplesOf(this.state, listId);
    if (examples.length === 0) return null;
    const clear = () => {
      const { length: count } = examples;
      this.app.actions?.asOne(
        tn(count, '{count} todo deleted', '{count} todos deleted'),
        () => examples.forEach(({ id }) => this.app.actions?.deleteTodo(id)),
      );
      toastWithUndo(
        this.app,
        tn(count, '{count} todo is in the trash.', '{count} todos are in the trash.'),
      );
    };
    return h(
      'p',
      { key: 'examples', class: 'banner' },
      t('These show you around; open one to read more.'),
      ' ',
      h('button', { class: 'link', onClick: clear }, t('Clear them')),
    );
  }

  /** @param {readonly Todo[]} done */
  #shownDone(done) {
    return this.#isDoneWhole ? done : firstDone(done);
  }

  /**
   * @param {readonly Todo[]} done
   * @param {boolean} windowed
   */
  #done(done, windowed) {
    const shown = this.#shownDone(done);
    return h(
      'section',
      { key: 'done', class: 'done' },
      h(
        'button',
        {
          class: 'done-head',
          'aria-expanded': String(this.#isDoneOpen),
          onClick: () => {
            this.#isDoneOpen = !this.#isDoneOpen;
            this.draw();
          },
        },
        icon(this.#isDoneOpen ? 'down' : 'right'),
        tn(done.length, '{count} completed', '{count} completed'),
      ),
      this.#isDoneOpen
        ? h('ll-todo-list', { class: 'rows', todos: shown, windowed, ...usedByRows(this.app) })
        : null,
      this.#isDoneOpen && done.length > shown.length
        ? h('button', {
          class: 'link more-done',
          onClick: () => {
            this.#isDoneWhole = true;
            this.draw();
          },
        }, tn(done.length, 'Show all {count}', 'Show all {count}'))
        : null,
    );
  }

  /**
   * @param {MyListShape} list
   * @param {boolean} hasDone
   * @param {boolean} mayEdit
   */
  #empty(list, hasDone, mayEdit) {
    if (hasDone) {
      return empty(
        'check',
        t('All done'),
        t('Nothing is left here. Enjoy it, or add the next thing.'),
      );
    }
    if (!mayEdit) {
      return empty('inbox', t('Nothing here yet'), t('What others add appears here at once.'));
    }
    if (list.is_inbox) return empty('inbox', t('Your Inbox is empty'), t(EMPTY_INBOX));
    const isShared = membersOf(this.state, list.id).length > 1;
    return empty('plus', t('A fresh list'), isShared ? t(FIRST_TODO_SHARED) : t(FIRST_TODO));
  }

  #missing() {
    const left = own(this.state.leftLists, this.props.listId);
    const [title, text] = left ? LEFT[left.reason] : UNKNOWN;
    const link = h('a', { class: 'button', href: '/' }, t('Go to the Inbox'));
    return h(
      'div',
      { class: 'page' },
      left?.name
        ? h('header', { class: 'page-head' }, h('h1', { class: 'quiet' }, left.name))
        : null,
      empty('users', t(title), t(text), link, left?.name ? 'h2' : 'h1'),
    );
  }
}

const placeholder = () =>
  NARROW.matches ? t('Add a todo') : t('Add a todo, such as “Call Ben tomorrow 9:00”');

/**
 * Return what limits the list, if anything does.
 * @param {App} app
 * @param {MyListShape} list
 */
function banner(app, list) {
  /** @param {...Child} content */
  const paragraph = (...content) => h('p', { class: 'banner' }, content);
  if (list.deleted_at) {
    return paragraph(
      icon('trash'),
      parts('This list is in the trash. {open} to bring it back.', {
        open: h('a', { href: '/trash' }, t('Open the trash')),
      }),
    );
  }
  if (list.archived_at) {
    const back = () => archiveWithUndo(app, list, false);
    return paragraph(
      icon('archive'),
      t('This list is archived.'),
      may(app.store.shown, list.id, 'edit_list')
        ? h('button', { class: 'link', onClick: back }, t('Take out of the archive'))
        : null,
    );
  }
  if (list.role === 'viewer') {
    return paragraph(icon('users'), t('You can look at this list, not change it.'));
  }
  if (list.role === 'commenter') {
    return paragraph(icon('comment'), t('You can comment in this list, not change it.'));
  }
  return null;
}

customElements.define('ll-list-page', ListPage);
