// The menu in which a user chooses how to look at a list: groups, order, filter.

import { priorityName } from '../../format/priorities.js';
import { t } from '../../languages/translate.js';
import { isPlain, withChoice, withFilter } from '../../store/list_views/views.js';
import { PLAIN } from '../../sync/requests.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { viewOf } from '../pages/list_head.js';
import { setView } from './list_view.js';
import { choicesOf, dues, groups, sorts, statuses } from './view_texts.js';

/**
 * @import { ListView, ViewDue, ViewGroup, ViewSort } from '../../types/contract.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 * @import { ChoiceField } from '../../store/list_views/views.js'
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
        this.#text(view.filter.text),
        this.#fields(),
        isPlain(view) ? null : reset,
      ),
    ];
  }

  /** @param {ListView} view */
  #selects(view) {
    const dueOptions = { '': t('Any time'), ...dues() };
    return [
      this.#select(
        t('Group'),
        groups(),
        view.group,
        (group) => this.#set({ ...view, group: /** @type {ViewGroup} */ (group) }),
      ),
      this.#select(
        t('Sort'),
        sorts(),
        view.sort,
        (sort) => this.#set({ ...view, sort: /** @type {ViewSort} */ (sort) }),
      ),
      this.#select(
        t('Due'),
        dueOptions,
        view.filter.due ?? '',
        (due) => this.#set(withFilter(view, { due: /** @type {ViewDue} */ (due) || null })),
      ),
    ];
  }

  #fields() {
    const { listId } = this.props;
    const mine = choicesOf(this.app, listId, 'personal_label')
      .map(({ id, name }) => ({ id, name: t('{name} (only for me)', { name }) }));
    const labels = [...choicesOf(this.app, listId, 'label'), ...mine];
    const members = choicesOf(this.app, listId, 'assignee');
    const priorities = [5, 4, 3, 2, 1, 0].map((id) => ({ id, name: priorityName(id) }));
    const states = Object.entries(statuses()).map(([id, name]) => ({ id, name }));
    return [
      this.#choices(t('Priority'), 'priorities', priorities),
      this.#choices(t('Status'), 'statuses', states),
      labels.length > 0
        ? this.#choices(t('Label'), 'labels', [...labels, { id: 'none', name: t('No label') }])
        : null,
      members.length > 1
        ? this.#choices(t('Assignee'), 'assignees', [
          ...members,
          { id: 'none', name: t('Unassigned') },
        ])
        : null,
    ];
  }

  /**
   * @param {string} label
   * @param {Record<string, string>} options
   * @param {string} value
   * @param {(value: string) => void} onChange
   */
  #select(label, options, value, onChange) {
    return h(
      'label',
      { key: label, class: 'view-field' },
      h('span', null, label),
      h(
        'select',
        { class: 'input', value, onChange: (event) => onChange(event.currentTarget.value) },
        Object.entries(options).map(([key, text]) =>
          h('option', { key, value: key, selected: key === value }, text)
        ),
      ),
    );
  }

  /** @param {string} text */
  #text(text) {
    return h(
      'label',
      { key: 'text', class: 'view-field' },
      h('span', null, t('Words')),
      h('input', {
        class: 'input',
        type: 'search',
        maxlength: 200,
        value: text,
        onInput: (event) => {
          this.#typed = event.currentTarget.value;
          clearTimeout(this.#timer);
          this.#timer = setTimeout(() => this.#setText(), TYPED_MS);
        },
      }),
    );
  }

  #setText() {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#set(withFilter(this.#view, { text: this.#typed.trim() }));
  }

  /**
   * @param {string} label
   * @param {ChoiceField} field
   * @param {{id: string | number, name: string}[]} choices
   */
  #choices(label, field, choices) {
    const view = this.#view;
    /** @type {(string | number)[]} */
    const chosen = view.filter[field];
    return h(
      'div',
      { key: field, class: 'view-choices', role: 'group', 'aria-label': label },
      h('span', { class: 'view-label' }, label),
      choices.map(({ id, name }) =>
        h('button', {
          key: String(id),
          class: `chip ${chosen.includes(id) ? 'is-on' : ''}`,
          'aria-pressed': String(chosen.includes(id)),
          onClick: () => this.#set(withChoice(view, field, id)),
        }, name)
      ),
    );
  }
}

customElements.define('ll-view-menu', ViewMenu);
