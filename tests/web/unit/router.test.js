// The router on a phone: Back closes what is open, once, whatever got its id meanwhile.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Router } from '../../../web/store/router.js';

/** Give the router the parts of a browser that it uses, on a phone. Return its history. */
function browse() {
  const page = new EventTarget();
  const entries = [{ path: '/today', state: /** @type {any} */ (null) }];
  let at = 0;
  const place = {
    get href() {
      return entries[at].path;
    },
    get pathname() {
      return this.href.split('?')[0];
    },
    get search() {
      return this.href.slice(this.pathname.length);
    },
  };
  const past = {
    get state() {
      return entries[at].state;
    },
    /** @param {any} state @param {string} _ @param {string} path */
    pushState(state, _, path) {
      entries.splice(at += 1, Infinity, { state, path });
    },
    /** @param {any} state @param {string} _ @param {string} path */
    replaceState(state, _, path) {
      entries[at] = { state, path };
    },
    back() {
      at -= 1;
      page.dispatchEvent(new Event('popstate'));
    },
  };
  provide({
    location: place,
    history: past,
    addEventListener: page.addEventListener.bind(page),
  });
  return { place, past };
}

/** @param {Record<string, unknown>} globals */
function provide(globals) {
  const phone = { document: new EventTarget(), matchMedia: () => ({ matches: true }) };
  for (const [name, value] of Object.entries({ ...phone, ...globals })) {
    Object.defineProperty(globalThis, name, { value, configurable: true });
  }
}

test('Back closes an overlay, and then leaves the list, which got its id meanwhile', () => {
  const { place, past } = browse();
  const router = new Router();
  let isOpen = true;
  router.closeTopmost = () => isOpen && !(isOpen = false);
  router.go('/lists/new:1');
  router.cover();
  let changes = 0;
  router.addEventListener('change', () => changes += 1);

  router.rename('new:1', 'l1');
  assert.deepEqual([place.pathname, router.route.listId, changes], ['/lists/l1', 'l1', 0]);
  past.back();

  assert.deepEqual([place.pathname, router.route.listId, changes], ['/lists/l1', 'l1', 0]);
  assert.equal(isOpen, false);
  past.back();
  assert.deepEqual([place.pathname, router.route.page], ['/today', 'today']);
});

test('Back to a list that got its id on another page opens it by that id', () => {
  const { place, past } = browse();
  const router = new Router();
  router.go('/lists/new%3A1?todo=t1');
  router.go('/upcoming');

  router.rename('new:1', 'l1');
  past.back();

  assert.equal(place.href, '/lists/l1?todo=t1');
  assert.equal(router.route.listId, 'l1');
});
