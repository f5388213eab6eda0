// What can be done with a whole list.

import { problemText } from '../../format/problems.js';
import { feedOf, webhooksOf } from '../../format/settings_links.js';
import { t } from '../../languages/translate.js';
import { siteFacts } from '../../site.js';
import { isLastOwner, may } from '../../store/queries.js';
import { openActivity } from '../activity/open_activity.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { archiveWithUndo } from '../shell/undo_toasts.js';
import { duplicateList } from '../tools/duplicating.js';
import { item } from './menu_item.js';

/**
 * @import { Action } from '../../store/policy.js'
 * @import { MyListShape } from '../../types/contract.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

/** @extends {View<{listId: string, onDone: () => void} & UsedProps>} */
export class ListMenu extends View {
  render() {
    const list = this.state.lists[this.props.listId];
    if (!list) return [];
    const { ui } = this.app;
    // The Inbox stays private, in its place and under its name.
    const isOrdinary = !list.is_inbox;
    return [
      isOrdinary ? this.#ownItems(list) : null,
      this.#connectionItems(list),
      this.app.guest
        ? null
        : item(icon('clock'), t('Activity'), () => openActivity(this.app, list.id)),
      this.app.guest ? null : this.#duplicateItem(list),
      item(
        icon('download'),
        t('Export…'),
        () => ui.openDialog({ kind: 'export', listId: list.id }),
      ),
      this.#allows(list, 'leave_list') && !isLastOwner(this.state, list)
        ? item(icon('leave'), t('Leave this list'), () => this.#confirmLeaving(list))
        : null,
      isOrdinary && this.#allows(list, 'delete_list') ? this.#trashItem(list) : null,
    ];
  }

  /** @param {MyListShape} list */
  #trashItem(list) {
    return item(icon('trash'), t('Move to the trash'), () => {
      this.props.onDone();
      this.#trash(list);
    }, { danger: true });
  }

  /**
   * @param {MyListShape} list
   * @param {Action} action
   */
  #allows(list, action) {
    return may(this.state, list.id, action);
  }

  /**
   * Its place, members and name.
   * @param {MyListShape} list
   */
  #ownItems(list) {
    const { ui } = this.app;
    const mayEdit = this.#allows(list, 'edit_list');
    return [
      this.app.guest ? null : this.#placeItems(list),
      item(icon('users'), t('Members'), () => ui.openDialog({ kind: 'members', listId: list.id })),
      mayEdit
        ? item(icon('pencil'), t('Name, colour, icon'), () => {
          ui.openDialog({ kind: 'list', listId: list.id });
        })
        : null,
      mayEdit ? this.#archiveItem(list) : null,
    ];
  }

  /**
   * Other programs.
   * @param {MyListShape} list
   */
  #connectionItems(list) {
    const { guest, router, ui } = this.app;
    return [
      this.#allows(list, 'manage_webhooks')
        ? item(icon('move'), t('Webhooks'), () => {
          this.props.onDone();
          router.go(webhooksOf(list.id));
        })
        : null,
      this.#allows(list, 'create_email_address') && !guest && siteFacts().receives_mail
        ? item(icon('comment'), t('E-mail to this list'), () => {
          ui.openDialog({ kind: 'email-address', listId: list.id });
        })
        : null,
      guest ? null : this.#feedItem(list),
    ];
  }

  /**
   * Where the user keeps the list, for the user alone. The archive has no order.
   * @param {MyListShape} list
   */
  #placeItems(list) {
    if (list.archived_at) return null;
    const { actions, ui } = this.app;
    const { favourite } = list.placement;
    return [
      item(icon('star'), favourite ? t('Remove from favourites') : t('Add to favourites'), () => {
        this.props.onDone();
        actions?.placeList(list.id, { favourite: !favourite });
      }),
      item(icon('folder'), t('Move up, down, to a folder…'), () => {
        const anchor = ui.menu?.anchor ?? this;
        ui.openMenu({ kind: 'place', anchor, listId: list.id });
      }),
    ];
  }

  /** @param {MyListShape} list */
  #duplicateItem(list) {
    return item(icon('plus'), t('Duplicate'), () => {
      this.props.onDone();
      duplicateList(this.app, list);
    });
  }

  /** @param {MyListShape} list */
  #feedItem(list) {
    return item(icon('calendar'), t('Calendar feed…'), () => {
      this.props.onDone();
      this.app.router.go(feedOf(list.id));
    });
  }

  /** @param {MyListShape} list */
  #archiveItem(list) {
    const label = list.archived_at ? t('Take out of the archive') : t('Archive');
    return item(icon('archive'), label, () => {
      this.props.onDone();
      archiveWithUndo(this.app, list, !list.archived_at);
    });
  }

  /** @param {MyListShape} list */
  #confirmLeaving(list) {
    this.app.ui.openDialog({
      kind: 'confirm',
      title: t('Leave “{list}”?', { list: list.name }),
      text: this.app.guest
        ? t('What you wrote stays. With the link you can come back, as another guest.')
        : t('You will not see it any more until somebody invites you again.'),
      action: t('Leave'),
      run: () => this.#leave(list),
    });
  }

  /** @param {MyListShape} list */
  async #leave(list) {
    if (this.app.guest) return await this.app.session.signOut();
    const path = `/lists/${list.id}/members/${this.state.account?.id}`;
    await this.#call('DELETE', path, () => this.app.router.go('/'));
  }

  /** @param {MyListShape} list */
  async #trash(list) {
    const path = `/lists/${list.id}`;
    const restore = () => this.#call('POST', `${path}/restore`, () => this.app.router.go(path));
    await this.#call('DELETE', path, () => {
      this.app.router.go('/');
      this.app.ui.toast(t('“{list}” is in the trash.', { list: list.name }), {
        action: t('Undo'),
        run: restore,
      });
    });
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {() => void} onDone
   */
  async #call(method, path, onDone) {
    try {
      await this.app.session.call(method, path);
      onDone();
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
  }
}

customElements.define('ll-list-menu', ListMenu);
