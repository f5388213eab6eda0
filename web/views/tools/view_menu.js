// The menu in which a user chooses how to look at a list: groups, order, filter.

import { feedOf } from '../../format/settings_links.js';
import { t } from '../../languages/translate.js';
import { isFiltering, isPlain, withFilter } from '../../store/list_views/views.js';
import { PLAIN } from '../../sync/requests.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { choiceFields, selectRow, wordsRow } from '../components/choice_fields.js';
import { viewOf } from '../pages/list_head.js';
import { setView } from './list_view.js';
import { dues, groups, sorts } from './view_texts.js';

/**
 * @import { ListView, ViewDue, ViewGroup, ViewSort } from '../../types/contract.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

// Typing goes on for a moment after each letter: one request for a word.
const TYPED_MS = 400;

/** @extends {View<{listId: string, onDone: () => void} & UsedProps>} */
export class ViewMenu extends View {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #typed = '';

  get #view() {
    return viewOf(this.app, this.props.listId) ?? PLAIN;
  }

  /** @param {ListView} view */
  #set(view) {
    setView(this.app, this.props.listId, view);
  }

  disconnected() {
    this.#setText();
  }

  render() {
    const view = this.#view;
    const reset = h(
      'button',
      { key: 'reset', class: 'button small', onClick: () => this.#set(PLAIN) },
      t('Show the list as it is'),
    );
    return [
      h('div', { class: 'menu-title' }, t('View')),
      h(
        'div',
        { class: 'view-form' },
        this.#selects(view),
        wordsRow(view.filter.text, this.#type),
        choiceFields(
          this.app,
          this.props.listId,
          view.filter,
          (change) => this.#set(withFilter(this.#view, change)),
        ),
        isPlain(view) ? null : reset,
        isFiltering(view.filter) && !this.app.guest ? this.#feed() : null,
      ),
    ];
  }

  /** @param {ListView} view */
  #selects(view) {
    const dueOptions = { '': t('Any time'), ...dues() };
    return [
      selectRow(
        t('Group'),
        groups(),
        view.group,
        (group) => this.#set({ ...view, group: /** @type {ViewGroup} */ (group) }),
      ),
      selectRow(
        t('Sort'),
        sorts(),
        view.sort,
        (sort) => this.#set({ ...view, sort: /** @type {ViewSort} */ (sort) }),
      ),
      selectRow(
        t('Due'),
        dueOptions,
        view.filter.due ?? '',
        (due) => this.#set(withFilter(view, { due: /** @type {ViewDue} */ (due) || null })),
      ),
    ];
  }

  #feed() {
    const { app, props: { listId, onDone } } = this;
    return h('button', {
      key: 'feed',
      class: 'button small',
      onClick: () => {
        this.#setText();
        onDone();
        app.router.go(feedOf(listId, { filtered: true }));
      },
    }, t('Calendar feed with this filter…'));
  }

  #type = (/** @type {string} */ text) => {
    this.#typed = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#setText(), TYPED_MS);
  };

  #setText() {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#set(withFilter(this.#view, { text: this.#typed.trim() }));
  }
}

customElements.define('ll-view-menu', ViewMenu);
