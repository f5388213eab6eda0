// Keeps the rows in view where they are while rows above them come, go or change their height. The
// browser's own scroll anchoring would not: rows outside the view are not in the document.

// Everything on a page has loaded by then, or shows that it could not.
const LOADING_MS = 10_000;

/**
 * Return what scrolls around an element: the details, the main pane, or the document on a phone.
 * @param {Element} element
 * @returns {Element}
 */
export function scrollerOf(element) {
  const pane = element.closest('.main, .detail-body');
  if (pane && getComputedStyle(pane).overflowY !== 'visible') return pane;
  return document.scrollingElement ?? document.documentElement;
}

/**
 * Scroll to an element, and again whenever the box around it grows, until the user does anything or
 * has had time to. What stands above may load later.
 * @param {Element} element
 * @param {Element} box
 */
export function scrollToLoading(element, box) {
  const ended = AbortSignal.any([AbortSignal.timeout(LOADING_MS), firstInput()]);
  const observer = new ResizeObserver(() => element.scrollIntoView());
  observer.observe(box);
  ended.addEventListener('abort', () => observer.disconnect());
}

/** Return a signal that is aborted when the user scrolls, points or types. */
function firstInput() {
  const control = new AbortController();
  const options = { capture: true, passive: true, signal: control.signal };
  for (const type of ['wheel', 'touchmove', 'pointerdown', 'keydown']) {
    addEventListener(type, () => control.abort(), options);
  }
  return control.signal;
}

/**
 * Return the top and bottom edge of a scroller's visible part, in pixels of the window.
 * @param {Element} scroller
 */
export function viewOf(scroller) {
  if (scroller === document.scrollingElement) return { top: 0, bottom: innerHeight };
  const { top, bottom } = scroller.getBoundingClientRect();
  return { top, bottom };
}

/**
 * Return the top of every row in the document, in their order, in pixels of the window.
 * @returns {Map<Element, number>}
 */
export function rowTops() {
  const rows = document.querySelectorAll('ll-todo-row');
  return new Map(Array.from(rows, (row) => [row, row.getBoundingClientRect().top]));
}

/**
 * Scroll so that the first row in view is where it was.
 * @param {Map<Element, number>} tops of the rows before the drawing
 */
export function keepRowsInPlace(tops) {
  // Subtasks in the details scroll with these.
  const rows = [...tops].filter(([row]) => !row.closest('.detail'));
  const [anyRow] = rows[0] ?? [];
  if (!anyRow) return;
  const scroller = scrollerOf(
    anyRow.isConnected ? anyRow : document.querySelector('.main') ?? anyRow,
  );
  // At the top of the page nothing is above: new rows push the others down.
  if (scroller.scrollTop <= 0) return;
  const { top, bottom } = viewOf(scroller);
  const inView = rows.filter(([row, before]) =>
    before >= top && before < bottom && row.isConnected && !row.matches(':focus-within')
  );
  const shift = firstShift(inView);
  if (shift !== 0) scroller.scrollTop += shift;
}

/**
 * Return how far the first row that kept its place among the others has moved.
 * @param {[Element, number][]} rows with their tops before, in their order before
 */
function firstShift(rows) {
  const after = rows.map(([row]) => row.getBoundingClientRect().top);
  // A row that another user moved is not where the one after it would expect it.
  const at = rows.findIndex((_, index) =>
    index === rows.length - 1 || after[index] < after[index + 1]
  );
  return at < 0 ? 0 : after[at] - rows[at][1];
}
