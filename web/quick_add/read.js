// Reads a line of quick add: "call Ben tomorrow 9:00 !4 #home". Pure. What was understood is a list
// of chips; a word that is part of none stays in the title, and so does one that the user refused.

import { dayOf } from '../store/dates.js';
import { readMarks, take } from './marks.js';
import { readMoment } from './moments.js';
import { isCertain, phrasesOf } from './phrases.js';
import { minutesOf } from './rules.js';
import { firesBefore, plainReading } from './todo_fields.js';
import { refuse, tokensOf, wordsOf } from './tokens.js';

/**
 * @import { RepeatBody } from '../types/contract.d.ts'
 * @import { Due } from '../types/client.d.ts'
 * @import { Named } from '../format/mentions.js'
 * @import { Phrase } from './phrases.js'
 * @import { Token } from './tokens.js'
 * @import { Language } from './words.js'
 */

/**
 * @typedef {object} Context
 * @property {string} zone
 * @property {number} now in milliseconds
 * @property {Language} language of the reader
 * @property {boolean} monthFirst in "12/5"
 * @property {string} listId
 * @property {Named[]} lists to which the user may add; none: their names are not read
 * @property {Named[]} ownLabels that the user keeps for themselves
 * @property {(listId: string) => {labels: Named[], people: Named[]}} contentOf
 * @property {string | null} [day] for a todo that names none
 * @property {ReadonlySet<string>} [refused] the words of refused chips
 * @property {ReadonlySet<string>} [wanted] the words of new labels that the user wants to make
 *
 * @typedef {object} Chip
 * @property {'due' | 'time' | 'repeat' | 'reminder' | 'priority' | 'label' | 'own-label'
 *   | 'new-label' | 'person' | 'list' | 'no-label' | 'no-person' | 'no-list'} kind "no-…": its
 *   words stay in the title
 * @property {[number, number][]} spans the words that it takes out of the title
 * @property {string} [words] the same, as a refusal names them
 * @property {string} [id] of the label, person or list
 * @property {string} [name]
 * @property {boolean} [hidesOwn] the label of the list has the name of one of the user's own
 * @property {number} [priority]
 * @property {number} [minutes] before the due date
 *
 * @typedef {object} Reading
 * @property {string} title
 * @property {Due | null} due
 * @property {string | null} end of a range: a day, or a time as HH:MM
 * @property {RepeatBody | null} repeat
 * @property {{at: number} | {minutes: number} | null} reminder `at` in milliseconds
 * @property {number} priority
 * @property {string[]} labels ids
 * @property {string[]} ownLabels ids
 * @property {string[]} newLabels names
 * @property {string[]} people ids
 * @property {string} listId
 * @property {Chip[]} chips
 */

const JOINERS = new Set(['to', 'that', 'about', 'daran', 'daran,', 'an', 'dass']);

/**
 * @param {string} line
 * @param {Context} context
 * @returns {Reading}
 */
export function readLine(line, context) {
  const tokens = tokensOf(line);
  refuse(tokens, context.refused ?? new Set());
  const chips = readMarks(tokens, context);
  const phrases = phrasesOf(tokens, context.language);
  const moment = readTimes(tokens, phrases, context);
  const all = [...moment.chips, ...chips].sort((a, b) => a.spans[0][0] - b.spans[0][0])
    .map((chip) => ({ ...chip, words: wordsOf(tokens, chip.spans) }));
  const title = tokens.filter(({ isTaken }) => !isTaken).map(({ shown }) => shown).join(' ');
  // Nothing but chips is a title after all.
  if (!title) return plainReading(tokens.map(({ shown }) => shown).join(' '), context);
  return { ...plainReading(title, context), ...moment.fields, ...fieldsOf(all), chips: all };
}

/** @param {Chip[]} chips */
function fieldsOf(chips) {
  /** @param {Chip['kind']} kind */
  const ids = (kind) => [
    ...new Set(chips.filter((chip) => chip.kind === kind).map(({ id = '' }) => id)),
  ];
  const [listId] = ids('list');
  const names = chips.filter(({ kind }) => kind === 'new-label').map(({ name = '' }) => name);
  return {
    priority: chips.find(({ kind }) => kind === 'priority')?.priority ?? 0,
    labels: ids('label'),
    ownLabels: ids('own-label'),
    newLabels: [...new Set(names)],
    people: ids('person'),
    ...(listId ? { listId } : {}),
  };
}

/**
 * @param {Phrase} phrase
 * @param {string} kind
 */
const has = ({ matches }, kind) => matches.some(({ row }) => row.kind === kind);

