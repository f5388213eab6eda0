// What is said of the undo of an entry: why it cannot be, and what it does not bring back. Pure.

import { message, t } from '../../languages/translate.js';
import { own } from '../../own.js';

/** @import { ActivityEntry } from '../../types/contract.d.ts' */

/** What an undo of the list as a whole is done by. @type {Record<string, () => string>} */
const ELSEWHERE = {
  'list.created': () => t('To undo this, move the list to the trash.'),
  'list.deleted': () => t('A list in the trash is restored there.'),
  'list.restored': () => t('To undo this, move the list to the trash.'),
};

/** The names of what can be changed again. @type {Record<string, string>} */
const FIELDS = {
  title: message('title'),
  description: message('description'),
  status: message('status'),
  priority: message('priority'),
  due: message('due date'),
  repeat: message('repetition'),
  parent_id: message('parent'),
  rank: message('place in the list'),
  name: message('name'),
  colour: message('colour'),
  icon: message('icon'),
  archived_at: message('archive'),
  body: message('text'),
  role: message('role'),
};

/** @param {string[]} fields those that were changed again */
function changedSince(fields) {
  const names = fields.flatMap((field) => own(FIELDS, field) ?? []).map((name) => t(name));
  return names.length > 0
    ? t('It cannot be undone. Changed again since: {fields}.', { fields: names.join(', ') })
    : t('It cannot be undone: it was changed again since.');
}

/**
 * Why an entry of one's own cannot be undone.
 * @type {Record<string, (entry: ActivityEntry) => string>}
 */
const REFUSALS = {
  too_old: () => t('Changes can be undone for 7 days.'),
  undone: () => t('Undone'),
  not_recorded: () => t('What was before is not known: it was made by an older version.'),
  elsewhere: ({ event }) => own(ELSEWHERE, event)?.() ?? t('This cannot be undone here.'),
  purged: () => t('It cannot be undone: it was deleted for good.'),
  in_trash: () => t('To undo this, restore the todo from the trash first.'),
  in_other_list: () => t('It cannot be undone: the todo is in another list now.'),
  changed_since: ({ refused_fields: fields }) => changedSince(fields),
  as_before: () => t('It is as it was before.'),
  too_many: () => t('It cannot be undone: more than 200 todos had the label.'),
  role: () => t('Your role in this list does not allow undoing it.'),
  not_member: () => t('It cannot be undone: the person is not in the list any more.'),
  guest: () => t('It cannot be undone: the visit of a guest has ended. The link opens a new one.'),
  invited: () => t('It cannot be undone: the person is invited already.'),
  invite_again: () =>
    t('The person cannot be taken back in without being asked. Invite them again.'),
  last_owner: () => t('It cannot be undone: a list needs an owner.'),
};

/**
 * Return why the entry cannot be undone; empty for one that can be, or of another user.
 * @param {ActivityEntry} entry
 */
export function refusalSentence(entry) {
  return (entry.refusal && own(REFUSALS, entry.refusal)?.(entry)) || '';
}

/**
 * Return what an undo of these entries does not bring back; empty if it brings back all.
 * @param {ActivityEntry[]} entries
 */
export function undoNotice(entries) {
  if (entries.some(({ event }) => event === 'comment.deleted')) {
    return t('Undo brings back the text of the comment, not its reactions and earlier texts.');
  }
  if (entries.some(({ event }) => event === 'member.removed')) {
    return [
      t('Undo brings back the role and up to 200 assigned todos, the open ones first.'),
      t('It does not bring back reminders, labels of their own, invitations and links.'),
    ].join(' ');
  }
  if (entries.some(isJoining)) {
    return t('If you undo this, you leave the list. To come back you need an invitation.');
  }
  return entries.some(({ event, changes }) =>
      event === 'member.edited' && changes[0]?.before === 'owner'
    )
    ? t('Undo gives the role back, not the invitations and links that ended with it.')
    : '';
}

/**
 * Whether it says that its actor joined the list.
 * @param {ActivityEntry} entry
 */
export const isJoining = ({ event, actor, subject }) =>
  event === 'member.added' && subject?.id === actor?.id;
