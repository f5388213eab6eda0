// Reads all comments on a todo, page by page.

/**
 * @import { CommentShape, Page_CommentShape_ } from '../../types/contract.d.ts'
 * @import { Answer } from '../../types/client.d.ts'
 * @import { Session } from '../session.js'
 */

/**
 * @param {Pick<Session, 'call'>} session
 * @param {string} todoId
 */
export async function allComments(session, todoId) {
  const path = `/todos/${encodeURIComponent(todoId)}/comments?limit=100`;
  /** @type {CommentShape[]} */
  const items = [];
  /** @type {string | null} */
  let next = '';
  while (next !== null) {
    /** @type {Answer<Page_CommentShape_>} */
    const { body } = await session.call(
      'GET',
      path + (next && `&cursor=${encodeURIComponent(next)}`),
    );
    items.push(...body.items);
    next = body.next_cursor;
  }
  return items;
}
