// What was done, as a sentence without its subject: the name and the time stand above it. Pure.

import { dueText } from '../../format/due.js';
import { priorityName } from '../../format/priorities.js';
import { message, t } from '../../languages/translate.js';
import { own } from '../../own.js';
import { dueAt } from '../../store/dates.js';

/**
 * @import { ActivityEntry } from '../../types/contract.d.ts'
 * @import { Reader } from '../../types/client.d.ts'
 * @typedef {{field: string, before?: any, after?: any}} Change a value as the entity has it
 * @typedef {object} Names
 * @property {(id: string) => string} person
 * @property {(id: string) => string} label
 * @property {(id: string) => string | null} list
 */

/** @type {Record<string, (title: string) => string>} */
const OF_TODO = {
  'todo.created': (title) => t('Added “{title}”', { title }),
  'todo.deleted': (title) => t('Moved “{title}” to the trash', { title }),
  'todo.restored': (title) => t('Took “{title}” out of the trash', { title }),
  'todo.purged': (title) => t('Deleted “{title}” for good', { title }),
  'comment.added': (title) => t('Commented on “{title}”', { title }),
  'comment.edited': (title) => t('Changed a comment on “{title}”', { title }),
  'comment.deleted': (title) => t('Deleted a comment on “{title}”', { title }),
  'attachment.added': (title) => t('Attached a file to “{title}”', { title }),
  'attachment.removed': (title) => t('Removed a file from “{title}”', { title }),
};

/** @type {Record<string, (name: string, title: string) => string>} */
const OF_FILE = {
  'attachment.added': (name, title) => t('Attached “{name}” to “{title}”', { name, title }),
  'attachment.removed': (name, title) => t('Removed “{name}” from “{title}”', { name, title }),
};

/** @type {Record<string, (name: string) => string>} */
const OF_SUBJECT = {
  'label.created': (name) => t('Made the label “{name}”', { name }),
  'label.deleted': (name) => t('Deleted the label “{name}”', { name }),
  'label.edited': (name) => t('Changed the label “{name}”', { name }),
};

/** @type {Record<string, string>} */
const ROLES = {
  owner: message('Owner'),
  editor: message('Editor'),
  commenter: message('Commenter'),
  viewer: message('Viewer'),
};

/** @type {Record<string, () => string>} */
const OF_LIST = {
  'list.created': () => t('Made the list'),
  'list.deleted': () => t('Moved the list to the trash'),
  'list.restored': () => t('Took the list out of the trash'),
};

/** @type {Record<string, (title: string) => string>} */
const ENDINGS = {
  completed: (title) => t('Completed one date of “{title}”', { title }),
  skipped: (title) => t('Skipped one date of “{title}”', { title }),
  reopened: (title) => t('Opened the last date of “{title}” again', { title }),
};

/** @type {Record<string, (title: string) => string>} */
const STATUSES = {
  pending: (title) => t('Opened “{title}” again', { title }),
  in_progress: (title) => t('Began “{title}”', { title }),
  completed: (title) => t('Completed “{title}”', { title }),
  cancelled: (title) => t('Cancelled “{title}”', { title }),
};

/**
 * Return what an entry says: a sentence for each changed field.
 * @param {ActivityEntry} entry
 * @param {Names} names
 * @param {Reader} reader
 * @returns {string[]}
 */
export function activitySentences(entry, names, reader) {
  const title = entry.title ?? t('a todo that is gone');
  const { event } = entry;
  if (entry.ended) return [own(ENDINGS, entry.ended)?.(title) ?? ''];
  if (event === 'todo.edited') {
    return entry.changes.flatMap((change) => fieldSentences(change, title, names, reader));
  }
  if (event === 'todo.moved_out' || event === 'todo.moved_in') {
    return [moveSentence(event, title, entry.list_id ? names.list(entry.list_id) : null)];
  }
  if (event === 'list.edited') return entry.changes.map(listSentence);
  if (event === 'comment.reacted') return [reactionSentence(entry.changes[0], title)];
  if (event.startsWith('member.')) return [memberSentence(entry)];
  const ofFile = own(OF_FILE, event);
  if (ofFile && entry.subject?.name) return [ofFile(entry.subject.name, title)];
  const ofTodo = own(OF_TODO, event);
  if (ofTodo) return [ofTodo(title)];
  const ofSubject = own(OF_SUBJECT, event);
  if (ofSubject) return [ofSubject(entry.subject?.name || t('somebody'))];
  return [own(OF_LIST, event)?.() ?? t('Changed the list')];
}

/**
 * @param {string} event
 * @param {string} title
 * @param {string | null} list
 */
function moveSentence(event, title, list) {
  const isOut = event === 'todo.moved_out';
  if (list === null) {
    return isOut
      ? t('Moved “{title}” to another list', { title })
      : t('Moved “{title}” here from another list', { title });
  }
  return isOut
    ? t('Moved “{title}” to “{list}”', { title, list })
    : t('Moved “{title}” here from “{list}”', { title, list });
}

