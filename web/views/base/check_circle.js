// What is at the beginning of a todo's row: the circle that ticks it, or the box that selects it.

import { priorityName } from '../../format/priorities.js';
import { shorten } from '../../format/shorten.js';
import { t } from '../../languages/translate.js';
import { h } from './dom.js';
import { icon } from './icons.js';

/** @import { Todo } from '../../types/client.d.ts' */

/**
 * Return the circle that ticks a todo; its ring is the priority.
 * @param {Todo} todo
 * @param {boolean} mayEdit
 * @param {() => void} onTick
 */
export function checkCircle(todo, mayEdit, onTick) {
  const isDone = todo.status === 'completed' || todo.ending === 'completed';
  const priority = todo.priority &&
    t('priority: {priority}', { priority: priorityName(todo.priority).toLocaleLowerCase() });
  return h('button', {
    class: `check p${todo.priority} ${isDone ? 'is-done' : ''}`,
    role: 'checkbox',
    'aria-checked': String(isDone),
    disabled: !mayEdit,
    'aria-label': [shorten(todo.title, 80), priority].filter(Boolean).join(', '),
    onClick: onTick,
  }, h('span', { class: 'check-ring' }, icon('check')));
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
