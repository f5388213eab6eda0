// What people said about one todo, and a place to answer. `@Name` mentions a member.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { avatar } from '../base/avatar.js';
import { canComment, commentsOf, membersOf } from '../../store/select.js';
import { agoText } from '../../format/due.js';
import { withLinks } from '../../format/links.js';
import { withIds } from '../../format/mentions.js';
import './mention_field.js';

class CommentThread extends View {
  #asked = null;
  editing = null;
  failed = false;

  connected() {
    this.#fetch();
  }

  async #fetch() {
    const { todo } = this.props;
    if (todo.pending) return;
    this.#asked = todo.id;
    this.failed = false;
    this.app.store.openComments(todo.list_id, todo.id);
    try {
      this.app.store.takeComments(todo.list_id, todo.id, await this.#all(todo.id));
    } catch {
      this.failed = true;
      this.redraw();
    }
  }

  async #all(todoId) {
    const path = `/todos/${encodeURIComponent(todoId)}/comments?limit=100`;
    const items = [];
    for (let next = ''; next !== null;) {
      const { body } = await this.app.session.call(
        'GET',
        path + (next && `&cursor=${encodeURIComponent(next)}`),
      );
      items.push(...body.items);
      next = body.next_cursor;
    }
    return items;
  }

  render() {
    const { todo } = this.props;
    const thread = commentsOf(this.state, todo);
    // A fresh snapshot drops comments; a provisional todo has none to ask for until it is real.
    if (!todo.pending && (this.#asked !== todo.id || (!thread && !this.failed))) {
      queueMicrotask(() => this.#fetch());
    }
    return [
      h(
        'section',
        { class: 'detail-section' },
        h('h3', null, 'Comments'),
        thread?.items.map((comment) => this.#comment(comment, todo)),
        this.failed && !thread?.loaded
          ? h(
            'p',
            { class: 'quiet' },
            'Comments could not be loaded. ',
            h('button', { class: 'link', onClick: () => this.#fetch() }, 'Try again'),
          )
          : null,
        canComment(this.state, todo.list_id) ? this.#composer(todo) : null,
      ),
    ];
  }

  #comment(comment, todo) {
    const mine = comment.author?.id === this.state.account?.id;
    return h(
      'article',
      { key: comment.id, class: 'comment' },
      avatar(comment.author),
      h(
        'div',
        { class: 'comment-body' },
        h(
          'p',
          { class: 'comment-head' },
          h('b', null, comment.author?.name ?? 'A former member'),
          h(
            'span',
            { class: 'quiet' },
            agoText(comment.created_at, this.app.reader),
            comment.edited_at ? ' · edited' : '',
          ),
        ),
        this.editing === comment.id
          ? this.#editor(comment, todo)
          : h('p', { class: 'comment-text' }, this.#withNames(comment.body, todo)),
        mine && !comment.pending && this.editing !== comment.id
          ? h(
            'p',
            { class: 'comment-actions' },
            h('button', {
              class: 'link',
              onClick: () => {
                this.editing = comment.id;
                this.draw();
              },
            }, 'Edit'),
            h('button', {
              class: 'link',
              onClick: () => this.app.actions.deleteComment(todo, comment.id),
            }, 'Delete'),
          )
          : null,
      ),
    );
  }

  #editor(comment, todo) {
    const close = () => {
      this.editing = null;
      this.draw();
    };
    return h('ll-mention-field', {
      key: 'edit',
      people: this.#others(todo),
      field: {
        rows: 2,
        value: this.#readable(comment.body, todo),
        'aria-label': 'Edit your comment',
        ref: (field) => queueMicrotask(() => field.focus()),
        onKeydown: (event) => {
          if (event.key === 'Escape') {
            event.stopPropagation();
            close();
          }
          if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            const body = this.#withIds(event.target.value.trim(), todo);
            if (body && body !== comment.body) this.app.actions.editComment(todo, comment.id, body);
            close();
          }
        },
      },
    });
  }

  #composer(todo) {
    const send = (field) => {
      const body = this.#withIds(field.value.trim(), todo);
      if (!body) return;
      this.app.actions.addComment(todo, body);
      field.value = '';
    };
    return h(
      'form',
      {
        class: 'composer',
        onSubmit: (event) => {
          event.preventDefault();
          send(event.target.elements.body);
        },
      },
      avatar(this.state.account),
      h('ll-mention-field', {
        people: this.#others(todo),
        field: {
          name: 'body',
          rows: 1,
          maxlength: 10_000,
          placeholder: 'Write a comment',
          'aria-label': 'Write a comment',
          onInput: () => this.app.live?.presence.edit(todo.id, 'comment'),
          onKeydown: (event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send(event.target);
          },
        },
      }),
      h('button', { class: 'button small', type: 'submit' }, 'Send'),
    );
  }

  /** Mentions travel as @[user id]; people read and write names. */
  #withNames(body, todo) {
    return body.split(/(@\[[^\]]+\])/).flatMap((part) => {
      const id = /^@\[([^\]]+)\]$/.exec(part)?.[1];
      if (id) return h('span', { class: 'mention' }, `@${this.#name(id, todo)}`);
      return withLinks(part).map((
        one,
      ) => (typeof one === 'string' ? one : h(
        'a',
        { href: one.href, target: '_blank', rel: 'noopener noreferrer nofollow' },
        one.href,
      )));
    });
  }

  #readable(body, todo) {
    return body.replace(/@\[([^\]]+)\]/g, (_all, id) => `@${this.#name(id, todo)}`);
  }

  #withIds(text, todo) {
    return withIds(text, this.#people(todo));
  }

  #people(todo) {
    return membersOf(this.state, todo.list_id).map(({ user }) => user);
  }

  /** Whom one may mention: nobody tells themselves. */
  #others(todo) {
    return this.#people(todo).filter(({ id }) => id !== this.state.account?.id);
  }

  #name(userId, todo) {
    return this.state.contents[todo.list_id]?.members[userId]?.user.name ?? 'somebody';
  }
}

customElements.define('ll-comment-thread', CommentThread);
