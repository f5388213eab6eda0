// The comments on one todo, and a field for a new comment. `@Name` mentions a member.

import { agoText } from '../../format/due.js';
import { toggleTask } from '../../format/markdown/blocks.js';
import { withIds } from '../../format/mentions.js';
import { own } from '../../own.js';
import { t } from '../../languages/translate.js';
import { placeOf } from '../../store/drafts.js';
import { accountsOf, commentsOf, may } from '../../store/queries.js';
import { addComment, editComment } from '../../store/thread_edits.js';
import { allComments } from '../../sync/threads/comment_pages.js';
import { deleteWithUndo, showVersions } from './comment_changes.js';
import { avatar } from '../base/avatar.js';
import { h } from '../base/dom.js';
import { Reading } from '../base/reading.js';
import { View } from '../base/view.js';
import { markdown } from '../base/markdown.js';
import './comment_reactions.js';
import '../components/mention_field.js';

/**
 * @import { Comment, Todo } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

/** @extends {View<{todo: Todo} & UsedProps>} */
export class CommentThread extends View {
  static watches = true;
  /** @type {string | null} the todo whose comments were requested */
  #requested = null;
  /** @type {string | null} the comment that is being edited */
  #editing = null;
  #reading = new Reading(this.app.store, () => this.#read(), this.redraw);

  connected() {
    this.#reading.start();
    this.#fetch();
  }

  disconnected() {
    this.#reading.stop();
  }

