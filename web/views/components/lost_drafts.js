// What the user typed into a field that is gone: the list or the todo is, or the role allows no
// more. The words can still be copied.

import { listName } from '../../format/list_name.js';
import { t } from '../../languages/translate.js';
import { own } from '../../own.js';
import { isWhole, may } from '../../store/queries.js';
import { findTodo } from '../../sync/state.js';
import { startedUploads } from '../attachments/attachments_frame.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';

/**
 * @import { Draft } from '../../types/client.d.ts'
 */

/** @extends {View<{}>} */
export class LostDrafts extends View {
  static watches = true;
  /** The place whose draft was copied last. */
  #copied = '';

  render() {
    if (!this.state.account) return [];
    const lost = this.app.drafts.without((draft) => this.#hasField(draft));
    return [
      ...lost.map(([place, draft]) => this.#offer(place, draft)),
      startedUploads() ? h('ll-lost-files', { key: 'files' }) : null,
    ];
  }

  /** @param {Draft} draft */
  #hasField({ listId, todoId, action, isLost }) {
    // The name of what is the user's own.
    if (!listId) return !isLost;
    if (isLost || !may(this.state, listId, action)) return false;
    const id = todoId && this.app.store.realId(todoId);
    return !id || !isWhole(this.state, listId) || Boolean(findTodo(this.state, id));
  }

  /**
   * @param {string} place
   * @param {Draft} draft
   */
  #offer(place, { text, listId, isLost }) {
    const list = own(this.state.lists, listId) ?? own(this.state.leftLists, listId);
    const inList = list
      ? t('You typed this in “{list}”, where it can no longer be sent:', { list: listName(list) })
      : t('You typed this in a list that you are no longer in. It can no longer be sent:');
    return h(
      'section',
      { key: place, class: 'lost-draft', 'aria-label': t('Words that cannot be sent') },
      h('p', null, isLost ? t('You typed this, and it could not be saved:') : inList),
      h('textarea', {
        class: 'input',
        rows: 2,
        readOnly: true,
        value: text,
        'aria-label': t('Your words'),
        onFocus: (event) => event.currentTarget.select(),
      }),
      h(
        'p',
        { class: 'lost-draft-actions' },
        h(
          'button',
          { class: 'button small', onClick: () => this.#copy(place, text) },
          this.#copied === place ? t('Copied') : t('Copy'),
        ),
        h(
          'button',
          { class: 'button small', onClick: () => this.app.drafts.drop(place) },
          t('Discard'),
        ),
      ),
    );
  }

  /**
   * @param {string} place
   * @param {string} text
   */
  async #copy(place, text) {
    try {
      await navigator.clipboard.writeText(text);
      this.#copied = place;
    } catch {
      // Plain http has no clipboard: the selected words can be copied by hand.
      this.querySelector('textarea')?.focus();
    }
    this.draw();
  }
}

customElements.define('ll-lost-drafts', LostDrafts);
