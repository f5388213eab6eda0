// The todos of all lists with one of the labels that the user keeps for themselves.

import { listName } from '../../format/list_name.js';
import { t, tn } from '../../languages/translate.js';
import { todosWith } from '../../store/placement/own_labels.js';
import { orderedLists } from '../../store/placement/my_lists.js';
import { inboxOf } from '../../store/queries.js';
import { own } from '../../own.js';
import { byRank } from '../../sync/rank.js';
import { isOpen } from '../../sync/state.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { empty, isLong, usedByRows } from '../pages/page_parts.js';

/** @import { PersonalLabelShape } from '../../types/contract.d.ts' */

/** @extends {View<{labelId: string}>} */
export class LabelPage extends View {
  static watches = true;

  render() {
    const label = own(this.state.personalLabels, this.app.store.realId(this.props.labelId));
    return [h('div', { class: 'page' }, label ? this.#label(label) : missing())];
  }

  /** @param {PersonalLabelShape} label */
  #label(label) {
    const inbox = inboxOf(this.state);
    const lists = [...(inbox ? [inbox] : []), ...orderedLists(this.state)];
    const found = todosWith(this.state, label.id, lists.map(({ id }) => id))
      .map(({ listId, todos }) => ({ listId, todos: todos.filter(isOpen).sort(byRank) }))
      .filter(({ todos }) => todos.length > 0);
    const count = found.reduce((sum, { todos }) => sum + todos.length, 0);
    return [
      this.#head(label, count),
      found.map(({ listId, todos }) => {
        const name = listName(this.state.lists[listId]);
        return h(
          'section',
          { key: listId, class: 'day' },
          h('h2', { class: 'day-title' }, name),
          h('ll-todo-list', {
            class: 'rows',
            todos,
            windowed: isLong(count),
            ...usedByRows(this.app),
          }),
        );
      }),
      count === 0
        ? empty(
          'tag',
          t('Nothing has this label'),
          t('Press l on a todo to put it on. It is yours alone: nobody else sees it.'),
        )
        : null,
    ];
  }

  /**
   * @param {PersonalLabelShape} label
   * @param {number} count
   */
  #head({ id, name, colour }, count) {
    const { ui } = this.app;
    return h(
      'header',
      { key: 'head', class: 'page-head' },
      h(
        'div',
        { class: 'page-title' },
        h('span', { class: `dot hue-${colour}` }),
        h('h1', null, name),
        h('span', { class: 'page-note' }, tn(count, '{count} open todo', '{count} open todos')),
      ),
      h(
        'div',
        { class: 'page-actions' },
        h('button', {
          class: 'icon-button',
          'aria-label': t('Change the label “{name}”', { name }),
          'data-tip': t('Change'),
          onClick: () => ui.openDialog({ kind: 'label', labelId: id }),
        }, icon('pencil')),
      ),
    );
  }
}

const missing = () =>
  empty(
    'tag',
    t('There is nothing here'),
    t('This label was deleted, or is not yours.'),
    h('a', { class: 'button', href: '/' }, t('Go to the Inbox')),
    'h1',
  );

customElements.define('ll-label-page', LabelPage);
