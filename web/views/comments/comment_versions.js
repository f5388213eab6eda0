// The earlier texts of an edited comment. A script of its own: few visits open it.

import { longMoment } from '../../format/due.js';
import { problemText } from '../../format/problems.js';
import { t } from '../../languages/translate.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { markdown } from '../base/markdown.js';
import { View } from '../base/view.js';

/**
 * @import { CommentVersionShape, CommentVersionsShape } from '../../types/contract.d.ts'
 * @import { Answer, Comment, Todo } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

/**
 * @extends {View<UsedProps & {
 *   subject: {todo: Todo, comment: Comment, nameOf: (id: string) => string},
 * }>}
 */
export class CommentVersions extends View {
  /** @type {CommentVersionShape[] | null} */
  #versions = null;
  #problem = '';

  connected() {
    this.#fetch();
  }

  async #fetch() {
    const { todo, comment } = this.props.subject;
    try {
      /** @type {Answer<CommentVersionsShape>} */
      const { body } = await this.app.session.call(
        'GET',
        `/todos/${todo.id}/comments/${comment.id}/versions`,
      );
      this.#versions = body.items;
    } catch (error) {
      this.#problem = problemText(error);
    }
    this.redraw();
  }

  render() {
    const { comment, nameOf } = this.props.subject;
    const author = comment.author?.name ?? t('A former member');
    const now = { body: comment.body, written_at: comment.edited_at ?? comment.created_at };
    const texts = [now, ...(this.#versions ?? []).toReversed()];
    return [
      h(
        'div',
        { class: 'dialog-head' },
        h('h2', { id: 'dialog-title' }, t('Changes of a comment')),
        h('button', {
          class: 'icon-button',
          autofocus: true,
          'aria-label': t('Close'),
          onClick: () => this.app.ui.closeDialog(),
        }, icon('close')),
      ),
      this.#versions || this.#problem ? null : h('p', { class: 'quiet' }, t('Loading…')),
      this.#problem ? h('p', { class: 'problem', role: 'alert' }, this.#problem) : null,
      this.#versions?.length === 0
        ? h('p', { class: 'quiet' }, t('Its earlier texts are not kept.'))
        : null,
      this.#versions && h(
        'ol',
        { class: 'versions' },
        texts.map((version, at) =>
          h(
            'li',
            null,
            h('p', { class: 'quiet' }, this.#heading(author, version.written_at, at)),
            h(
              'div',
              { class: 'comment-text' },
              markdown(version.body, { nameOf }),
            ),
          )
        ),
      ),
    ];
  }

  /**
   * @param {string} author
   * @param {string} instant
   * @param {number} at 0 is the present text
   */
  #heading(author, instant, at) {
    const moment = longMoment(instant, this.app.reader);
    return at === 0
      ? t('{author}, {moment}, now', { author, moment })
      : t('{author}, {moment}', { author, moment });
  }
}

customElements.define('ll-comment-versions', CommentVersions);