/**
 * Read the due date, the repeat and the reminder.
 * @param {Token[]} tokens
 * @param {Phrase[]} phrases
 * @param {Context} context
 * @returns {{chips: Chip[], fields: Partial<Reading>}}
 */
function readTimes(tokens, phrases, context) {
  const moment = momentOf(context);
  const certain = phrases.filter((phrase) =>
    isCertain(tokens, phrase, phrases) &&
    (has(phrase, 'remind') || has(phrase, 'reminder') || readMoment([phrase], moment, context))
  );
  const asking = phrases.find((phrase) => has(phrase, 'remind'));
  const reminder = asking && readReminder(tokens, asking, certain, context);
  if (reminder) return reminder;
  const used = chosen(tokens, certain.filter((phrase) => !has(phrase, 'remind')));
  const read = readMoment(used, moment, context);
  const chips = read ? read.chips.map((chip) => take(tokens, chip)) : [];
  const due = read?.due ?? (context.day ? { date: context.day } : null);
  const before = due && readBefore(phrases, due, context);
  if (before) chips.push(take(tokens, before));
  const fields = { due, repeat: read?.repeat ?? null, end: read?.end ?? null };
  const minutes = before?.minutes;
  return { chips, fields: { ...fields, reminder: minutes ? { minutes } : null } };
}

/**
 * Read "remind me 1h before", unless that is past.
 * @param {Phrase[]} phrases
 * @param {Due} due
 * @param {Context} context
 * @returns {Chip | null}
 */
function readBefore(phrases, due, { zone, now }) {
  const phrase = phrases.find((each) => has(each, 'reminder'));
  if (!phrase) return null;
  const minutes = minutesOf(phrase.matches[0].slots.offset ?? '');
  if (minutes === 0 || firesBefore(due, minutes, zone) <= now) return null;
  return { kind: 'reminder', spans: [[phrase.from, phrase.to]], minutes };
}

/** @param {Context} context */
const momentOf = ({ now, zone, monthFirst }) => ({
  now,
  zone,
  monthFirst,
  today: dayOf(now, zone),
});

/**
 * Return the phrases that count: one with a repeat, one with a day, one with a time. Of several the
 * last one at the end counts, then the first.
 * @param {Token[]} tokens
 * @param {Phrase[]} phrases
 */
function chosen(tokens, phrases) {
  /** @type {Phrase[]} */
  const used = [];
  for (const kind of ['repeat', 'day', 'time']) {
    if (used.some((phrase) => has(phrase, kind))) continue;
    const all = phrases.filter((phrase) => has(phrase, kind) && !used.includes(phrase));
    const atEnd = all.findLast(({ to }) => tokens.slice(to).every(({ isMark }) => isMark));
    const one = atEnd ?? all[0];
    // A day with a time of its own would make two times.
    if (one && !(kind === 'day' && has(one, 'time') && used.some((each) => has(each, 'time')))) {
      used.push(one);
    }
  }
  return used;
}

/**
 * Read "remind me tomorrow 8:00 to call" or "remind me to call tomorrow 8:00": a reminder at that
 * time, and no due date. A reminder in the past is none.
 * @param {Token[]} tokens
 * @param {Phrase} asking
 * @param {Phrase[]} certain
 * @param {Context} context
 * @returns {{chips: Chip[], fields: Partial<Reading>} | null}
 */
function readReminder(tokens, asking, certain, context) {
  const isDirect = has(asking, 'day') || has(asking, 'time');
  const joiner = tokens[asking.to];
  const to = asking.to + Number(Boolean(joiner) && JOINERS.has(joiner.lower) && !joiner.isLiteral);
  const others = certain.filter((phrase) => phrase !== asking);
  const when = isDirect ? [asking] : to > asking.to ? chosen(tokens, others) : [];
  const read = readMoment(when, momentOf(context), context);
  if (!read?.due || read.repeat) return null;
  const at = firesBefore(read.due, 0, context.zone);
  if (at <= context.now) return null;
  /** @type {[number, number][]} */
  const spans = [[asking.from, to]];
  if (!isDirect) {
    spans.push(...when.map((each) => /** @type {[number, number]} */ ([each.from, each.to])));
  }
  const own = take(tokens, { kind: 'reminder', spans });
  const rest = isDirect ? chosen(tokens, others.filter(({ from }) => from >= to)) : [];
  const dated = rest.length > 0 ? readMoment(rest, momentOf(context), context) : null;
  const chips = [own, ...(dated?.chips ?? []).map((chip) => take(tokens, chip))];
  const fields = {
    due: dated?.due ?? null,
    repeat: dated?.repeat ?? null,
    end: dated?.end ?? null,
  };
  return { chips, fields: { ...fields, reminder: { at } } };
}
