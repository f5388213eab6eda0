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
 * @import { App } from '../../app.js'
 * @import { Action } from '../../store/policy.js'
 * @import { MyListShape } from '../../types/contract.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 * @import { IconName } from '../base/icons.js'
 */

/**
 * @typedef {object} ListAction
 * @property {IconName} mark
 * @property {string} label
 * @property {string} [named] the label where it does not say by itself that it is about a list
 * @property {() => void} run
 * @property {boolean} [danger]
 */

/** @extends {View<{listId: string, onDone: () => void} & UsedProps>} */
export class ListMenu extends View {
  render() {
    const list = this.state.lists[this.props.listId];
    if (!list) return [];
    return [
      // The Inbox stays in its place, and guests have none.
      this.app.guest || list.is_inbox ? null : this.#placeItems(list),
      listActions(this.app, list).map(({ mark, label, run, danger }) =>
        item(icon(mark), label, () => {
          this.props.onDone();
          run();
        }, { danger })
      ),
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
}

/**
 * Return what the user can do with a list, in the order of its menu. The palette has them, too.
 * @param {App} app
 * @param {MyListShape} list
 * @returns {ListAction[]}
 */
export const listActions = (app, list) =>
  [...aboutMembers(app, list), ...aboutPrograms(app, list), ...aboutWhole(app, list)]
    .flatMap(([isOffered, action]) => isOffered ? [action] : []);

/** @typedef {[isOffered: boolean, action: ListAction]} Offer */

/**
 * Members and name. The Inbox stays private, and under its name.
 * @param {App} app
 * @param {MyListShape} list
 * @returns {Offer[]}
 */
function aboutMembers(app, list) {
  const { ui, store } = app;
  const { id, is_inbox: isInbox, archived_at: isArchived } = list;
  const mayEdit = !isInbox && may(store.shown, id, 'edit_list');
  /** @param {'members' | 'list'} kind */
  const open = (kind) => () => ui.openDialog({ kind, listId: id });
  return [
    [!isInbox, { mark: 'users', label: t('Members'), run: open('members') }],
    [mayEdit, { mark: 'pencil', label: t('Name, colour, icon'), run: open('list') }],
    [mayEdit, {
      mark: 'archive',
      label: isArchived ? t('Take out of the archive') : t('Archive'),
      run: () => archiveWithUndo(app, list, !isArchived),
    }],
  ];
}

/**
 * Other programs.
 * @param {App} app
 * @param {MyListShape} list
 * @returns {Offer[]}
 */
function aboutPrograms({ ui, router, guest, store: { shown } }, { id }) {
  const receives = !guest && may(shown, id, 'create_email_address') && siteFacts().receives_mail;
  return [
    [may(shown, id, 'manage_webhooks'), {
      mark: 'move',
      label: t('Webhooks'),
      named: t('Webhooks of the list'),
      run: () => router.go(webhooksOf(id)),
    }],
    [receives, {
      mark: 'mail',
      label: t('E-mail to this list'),
      run: () => ui.openDialog({ kind: 'email-address', listId: id }),
    }],
    [!guest, { mark: 'calendar', label: t('Calendar feed…'), run: () => router.go(feedOf(id)) }],
  ];
}

/**
 * What happened in it, copies of it, and its end.
 * @param {App} app
 * @param {MyListShape} list
 * @returns {Offer[]}
 */
function aboutWhole(app, list) {
  const { ui, guest, store: { shown } } = app;
  const mayLeave = may(shown, list.id, 'leave_list') && !isLastOwner(shown, list);
  return [
    [!guest, {
      mark: 'clock',
      label: t('Activity'),
      named: t('Activity of the list'),
      run: () => openActivity(app, list.id),
    }],
    [!guest, {
      mark: 'plus',
      label: t('Duplicate'),
      named: t('Duplicate the list'),
      run: () => duplicateList(app, list),
    }],
    [true, {
      mark: 'download',
      label: t('Export…'),
      run: () => ui.openDialog({ kind: 'export', listId: list.id }),
    }],
    [mayLeave, {
      mark: 'leave',
      label: t('Leave this list'),
      run: () => confirmLeaving(app, list),
    }],
    [!list.is_inbox && may(shown, list.id, 'delete_list'), {
      mark: 'trash',
      label: t('Move to the trash'),
      named: t('Move the list to the trash'),
      danger: true,
      run: () => trash(app, list),
    }],
  ];
}

/**
 * @param {App} app
 * @param {MyListShape} list
 */
function confirmLeaving(app, list) {
  app.ui.openDialog({
    kind: 'confirm',
    title: t('Leave “{list}”?', { list: list.name }),
    text: app.guest
      ? t('What you wrote stays. With the link you can come back, as another guest.')
      : t('You will not see it any more until somebody invites you again.'),
    action: t('Leave'),
    run: () => leave(app, list),
  });
}

/**
 * @param {App} app
 * @param {MyListShape} list
 */
async function leave(app, list) {
  if (app.guest) return await app.session.signOut();
  const path = `/lists/${list.id}/members/${app.store.shown.account?.id}`;
  await call(app, 'DELETE', path, () => app.router.go('/'));
}

/**
 * @param {App} app
 * @param {MyListShape} list
 */
async function trash(app, list) {
  const path = `/lists/${list.id}`;
  const restore = () => call(app, 'POST', `${path}/restore`, () => app.router.go(path));
  await call(app, 'DELETE', path, () => {
    app.router.go('/');
    app.ui.toast(t('“{list}” is in the trash.', { list: list.name }), {
      action: t('Undo'),
      run: restore,
    });
  });
}

/**
 * @param {App} app
 * @param {string} method
 * @param {string} path
 * @param {() => void} onDone
 */
async function call({ session, ui }, method, path, onDone) {
  try {
    await session.call(method, path);
    onDone();
  } catch (error) {
    ui.toast(problemText(error), { tone: 'warning' });
  }
}

customElements.define('ll-list-menu', ListMenu);
