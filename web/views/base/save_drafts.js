// Saves what was typed, when the page is left.

/** Save what was typed into any field of the page. */
export function saveDrafts() {
  for (const field of document.querySelectorAll('ll-draft-field')) field.save();
}
