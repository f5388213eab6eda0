// Which streams a page follows, if the user has more lists than one connection can follow. Pure.

import { t } from '../languages/translate.js';
import { own } from '../own.js';
import { userStream } from './state.js';

/**
 * @import { EventFrame } from '../types/contract.d.ts'
 * @import { State } from '../types/client.d.ts'
 */

// A socket may follow 200 streams (protocol.md, "The socket").
export const STREAMS = 200;

export const tooManyLists = () =>
  t(
    'You have more lists than a page can follow at once ({count}). Open a list to see it live.',
    { count: STREAMS - 1 },
  );

/**
 * Return true if a list is neither loaded nor shown until the user opens it.
 * @param {State} state
 * @param {string} listId
 */
function isIdle({ lists }, listId) {
  const list = own(lists, listId);
  return Boolean(list && (list.archived_at || list.deleted_at));
}

/**
 * Return the streams to follow: the user's own, the list on screen, those that are followed
 * already, then the other lists in use.
 * @param {State} state
 * @param {string | null} shownList
 * @param {Iterable<string>} followed
 */
export function wantedStreams(state, shownList, followed) {
  const all = Object.keys(state.streams);
  const names = new Set([
    userStream(state.account?.id),
    shownList ?? '',
    ...followed,
    ...all.filter((name) => !isIdle(state, name)),
    ...all,
  ]);
  return [...names].filter((name) => Object.hasOwn(state.streams, name)).slice(0, STREAMS);
}

/**
 * Return true if something on screen belongs to a stream that is not followed.
 * @param {State} state
 * @param {string | null} shownList null: a page over all lists in use
 * @param {ReadonlyMap<string, unknown>} followed
 */
export function isShownUnfollowed(state, shownList, followed) {
  const all = Object.keys(state.streams);
  const shown = shownList === null ? all.filter((name) => !isIdle(state, name)) : [shownList];
  return shown.some((name) => Object.hasOwn(state.streams, name) && !followed.has(name));
}

/**
 * Return true if an event may change how many todos of a list are open, and the list is not loaded:
 * without its todos it is unknown whether one more or one less is open.
 * @param {State} state
 * @param {Pick<EventFrame, 'event' | 'list'>} frame
 */
export const isCountUnknown = (state, { event, list }) =>
  event.startsWith('todo.') && isIdle(state, list) && !own(state.contents, list);
