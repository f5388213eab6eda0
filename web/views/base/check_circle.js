// What is at the beginning of a todo's row: the circle that ticks it, or the box that selects it.

import { priorityName } from '../../format/priorities.js';
import { shorten } from '../../format/shorten.js';
import { message, t } from '../../languages/translate.js';
import { h } from './dom.js';
import { icon } from './icons.js';

/** @import { Todo } from '../../types/client.d.ts' */

/**
 * How the circle looks, and what is said of it, of a todo that is neither to be begun nor done.
 * @type {Partial<Record<Todo['status'], [look: string, text: string]>>}
 */
const STATES = {
  in_progress: ['is-begun', message('in progress')],
  cancelled: ['is-cancelled', message('won’t do')],
};

/**
 * Return the circle that ticks a todo; its ring is the priority, and half full while the todo is in
 * progress.
 * @param {Todo} todo
 * @param {boolean} mayEdit
 * @param {() => void} onTick
 */
export function checkCircle(todo, mayEdit, onTick) {
  const isDone = todo.status === 'completed' || todo.ending === 'completed';
  const [look, state] = (!todo.ending && STATES[todo.status]) || [''];
  const priority = todo.priority &&
    t('priority: {priority}', { priority: priorityName(todo.priority).toLocaleLowerCase() });
  return h('button', {
    class: `check p${todo.priority} ${isDone ? 'is-done' : look}`,
    role: 'checkbox',
    'aria-checked': String(isDone),
    disabled: !mayEdit,
    'aria-label': [shorten(todo.title, 80), state && t(state), priority].filter(Boolean).join(', '),
    onClick: onTick,
  }, h('span', { class: 'check-ring' }, icon(todo.status === 'cancelled' ? 'close' : 'check')));
}

/**
 * Return the box that takes the place of the circle while todos are selected.
 * @param {Todo} todo
 * @param {boolean} selected
 * @param {() => void} onToggle
 */
export const selectBox = (todo, selected, onToggle) =>
  h('button', {
    key: 'select',
    class: `check is-box ${selected ? 'is-done' : ''}`,
    role: 'checkbox',
    'aria-checked': String(selected),
    'aria-label': t('Select {title}', { title: shorten(todo.title, 80) }),
    onClick: onToggle,
  }, h('span', { class: 'check-ring' }, icon('check')));
