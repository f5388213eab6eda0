// Who is meant by "@Ada" in a comment. Pure. Names are written; ids travel.

const folded = (text) => text.normalize('NFC').toLocaleLowerCase();
const firstName = (name) => name.split(/\s/)[0];
// Neither in a word nor in an address: "example.org/@ada".
const BEFORE = '(?<![\\p{L}\\p{N}_/.-])';
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** What may stand after "@" for each person: the whole name and the first one, while only one has it. */
function namesOf(people) {
  const isAlone = (part, name) =>
    people.filter((one) => folded(part(one.name)) === folded(part(name))).length === 1;
  return people.flatMap(({ id, name }) =>
    [(whole) => whole, firstName].filter((part) => isAlone(part, name)).map((part) => ({
      id,
      name: part(name),
    }))
  )
    .filter(({ name }) => name).sort((a, b) => b.name.length - a.name.length);
}

/**
 * Returns the text with "@[id]" for each "@name" of these people: any case, never part of a longer word.
 * @param {string} text
 * @param {{id: string, name: string}[]} people
 */
export function withIds(text, people) {
  const names = namesOf(people);
  if (names.length === 0) return text;
  // One pass, the longest first: an id put in is not searched again.
  const pattern = new RegExp(
    `${BEFORE}@(${names.map(({ name }) => escaped(name)).join('|')})(?![\\p{L}\\p{N}_])`,
    'giu',
  );
  return text.replace(pattern, (whole, found) => {
    const meant = names.find(({ name }) => folded(name) === folded(found));
    return meant ? `@[${meant.id}]` : whole;
  });
}

/**
 * Whom the word being typed after "@" may mean.
 * @param {string} before the text up to the caret
 * @param {{id: string, name: string}[]} people
 * @returns {{from: number, people: {id: string, name: string}[]}} `from`: where the "@" stands
 */
export function offered(before, people) {
  const typed = new RegExp(`${BEFORE}@([^@\\n]{0,40})$`, 'u').exec(before);
  if (!typed) return { from: -1, people: [] };
  const start = folded(typed[1]);
  // Whoever has been written out is meant: Enter sends, and takes nobody with a longer name.
  if (people.some(({ name }) => folded(name) === start.trimEnd())) {
    return { from: typed.index, people: [] };
  }
  const fits = (
    { name },
  ) => (folded(name).startsWith(start) ||
    (start && folded(name).split(/\s+/).some((word) => word.startsWith(start))));
  return { from: typed.index, people: people.filter(fits) };
}
