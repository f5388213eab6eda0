// Loads what reads the words of quick add. It is a script of its own: the grammar is a tenth of all
// scripts, and the first paint does not wait for it.

// The tools of the page have it too: neither script needs the other.
import '../format/reminders.js';

/**
 * @import { App } from '../app.js'
 * @import { Child } from '../types/dom.d.ts'
 * @import { Reader } from '../types/client.d.ts'
 * @import { Context, Reading } from './read.js'
 * @import { Choices } from '../views/quick_add/quick_add_chips.js'
 *
 * @typedef {object} LineReader
 * @property {(line: string, context: Context) => Reading} readLine
 * @property {(reading: Reading, reader: Reader) => string} rangeText empty without a range
 * @property {(reading: Reading, reader: Reader) => string[]} chipTexts
 * @property {(reading: Reading, line: number, reader: Reader, choices: Choices) => Child[]} chipsOf
 * @property {(count: number, left: number, isSub: boolean) => string} countText
 * @property {(app: App, todoId: string, listId: string) => void} sayIfUnseen
 */

/** @type {LineReader | null} */
let reader = null;
/** @type {Promise<unknown> | null} */
let loading = null;

/** Return the reader; null until it is loaded. */
export const lineReader = () => reader;

/**
 * Called by the script that is loaded: no script can import from it.
 * @param {LineReader} loaded
 */
export function provideReader(loaded) {
  reader = loaded;
}

/** Load the reader. Without a network there may be none. */
export async function loadReader() {
  try {
    loading ??= import('./quick_add.js');
    await loading;
  } catch {
    loading = null;
  }
}

// Then a text is added as it is typed: a todo without a date is better than none.
const WAIT_FOR_READER_MS = 3_000;

/** Wait until words can be read, but not for ever. */
export async function waitForReader() {
  if (lineReader()) return;
  const tooLong = new Promise((resolve) => setTimeout(resolve, WAIT_FOR_READER_MS));
  await Promise.race([loadReader(), tooLong]);
}
