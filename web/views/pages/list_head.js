// The head of a list's page: its name, the faces of its members, and its menu.

import { listName } from '../../format/list_name.js';
import { presentText } from '../../format/presence.js';
import { t, tn } from '../../languages/translate.js';
import { may, membersOf } from '../../store/queries.js';
import { presentIn } from '../../sync/presence.js';
import { avatar } from '../base/avatar.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { listMark } from '../base/list_mark.js';

/**
 * @import { App } from '../../app.js'
 * @import { MyListShape } from '../../types/contract.d.ts'
 */

const FACES = 4;

/**
 * Return how the user looks at a list; null: as it is.
 * @param {App} app
 * @param {string} listId
 */
export const viewOf = ({ store, ui, guest }, listId) =>
  guest ? ui.guestView : store.shown.lists[listId]?.view ?? null;

/**
 * @param {App} app
 * @param {MyListShape} list
 */
export function listHead(app, list) {
  const isAlone = membersOf(app.store.shown, list.id).length <= 1;
  return h(
    'header',
    { class: 'page-head' },
    h(
      'div',
      { class: 'page-title' },
      list.is_inbox ? icon('inbox', 'tint-inbox') : listMark(list, 'large'),
      h('h1', null, listName(list)),
    ),
    h(
      'div',
      { class: 'page-actions' },
      isAlone ? null : facesButton(app, list),
      isAlone && !list.is_inbox && may(app.store.shown, list.id, 'invite_member')
        ? shareButton(app, list)
        : null,
      viewButton(app, list),
      h('button', {
        class: 'icon-button',
        'aria-label': t('More about this list'),
        'data-menu': 'list',
        onClick: ({ currentTarget: anchor }) =>
          app.ui.openMenu({ kind: 'list', anchor, listId: list.id }),
      }, icon('more')),
    ),
  );
}

/**
 * Return the button with the faces of the members, those who are present first. It always shows as
 * many faces, so nothing moves when a member comes or goes. Whose presence is not known looks away.
 * @param {App} app
 * @param {MyListShape} list
 */
function facesButton(app, list) {
  const me = app.store.shown.account?.id;
  const present = presentIn(app, list.id);
  const members = membersOf(app.store.shown, list.id);
  const others = members.filter(({ user }) => user.id !== me && present[user.id]);
  const ordered = [...others, ...members.filter((member) => !others.includes(member))];
  const text = presentText(others.map(({ user }) => user.name), app.reader.locale);
  const faces = ordered.slice(0, FACES).map(({ user }) => {
    return avatar(user, user.id === me ? '' : present[user.id] ? 'is-here' : 'is-away');
  });
  return h(
    'button',
    {
      class: 'faces-button',
      'aria-label': [tn(members.length, '{count} member', '{count} members'), text].filter(Boolean)
        .join('. '),
      title: text || undefined,
      onClick: () => app.ui.openDialog({ kind: 'members', listId: list.id }),
    },
    h('span', { class: 'faces' }, faces),
    members.length > FACES ? h('span', { class: 'quiet' }, `+${members.length - FACES}`) : null,
  );
}

/**
 * @param {App} app
 * @param {MyListShape} list
 */
function viewButton(app, list) {
  const isOn = viewOf(app, list.id) !== null;
  return h('button', {
    key: 'view',
    class: `icon-button view-button ${isOn ? 'is-on' : ''}`,
    'aria-label': isOn ? t('View: changed') : t('View'),
    'data-tip': t('View (v)'),
    onClick: ({ currentTarget: anchor }) =>
      app.ui.openMenu({ kind: 'view', anchor, listId: list.id }),
  }, icon('view'));
}

/**
 * @param {App} app
 * @param {MyListShape} list
 */
function shareButton(app, list) {
  return h(
    'button',
    {
      class: 'button small',
      onClick: () => app.ui.openDialog({ kind: 'members', listId: list.id }),
    },
    icon('users'),
    t('Share'),
  );
}