  #fetch() {
    const { todo } = this.props;
    if (todo.pending) return;
    this.#requested = todo.id;
    this.#reading.run();
  }

  async #read() {
    const { todo } = this.props;
    this.app.store.openThread('comments', todo.list_id, todo.id);
    const items = await allComments(this.app.session, todo.id);
    this.app.store.takeThread('comments', todo.list_id, todo.id, items);
  }

  render() {
    const { todo } = this.props;
    const thread = commentsOf(this.state, todo);
    // A new snapshot of the list drops its comments: request them again. The server knows no
    // comments of a provisional todo.
    const isMissing = this.#requested !== todo.id || (!thread && this.#reading.error === null);
    if (!todo.pending && isMissing) queueMicrotask(() => this.#fetch());
    return [
      h(
        'section',
        { class: 'detail-section' },
        h('h2', null, t('Comments')),
        thread?.items.map((comment) => this.#comment(comment)),
        thread?.loaded || todo.comment_count === 0 ? null : this.#reading.note(
          t('Comments are loaded when this device is online again.'),
          t('Comments could not be loaded.'),
        ),
        may(this.state, todo.list_id, 'write_comment') ? this.#composer(todo) : null,
      ),
    ];
  }

  /** @param {Comment} comment */
  #comment(comment) {
    const isEdited = this.#editing === comment.id;
    const isMine = comment.author?.id === this.state.account?.id;
    const hasVersions = comment.edited_at && !comment.pending &&
      may(this.state, this.props.todo.list_id, 'read_activity');
    return h(
      'article',
      { key: comment.id, id: `comment-${comment.id}`, class: 'comment' },
      avatar(comment.author),
      h(
        'div',
        { class: 'comment-body' },
        h(
          'p',
          { class: 'comment-head' },
          h('b', null, comment.author?.name ?? t('A former member')),
          h(
            'span',
            { class: 'quiet' },
            agoText(comment.created_at, this.app.reader),
            comment.edited_at ? ` · ${t('edited')}${hasVersions ? ' · ' : ''}` : '',
            hasVersions
              ? h('button', {
                class: 'link',
                onClick: () => this.#showVersions(comment),
              }, t('see changes'))
              : null,
          ),
        ),
        isEdited ? this.#editor(comment) : h('div', { class: 'comment-text' }, this.#text(comment)),
        h('ll-comment-reactions', {
          class: 'reactions',
          todo: this.props.todo,
          comment,
          usesState: this.state,
        }),
        comment.pending || isEdited ? null : this.#actions(comment, isMine),
      ),
    );
  }

  /**
   * @param {Comment} comment
   * @param {boolean} isMine
   */
  #actions(comment, isMine) {
    const { list_id: listId } = this.props.todo;
    const mayEdit = isMine && may(this.state, listId, 'write_comment');
    if (!mayEdit && !may(this.state, listId, 'moderate_comment')) return null;
    return h(
      'p',
      { class: 'comment-actions' },
      mayEdit
        ? h(
          'button',
          { class: 'link', onClick: () => this.#edit(comment.id) },
          this.app.drafts.get(placeOf('comment-edit', comment.id))
            ? t('Continue editing')
            : t('Edit'),
        )
        : null,
      h('button', {
        class: 'link',
        onClick: () => deleteWithUndo(this.app, this.props.todo, comment),
      }, t('Delete')),
    );
  }

  /** @param {Comment} comment */
  #showVersions(comment) {
    showVersions(this.app, this.props.todo, comment, (id) => this.#nameOf(id));
  }

  /** @param {string | null} commentId */
  #edit(commentId) {
    this.#editing = commentId;
    this.draw();
  }

  /** @param {Comment} comment */
  #editor(comment) {
    const place = placeOf('comment-edit', comment.id);
    return h('ll-mention-field', {
      key: 'edit',
      users: this.#others,
      field: {
        rows: 2,
        value: this.app.drafts.get(place)?.text ?? this.#readable(comment.body),
        'aria-label': t('Edit your comment'),
        onInput: (event) => this.#keep(place, event.currentTarget.value),
        ref: (field) => queueMicrotask(() => field.focus()),
        onKeydown: (event) => {
          if (event.key === 'Escape') {
            event.stopPropagation();
            this.#edit(null);
          }
          if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            if (!this.app.actions) return;
            this.#saveEdit(comment, event.currentTarget.value);
            this.app.drafts.drop(place, this.app.actions.kept);
            this.#edit(null);
          }
        },
      },
    });
  }

  /**
   * @param {Comment} comment
   * @param {string} text
   */
  #saveEdit(comment, text) {
    const body = withIds(text.trim(), this.#users);
    if (!body || body === comment.body) return;
    this.#change(comment, body);
  }

  /** @param {Todo} todo */
  #composer(todo) {
    const place = placeOf('comment', todo.id);
    return h(
      'form',
      {
        class: 'composer',
        onSubmit: (event) => {
          event.preventDefault();
          const field = event.currentTarget.querySelector('textarea');
          if (field) this.#send(field);
        },
      },
      avatar(this.state.account),
      h('ll-mention-field', {
        users: this.#others,
        field: {
          name: 'body',
          rows: 1,
          value: this.app.drafts.text(place),
          maxlength: 10_000,
          placeholder: t('Write a comment'),
          'aria-label': t('Write a comment'),
          onInput: (event) => {
            this.#keep(place, event.currentTarget.value);
            this.app.live?.presence.edit(todo.id, 'comment');
          },
          onKeydown: (event) => {
            if (event.key !== 'Enter' || event.shiftKey) return;
            event.preventDefault();
            this.#send(event.currentTarget);
          },
        },
      }),
      h('button', { class: 'button small', type: 'submit' }, t('Send')),
    );
  }

  /** @param {HTMLTextAreaElement} field */
  #send(field) {
    const { todo } = this.props;
    const body = withIds(field.value.trim(), this.#users);
    if (!body || !this.app.actions) return;
    addComment(this.app.actions, todo, body);
    this.app.drafts.drop(placeOf('comment', todo.id), this.app.actions.kept);
    field.value = '';
  }

  /**
   * Keep a half-written comment on this device.
   * @param {string} place
   * @param {string} text
   */
  #keep(place, text) {
    const { id: todoId, list_id: listId } = this.props.todo;
    this.app.drafts.keep(place, { text, listId, todoId, action: 'write_comment' });
  }

  /** @param {Comment} comment */
  #text(comment) {
    const mayEdit = comment.author?.id === this.state.account?.id && !comment.pending &&
      may(this.state, this.props.todo.list_id, 'write_comment');
    return markdown(comment.body, {
      nameOf: (id) => this.#nameOf(id),
      onToggle: mayEdit ? (line) => this.#toggle(comment, line) : undefined,
    });
  }

  /**
   * @param {Comment} comment
   * @param {number} line
   */
  #toggle(comment, line) {
    this.#change(comment, toggleTask(comment.body, line));
  }

  /**
   * @param {Comment} comment
   * @param {string} body
   */
  #change(comment, body) {
    if (this.app.actions) editComment(this.app.actions, this.props.todo, comment, body);
  }

  /** @param {string} body */
  #readable(body) {
    return body.replace(/@\[([^\]]+)\]/g, (_all, id) => `@${this.#nameOf(id)}`);
  }

  get #users() {
    return accountsOf(this.state, this.props.todo.list_id).map(({ user }) => user);
  }

  /** The members the user may mention: all but the user. */
  get #others() {
    return this.#users.filter(({ id }) => id !== this.state.account?.id);
  }

  /** @param {string} userId */
  #nameOf(userId) {
    const content = this.state.contents[this.props.todo.list_id];
    return own(content?.members ?? {}, userId)?.user.name ?? t('somebody');
  }
}

customElements.define('ll-comment-thread', CommentThread);
