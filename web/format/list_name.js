// The name of a list as users read it: the Inbox has its name in the language of the page. Pure.

import { t } from '../languages/translate.js';

/**
 * Return the name of a list; of none, nothing.
 * @param {{name: string, is_inbox?: boolean} | null | undefined} list
 */
export const listName = (list) => (list?.is_inbox ? t('Inbox') : list?.name ?? '');
