// What a search finds beyond the words as they were typed in the todos at hand: with one typo, in
// comments, and on the server.

import { searchKey, searchWords } from '../../format/folding.js';
import { plainPart, plainText } from '../../format/markdown/plain_text.js';
import { own } from '../../own.js';
import { isWhole, searchTodos } from '../../store/queries.js';
import { memoized } from '../../store/memo.js';
import { findTodo } from '../../sync/state.js';
import { hasNear } from './typos.js';

/**
 * @import { FoundShape, SearchShape } from '../../types/contract.d.ts'
 * @import { App } from '../../app.js'
 * @import { Answer, Comment, State, Todo } from '../../types/client.d.ts'
 * @typedef {(text: string, word: string) => boolean} HasWord
 * @typedef {{todos: Todo[], found: FoundShape[], isNear: boolean}} Found `isNear`: nothing has the
 *   words as they were typed
 * @typedef {{text: string, userId: string | undefined, answer: SearchShape | null}} Asked
 */

// A user who types on asks once.
const ASK_AFTER_MS = 250;
const MENTION = /@\[[0-9a-z]{26}\]/g;
const MOST_COMMENTS = 30;

/** @type {HasWord} */
const hasWord = (text, word) => text.includes(word);
const textOf = memoized((/** @type {Comment} */ { body }) => searchKey(body.replace(MENTION, '@')));

/** What the server was asked last, by whom, and what it answered. @type {Asked} */
let asked = { text: '', userId: undefined, answer: null };
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Return what there is beside `todos`, which have the words as they were typed; in place of
 * nothing, what is like them. What the server finds comes later.
 * @param {App} app
 * @param {string} text
 * @param {Todo[]} todos
 * @param {{listId?: string, onAnswer: () => void}} options
 * @returns {Found}
 */
export function findMore(app, text, todos, { listId, onAnswer }) {
  if (searchWords(text).length === 0) return { todos, found: [], isNear: false };
  ask(app, text, onAnswer);
  const { shown } = app.store;
  const { answer } = asked;
  const found = together(shown, commentsWith(shown, text, hasWord), answer, false, listId);
  if (todos.length + found.length > 0) return { todos, found, isNear: false };
  const near = searchTodos(shown, text, { listId, has: hasNear });
  const alike = together(shown, commentsWith(shown, text, hasNear), answer, true, listId);
  return { todos: near, found: alike, isNear: near.length + alike.length > 0 };
}

/**
 * @param {App} app
 * @param {string} text
 * @param {() => void} onAnswer
 */
function ask({ session, store }, text, onAnswer) {
  const userId = store.shown.account?.id;
  if (asked.text === text && asked.userId === userId) return;
  const question = { text, userId, answer: /** @type {SearchShape | null} */ (null) };
  asked = question;
  clearTimeout(timer);
  if (store.connection.state === 'offline') {
    question.text = '';
    return;
  }
  timer = setTimeout(async () => {
    if (store.shown.account?.id !== userId) return;
    try {
      /** @type {Answer<SearchShape>} */
      const { body } = await session.call('GET', `/search?${new URLSearchParams({ q: text })}`);
      if (asked !== question) return;
      question.answer = body;
      onAnswer();
    } catch {
      // What is at hand was searched. The next drawing asks again.
      question.text = '';
    }
  }, ASK_AFTER_MS);
}

/**
 * Return what was found at hand and on the server, each once.
 * @param {State} state
 * @param {FoundShape[]} atHand
 * @param {SearchShape | null} answer
 * @param {boolean} isNear
 * @param {string | undefined} listId of that list alone
 */
function together(state, atHand, answer, isNear, listId) {
  const fitting = answer?.is_approximate === isNear ? answer.items : [];
  const ids = new Set(atHand.map(({ comment_id: id }) => id));
  const others = fitting.filter(({ comment_id: id, todo_id, list_id }) =>
    id ? !ids.has(id) : !isWhole(state, list_id) && !findTodo(state, todo_id)
  ).map((found) => ({ ...found, snippet: found.snippet && plainPart(found.snippet) }));
  return [...atHand, ...others].filter(({ list_id }) => !listId || list_id === listId);
}

/**
 * Return the comments at hand that have all words.
 * @param {State} state
 * @param {string} text
 * @param {HasWord} has
 * @returns {FoundShape[]}
 */
function commentsWith(state, text, has) {
  const words = searchWords(text);
  return Object.values(state.contents).flatMap(({ comments, todos }) =>
    Object.entries(comments).flatMap(([todoId, { byId }]) => {
      const todo = todos.get(todoId);
      const found = Object.values(byId)
        .filter((comment) => words.every((word) => has(textOf(comment), word)));
      return todo ? found.map((comment) => foundIn(state, todo, comment)) : [];
    })
  ).slice(0, MOST_COMMENTS);
}

/**
 * @param {State} state
 * @param {Todo} todo
 * @param {Comment} comment
 * @returns {FoundShape}
 */
function foundIn(state, { id, list_id, title, status }, comment) {
  const members = own(state.contents, list_id)?.members ?? {};
  const snippet = plainText(comment.body, (userId) => own(members, userId)?.user.name ?? '…');
  return { todo_id: id, list_id, title, status, comment_id: comment.id, snippet };
}
