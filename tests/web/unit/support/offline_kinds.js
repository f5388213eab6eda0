// The kinds of changes that a user makes, each with how often it is made among all.

import {
  completeTodos,
  deleteTodos,
  editTodos,
  moveTodos,
  reopenTodos,
} from '../../../../web/store/bulk_edits.js';
import { deleteLabel, editLabel } from '../../../../web/store/list_labels.js';
import {
  addOwnLabel,
  deleteOwnLabel,
  editOwnLabel,
  toggleOwnLabel,
} from '../../../../web/store/placement/own_labels.js';
import { may } from '../../../../web/store/queries.js';
import {
  addComment,
  addReminder,
  deleteComment,
  deleteReminder,
  editComment,
  react,
  snoozeReminder,
} from '../../../../web/store/thread_edits.js';

/**
 * @import { Scene } from './offline_scene.js'
 * @typedef {object} Kind
 * @property {number} often
 * @property {(scene: Scene) => boolean} make return whether there was something to change
 */

/**
 * Return what makes a kind of change of a thing that `find` returns.
 * @template Subject
 * @param {(scene: Scene) => Subject | null | undefined | false} find
 * @returns {(often: number, change: (scene: Scene, subject: Subject) => unknown) => Kind}
 */
const on = (find) => (often, change) => ({
  often,
  make(scene) {
    const subject = find(scene);
    if (subject) change(scene, subject);
    return Boolean(subject);
  },
});

// Few things: the more often both devices change the same one.
const anew = on(({ content, todos }) => todos.length < 9 && content);
const inList = on(({ content }) => content);
const ofTodo = on(({ todo }) => todo);
const ofRepeating = on(({ repeating }) => repeating);
const ofTodos = on((scene) => scene.some(scene.todos));
const ofLabel = on(({ label }) => label);
const ofComment = on(({ comment }) => comment);
const ofOwnComment = on(({ ownComment }) => ownComment);
const ofReminder = on(({ reminder }) => reminder);
const ofFolder = on(({ folder }) => folder);
const ofOwnLabel = on(({ ownLabel }) => ownLabel);

