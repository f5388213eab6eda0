// The other users who have the visible list open, and what they are editing. Ends with the
// connection: no sequence numbers, nothing stored, no part of the confirmed state. No DOM.

import { own } from '../own.js';

/**
 * @import {
 *   ClientFrame, Editing, EventFrame, Joined, Left, PersonHere, Presence as PresenceFrame,
 *   UserShape,
 * } from '../types/contract.d.ts'
 */

// Editing is sent again at most this often, and forgotten when it is not repeated (protocol.md).
const SEND_EVERY_MS = 2_500;
const FORGET_MS = 5_000;

/** @typedef {{user: UserShape, field: string}} Editor */

/**
 * @typedef {object} PresencePorts
 * @property {(frame: ClientFrame) => boolean} send
 * @property {() => void} onChange
 * @property {() => number} [now] in milliseconds
 * @property {(work: () => void, ms: number) => unknown} [later]
 */

export class Presence {
  /** @type {Record<string, Record<string, PersonHere>>} who has a list open, by list and user */
  presentUsers = {};
  /** @type {Record<string, Editor[]>} who is editing a todo */
  editors = {};
  /** @type {string | null} */
  #visibleList = null;
  #lastSent = { what: '', at: 0 };

  /** @param {PresencePorts} ports */
  constructor(ports) {
    /** @type {Required<PresencePorts>} */
    this.ports = { now: Date.now, later: (work, ms) => setTimeout(work, ms), ...ports };
  }

  /**
   * Send the server the list that is on screen, if any.
   * @param {string | null} listId
   */
  setVisibleList(listId) {
    if (listId === this.#visibleList) return;
    const before = this.#visibleList;
    this.#visibleList = listId;
    if (before) {
      this.ports.send({ type: 'presence', list: before, state: null });
      this.#forget(before);
    }
    if (listId) this.ports.send({ type: 'presence', list: listId, state: {} });
  }

  /**
   * Announce the user again: a subscription began anew, and the server forgot what was sent before.
   * @param {string} listId
   */
  subscribed(listId) {
    if (listId === this.#visibleList) {
      this.ports.send({ type: 'presence', list: listId, state: {} });
    }
  }

  /** Forget everybody: the connection is gone. */
  closed() {
    if (Object.keys(this.presentUsers).length === 0 && Object.keys(this.editors).length === 0) {
      return;
    }
    this.presentUsers = {};
    this.editors = {};
    this.ports.onChange();
  }

  /**
   * Send the other members that the user is editing a field.
   * @param {string} todoId
   * @param {string} field
   */
  edit(todoId, field) {
    const what = `${todoId} ${field}`;
    const now = this.ports.now();
    if (this.#lastSent.what === what && now - this.#lastSent.at < SEND_EVERY_MS) return;
    // With fewer than two users here nobody would receive the frame: the user is one of them.
    const present = this.#visibleList ? this.presentUsers[this.#visibleList] ?? {} : {};
    if (Object.keys(present).length < 2) return;
    this.#lastSent = { what, at: now };
    this.ports.send({ type: 'editing', todo: todoId, field });
  }

  /**
   * The author of an event has finished editing what it is about.
   * @param {EventFrame} frame
   */
  edited(frame) {
    const todoId = editedTodo(frame);
    if (frame.actor && todoId) this.removeEditor(todoId, frame.actor.id);
  }

  /**
   * Remove an editor of a todo: the edit has arrived as an event, or the user left.
   * @param {string} todoId
   * @param {string} userId
   */
  removeEditor(todoId, userId) {
    const before = own(this.editors, todoId) ?? [];
    const after = before.filter(({ user }) => user.id !== userId);
    if (after.length !== before.length) this.#putEditors(todoId, after);
  }

  /** @param {PresenceFrame | Joined | Left | Editing} frame */
  receive(frame) {
    if (frame.type === 'editing') return this.#addEditor(frame);
    // A frame about the list that was visible before.
    if (frame.list !== this.#visibleList) return;
    const users = frame.type === 'presence' ? {} : { ...this.presentUsers[frame.list] };
    if (frame.type === 'left') { for (const id of frame.users) delete users[id]; }
    else for (const present of frame.users) users[present.user.id] = present;
    this.presentUsers = { ...this.presentUsers, [frame.list]: users };
    if (frame.type === 'left') {
      for (const id of frame.users) {
        for (const todoId of Object.keys(this.editors)) this.removeEditor(todoId, id);
      }
    }
    this.ports.onChange();
  }

  /** @param {Editing} frame */
  #addEditor({ todo, field, user }) {
    const others = (own(this.editors, todo) ?? []).filter((editor) => editor.user.id !== user.id);
    const editor = { user, field };
    this.#putEditors(todo, [...others, editor]);
    this.ports.later(() => {
      if (own(this.editors, todo)?.includes(editor)) this.removeEditor(todo, user.id);
    }, FORGET_MS);
  }

  /**
   * @param {string} todoId
   * @param {Editor[]} editors
   */
  #putEditors(todoId, editors) {
    const { [todoId]: _before, ...rest } = this.editors;
    this.editors = editors.length > 0 ? { ...rest, [todoId]: editors } : rest;
    this.ports.onChange();
  }

  /** @param {string} listId */
  #forget(listId) {
    const { [listId]: _removed, ...rest } = this.presentUsers;
    this.presentUsers = rest;
    this.editors = {};
    this.ports.onChange();
  }
}

/**
 * Return who has a list open, by user. While the connection is lost nobody is known to.
 * @param {{live: {presence: Presence} | null, store: {isOffline: boolean}}} app
 * @param {string} listId
 * @returns {Record<string, PersonHere>}
 */
export const presentIn = ({ live, store }, listId) =>
  store.isOffline ? {} : live?.presence.presentUsers[listId] ?? {};

/**
 * Return the id of the todo that an event is about, if it is about one.
 * @param {EventFrame} frame
 */
function editedTodo({ data }) {
  if ('todo' in data) return data.todo.id;
  return 'comment' in data ? data.comment.todo_id : null;
}
