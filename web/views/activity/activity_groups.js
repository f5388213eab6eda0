// Which entries of the activity are shown, and undone, as one. Pure.

/** @import { ActivityEntry } from '../../types/contract.d.ts' */

// As many as the server undoes at once.
const MAX_GROUP = 100;
// What the same person did of one kind within a minute is one line: a bulk change, for example.
const GROUP_MS = 60_000;

/**
 * Join adjacent entries of one person and kind that are less than a minute apart. Changes of who
 * uses the list stay apart: each is about another person.
 * @param {ActivityEntry[]} entries
 */
export function groupsOf(entries) {
  /** @type {ActivityEntry[][]} */
  const groups = [];
  for (const entry of entries) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group && last && group.length < MAX_GROUP && isAlike(last, entry)) group.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

/**
 * @param {ActivityEntry} one
 * @param {ActivityEntry} other
 */
function isAlike(one, other) {
  /** @param {ActivityEntry} entry */
  const kindOf = (entry) =>
    [
      entry.event,
      entry.actor?.id,
      entry.via,
      entry.is_undone,
      entry.undoes === null,
      ...entry.changes.map(({ field }) => field),
      entry.ended,
    ].join();
  const isOther = one.todo_id === null || one.todo_id !== other.todo_id;
  if (one.event.startsWith('member.')) return false;
  const apart = Math.abs(Date.parse(one.at) - Date.parse(other.at));
  return isOther && apart < GROUP_MS && kindOf(one) === kindOf(other);
}
