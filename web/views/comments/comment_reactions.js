// The reactions to one comment: each emoji with its count, and a few to add one.

import { language, t } from '../../languages/translate.js';
import { own } from '../../own.js';
import { may } from '../../store/queries.js';
import { react } from '../../store/thread_edits.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';

/**
 * @import { ReactionShape } from '../../types/contract.d.ts'
 * @import { Comment, Todo } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

// What is offered. The server takes any emoji, and others show what programs used.
const OFFERED = ['👍', '❤️', '😄', '🎉', '👀', '✅', '🙏', '👎'];
/** How many names are read out; the others are counted. */
const MOST_NAMES = 8;

/** @extends {View<{todo: Todo, comment: Comment} & UsedProps>} */
export class CommentReactions extends View {
  #isChoosing = false;

  render() {
    const { todo, comment } = this.props;
    const mayReact = may(this.state, todo.list_id, 'write_comment') && !comment.pending;
    if (comment.reactions.length === 0 && !mayReact) return [];
    return [
      comment.reactions.map((reaction) => this.#chip(reaction, mayReact)),
      mayReact ? this.#opener() : null,
      mayReact && this.#isChoosing ? this.#choice() : null,
    ];
  }

  /**
   * @param {ReactionShape} reaction
   * @param {boolean} mayReact
   */
  #chip({ emoji, user_ids: users }, mayReact) {
    const isMine = users.includes(this.state.account?.id ?? '');
    const names = this.#names(users);
    return h(
      'button',
      {
        key: emoji,
        class: 'reaction',
        'aria-pressed': String(isMine),
        'aria-disabled': mayReact ? null : 'true',
        'aria-label': t('{emoji} by {names}', { emoji, names }),
        'data-names': names,
        onClick: () => mayReact && this.#react(emoji, !isMine),
      },
      emoji,
      h('span', null, String(users.length)),
    );
  }

  #opener() {
    return h('button', {
      key: 'react',
      class: 'reaction is-adding',
      'aria-label': t('React'),
      'aria-expanded': String(this.#isChoosing),
      onClick: () => this.#choose(!this.#isChoosing),
    }, '☺');
  }

  #choice() {
    return h(
      'div',
      {
        key: 'choice',
        class: 'reaction-choice',
        role: 'group',
        'aria-label': t('React with'),
        ref: (group) => queueMicrotask(() => group.querySelector('button')?.focus()),
        onKeydown: (event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          this.#choose(false);
        },
      },
      OFFERED.map((emoji) =>
        h('button', {
          key: emoji,
          class: 'reaction is-offered',
          onClick: () => {
            this.#react(emoji, true);
            this.#choose(false);
          },
        }, emoji)
      ),
    );
  }

  /** @param {boolean} isChoosing */
  #choose(isChoosing) {
    this.#isChoosing = isChoosing;
    this.draw();
    const opener = this.querySelector('.is-adding');
    if (!isChoosing && opener instanceof HTMLElement) opener.focus();
  }

  /**
   * @param {string} emoji
   * @param {boolean} on
   */
  #react(emoji, on) {
    if (this.app.actions) {
      react(this.app.actions, this.props.todo, this.props.comment, emoji, on);
    }
  }

  /** @param {string[]} users */
  #names(users) {
    const members = this.state.contents[this.props.todo.list_id]?.members ?? {};
    const shown = users.slice(0, MOST_NAMES).map((id) => {
      if (id === this.state.account?.id) return t('you');
      return own(members, id)?.user.name ?? t('a former member');
    });
    if (users.length > MOST_NAMES) {
      shown.push(t('{count} more', { count: users.length - MOST_NAMES }));
    }
    return new Intl.ListFormat(language(), { type: 'conjunction' }).format(shown);
  }
}

customElements.define('ll-comment-reactions', CommentReactions);
