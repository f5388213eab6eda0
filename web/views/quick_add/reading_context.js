// What quick add must know to read a line: the reader's clock, language, lists, labels and members.

import { isMonthFirst } from '../../format/locale.js';
import { language } from '../../languages/translate.js';
import { accountsOf, canEdit, labelsOf, ownLabels } from '../../store/queries.js';

/**
 * @import { App } from '../../app.js'
 * @import { Choices } from './quick_add.js'
 * @import { Context } from '../../quick_add/read.js'
 */

/**
 * @param {App} app
 * @param {Pick<Context, 'listId' | 'day'> & Partial<Choices>} rest
 * @returns {Context}
 */
export function contextOf(app, { refused, wanted, ...rest }) {
  const { reader: { zone, now, locale }, store: { shown: state } } = app;
  return {
    zone,
    now,
    language: language() === 'de' ? 'de' : 'en',
    monthFirst: isMonthFirst(locale),
    lists: Object.values(state.lists).filter(({ id, archived_at, deleted_at }) =>
      !archived_at && !deleted_at && canEdit(state, id)
    ),
    contentOf: (id) => ({
      labels: labelsOf(state, id),
      people: accountsOf(state, id).map(({ user }) => user),
    }),
    ownLabels: ownLabels(state),
    refused: new Set(refused),
    wanted: new Set(wanted),
    ...rest,
  };
}
