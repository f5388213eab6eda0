// One list: its name, its people, its todos, and what is finished folded away.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { avatar } from '../base/avatar.js';
import { canEdit, isLoaded, membersOf, todosOf } from '../../store/select.js';
import { presentText } from '../../format/presence.js';
import '../components/todo_list.js';
import '../components/quick_add.js';

// Under this a list that is coming needs no sign that it is (design: no spinners under 300 ms).
const SKELETON_AFTER_MS = 300;
const FACES = 4;
// More finished todos than this are drawn only when asked for.
const DONE_AT_FIRST = 50;

class ListPage extends View {
  static watches = true;
  doneOpen = false;
  doneAll = false;
  #late = false;
  #timer = null;

  connected() {
    this.#timer = setTimeout(() => {
      this.#late = true;
      this.redraw();
    }, SKELETON_AFTER_MS);
  }

  disconnected() {
    clearTimeout(this.#timer);
  }

  render() {
    const { listId } = this.props;
    const list = this.state.lists[listId];
    if (!list) return [this.#missing(this.state.leftLists[listId])];
    return [
      h('div', { class: 'page' }, this.#head(list), this.#reportApplied(list), this.#body(list)),
    ];
  }

  #head(list) {
    const { faces: members, isHere, words } = this.#people(list);
    const open = (event) =>
      this.app.ui.openMenu({
        kind: 'list',
        anchor: event.target.closest('button'),
        listId: list.id,
      });
    return h(
      'header',
      { class: 'page-head' },
      h(
        'div',
        { class: 'page-title' },
        list.is_inbox
          ? icon('inbox', 'tint-inbox')
          : h('span', { class: `dot large hue-${list.colour}` }),
        h('h1', null, list.is_inbox ? 'Inbox' : list.name),
      ),
      h(
        'div',
        { class: 'page-actions' },
        members.length > 1
          ? h(
            'button',
            {
              class: 'faces-button',
              'aria-label': `${members.length} members${words && `. ${words}`}`,
              title: words || null,
              onClick: () => this.app.ui.openDialog({ kind: 'members', listId: list.id }),
            },
            h(
              'span',
              { class: 'faces' },
              members.slice(0, FACES).map(({ user }) => avatar(user, isHere(user))),
            ),
            members.length > FACES
              ? h('span', { class: 'quiet' }, `+${members.length - FACES}`)
              : null,
          )
          : null,
        !list.is_inbox && members.length <= 1
          ? h(
            'button',
            {
              class: 'button small',
              onClick: () => this.app.ui.openDialog({ kind: 'members', listId: list.id }),
            },
            icon('users'),
            'Share',
          )
          : null,
        list.is_inbox ? null : h('button', {
          class: 'icon-button',
          'aria-label': 'More about this list',
          onClick: open,
        }, icon('more')),
      ),
    );
  }

  /** Members, those who are here first: as many faces as ever, so nothing moves when they come and go. */
  #people(list) {
    const me = this.state.account?.id;
    const present = this.app.live?.presence.here[list.id] ?? {};
    const members = membersOf(this.state, list.id);
    const others = members.filter(({ user }) => user.id !== me && present[user.id]);
    const faces = [...others, ...members.filter((member) => !others.includes(member))];
    const isHere = (
      { id },
    ) => (id === me
      ? ''
      : present[id]
      ? 'is-here'
      : Object.keys(present).length > 0
      ? 'is-away'
      : '');
    return {
      faces,
      isHere,
      words: presentText(others.map(({ user }) => user.name), this.app.reader.locale),
    };
  }

  #reportApplied(list) {
    if (list.deleted_at) {
      return h(
        'p',
        { class: 'banner' },
        icon('trash'),
        'This list is in the trash. ',
        h('a', { href: '/trash' }, 'Open the trash'),
        ' to bring it back.',
      );
    }
    if (list.archived_at) {
      return h('p', { class: 'banner' }, icon('archive'), 'This list is archived.');
    }
    if (list.role === 'viewer') {
      return h(
        'p',
        { class: 'banner' },
        icon('users'),
        'You can look at this list, not change it.',
      );
    }
    if (list.role === 'commenter') {
      return h(
        'p',
        { class: 'banner' },
        icon('comment'),
        'You can comment in this list, not change it.',
      );
    }
    return null;
  }

  #body(list) {
    if (!isLoaded(this.state, list.id)) return this.#late ? skeleton() : null;
    const { open, done } = todosOf(this.state, list.id);
    return [
      canEdit(this.state, list.id)
        ? h('ll-quick-add', {
          key: 'add',
          listId: list.id,
          labels: this.state.contents[list.id].labels,
          placeholder: 'Add a todo, such as “Call Ben tomorrow 9:00”',
        })
        : null,
      this.#examples(open),
      h('ll-todo-list', {
        key: 'open',
        class: 'rows',
        todos: open,
        sortable: canEdit(this.state, list.id),
        ...around(this),
      }),
      open.length === 0 ? this.#empty(list, done) : null,
      this.#done(done),
    ];
  }

  /** The todos that teach in the first minute are marked by the server, and go in one press. */
  #examples(open) {
    const examples = open.filter(({ metadata }) => metadata.example === true);
    if (examples.length === 0) return null;
    return h(
      'p',
      { key: 'examples', class: 'banner' },
      'These show you around; open one to read more. ',
      h('button', {
        class: 'link',
        onClick: () => examples.forEach(({ id }) => this.app.actions.deleteTodo(id)),
      }, 'Clear them'),
    );
  }

  #done(done) {
    if (done.length === 0) return null;
    const shown = this.doneAll ? done : done.slice(0, DONE_AT_FIRST);
    return h(
      'section',
      { key: 'done', class: 'done' },
      h(
        'button',
        {
          class: 'done-head',
          'aria-expanded': String(this.doneOpen),
          onClick: () => {
            this.doneOpen = !this.doneOpen;
            this.draw();
          },
        },
        icon(this.doneOpen ? 'down' : 'right'),
        `${done.length} completed`,
      ),
      this.doneOpen ? h('ll-todo-list', { class: 'rows', todos: shown, ...around(this) }) : null,
      this.doneOpen && done.length > shown.length
        ? h('button', {
          class: 'link more-done',
          onClick: () => {
            this.doneAll = true;
            this.draw();
          },
        }, `Show all ${done.length}`)
        : null,
    );
  }

  #empty(list, done) {
    if (done.length > 0) {
      return empty('check', 'All done', 'Nothing is left here. Enjoy it, or add the next thing.');
    }
    if (!canEdit(this.state, list.id)) {
      return empty('inbox', 'Nothing here yet', 'What others add appears here at once.');
    }
    if (list.is_inbox) {
      return empty(
        'inbox',
        'Your Inbox is empty',
        'Put down what is on your mind; sort it into lists later. Press q to start typing.',
      );
    }
    const shared = membersOf(this.state, list.id).length > 1;
    return empty(
      'plus',
      'A fresh list',
      shared
        ? 'Add the first todo above: everyone in the list sees it at once.'
        : 'Add the first todo above. Then share the list: everyone in it sees changes as they happen.',
    );
  }

  #missing(left) {
    const words = {
      removed: [
        'You are no longer in this list',
        'Somebody who runs it removed you. What you did there stays with its members.',
      ],
      left: ['You left this list', 'Ask a member to invite you if you want to come back.'],
      deleted: ['This list was deleted', 'Its owner moved it to the trash.'],
    }[left?.reason] ??
      ['There is nothing here', 'The list does not exist, or it is not shared with you.'];
    return h(
      'div',
      { class: 'page' },
      left?.name
        ? h('header', { class: 'page-head' }, h('h1', { class: 'quiet' }, left.name))
        : null,
      empty('users', words[0], words[1], h('a', { class: 'button', href: '/' }, 'Go to the Inbox')),
    );
  }
}

/** What rows show besides their todos: named as props, so that lists draw again when it changes. */
export function around({ app }) {
  return {
    shown: app.store.shown,
    editing: app.ui.editing,
    openId: app.router.route.todoId,
    editors: app.live?.presence.editors,
    minute: Math.floor(Date.now() / 60_000),
  };
}

export function empty(name, title, words, action = null) {
  return h(
    'div',
    { class: 'empty', key: 'empty' },
    h('span', { class: 'empty-mark' }, icon(name)),
    h('h2', null, title),
    h('p', null, words),
    action,
  );
}

export function skeleton() {
  return h(
    'div',
    { class: 'skeleton', 'aria-busy': 'true', 'aria-label': 'Loading' },
    [72, 54, 63, 40, 58].map((width) =>
      h(
        'div',
        { class: 'skeleton-row' },
        h('i', null),
        h('b', { vars: { '--width': `${width}%` } }),
      )
    ),
  );
}

customElements.define('ll-list-page', ListPage);
