// Describes elements with h(), and changes the document as little as needed to match: focus, scroll
// position and half-typed text stay, because only what differs is touched.

/**
 * @import { Child, Description, ElementDescription, PropsOf } from '../../types/dom.d.ts'
 * @import { View } from './view.js'
 */

/** @typedef {Record<string, unknown>} Props */
/** @typedef {(event: Event) => void} Listener */

/** @type {WeakMap<Element, Description[]>} what each element's children were made of */
const CHILDREN = new WeakMap();
/** @type {WeakMap<Element, Record<string, Listener | undefined>>} by event type */
const LISTENERS = new WeakMap();
const SVG = 'http://www.w3.org/2000/svg';
const SVG_TAGS = new Set(['svg', 'path', 'circle', 'rect', 'line', 'polyline', 'g']);
const AS_PROPERTY = new Set([
  'value',
  'checked',
  'disabled',
  'hidden',
  'indeterminate',
  'selected',
  'readOnly',
  'open',
]);
const RESERVED = new Set(['key', 'ref', 'vars']);
const ATTRIBUTE = /^(class|id|role|tabindex|aria-|data-)/;

/**
 * Return true if a prop of a view is an attribute of its element, which the view does not read.
 * @param {string} name
 */
export const isAttribute = (name) => ATTRIBUTE.test(name);

/**
 * Describe an element.
 * @template {string} Tag
 * @param {Tag} tag
 * @param {PropsOf<Tag> | null} [props] on… are listeners, `vars` custom properties of CSS, `ref` is
 *   called once made
 * @param {...Child} children may be nested; null, undefined, booleans and '' are left out
 * @returns {ElementDescription}
 */
export function h(tag, props, ...children) {
  return {
    tag,
    props: /** @type {Props} */ (props ?? {}),
    key: props?.key,
    children: flat(children),
  };
}

/**
 * @param {Child[]} children
 * @returns {Description[]}
 */
function flat(children) {
  return children.flatMap((child) => {
    if (child === null || child === undefined || child === '' || typeof child === 'boolean') {
      return [];
    }
    if (Array.isArray(child)) return flat(child);
    return typeof child === 'object' ? [child] : [{ text: String(child) }];
  });
}

/**
 * Make `parent` hold exactly `next`.
 * @param {Element} parent
 * @param {Child} next
 */
export function patch(parent, next) {
  const focused = document.activeElement;
  patchChildren(parent, flat([next]));
  // A node that moves in the document loses the focus although it stays the same node.
  if (
    focused instanceof HTMLElement && focused !== document.body &&
    focused !== document.activeElement && focused.isConnected && parent.contains(focused)
  ) {
    focused.focus({ preventScroll: true });
  }
}

/**
 * Empty `parent`, whatever a failed patch() left in it.
 * @param {Element} parent
 */
export function clear(parent) {
  CHILDREN.delete(parent);
  parent.replaceChildren();
}

/**
 * @param {Element} parent
 * @param {Description[]} next
 */
function patchChildren(parent, next) {
  const { pairs, removed } = matched(CHILDREN.get(parent) ?? [], next);
  for (const { node } of removed) node?.remove();
  let position = parent.firstChild;
  for (const { description, old } of pairs) {
    const node = old ? update(description, old) : create(description);
    if (node === position) position = position.nextSibling;
    // The node at this position moves to a later one: leave it until then, so that one node moves.
    else if (position && node === position.nextSibling) position = node.nextSibling;
    else parent.insertBefore(node, position);
    const ref = description.tag && description.props.ref;
    if (!old && typeof ref === 'function') ref(node);
  }
  CHILDREN.set(parent, next);
}

/**
 * Find for each description the old one whose node it takes over: by tag and key, or else the first
 * of the same tag without a key.
 * @param {Description[]} old
 * @param {Description[]} next
 */
function matched(old, next) {
  /** @type {Map<string, Description>} */
  const keyed = new Map();
  /** @type {Description[]} */
  const loose = [];
  for (const description of old) {
    if (description.key === undefined) loose.push(description);
    else keyed.set(`${description.tag} ${description.key}`, description);
  }
  const pairs = next.map((description) => {
    if (description.key !== undefined) {
      const name = `${description.tag} ${description.key}`;
      const match = keyed.get(name);
      keyed.delete(name);
      return { description, old: match };
    }
    const at = loose.findIndex(({ tag }) => tag === description.tag);
    return { description, old: at < 0 ? undefined : loose.splice(at, 1)[0] };
  });
  return { pairs, removed: [...loose, ...keyed.values()] };
}

