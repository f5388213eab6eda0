// The part of a todo's label menu with the labels that the user keeps for themselves.

import { labelColour } from '../../format/colours.js';
import { searchKey } from '../../format/folding.js';
import { t } from '../../languages/translate.js';
import {
  addOwnLabel,
  MOST_ON_TODO,
  ownIdsOn,
  toggleOwnLabel,
} from '../../store/placement/own_labels.js';
import { isNamed } from '../../store/placement/label_names.js';
import { ownLabels } from '../../store/queries.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { item } from '../dialogs/menu_item.js';
import { withPencil } from './label_dialog.js';

/**
 * @import { App } from '../../app.js'
 * @import { Todo } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

/**
 * @typedef {object} OwnLabelsProps
 * @property {Todo[]} todos
 * @property {string} text what was typed to find or make a label
 * @property {() => void} onMade
 */

/** @extends {View<OwnLabelsProps & UsedProps>} */
export class OwnLabels extends View {
  render() {
    const { todos, text: typed } = this.props;
    const name = typed.trim();
    const key = searchKey(name);
    const all = ownLabels(this.state);
    const labels = all.filter((label) => searchKey(label.name).includes(key));
    const isNew = name !== '' && !isNamed(all, name);
    return [
      h('div', { class: 'menu-title' }, t('Only for me')),
      labels.map((label) => {
        const { id, name: text, colour } = label;
        const checked = todos.every((todo) => ownIdsOn(this.state, todo).includes(id));
        const dot = h('span', { class: `dot hue-${colour}` });
        const entry = item(dot, text, () => toggleOwn(this.app, todos, id), { checked });
        return withPencil(this.app, label, entry);
      }),
      isNew
        ? item(icon('plus'), t('Make “{name}” only for me', { name }), () => {
          makeOwn(this.app, todos, name);
          this.props.onMade();
        }, { key: 'make' })
        : null,
      all.length === 0 && !name
        ? h(
          'p',
          { class: 'menu-empty' },
          t('Labels that nobody else sees. Type a name to make one.'),
        )
        : null,
    ];
  }
}

/**
 * Give the todos a label of the user's own, or take it from them if all have it.
 * @param {App} app
 * @param {Todo[]} todos
 * @param {string} id
 */
export function toggleOwn({ actions, store, ui }, todos, id) {
  if (!actions) return;
  const labels = todos.map((todo) => ownIdsOn(store.shown, todo));
  const isOn = labels.every((ids) => ids.includes(id));
  if (!isOn && labels.some((ids) => !ids.includes(id) && ids.length >= MOST_ON_TODO)) {
    ui.toast(t('A todo has at most {limit} labels of your own.', { limit: MOST_ON_TODO }));
  } else toggleOwnLabel(actions, todos, id);
}

/**
 * Make a label of the user's own, and give it to the todos.
 * @param {App} app
 * @param {Todo[]} todos
 * @param {string} name
 */
export function makeOwn(app, todos, name) {
  if (!app.actions) return;
  const colour = labelColour(ownLabels(app.store.shown).length);
  toggleOwn(app, todos, addOwnLabel(app.actions, { name, colour }));
}

customElements.define('ll-own-labels', OwnLabels);
