// The palette: type a few letters to go to a list, do something, or find a todo.

import { listName } from '../../../format/list_name.js';
import { dueText } from '../../../format/due.js';
import { searchKey } from '../../../format/folding.js';
import { t } from '../../../languages/translate.js';
import { searchTodos } from '../../../store/queries.js';
import { findTodo, isOpen } from '../../../sync/state.js';
import { h } from '../../base/dom.js';
import { afterDrawing } from '../../base/frame.js';
import { icon } from '../../base/icons.js';
import { View } from '../../base/view.js';
import { showComment } from '../../comments/found_comment.js';
import { FIND } from '../../shell/keyboard.js';
import { focusTodo } from '../../shell/row_navigation.js';
import { commandsOf } from '../../tools/commands.js';
import { findMore } from '../../tools/searching.js';
import { actionsOf, pagesOf } from './palette_entries.js';

/**
 * @import { FoundShape } from '../../../types/contract.d.ts'
 * @import { Todo } from '../../../types/client.d.ts'
 * @import { UsedProps } from '../../../types/dom.d.ts'
 * @import { Entry } from './palette_entries.js'
 */

/**
 * @typedef {object} PaletteProps
 * @property {boolean} searching
 * @property {string} [listId] search this list alone, and show what was found in it
 * @property {string} [todoId] the todo that was in focus
 * @property {string} [pageListId] the list of the page
 */

/** @extends {View<PaletteProps & UsedProps>} */
export class Palette extends View {
  #text = '';
  #selected = 0;
  /** Nothing has the words as they were typed: what is like them is shown. */
  #isNear = false;

  render() {
    this.#isNear = false;
    const entries = this.#entries();
    this.#selected = Math.max(0, Math.min(this.#selected, entries.length - 1));
    return [
      h('div', { class: 'palette-head' }, icon('search'), this.#field(entries)),
      h(
        'div',
        { id: 'palette-list', class: 'palette-list', role: 'listbox', 'aria-label': t('Results') },
        entries.map((entry, at) => this.#option(entry, at)),
      ),
      this.#isNear
        ? h(
          'p',
          { class: 'menu-empty', role: 'status' },
          t('Nothing has “{text}” as typed; this is like it.', { text: this.#text.trim() }),
        )
        : null,
      entries.length === 0 ? h('p', { class: 'menu-empty' }, this.#nothing()) : null,
    ];
  }

  #nothing() {
    if (this.props.listId && this.#text.trim() === '') {
      return t('Press {key} once more to search what is on screen with the browser.', {
        key: t(FIND),
      });
    }
    return t('Nothing matches “{text}”.', { text: this.#text });
  }

  /** @param {Entry[]} entries */
  #field(entries) {
    const { searching, listId } = this.props;
    const placeholder = listId ? t('Find in this list') : t('Search all todos');
    return h('input', {
      class: 'palette-field',
      autofocus: true,
      value: this.#text,
      role: 'combobox',
      'aria-expanded': 'true',
      'aria-controls': 'palette-list',
      autocomplete: 'off',
      'aria-activedescendant': entries.length > 0 ? `palette-${this.#selected}` : undefined,
      'aria-label': t('Search or go to'),
      placeholder: searching ? placeholder : t('Search, or go to a list'),
      onInput: (event) => {
        this.#text = event.currentTarget.value;
        this.#selected = 0;
        this.draw();
      },
      onKeydown: (event) => this.#handleKey(event, entries),
    });
  }

  /**
   * @param {Entry} entry
   * @param {number} at
   */
  #option(entry, at) {
    return h(
      'button',
      {
        key: entry.key,
        id: `palette-${at}`,
        class: 'palette-item',
        role: 'option',
        tabindex: '-1',
        'aria-selected': String(at === this.#selected),
        onClick: () => this.#run(entry),
      },
      entry.mark,
      h(
        'span',
        { class: `palette-label ${entry.isDone ? 'is-done' : ''}` },
        entry.label,
        entry.found
          ? h('span', { class: 'palette-found' }, t('Comment: {text}', { text: entry.found }))
          : null,
      ),
      h('span', { class: 'palette-hint' }, entry.hint),
    );
  }

  /** @returns {Entry[]} */
  #entries() {
    const { searching, listId } = this.props;
    const text = this.#text.trim();
    const key = searchKey(text);
    const todos = this.#found(text, listId);
    if (listId) return todos;
    const commands = [...pagesOf(this.app), ...actionsOf(this.app), ...this.#more()]
      .filter(({ label }) => searchKey(label).includes(key));
    return searching && text ? [...todos, ...commands] : [...commands, ...todos];
  }

  /**
   * @param {string} text
   * @param {string} [listId]
   */
  #found(text, listId) {
    const exact = searchTodos(this.state, text, { listId });
    const more = findMore(this.app, text, exact, { listId, onAnswer: this.redraw });
    this.#isNear = more.isNear;
    return [
      ...more.todos.map((todo) => this.#todo(todo)),
      ...more.found.map((found) => this.#elsewhere(found)),
    ];
  }

  /**
   * Return what can be done to the todo in focus and to the list of the page.
   * @returns {Entry[]}
   */
  #more() {
    const { todoId, pageListId: listId } = this.props;
    return commandsOf(this.app, { todoId, listId });
  }

  /**
   * @param {Todo} todo
   * @returns {Entry}
   */
  #todo(todo) {
    const due = dueText(todo, this.app.reader);
    const listName = this.#listName(todo.list_id);
    return {
      key: todo.id,
      mark: h('span', { class: `priority-dot p${todo.priority}` }),
      label: todo.title,
      isDone: !isOpen(todo),
      hint: [listName, due?.text].filter(Boolean).join(' · '),
      run: () => {
        if (!findTodo(this.state, todo.id)) return;
        // The row can get the focus once the dialog is gone: until then the page is inert.
        if (this.props.listId) afterDrawing(() => focusTodo(todo.id) || this.#open(todo));
        else this.#open(todo);
      },
    };
  }

  /** @param {string} listId */
  #listName(listId) {
    const list = this.state.lists[listId];
    return this.props.listId ? '' : listName(list);
  }

  /**
   * Return the entry of a comment, or of a todo that is not at hand.
   * @param {FoundShape} found
   * @returns {Entry}
   */
  #elsewhere({ todo_id: id, list_id, comment_id, title, status, snippet }) {
    return {
      key: comment_id ?? id,
      mark: comment_id ? icon('comment') : h('span', { class: 'priority-dot' }),
      label: title,
      found: snippet ?? '',
      isDone: status === 'completed' || status === 'cancelled',
      hint: this.#listName(list_id),
      run: () => {
        const todo = { id, list_id };
        if (!comment_id) this.#open(todo);
        else showComment(this.app, todo, comment_id);
      },
    };
  }

  /** @param {Pick<Todo, 'id' | 'list_id'>} todo */
  #open(todo) {
    this.app.router.go(`/lists/${todo.list_id}?todo=${encodeURIComponent(todo.id)}`);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {Entry[]} entries
   */
  #handleKey(event, entries) {
    const selected = entries[this.#selected];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      this.#selected += event.key === 'ArrowDown' ? 1 : -1;
      this.draw();
      this.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter' && selected) {
      event.preventDefault();
      this.#run(selected);
    }
  }

  /** @param {Entry} entry */
  #run(entry) {
    this.app.ui.closeDialog();
    entry.run();
  }
}

customElements.define('ll-palette', Palette);
