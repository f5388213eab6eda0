// What pending mutations of comments show until the server has confirmed them. Pure.

import { findTodo, putContent, putTodo, without } from '../state.js';
import { createdId } from '../todo_effects.js';

/**
 * @import { CommentShape, ReactionShape } from '../../types/contract.d.ts'
 * @import { Comment, MutationEffect, State } from '../../types/client.d.ts'
 */

/**
 * Change the comments of a todo, and its comment count by `difference`.
 * @param {State} state
 * @param {string} todoId
 * @param {(byId: Record<string, Comment>) => Record<string, Comment>} change
 */
function changeThread(state, todoId, change, difference = 0) {
  const todo = findTodo(state, todoId);
  if (!todo) return state;
  const after = difference
    ? putTodo(state, todo.list_id, todo.id, {
      ...todo,
      comment_count: Math.max(0, todo.comment_count + difference),
    })
    : state;
  const { comments } = after.contents[todo.list_id];
  const thread = comments[todo.id];
  if (!thread) return after;
  return putContent(after, todo.list_id, {
    comments: { ...comments, [todo.id]: { ...thread, byId: change(thread.byId) } },
  });
}

/** @type {MutationEffect<'comment.add'>} */
export function addComment(state, mutation) {
  const { account } = state;
  /** @type {Comment} */
  const comment = {
    id: createdId(mutation),
    todo_id: mutation.todo_id,
    author: account && { id: account.id, name: account.name, avatar_url: account.avatar_url },
    body: mutation.body,
    mentions: [],
    reactions: [],
    created_at: mutation.at,
    edited_at: null,
    pending: true,
  };
  const listId = findTodo(state, mutation.todo_id)?.list_id;
  const thread = listId && state.contents[listId].comments[mutation.todo_id];
  if (thread && thread.byId[comment.id]) return state;
  return changeThread(state, mutation.todo_id, (byId) => ({ ...byId, [comment.id]: comment }), 1);
}

/** @type {MutationEffect<'comment.edit'>} */
export function editComment(state, mutation) {
  return changeThread(state, mutation.todo_id, (byId) => {
    const comment = byId[mutation.comment_id];
    if (!comment) return byId;
    const edited = { ...comment, body: mutation.body, edited_at: mutation.at };
    return { ...byId, [comment.id]: edited };
  });
}

/** @type {MutationEffect<'comment.delete'>} */
export function deleteComment(state, mutation) {
  return changeThread(state, mutation.todo_id, (byId) => without(byId, mutation.comment_id), -1);
}

/**
 * Show a deleted comment again. Its reactions are gone.
 * @param {State} state
 * @param {CommentShape} comment
 */
export function restoreComment(state, comment) {
  const listId = findTodo(state, comment.todo_id)?.list_id;
  const thread = listId && state.contents[listId].comments[comment.todo_id];
  if (thread && thread.byId[comment.id]) return state;
  const shown = { ...comment, reactions: [] };
  return changeThread(state, comment.todo_id, (byId) => ({ ...byId, [comment.id]: shown }), 1);
}

/** @type {MutationEffect<'comment.react'>} */
export function reactToComment(state, mutation) {
  const user = state.account;
  if (!user) return state;
  return changeThread(state, mutation.todo_id, (byId) => {
    const comment = byId[mutation.comment_id];
    if (!comment) return byId;
    const reactions = withReaction(comment.reactions, mutation.emoji, user.id, mutation.on);
    return { ...byId, [comment.id]: { ...comment, reactions } };
  });
}

/**
 * Return the reactions with or without one of a user, as the server has them afterwards.
 * @param {ReactionShape[]} reactions
 * @param {string} emoji
 * @param {string} userId
 * @param {boolean} isOn
 */
export function withReaction(reactions, emoji, userId, isOn) {
  const present = reactions.find((reaction) => reaction.emoji === emoji);
  if (Boolean(present?.user_ids.includes(userId)) === isOn) return reactions;
  if (!present) return [...reactions, { emoji, user_ids: [userId] }];
  return reactions.map((reaction) => {
    if (reaction !== present) return reaction;
    const others = present.user_ids.filter((id) => id !== userId);
    return { emoji, user_ids: isOn ? [...others, userId] : others };
  }).filter((reaction) => reaction.user_ids.length > 0);
}