/** @param {Description} description */
function create(description) {
  if (description.text !== undefined) {
    description.node = document.createTextNode(description.text);
    return description.node;
  }
  const node = SVG_TAGS.has(description.tag)
    ? document.createElementNS(SVG, description.tag)
    : document.createElement(description.tag);
  fill(node, description, {});
  return node;
}

/**
 * @param {Description} description
 * @param {Description} old
 */
function update(description, old) {
  if (description.text !== undefined) {
    // Both are texts: they were matched by their tag.
    const text = /** @type {Text} */ (old.node);
    description.node = text;
    if (description.text !== old.text) text.data = description.text;
    return text;
  }
  const node = /** @type {Element} */ (old.node);
  fill(node, description, old.tag === undefined ? {} : old.props);
  return node;
}

/**
 * @param {Element} node
 * @param {ElementDescription} description
 * @param {Props} before
 */
function fill(node, description, before) {
  description.node = node;
  // Before the children, some of which measure themselves once they are in the document.
  setProps(node, before, description.props);
  if (isView(node)) node.props = description.props;
  else patchChildren(node, description.children);
}

/**
 * @param {Element} node
 * @returns {node is View<object>}
 */
const isView = (node) => 'props' in node;

/**
 * @param {Element} node
 * @param {Props} before
 * @param {Props} after
 */
function setProps(node, before, after) {
  for (const name of Object.keys(before)) {
    if (!(name in after)) setProp(node, name, undefined, before[name]);
  }
  for (const [name, value] of Object.entries(after)) {
    if (value !== before[name]) setProp(node, name, value, before[name]);
  }
}

/**
 * @param {Element} node
 * @param {string} name
 * @param {unknown} value
 * @param {unknown} before
 */
function setProp(node, name, value, before) {
  if (name === 'vars') {
    setVars(node, value, before);
  } else if (RESERVED.has(name)) {
    // Read by h() itself: no attribute of the element.
  } else if (name.startsWith('on')) {
    // A view calls its own on… props; listening too would catch what bubbles out of its fields.
    if (!isView(node)) listen(node, name.slice(2).toLowerCase(), value);
  } else if (isView(node) && !isAttribute(name)) {
    // These are props of the view, not attributes of the element.
  } else if (AS_PROPERTY.has(name)) {
    setProperty(node, name, value);
  } else if (typeof value === 'string' || typeof value === 'number') {
    node.setAttribute(name, String(value));
  } else if (value === true) {
    node.setAttribute(name, '');
  } else if (typeof value !== 'object' && typeof value !== 'function') {
    node.removeAttribute(name);
  }
}

/**
 * Set custom properties by CSSOM: the content security policy forbids a style attribute.
 * @param {Element} node
 * @param {unknown} value
 * @param {unknown} before
 */
function setVars(node, value, before) {
  if (!(node instanceof HTMLElement)) return;
  const after = /** @type {Record<string, string>} */ (value ?? {});
  for (const key of Object.keys(before ?? {})) {
    if (!(key in after)) node.style.removeProperty(key);
  }
  for (const [key, text] of Object.entries(after)) node.style.setProperty(key, text);
}

/**
 * @param {Element} node
 * @param {string} name
 * @param {unknown} value
 */
function setProperty(node, name, value) {
  // Without a `value` prop, leave what the user typed.
  if (name === 'value' && value === undefined) return;
  const wanted = name === 'value' ? value ?? '' : Boolean(value);
  // The cast: an element has only some of AS_PROPERTY, depending on its tag.
  const properties = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (node));
  // An option whose value was never set has its text as value, and here it has no text yet.
  const isUnset = name === 'value' && !node.hasAttribute('value') && node.localName === 'option';
  if (isUnset || properties[name] !== wanted) properties[name] = wanted;
}

/**
 * Set the listener of an event type; a later one replaces it.
 * @param {Element} node
 * @param {string} type
 * @param {unknown} listener
 */
function listen(node, type, listener) {
  const listeners = LISTENERS.get(node) ?? {};
  LISTENERS.set(node, listeners);
  if (!(type in listeners)) node.addEventListener(type, (event) => listeners[type]?.(event));
  listeners[type] = /** @type {Listener | undefined} */ (listener);
}
