// Parses quick add: "call Ben tomorrow 9:00 !3 #home". Pure. What was understood is a list of
// readings; a word that is part of none stays in the title, and so does one that the user refused.

import { dayOf, instantOf } from '../store/dates.js';
import { phraseAtEnd, phraseAtStart, phraseFrom } from './day_phrase.js';

/**
 * @import { Due } from '../types/client.d.ts'
 * @import { DayPhrase } from './day_phrase.js'
 */

/**
 * @typedef {object} Reading
 * @property {'due' | 'reminder' | 'priority' | 'label' | 'new-label'} kind
 * @property {string} words that the reading takes out of the title; also what a refusal names
 *
 * @typedef {object} Context
 * @property {string} zone
 * @property {number} now in milliseconds
 * @property {{id: string, name: string}[]} labels of the list
 * @property {ReadonlySet<string>} [refused] the words of refused readings
 * @property {ReadonlySet<string>} [wanted] the words of new labels that the user wants to make
 *
 * @typedef {object} QuickAdd
 * @property {string} title
 * @property {Due | null} due
 * @property {number | null} remindAt the instant, in milliseconds
 * @property {number} priority
 * @property {string[]} labels ids
 * @property {string[]} newLabels names of labels to make
 * @property {string[]} unknownLabels words of the title that could be new labels
 * @property {Reading[]} readings
 */

const MORNING = '09:00';
/** @type {ReadonlySet<string>} */
const NONE = new Set();

/**
 * @param {string} text
 * @param {Context} context
 * @returns {QuickAdd}
 */
export function parseQuickAdd(text, context) {
  const words = text.split(/\s+/).filter(Boolean);
  /** @type {QuickAdd} */
  const found = {
    title: '',
    due: null,
    remindAt: null,
    priority: 0,
    labels: [],
    newLabels: [],
    unknownLabels: [],
    readings: [],
  };
  const rest = words.filter((word) => !takeMark(word, found, context));
  found.title = takeDay(rest, found, context).join(' ');
  // Nothing but readings is a title after all.
  if (found.title) return found;
  return {
    ...found,
    title: words.join(' '),
    due: null,
    remindAt: null,
    priority: 0,
    labels: [],
    newLabels: [],
    readings: [],
  };
}

/**
 * Take a word with a sign: "!3", "#home". Return false if it stays in the title.
 * @param {string} word
 * @param {QuickAdd} found gets what the word means
 * @param {Context} context
 */
function takeMark(word, found, { labels, refused = NONE, wanted = NONE }) {
  if (refused.has(word)) return false;
  if (/^![1-5]$/.test(word) && found.priority === 0) {
    found.priority = Number(word[1]);
    found.readings.push({ kind: 'priority', words: word });
    return true;
  }
  const name = /^#([\p{L}\p{N}_-]+)$/u.exec(word)?.[1];
  if (!name) return false;
  const label = labels.find((each) => each.name.toLocaleLowerCase() === name.toLocaleLowerCase());
  if (label) {
    if (!found.labels.includes(label.id)) found.labels.push(label.id);
    found.readings.push({ kind: 'label', words: word });
  } else if (wanted.has(word)) {
    if (!found.newLabels.includes(name)) found.newLabels.push(name);
    found.readings.push({ kind: 'new-label', words: word });
  } else {
    found.unknownLabels.push(word);
    return false;
  }
  return true;
}

/**
 * Take the day out of the words, as a reminder if they ask for one. Return the words of the title.
 * @param {string[]} words
 * @param {QuickAdd} found
 * @param {Context} context
 */
function takeDay(words, found, context) {
  const today = dayOf(context.now, context.zone);
  const reminder = reminderIn(words, today);
  if (reminder && take('reminder', reminder.phrase, words, found, context)) return reminder.title;
  // "Buy milk tomorrow #new": a label that is yet to be made may follow the day.
  const end = words.findLastIndex((word) => !found.unknownLabels.includes(word)) + 1;
  const phrases = [phraseAtEnd(words.slice(0, end), today), phraseAtStart(words, today)];
  for (const phrase of phrases) {
    if (phrase && take('due', phrase, words, found, context)) {
      return words.toSpliced(phrase.from, phrase.to - phrase.from);
    }
  }
  return words;
}

/**
 * Find "remind me tomorrow 8:00 to call" or "remind me to call tomorrow 8:00".
 * @param {string[]} words
 * @param {string} today
 * @returns {{phrase: DayPhrase, title: string[]} | null}
 */
function reminderIn(words, today) {
  if (!/^remind me$/i.test(words.slice(0, 2).join(' '))) return null;
  if (words[2]?.toLowerCase() === 'to') {
    const phrase = phraseAtEnd(words, today);
    const title = words.slice(3, phrase?.from);
    return phrase && title.length > 0 ? { phrase, title } : null;
  }
  const phrase = phraseFrom(words, 2, today);
  if (!phrase || words[phrase.to].toLowerCase() !== 'to') return null;
  const title = words.slice(phrase.to + 1);
  return title.length > 0 ? { phrase, title } : null;
}

/**
 * Take a phrase for a due date or a reminder. Return false if the user refused it, or if it is
 * a reminder in the past.
 * @param {'due' | 'reminder'} kind
 * @param {DayPhrase} phrase
 * @param {string[]} words
 * @param {QuickAdd} found
 * @param {Context} context
 */
function take(kind, { from, to, day, time }, words, found, { zone, now, refused = NONE }) {
  const taken = words.slice(from, to).join(' ');
  if (refused.has(taken)) return false;
  if (kind === 'reminder') {
    const remindAt = instantOf(`${day}T${time ?? MORNING}:00`, zone);
    if (remindAt <= now) return false;
    found.remindAt = remindAt;
  } else {
    found.due = time ? { at: `${day}T${time}:00`, zone } : { date: day };
  }
  found.readings.push({ kind, words: taken });
  return true;
}
