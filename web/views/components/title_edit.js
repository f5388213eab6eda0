// The title of a todo while it is edited in its row.

import { shorten } from '../../format/shorten.js';
import { t } from '../../languages/translate.js';
import { placeOf } from '../../store/drafts.js';
import { h } from '../base/dom.js';

/**
 * @import { App } from '../../app.js'
 * @import { EditBase } from '../../store/actions.js'
 * @import { Todo } from '../../types/client.d.ts'
 */

export class TitleEdit {
  /** @type {EditBase | null} what the title was when editing began; null while it is not edited */
  #base = null;

  /**
   * @param {App} app
   * @param {() => void} onLeave called when a key has ended the editing
   */
  constructor(app, onLeave) {
    this.app = app;
    this.onLeave = onLeave;
  }

  /** @param {Todo} todo */
  field(todo) {
    const leave = () => {
      this.#base = null;
      this.onLeave();
      this.app.ui.set({ editing: null });
    };
    return h('input', {
      key: 'edit',
      class: 'row-field',
      maxlength: 500,
      'aria-label': t('Title'),
      ref: (field) => this.#begin(todo, field),
      onInput: (event) => {
        this.#keep(todo, event.currentTarget.value);
        this.app.live?.presence.edit(todo.id, 'title');
      },
      onKeydown: (event) => {
        event.stopPropagation();
        if (event.key === 'Enter') {
          // The row gets the focus back at once, and the same Enter would open its todo.
          event.preventDefault();
          this.#save(todo, event.currentTarget);
          leave();
        }
        if (event.key === 'Escape') {
          this.#keep(todo, event.currentTarget.value, 'left');
          leave();
        }
      },
      // A field that leaves with its row loses the focus too: which it is shows once all is drawn.
      onBlur: ({ currentTarget: field }) => queueMicrotask(() => this.#blurred(todo, field)),
    });
  }

  /**
   * Fill the field once: later changes of the title by others do not replace half-typed text.
   * @param {Todo} todo
   * @param {HTMLInputElement} field
   */
  #begin(todo, field) {
    const kept = this.app.drafts.get(placeOf('title', todo.id));
    const seq = this.app.store.confirmed.streams[todo.list_id]?.seq;
    this.#base = kept?.base ?? { base_seq: seq, saw: todo.title };
    field.value = kept?.text ?? todo.title;
    queueMicrotask(() => {
      field.focus();
      // A draft goes on at its end; one that was left by Escape is replaced by what is typed.
      if (!kept || kept.end === 'left') field.select();
    });
  }

  /**
   * Save the title, unless its row has left, as when another member completes the todo: half a
   * title stays a draft.
   * @param {Todo} todo
   * @param {HTMLInputElement} field
   */
  #blurred(todo, field) {
    const { drafts, router, store, ui } = this.app;
    if (!this.#base || document.activeElement === field) return;
    if (field.isConnected) this.#save(todo, field);
    this.#base = null;
    const id = store.realId(todo.id);
    // The row is in another group now, and its field goes on with the draft.
    if (document.activeElement?.matches(`[data-todo="${id}"] .row-field`)) return;
    if (ui.editing === id) ui.set({ editing: null });
    const isKept = !field.isConnected && drafts.text(placeOf('title', id)) !== '';
    if (!isKept || !this.app.actions?.find(id)) return;
    const text = t('What you typed for “{title}” is kept in its details.', {
      title: shorten(todo.title),
    });
    ui.toast(text, { action: t('Open'), run: () => router.openTodo(id) });
  }

  /**
   * @param {Todo} todo
   * @param {HTMLInputElement} field
   */
  #save(todo, field) {
    const title = field.value.trim();
    const { actions, drafts } = this.app;
    if (!this.#base || !title || title === this.#base.saw) return;
    // Deleted by another member meanwhile: the draft is offered where it can be copied.
    if (!actions?.find(todo.id)) return;
    actions.editTodo(todo.id, { title }, this.#base);
    drafts.drop(placeOf('title', todo.id), actions.kept);
  }

  /**
   * Keep a half-typed title on this device, until it is saved.
   * @param {Todo} todo
   * @param {string} text
   * @param {'left'} [end]
   */
  #keep(todo, text, end) {
    this.app.drafts.keep(placeOf('title', todo.id), {
      text: text.trim() === todo.title ? '' : text,
      listId: todo.list_id,
      todoId: todo.id,
      action: 'edit_todo',
      base: this.#base ?? undefined,
      end,
    });
  }
}
