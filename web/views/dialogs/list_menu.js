// What can be done with a whole list.

import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { item } from './menu_item.js';
import { problemText } from '../../format/problems.js';

class ListMenu extends View {
  render() {
    const list = this.state.lists[this.props.listId];
    if (!list) return [];
    const { ui, actions } = this.app;
    const run = (work) => () => {
      this.props.onDone();
      work();
    };
    const owner = list.role === 'owner';
    return [
      item(icon('users'), 'Members', () => ui.openDialog({ kind: 'members', listId: list.id })),
      owner || list.role === 'editor'
        ? item(
          icon('pencil'),
          'Name and colour',
          () => ui.openDialog({ kind: 'list', listId: list.id }),
        )
        : null,
      owner
        ? item(
          icon('archive'),
          list.archived_at ? 'Take out of the archive' : 'Archive',
          run(() => actions.editList(list.id, { archived: !list.archived_at })),
        )
        : null,
      item(
        icon('leave'),
        'Leave this list',
        () =>
          ui.openDialog({
            kind: 'confirm',
            title: `Leave “${list.name}”?`,
            text: 'You will not see it any more until somebody invites you again.',
            action: 'Leave',
            run: () => this.#leave(list),
          }),
      ),
      owner
        ? item(icon('trash'), 'Move to the trash', run(() => this.#trash(list)), { danger: true })
        : null,
    ];
  }

  async #leave(list) {
    await this.#call(
      'DELETE',
      `/lists/${list.id}/members/${this.state.account.id}`,
      () => this.app.router.go('/'),
    );
  }

  async #trash(list) {
    await this.#call('DELETE', `/lists/${list.id}`, () => {
      this.app.router.go('/');
      this.app.ui.toast(`“${list.name}” is in the trash.`, {
        action: 'Undo',
        run: () =>
          this.#call(
            'POST',
            `/lists/${list.id}/restore`,
            () => this.app.router.go(`/lists/${list.id}`),
          ),
      });
    });
  }

  async #call(method, path, then) {
    try {
      await this.app.session.call(method, path);
      then();
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
  }
}

customElements.define('ll-list-menu', ListMenu);
