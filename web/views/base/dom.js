// A description of what should be there, and the least work that makes it so. Keeps focus, scroll
// and half-typed text, because it touches only what changed.

const NODES = Symbol('nodes');
const HANDLERS = Symbol('handlers');
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

/**
 * @param {string} tag
 * @param {Record<string, any> | null} [props] on… are listeners, `vars` custom properties of CSS, `ref` is called once made
 * @param {...any} children nested arrays and nothings are welcome
 */
export function h(tag, props, ...children) {
  const kept = children.flat(Infinity).filter((child) =>
    child !== null && child !== undefined && child !== false && child !== true && child !== ''
  );
  return {
    tag,
    props: props ?? {},
    key: props?.key,
    children: kept.map((child) => (typeof child === 'object' ? child : { text: String(child) })),
  };
}

/** Makes `parent` hold exactly `next`. */
export function patch(parent, next) {
  const focused = document.activeElement;
  patchChildren(parent, (Array.isArray(next) ? next : [next]).flat(Infinity).filter(Boolean));
  // Moving a node in the tree drops its focus; it is still the same node, so give it back.
  if (
    focused && focused !== document.body && focused !== document.activeElement &&
    focused.isConnected && parent.contains(focused)
  ) {
    focused.focus({ preventScroll: true });
  }
}

function patchChildren(parent, next) {
  const old = parent[NODES] ?? [];
  const keyed = new Map();
  const loose = [];
  for (const vnode of old) {
    if (vnode.key === undefined) loose.push(vnode);
    else keyed.set(`${vnode.tag} ${vnode.key}`, vnode);
  }
  const pairs = next.map((vnode) => {
    if (vnode.key !== undefined) {
      const name = `${vnode.tag} ${vnode.key}`;
      const match = keyed.get(name);
      keyed.delete(name);
      return [vnode, match];
    }
    const at = loose.findIndex((candidate) => candidate.tag === vnode.tag);
    return [vnode, at < 0 ? undefined : loose.splice(at, 1)[0]];
  });
  for (const gone of [...loose, ...keyed.values()]) gone.node.remove();
  let place = parent.firstChild;
  for (const [vnode, match] of pairs) {
    const node = match ? update(vnode, match) : create(vnode);
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
    if (!match) vnode.props?.ref?.(node);
  }
  parent[NODES] = next;
}

function create(vnode) {
  if (vnode.text !== undefined) {
    vnode.node = document.createTextNode(vnode.text);
    return vnode.node;
  }
  const node = SVG_TAGS.has(vnode.tag)
    ? document.createElementNS(SVG, vnode.tag)
    : document.createElement(vnode.tag);
  vnode.node = node;
  if (isView(node)) node.props = vnode.props;
  else patchChildren(node, vnode.children);
  setProps(node, {}, vnode.props);
  return node;
}

function update(vnode, old) {
  const { node } = old;
  vnode.node = node;
  if (vnode.text !== undefined) {
    if (vnode.text !== old.text) node.data = vnode.text;
    return node;
  }
  if (isView(node)) node.props = vnode.props;
  else patchChildren(node, vnode.children);
  setProps(node, old.props, vnode.props);
  return node;
}

const isView = (node) => 'props' in node;

function setProps(node, before, after) {
  for (const name of Object.keys(before)) {
    if (!(name in after)) setProp(node, name, undefined, before[name]);
  }
  for (const [name, value] of Object.entries(after)) {
    if (value !== before[name]) setProp(node, name, value, before[name]);
  }
}

function setProp(node, name, value, before) {
  if (name === 'vars') {
    // CSSOM, not a style attribute: the content security policy forbids the latter.
    for (const key of Object.keys(before ?? {})) {
      if (!(key in (value ?? {}))) node.style.removeProperty(key);
    }
    for (const [key, text] of Object.entries(value ?? {})) node.style.setProperty(key, text);
  } else if (RESERVED.has(name)) {
    // Not for the element.
  } else if (name.startsWith('on')) {
    // A view calls its own on… props; listening as well would catch what bubbles out of its fields.
    if (!isView(node)) listen(node, name.slice(2).toLowerCase(), value);
  } else if (isView(node) && !/^(class|id|role|tabindex|aria-|data-)/.test(name)) {
    // What a view is told goes to its props, not into the document.
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

function setProperty(node, name, value) {
  // A field nobody gave a value is its user's own.
  if (name === 'value' && value === undefined) return;
  const wanted = name === 'value' ? value ?? '' : Boolean(value);
  if (node[name] !== wanted) node[name] = wanted;
}

function listen(node, type, handler) {
  const handlers = (node[HANDLERS] ??= {});
  if (!(type in handlers)) node.addEventListener(type, (event) => handlers[type]?.(event));
  handlers[type] = handler;
}
