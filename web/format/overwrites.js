// The toast for an overwrite: an edit replaced a value that its author had not seen. Pure. The text
// always contains the value that the button would restore.

import { message, t } from '../languages/translate.js';
import { dueAt } from '../store/dates.js';
import { own } from '../own.js';
import { dueText } from './due.js';
import { priorityName } from './priorities.js';
import { repeatText } from './repeat.js';
import { shorten } from './shorten.js';

/**
 * @import { EditBody, TodoShape } from '../types/contract.d.ts'
 * @import { Reader } from '../types/client.d.ts'
 * @import { Overwrite } from '../store/overwrites.js'
 * @typedef {(id: string) => string | null} NameOf the name of a label or member, or a todo's title
 * @typedef {keyof TodoShape & keyof EditBody} ShownField
 */

/**
 * @typedef {object} FieldWords
 * @property {string} name
 * @property {(value: any, reader: Reader, nameOf: NameOf) => string} text describes a set value
 * @property {string} [empty] describes an empty value; "none" by default
 */

/** @type {Record<string, string>} */
const STATUSES = {
  pending: message('open'),
  in_progress: message('in progress'),
  completed: message('completed'),
  cancelled: message('cancelled'),
};

/** @type {Record<ShownField, FieldWords>} */
const FIELDS = {
  title: { name: message('the title'), text: (title) => quoted(title) },
  description: {
    name: message('the description'),
    text: (description) => quoted(description),
    empty: message('empty'),
  },
  due: {
    name: message('the due date'),
    text: (due, reader) => dueText({ due, due_at: dueAt(due) }, reader)?.text ?? '',
  },
  priority: {
    name: message('the priority'),
    text: (priority) => priorityName(priority).toLocaleLowerCase(),
  },
  labels: { name: message('the labels'), text: (ids, _reader, nameOf) => namesText(ids, nameOf) },
  assignees: {
    name: message('who is assigned'),
    text: (ids, _reader, nameOf) => namesText(ids, nameOf),
  },
  status: { name: message('the status'), text: (status) => t(own(STATUSES, status) ?? status) },
  repeat: {
    name: message('how it repeats'),
    text: (repeat) => repeatText(repeat),
    empty: message('not at all'),
  },
  parent_id: {
    name: message('what it is part of'),
    text: (id, _reader, nameOf) => namesText([id], nameOf),
  },
  metadata: {
    name: message('its extra data'),
    text: (metadata) => quoted(JSON.stringify(metadata)),
  },
};

/** @type {FieldWords} */
const OTHER_FIELD = { name: message('the todo'), text: (value) => quoted(textOf(value)) };

/** @param {unknown} value */
const textOf = (value) => typeof value === 'string' ? value : JSON.stringify(value);

/**
 * Return true if a field has no value: 0 is one, but no priority.
 * @param {string} field
 * @param {unknown} value
 */
const isUnset = (field, value) =>
  value === null || value === undefined || value === '' || value === false ||
  (value === 0 && field === 'priority') ||
  (typeof value === 'object' && Object.keys(value).length === 0);

// Characters of a user's text: two lines of a toast on a phone.
const SHOWN = 60;

/**
 * Return a text that a user wrote, short and in quotes.
 * @param {string} text
 */
export const quoted = (text) =>
  t('“{text}”', { text: shorten(text.replace(/\s+/g, ' ').trim(), SHOWN) });

/**
 * @param {string[]} ids
 * @param {NameOf} nameOf
 */
function namesText(ids, nameOf) {
  return ids.map((id) => nameOf(id) ?? t('somebody or something that is gone')).join(', ');
}

/**
 * @param {Pick<Overwrite, 'author' | 'field' | 'value' | 'name'>} overwrite
 * @param {Reader} reader
 * @param {NameOf} [nameOf]
 */
export function overwriteText({ author, field, value, name }, reader, nameOf = () => null) {
  const who = name ?? t('Somebody');
  const words = own(FIELDS, field) ?? OTHER_FIELD;
  const said = isUnset(field, value)
    ? t(words.empty ?? message('none'))
    : words.text(value, reader, nameOf);
  const texts = { name: who, field: t(words.name), value: said };
  return author === 'other'
    ? {
      text: t('{name} had changed {field} meanwhile (theirs: {value}). Yours was kept.', texts),
      action: t('Use theirs'),
    }
    : {
      text: t('{name} changed {field} without having seen yours: {value}.', texts),
      action: t('Use mine'),
    };
}
