// The end of a drag is no click on what is under the pointer.

let isOver = false;

// Of a lifted finger the browser makes a mouse that presses and clicks. When the page is busy, that
// comes after what the drag did, and closes a menu that it opened.
document.addEventListener('touchend', (event) => {
  if (isOver && event.cancelable) event.preventDefault();
  isOver = false;
}, { passive: false });
document.addEventListener('pointerdown', () => isOver = false, { capture: true });

/** Call this when the pointer that dragged something is lifted. */
export function swallowClick() {
  isOver = true;
  document.addEventListener('click', swallow, { capture: true, once: true });
  setTimeout(() => document.removeEventListener('click', swallow, { capture: true }), 0);
}

/** @param {Event} event */
function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}
