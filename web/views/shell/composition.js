// Keys of an input method: while a word is composed, Enter, Escape and the arrows choose among its
// candidates. No handler of the page sees them, and no form is submitted.

/** @param {KeyboardEvent} event */
function keepFromPage(event) {
  // Safari reports the Enter that ends a composition after its end, with the key code alone.
  if (!event.isComposing && event.keyCode !== 229) return;
  event.stopImmediatePropagation();
  if (event.key === 'Enter') event.preventDefault();
}

/** Called before any other listener is added. */
export function ignoreComposition() {
  addEventListener('keydown', keepFromPage, { capture: true });
}