/**
 * @param {Change | undefined} change without one the server did not record the reaction
 * @param {string} title
 */
function reactionSentence(change, title) {
  if (!change) return t('Changed a reaction to a comment on “{title}”', { title });
  return change.after
    ? t('Reacted with {emoji} to a comment on “{title}”', { emoji: change.after, title })
    : t('Took back {emoji} from a comment on “{title}”', { emoji: change.before, title });
}

/** @param {ActivityEntry} entry */
function memberSentence({ event, actor, subject, changes: [change], reason }) {
  const name = subject?.name || t('somebody');
  const isSelf = subject?.id === actor?.id;
  if (event === 'member.added') {
    return isSelf ? t('Joined the list') : t('Took {name} into the list again', { name });
  }
  if (event === 'member.edited') {
    const from = own(ROLES, String(change?.before));
    const to = own(ROLES, String(change?.after));
    return from && to
      ? t('Changed the role of {name} from {from} to {to}', { name, from: t(from), to: t(to) })
      : t('Changed the role of {name}', { name });
  }
  if (reason === 'left') return t('Left the list');
  return reason === 'removed'
    ? t('Removed {name} from the list', { name })
    : t('{name} is no longer in the list', { name });
}

/** @param {Change} change */
function listSentence({ field, before, after }) {
  if (field === 'name') {
    return before === null
      ? t('Renamed the list to “{after}”', { after })
      : t('Renamed the list from “{before}” to “{after}”', { before, after });
  }
  if (field === 'archived_at') {
    return after ? t('Archived the list') : t('Took the list out of the archive');
  }
  if (field === 'icon') return t('Changed the icon of the list');
  return t('Changed the colour of the list');
}

/**
 * @param {Change} change
 * @param {string} title
 * @param {Names} names
 * @param {Reader} reader
 * @returns {string[]}
 */
function fieldSentences({ field, before, after }, title, names, reader) {
  switch (field) {
    case 'title':
      return [
        before === null
          ? t('Renamed it to “{after}”', { after })
          : t('Renamed “{before}” to “{after}”', { before, after }),
      ];
    case 'description':
      return [t('Changed the description of “{title}”', { title })];
    case 'status':
      return [own(STATUSES, after)?.(title) ?? ''];
    case 'priority':
      return [prioritySentence(before, after, title)];
    case 'due':
      return [dueSentence(before, after, title, reader)];
    case 'repeat':
      return [t('Changed how “{title}” repeats', { title })];
    case 'assignees':
      return setSentences(before, after, names.person, {
        added: (people) => t('Assigned “{title}” to {people}', { title, people }),
        removed: (people) => t('Took {people} off “{title}”', { title, people }),
      });
    case 'labels':
      return setSentences(before, after, names.label, {
        added: (labels) => t('Added {labels} to “{title}”', { title, labels }),
        removed: (labels) => t('Took {labels} off “{title}”', { title, labels }),
      });
    case 'parent_id':
      return [
        after
          ? t('Made “{title}” a subtask', { title })
          : t('Made “{title}” a todo of its own', { title }),
      ];
    case 'rank':
      return [t('Moved “{title}” to another place', { title })];
    default:
      return [t('Changed “{title}”', { title })];
  }
}

/**
 * @param {number | null} before
 * @param {number} after
 * @param {string} title
 */
function prioritySentence(before, after, title) {
  const to = priorityName(after);
  if (before === null) return t('Set the priority of “{title}” to {to}', { title, to });
  const from = priorityName(before);
  return t('Changed the priority of “{title}” from {from} to {to}', { title, from, to });
}

/**
 * @param {any} before
 * @param {any} after
 * @param {string} title
 * @param {Reader} reader
 */
function dueSentence(before, after, title, reader) {
  /** @param {any} due */
  const text = (due) => dueText({ due, due_at: dueAt(due) }, reader)?.text ?? '';
  if (!after) return t('Took the due date off “{title}”', { title });
  const to = text(after);
  if (!before) return t('Set the due date of “{title}” to {to}', { title, to });
  const from = text(before);
  return t('Changed the due date of “{title}” from {from} to {to}', { title, from, to });
}

/**
 * @param {string[] | null} before
 * @param {string[]} after
 * @param {(id: string) => string} nameOf
 * @param {{added: (names: string) => string, removed: (names: string) => string}} sentences
 */
function setSentences(before, after, nameOf, { added, removed }) {
  const old = before ?? [];
  const come = after.filter((id) => !old.includes(id));
  const gone = old.filter((id) => !after.includes(id));
  /** @param {string[]} ids */
  const list = (ids) => ids.map(nameOf).join(', ');
  return [
    ...(come.length > 0 ? [added(list(come))] : []),
    ...(gone.length > 0 ? [removed(list(gone))] : []),
  ];
}

/**
 * Return by which way a change came that was not made on a page.
 * @param {string} via
 */
export function viaText(via) {
  if (via === 'mail') return t('by e-mail');
  return via === 'application' ? t('by a connected application') : t('by API token');
}
