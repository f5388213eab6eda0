// The cases of the reducer for comments, and what happens to comments when users change.

import { changeItems, changeThread, put, remove } from './threads.js';

/**
 * @import { EventData, UserShape } from '../../types/contract.d.ts'
 * @import { CommentThread, EventCase, State } from '../../types/client.d.ts'
 */

/**
 * @param {State} state
 * @param {EventData['comment.added'] | EventData['comment.edited']} data
 * @param {string} listId
 * @returns {State}
 */
export function putComment(state, data, listId) {
  const { comment } = data;
  const count = 'comment_count' in data ? data.comment_count : undefined;
  // Events of before there were reactions have none.
  const whole = { ...comment, reactions: comment.reactions ?? [] };
  return changeThread(state, 'comments', listId, comment.todo_id, count, put(whole));
}

/** @type {EventCase<'comment.deleted'>} */
export function deleteComment(state, data, listId) {
  const { todo_id: todoId, comment_id: id, comment_count: count } = data;
  return changeThread(state, 'comments', listId, todoId, count, remove(id));
}

/** @type {EventCase<'comment.reacted'>} */
export function setReactions(state, data, listId) {
  const { todo_id: todoId, comment_id: id, reactions } = data;
  return changeThread(state, 'comments', listId, todoId, undefined, (thread) => {
    const comment = thread.byId[id];
    if (comment) return put({ ...comment, reactions })(thread);
    return { ...thread, changed: { ...thread.changed, [id]: { reactions } } };
  });
}

/**
 * @param {Record<string, CommentThread>} threads
 * @param {UserShape} user who has another name or picture
 */
export const renameUser = (threads, user) =>
  changeItems(
    threads,
    (comment) => comment.author?.id === user.id ? { ...comment, author: user } : comment,
  );

/**
 * Return the threads without the name and the reactions of a deleted account.
 * @param {Record<string, CommentThread>} threads
 * @param {string} userId
 */
export const forgetUser = (threads, userId) =>
  changeItems(threads, (comment) => ({
    ...comment,
    author: comment.author?.id === userId ? null : comment.author,
    reactions: comment.reactions
      .map(({ emoji, user_ids }) => ({ emoji, user_ids: user_ids.filter((id) => id !== userId) }))
      .filter(({ user_ids }) => user_ids.length > 0),
  }));