/** @type {Kind[]} */
export const KINDS = [
  anew(14, ({ actions, listId, name }) => {
    actions.addTodo(listId, { title: name, description: name });
  }),
  ofTodo(8, ({ actions, name }, { id }) => actions.editTodo(id, { title: name })),
  ofTodo(3, ({ actions, due }, { id }) => actions.editTodo(id, { due })),
  ofTodo(2, ({ actions }, { id }) => actions.editTodo(id, { due: null, repeat: null })),
  ofTodo(2, ({ actions, upTo }, { id }) => actions.editTodo(id, { priority: upTo(4) })),
  ofTodo(2, ({ actions, status }, { id }) => actions.editTodo(id, { status })),
  ofTodo(3, (scene, { id }) => scene.actions.editTodo(id, { assignees: scene.someMembers })),
  ofTodo(4, (scene, { id }) => scene.actions.editTodo(id, { labels: scene.someLabels })),
  ofTodo(6, ({ actions, due, repeat }, { id }) => actions.editTodo(id, { due, repeat })),
  ofRepeating(2, ({ actions }, { id }) => actions.editTodo(id, { repeat: null })),
  ofTodo(3, ({ actions }, { id }) => actions.tick(id)),
  ofRepeating(8, ({ actions }, { id }) => actions.tick(id)),
  ofRepeating(6, ({ actions }, { id }) => actions.skip(id)),
  ofTodo(6, ({ actions }, { id }) => actions.deleteTodo(id)),
  on(({ deleted }) => deleted)(4, ({ actions }, todo) => {
    actions.restoreTodo([todo]);
    actions.undos.push('restored', todo.title, () => actions.deleteTodo(todo.id));
  }),

  on(({ nesting }) => nesting)(4, ({ actions }, { child, parent }) => {
    actions.editTodo(child.id, { parent_id: parent.id });
  }),
  on(({ nesting }) => nesting)(4, ({ actions, name, listId }, { parent }) => {
    actions.addTodo(listId, { title: name, description: name, parent_id: parent.id });
  }),
  on(({ subtask }) => subtask)(2, (scene, todo) => {
    const { actions } = scene;
    actions.asOne('out', () => {
      actions.editTodo(todo.id, { parent_id: null });
      actions.moveTodo(todo.id, { before_id: todo.parent_id });
    });
  }),
  ofTodo(4, ({ actions, beside }, todo) => {
    const neighbour = beside(todo);
    if (neighbour) actions.moveTodo(todo.id, { before_id: neighbour });
  }),
  ofTodo(9, ({ actions, otherId }, { id }) => actions.moveTodo(id, { to_list: otherId })),

  ofTodos(2, ({ actions, due }, todos) => editTodos(actions, todos, () => ({ due }))),
  ofTodos(2, ({ actions, upTo }, todos) => {
    editTodos(actions, todos, () => ({ priority: upTo(4) }));
  }),
  ofTodos(2, ({ actions }, todos) => completeTodos(actions, todos)),
  ofTodos(1, ({ actions }, todos) => reopenTodos(actions, todos)),
  ofTodos(1, ({ actions }, todos) => deleteTodos(actions, todos)),
  ofTodos(2, ({ actions, otherId }, todos) => moveTodos(actions, todos, otherId)),

  on(({ content }) => Object.keys(content.labels).length < 4)(
    3,
    ({ actions, listId, name, colour }) => actions.addLabel(listId, { name, colour }),
  ),
  ofLabel(2, ({ actions, name }, label) => editLabel(actions, label, { name })),
  ofLabel(2, ({ actions }, label) => deleteLabel(actions, label)),
  inList(1, ({ actions, name, colour }) => addOwnLabel(actions, { name, colour })),
  ofOwnLabel(
    1,
    ({ actions, colour, name }, label) => editOwnLabel(actions, label, { name, colour }),
  ),
  ofOwnLabel(2, (scene, { id }) => toggleOwnLabel(scene.actions, scene.some(scene.todos), id)),
  ofOwnLabel(1, ({ actions }, label) => deleteOwnLabel(actions, label)),

  ofTodo(6, ({ actions, name }, todo) => addComment(actions, todo, name)),
  ofOwnComment(6, ({ actions, name }, { todo, comment }) => {
    editComment(actions, todo, comment, name);
  }),
  ofComment(6, ({ actions, pick }, { todo, comment }) => {
    react(actions, todo, comment, pick(['👍', '🎉']) ?? '', pick([true, false]) ?? true);
  }),
  ofOwnComment(5, ({ actions }, { todo, comment }) => deleteComment(actions, todo, comment)),

  ofTodo(3, ({ actions, moment }, todo) => addReminder(actions, todo, { at: moment }, moment)),
  ofReminder(2, ({ actions, moment }, reminder) => {
    snoozeReminder(actions, reminder, { until: moment }, moment);
  }),
  ofReminder(2, ({ actions }, reminder) => deleteReminder(actions, reminder)),

  inList(2, ({ actions, listId, pick }) => {
    actions.placeList(listId, { favourite: pick([true, false]) });
  }),
  inList(2, ({ actions, listId, otherId }) => {
    actions.placeList(listId, { before_list_id: otherId });
  }),
  inList(1, ({ actions, name }) => actions.addFolder(name)),
  ofFolder(2, ({ actions, listId }, { id }) => actions.placeList(listId, { folder_id: id })),
  ofFolder(1, ({ actions, name }, { id }) => actions.editFolder(id, { name })),
  ofFolder(1, ({ actions }, { id }) => actions.deleteFolder(id)),
  inList(1, ({ actions, listId, name, state }) => {
    if (may(state, listId, 'edit_list')) actions.editList(listId, { name });
  }),

  on(({ actions }) => actions.undos.newest)(14, ({ actions }) => actions.undo()),
  on(({ undoer }) => undoer)(14, (_scene, undo) => undo()),
];
