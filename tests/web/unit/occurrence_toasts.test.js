// The toast of an occurrence that ended, and that of a change of several todos, which stays.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { todo } from './support/builders.js';
import { ACCOUNT_SNAPSHOT, LIST, LIST_SNAPSHOT } from './support/sample.js';
import { Actions } from '../../../web/store/actions.js';
import { completeTodos } from '../../../web/store/bulk_edits.js';
import { Store } from '../../../web/store/store.js';
import { toastOccurrence } from '../../../web/views/components/occurrence_toasts.js';

/** Complete todos of which the first repeats, and return the toasts once the server answered. */
function toastsOf(/** @type {string[]} */ ids) {
  const repeat = /** @type {any} */ ({ rule: 'FREQ=DAILY', occurrence: 1 });
  const todos = ids.map((id, at) =>
    todo({ id, list_id: LIST.id, repeat: at === 0 ? repeat : null })
  );
  const store = new Store();
  store.takeAccount(ACCOUNT_SNAPSHOT);
  store.takeList({ ...LIST_SNAPSHOT, todos });
  const actions = new Actions({ store, outbox: /** @type {any} */ ({ add: () => {} }) });
  /** @type {string[]} */
  const toasts = [];
  const ui = { toast: (/** @type {string} */ text) => toasts.push(text) };

  completeTodos(actions, todos);
  const { key } = store.pending.find(({ kind }) => kind === 'todo.complete') ?? {};
  const ended = { outcome: 'completed', occurrence: 1 };
  const data = { todo: { ...todos[0], status: 'completed' }, ended };
  const frame = { event: 'todo.edited', mutation: key, data };
  toastOccurrence(/** @type {any} */ ({ actions, store, ui }), /** @type {any} */ (frame));
  return toasts;
}

test('a repeating todo that is completed alone says what comes next', () => {
  assert.deepEqual(toastsOf(['a']), ['Done. That was the last one.']);
});

test('completed with others it leaves the toast that counts them', () => {
  assert.deepEqual(toastsOf(['a', 'b']), []);
});
