// What a random change is about: things that the user sees, and values unlike those before.

import { foldersOf } from '../../../../web/store/placement/my_lists.js';
import { subtasksOf } from '../../../../web/store/queries.js';
import { RANKED, sorted } from '../../../../web/sync/todo_order.js';

/**
 * @import { Due, Todo } from '../../../../web/types/client.d.ts'
 * @import { DevicePage } from './devices.js'
 */

const DUES = /** @satisfies {Due[]} */ ([
  { date: '2031-01-31' },
  { at: '2031-03-30T02:30:00' },
  { at: '2031-10-26T09:00:00', zone: 'Europe/Berlin' },
]);
const RULES = ['FREQ=DAILY', 'FREQ=WEEKLY;INTERVAL=2', 'FREQ=MONTHLY;BYMONTHDAY=-1'];

const COLOURS = /** @type {const} */ (['red', 'green', 'blue']);
const STATUSES = /** @type {const} */ (['pending', 'in_progress', 'cancelled']);

/**
 * Return a source of numbers in [0, 1) that are the same for the same seed (mulberry32).
 * @param {number} state
 */
export function randomFrom(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export class Scene {
  /**
   * @param {DevicePage} page
   * @param {string[]} lists two shared lists
   * @param {() => number} random
   * @param {string} name unlike all others
   */
  constructor(page, lists, random, name) {
    this.page = page;
    this.actions = page.actions;
    this.state = page.store.shown;
    this.random = random;
    this.name = name;
    const at = random() < 0.65 ? 0 : 1;
    this.listId = lists[at];
    this.otherId = lists[1 - at];
    this.content = this.state.contents[this.listId];
    this.todos = sorted(this.content.todos, RANKED);
  }

  /** @param {number} most */
  upTo = (most) => Math.floor(this.random() * most);

  /** @type {<T>(items: readonly T[]) => T | undefined} */
  pick = (items) => items[this.upTo(items.length)];

  /**
   * Return some of the items that are beside each other.
   * @template T
   * @param {readonly T[]} items
   */
  some(items) {
    const at = this.upTo(items.length);
    return items.slice(at, at + this.upTo(4));
  }

  get todo() {
    return this.pick(this.todos);
  }

  /** @param {Todo} todo */
  beside = (todo) => this.pick(this.todos.filter(({ id }) => id !== todo.id))?.id;

  /** From the trash. */
  get deleted() {
    return this.pick(this.page.trash.filter(({ id }) => !this.actions.find(id)));
  }

  /** What undoes a change of this visit, perhaps not the newest. */
  get undoer() {
    return this.pick(this.page.undoers);
  }

  /** A todo that can become a subtask, and one that can have it. */
  get nesting() {
    const loose = this.todos.filter(({ parent_id: parent }) => parent === null);
    const child = this.pick(loose.filter((todo) => subtasksOf(this.state, todo).length === 0));
    const parent = this.pick(loose.filter((todo) => todo !== child));
    return child && parent && { child, parent };
  }

  get subtask() {
    return this.pick(this.todos.filter(({ parent_id: parent }) => parent !== null));
  }

  get repeating() {
    return this.pick(this.todos.filter(({ repeat }) => repeat));
  }

  get due() {
    return /** @type {Due} */ (this.pick(DUES));
  }

  get repeat() {
    return { rule: this.pick(RULES) ?? '' };
  }

  get status() {
    return this.pick(STATUSES);
  }

  get colour() {
    return this.pick(COLOURS) ?? 'red';
  }

  get someMembers() {
    return this.some(Object.keys(this.content.members).sort());
  }

  get someLabels() {
    return this.some(Object.keys(this.content.labels).sort());
  }

  get label() {
    return this.pick(Object.values(this.content.labels));
  }

  get comments() {
    return this.todos.flatMap((todo) => {
      const thread = this.content.comments[todo.id];
      const comments = thread?.loaded ? Object.values(thread.byId) : [];
      return comments.map((comment) => ({ todo, comment }));
    });
  }

  get commented() {
    return this.pick(this.todos.filter(({ comment_count: count }) => count > 0)) ?? this.todo;
  }

  get comment() {
    return this.pick(this.comments);
  }

  get ownComment() {
    const { account } = this.state;
    return this.pick(this.comments.filter(({ comment }) => comment.author?.id === account?.id));
  }

  get reminder() {
    return this.pick(Object.values(this.state.reminders));
  }

  get folder() {
    return this.pick(foldersOf(this.state));
  }

  get ownLabel() {
    return this.pick(Object.values(this.state.personalLabels));
  }

  /** A time far in the future, and within a year. */
  get moment() {
    const days = 100 + this.upTo(200);
    return new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+/, '');
  }
}
