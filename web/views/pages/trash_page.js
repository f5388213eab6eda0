// What was deleted in the last 30 days, and the way back.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { empty, skeleton } from './list_page.js';
import { agoText } from '../../format/due.js';
import { problemText } from '../../format/problems.js';
import { canEdit } from '../../store/select.js';

class TrashPage extends View {
  static watches = true;
  todos = null;
  lists = null;
  problem = '';

  connected() {
    this.onApplied = ({ detail: { event } }) => {
      if (
        /^(todo\.(deleted|restored|purged)|list\.(deleted|restored|added|removed))$/.test(event)
      ) this.#load();
    };
    this.app.store.addEventListener('applied', this.onApplied);
    this.#load();
  }

  disconnected() {
    this.app.store.removeEventListener('applied', this.onApplied);
  }

  async #load() {
    try {
      const [todos, lists] = await Promise.all([
        this.app.session.call('GET', '/todos?trash=true&limit=100'),
        this.app.session.call('GET', '/lists?state=trash'),
      ]);
      this.todos = todos.body.items;
      this.lists = lists.body.items;
      this.problem = '';
    } catch (error) {
      this.problem = problemText(error);
    }
    this.redraw();
  }

  render() {
    const nothing = this.todos?.length === 0 && this.lists?.length === 0;
    return [
      h(
        'div',
        { class: 'page' },
        h(
          'header',
          { class: 'page-head' },
          h(
            'div',
            { class: 'page-title' },
            icon('trash'),
            h('h1', null, 'Trash'),
            h('span', { class: 'page-note' }, 'Kept for 30 days'),
          ),
        ),
        this.problem
          ? h(
            'p',
            { class: 'banner' },
            this.problem,
            ' ',
            h('button', { class: 'link', onClick: () => this.#load() }, 'Try again'),
          )
          : null,
        this.todos === null && !this.problem ? skeleton() : null,
        nothing
          ? empty(
            'trash',
            'The trash is empty',
            'What you delete waits here for 30 days, in case you want it back.',
          )
          : null,
        (this.lists ?? []).map((list) =>
          this.#item(
            list.id,
            h('span', { class: `dot hue-${list.colour}` }),
            list.name,
            `List · ${agoText(list.deleted_at, this.app.reader)}`,
            list.role === 'owner'
              ? [
                h('button', {
                  class: 'button small',
                  onClick: () =>
                    this.#run('POST', `/lists/${list.id}/restore`, 'The list is back.'),
                }, 'Restore'),
              ]
              : [],
          )
        ),
        (this.todos ?? []).map((todo) => this.#todo(todo)),
      ),
    ];
  }

  #todo(todo) {
    const list = this.state.lists[todo.list_id];
    const where = list ? (list.is_inbox ? 'Inbox' : list.name) : 'A list';
    const buttons = canEdit(this.state, todo.list_id)
      ? [
        h('button', {
          class: 'button small',
          onClick: () => this.#run('POST', `/todos/${todo.id}/restore`, 'It is back where it was.'),
        }, 'Restore'),
        h('button', {
          class: 'button small danger',
          onClick: () => this.#forever(todo),
        }, 'Delete for good'),
      ]
      : [];
    return this.#item(
      todo.id,
      icon('trash'),
      todo.title,
      `${where} · ${agoText(todo.deleted_at, this.app.reader)}`,
      buttons,
    );
  }

  #item(key, mark, title, note, buttons) {
    return h(
      'div',
      { key, class: 'plain-row' },
      mark,
      h('div', { class: 'plain-body' }, h('p', null, title), h('p', { class: 'quiet' }, note)),
      h('div', { class: 'plain-actions' }, buttons),
    );
  }

  #forever(todo) {
    this.app.ui.openDialog({
      kind: 'confirm',
      title: 'Delete for good?',
      text: `“${todo.title}” and its comments cannot be brought back.`,
      action: 'Delete for good',
      run: () => this.#run('DELETE', `/todos/${todo.id}?forever=true`, 'It is gone for good.'),
    });
  }

  async #run(method, path, done) {
    try {
      await this.app.session.call(method, path, {
        key: Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16))
          .join(''),
      });
      this.app.ui.toast(done);
      await this.#load();
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
  }
}

customElements.define('ll-trash-page', TrashPage);
