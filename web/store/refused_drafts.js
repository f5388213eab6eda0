// What the server refused, as a draft: the user wrote it, and may still need the words.

import { placeOf } from './drafts.js';
import { inboxOf } from './queries.js';
import { own } from '../own.js';
import { findTodo } from '../sync/state.js';
import { tempIdOf } from '../sync/pending.js';

/**
 * @import { Drafts } from './drafts.js'
 * @import { Draft, Mutation, MutationOf, State } from '../types/client.d.ts'
 * @typedef {{place: string, draft: Omit<Draft, 'at'>}} KeptDraft
 * @typedef {{place: string, text: string}} KeptText
 */

/**
 * Keep what refused mutations would have written in the fields they came from, after what is there
 * already. Return what was kept, for `takeBack`.
 * @param {Drafts} drafts
 * @param {Mutation[]} dropped the refused mutation, and those that were dropped with it
 * @param {State} state as the server confirmed it
 * @returns {KeptText[]}
 */
export function keepRefused(drafts, dropped, state) {
  const refusal = new Refusal(dropped, state);
  return dropped.flatMap((mutation) => {
    const found = refusal.draftOf(mutation);
    if (!found) return [];
    const { place, draft } = found;
    drafts.keep(place, { ...draft, text: joined(drafts.get(place), draft) });
    return [{ place, text: draft.text }];
  });
}

/**
 * Take back what was kept, because it is sent again. What the user has typed since stays.
 * @param {Drafts} drafts
 * @param {KeptText[]} kept
 * @param {Promise<unknown>} [sent] see Drafts.drop
 */
export function takeBack(drafts, kept, sent) {
  for (const { place, text } of kept) {
    const draft = drafts.get(place);
    if (!draft) continue;
    const rest = draft.text === text
      ? ''
      : `\n${draft.text}\n`.replace(`\n${text}\n`, '\n').slice(1, -1);
    // In the field of an edit, what was typed since is a later version of the same words.
    if (rest !== '' && (rest === draft.text || draft.action === 'edit_todo')) continue;
    drafts.keep(place, { ...draft, text: rest }, sent);
  }
}

/**
 * Return the text of a field that has a draft already, with what was refused.
 * @param {Draft | undefined} typed
 * @param {Omit<Draft, 'at'>} refused
 */
function joined(typed, { text, action }) {
  if (!typed) return text;
  if (action === 'edit_todo') {
    // Of two refused edits the second is the later version, but what was typed since is later.
    return typed.end === 'refused' ? text : typed.text;
  }
  // A page that ended right after it kept a draft is refused again at the next visit.
  return hasLines(typed.text, text) ? typed.text : `${typed.text}\n${text}`;
}

/**
 * @param {string} whole
 * @param {string} lines
 */
const hasLines = (whole, lines) => `\n${whole}\n`.includes(`\n${lines}\n`);

// Fields that hold what a user typed, and those that hold what was there before.
const WORDS = /^(title|name|description|body|text)$/;
const BEFORE = /^(todos|before|saw|view)$/;

/**
 * @param {unknown} value
 * @returns {string[]}
 */
const wordsIn = (value) =>
  Object.entries(Object(value)).flatMap(([field, inner]) => {
    if (typeof inner === 'string') return inner && WORDS.test(field) ? inner : [];
    return BEFORE.test(field) ? [] : wordsIn(inner);
  });

/** Mutations that were dropped together. What they would have created never comes to be. */
class Refusal {
  /**
   * @param {Mutation[]} dropped
   * @param {State} state as the server confirmed it
   */
  constructor(dropped, state) {
    this.dropped = dropped;
    this.state = state;
    this.lost = new Set(dropped.map(tempIdOf));
  }

  /**
   * Return what a mutation would have written, and the field it came from; null if nothing was
   * typed.
   * @param {Mutation} mutation
   * @returns {KeptDraft | null}
   */
  draftOf(mutation) {
    switch (mutation.kind) {
      case 'todo.add':
        return this.#addedTitle(mutation);
      case 'todo.edit':
        return this.#editedText(mutation);
      case 'comment.add':
      case 'comment.edit': {
        const { body: text, list_id: listId, todo_id: todoId } = mutation;
        const isNew = mutation.kind === 'comment.add' || this.lost.has(mutation.comment_id);
        const [field, id] = isNew ? ['comment', todoId] : ['comment-edit', mutation.comment_id];
        return kept(field, id, { text, listId, todoId, action: 'write_comment' });
      }
      case 'change.undo':
        // What comes back was written before, perhaps by somebody else.
        return null;
      default:
        return this.#lostWords(mutation);
    }
  }

  /**
   * Return the words of a change whose field is gone, as a dialog is: a name, or what a change of
   * an unknown kind has.
   * @param {Mutation} mutation
   */
  #lostWords(mutation) {
    const text = wordsIn(mutation).join('\n');
    const isUndone = 'list_id' in mutation &&
      own(this.state.lists, mutation.list_id)?.name === text;
    if (!text || isUndone) return null;
    return kept('lost', mutation.key, { text, listId: '', action: 'create_todo', isLost: true });
  }

  /** @param {MutationOf<'todo.add'>} mutation */
  #addedTitle({ fields: { title, parent_id }, list_id, temp_id }) {
    const text = this.dropped.reduce(
      (last, other) =>
        other.kind === 'todo.edit' && other.todo_id === temp_id
          ? other.changes.title ?? last
          : last,
      title,
    );
    if (parent_id && !this.lost.has(parent_id)) {
      const rest = { text, listId: list_id, todoId: parent_id };
      return kept('subtask', parent_id, { ...rest, action: 'create_todo' });
    }
    // A list that was not made has no field.
    const inbox = this.lost.has(list_id) ? inboxOf(this.state) : null;
    const listId = inbox?.id ?? list_id;
    return kept('add', listId, { text, listId, action: 'create_todo' });
  }

  /** @param {MutationOf<'todo.edit'>} mutation */
  #editedText({ changes, list_id: listId, todo_id: todoId, saw }) {
    const isAdded = this.dropped.some((other) =>
      other.kind === 'todo.add' && other.temp_id === todoId
    );
    for (const field of /** @type {const} */ (['title', 'description'])) {
      const text = changes[field];
      // Undoing an edit writes what the server had.
      if (text === undefined || text === findTodo(this.state, todoId)?.[field]) continue;
      // The title is kept as that of the new todo.
      if (field === 'title' && isAdded) continue;
      return kept(field, todoId, { text, listId, todoId, action: 'edit_todo', base: { saw } });
    }
    return null;
  }
}

/**
 * @param {string} field
 * @param {string} id
 * @param {Omit<Draft, 'at' | 'end'>} draft
 * @returns {KeptDraft}
 */
const kept = (field, id, draft) => ({
  place: placeOf(field, id),
  draft: { ...draft, end: 'refused' },
});
