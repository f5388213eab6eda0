// Whether a label has a name already. Pure.

/**
 * Return a name as the server compares it (name_key in shared/text.py): it takes no second label of
 * that name. Upper case first, which makes two letters of an ß, stands for folding.
 * @param {string} name
 */
export const nameKey = (name) => name.trim().normalize('NFKC').toUpperCase().toLowerCase();

/**
 * @param {readonly {name: string}[]} labels
 * @param {string} name
 */
export function isNamed(labels, name) {
  const key = nameKey(name);
  return labels.some((label) => nameKey(label.name) === key);
}
