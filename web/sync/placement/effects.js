// What pending mutations of the order of lists and of folders show, until they are confirmed.

import { byRank, rankBetween } from '../rank.js';
import { createdId } from '../todo_effects.js';
import { putFolder, removeFolder } from './events.js';

/**
 * @import { MyListShape } from '../../types/contract.d.ts'
 * @import { MutationEffect } from '../../types/client.d.ts'
 * @typedef {{id: string, rank: string}} Ranked
 */

/**
 * Return a rank just before or just after a neighbour, or the last one; null if it is not there.
 * @param {Ranked[]} others
 * @param {string | null | undefined} beforeId
 * @param {string | null | undefined} afterId
 */
function rankBeside(others, beforeId, afterId) {
  const ranked = others.sort(byRank);
  if (!beforeId && !afterId) return rankBetween(ranked.at(-1)?.rank ?? null, null);
  const neighbour = ranked.findIndex(({ id }) => id === (beforeId ?? afterId));
  if (neighbour < 0) return null;
  const at = beforeId ? neighbour : neighbour + 1;
  return rankBetween(ranked[at - 1]?.rank ?? null, ranked[at]?.rank ?? null);
}

/** @param {MyListShape} list */
const ranked = ({ id, placement }) => ({ id, rank: placement.rank });

/** @type {MutationEffect<'list.place'>} */
export function placeList(state, { list_id: id, changes }) {
  const list = state.lists[id];
  if (!list) return state;
  const { before_list_id: before, after_list_id: after, ...kept } = changes;
  const isMoved = before || after ||
    (kept.folder_id !== undefined && kept.folder_id !== list.placement.folder_id);
  const others = Object.values(state.lists).filter((other) => other.id !== id).map(ranked);
  const rank = (isMoved && rankBeside(others, before, after)) || list.placement.rank;
  const placed = { ...list, placement: { ...list.placement, ...kept, rank } };
  return { ...state, lists: { ...state.lists, [id]: placed } };
}

/** @type {MutationEffect<'folder.add'>} */
export function addFolder(state, mutation) {
  const id = createdId(mutation);
  const rank = rankBeside(Object.values(state.folders), null, null) ?? '';
  const folder = { id, rank, ...mutation.fields };
  return { ...state, folders: { [id]: folder, ...state.folders } };
}

/** @type {MutationEffect<'folder.edit'>} */
export function editFolder(state, { folder_id: id, changes }) {
  const folder = state.folders[id];
  if (!folder) return state;
  const { before_folder_id: before, after_folder_id: after, name = folder.name } = changes;
  const others = Object.values(state.folders).filter((other) => other.id !== id);
  const rank = (before || after) && rankBeside(others, before, after) || folder.rank;
  return putFolder(state, { folder: { ...folder, name, rank } }, '');
}

/** @type {MutationEffect<'folder.delete'>} */
export const deleteFolder = (state, mutation) => removeFolder(state, mutation);
