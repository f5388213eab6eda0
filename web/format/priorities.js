// What the priorities 0 to 5 are called. Pure.

import { message, t } from '../languages/translate.js';

const PRIORITIES = [
  message('No priority'),
  message('Low'),
  message('Normal'),
  message('Medium'),
  message('High'),
  message('Urgent'),
];

/** @param {number} priority */
export const priorityName = (priority) => t(PRIORITIES[priority] ?? String(priority));

/** How many there are. */
export const PRIORITY_COUNT = PRIORITIES.length;
