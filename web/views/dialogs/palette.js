// Go anywhere, do anything, find any todo: type a few letters, press Enter.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { findTodo, isOpen } from '../../sync/state.js';
import { inboxOf, myLists, searchTodos } from '../../store/select.js';
import { applyTheme } from '../shell/theme.js';
import { dueText } from '../../format/due.js';

class Palette extends View {
  text = '';
  at = 0;

  render() {
    const found = this.#found();
    this.at = Math.max(0, Math.min(this.at, found.length - 1));
    return [
      h(
        'div',
        { class: 'palette-head' },
        icon('search'),
        h('input', {
          class: 'palette-field',
          autofocus: true,
          value: this.text,
          role: 'combobox',
          'aria-expanded': 'true',
          'aria-controls': 'palette-list',
          autocomplete: 'off',
          'aria-activedescendant': found.length > 0 ? `palette-${this.at}` : undefined,
          'aria-label': 'Search or go to',
          placeholder: this.props.dialog.searching ? 'Search all todos' : 'Search, or go to a list',
          onInput: (event) => {
            this.text = event.target.value;
            this.at = 0;
            this.draw();
          },
          onKeydown: (event) => this.#key(event, found),
        }),
      ),
      h(
        'div',
        { id: 'palette-list', class: 'palette-list', role: 'listbox', 'aria-label': 'Results' },
        found.map((entry, index) =>
          h(
            'button',
            {
              key: entry.key,
              id: `palette-${index}`,
              class: 'palette-item',
              role: 'option',
              tabindex: '-1',
              'aria-selected': String(index === this.at),
              onClick: () => this.#run(entry),
            },
            entry.mark,
            h('span', { class: `palette-label ${entry.done ? 'is-done' : ''}` }, entry.label),
            h('span', { class: 'palette-hint' }, entry.hint),
          )
        ),
      ),
      found.length === 0
        ? h('p', { class: 'menu-empty' }, `Nothing matches “${this.text}”.`)
        : null,
    ];
  }

  #found() {
    const words = this.text.toLocaleLowerCase().trim();
    const matches = ({ label }) => label.toLocaleLowerCase().includes(words);
    const places = this.#places().filter(matches);
    const todos = words ? searchTodos(this.state, words).map((todo) => this.#todo(todo)) : [];
    return this.props.dialog.searching && words ? [...todos, ...places] : [...places, ...todos];
  }

  #places() {
    const { router, ui, session } = this.app;
    const inbox = inboxOf(this.state);
    const go = (key, name, label, path, tint) => ({
      key,
      mark: icon(name, tint),
      label,
      hint: 'Go to',
      run: () => router.go(path),
    });
    const act = (key, name, label, run) => ({ key, mark: icon(name), label, hint: 'Do', run });
    return [
      go('today', 'today', 'Today', '/today', 'tint-today'),
      go('upcoming', 'calendar', 'Upcoming', '/upcoming', 'tint-upcoming'),
      ...(inbox ? [go('inbox', 'inbox', 'Inbox', `/lists/${inbox.id}`, 'tint-inbox')] : []),
      ...myLists(this.state).map((list) => ({
        key: list.id,
        mark: h('span', { class: `dot hue-${list.colour}` }),
        label: list.name,
        hint: 'Go to',
        run: () => router.go(`/lists/${list.id}`),
      })),
      go('trash', 'trash', 'Trash', '/trash'),
      go('settings', 'settings', 'Settings', '/settings'),
      act('new', 'plus', 'New list', () => ui.openDialog({ kind: 'list' })),
      act('help', 'help', 'Keyboard help', () => ui.openDialog({ kind: 'help' })),
      act('light', 'today', 'Light appearance', () => applyTheme('light')),
      act('dark', 'clock', 'Dark appearance', () => applyTheme('dark')),
      act('out', 'leave', 'Sign out', () => session.signOut()),
    ];
  }

  #todo(todo) {
    const list = this.state.lists[todo.list_id];
    const due = dueText(todo, this.app.reader);
    const home = list?.is_inbox ? 'Inbox' : list?.name;
    return {
      key: todo.id,
      mark: h('span', { class: `priority-dot p${todo.priority}` }),
      label: todo.title,
      done: !isOpen(todo),
      hint: due ? `${home} · ${due.text}` : home,
      run: () => {
        if (findTodo(this.state, todo.id)) {
          this.app.router.go(`/lists/${todo.list_id}?todo=${encodeURIComponent(todo.id)}`);
        }
      },
    };
  }

  #key(event, found) {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      this.at += event.key === 'ArrowDown' ? 1 : -1;
      this.draw();
      this.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter' && !event.isComposing && found[this.at]) {
      event.preventDefault();
      this.#run(found[this.at]);
    }
  }

  #run(entry) {
    this.app.ui.closeDialog();
    entry.run();
  }
}

customElements.define('ll-palette', Palette);
