// Requests, their answers, and the changes that a client makes. Needs the wire's shapes alone: the
// package of clients/javascript has these types too.

import type {
  CommentShape,
  DueDate,
  DueTime,
  EditBody,
  FolderEditBody,
  LabelEditBody,
  LabelledTodo,
  LabelShape,
  ListEditBody,
  ListView,
  NewFolderBody,
  NewLabelBody,
  NewListBody,
  OccurrenceBody,
  PlacementBody,
  ReadBody,
  ReminderBody,
  RepeatBody,
  SnoozeBody,
  TodoShape,
} from './contract.d.ts';

/** How far this client has followed a stream. */
export interface StreamPosition {
  epoch: string;
  seq: number;
}

/** A position that `Livelist-Seq`, a header of REST answers, names. `list` is the stream's name. */
export interface AnsweredPosition extends StreamPosition {
  list: string;
}

/** A todo on screen. Only pending mutations set `pending` and `ending`. */
export interface Todo extends TodoShape {
  /** The server has not confirmed the creation yet. */
  pending?: boolean;
  /** How the present occurrence ends once the server has confirmed it. */
  ending?: 'completed' | 'skipped';
}

export type Due = DueDate | DueTime;

interface OnTodo {
  todo_id: string;
  list_id: string;
}

interface Creation {
  /** The id until the server has answered. */
  temp_id: string;
  /** The server's id, once answered. */
  real_id?: string;
}

type EditableField = Exclude<keyof TodoShape & keyof EditBody, 'repeat'>;
/** What an edit sets. A repeat is sent as its rule, and comes back as a series. */
export type TodoChanges = Partial<Pick<TodoShape, EditableField>> & { repeat?: RepeatBody | null };
export type TodoFields = Partial<Pick<TodoShape, EditableField>> & {
  title: string;
  repeat?: RepeatBody | null;
};
/** What a todo was before its occurrence ended, to show it again. */
export type BeforeEnd = Pick<TodoShape, 'due' | 'due_at' | 'repeat' | 'status'>;

/** What each kind of mutation says beside its key, kind and time. */
export interface MutationFields {
  'todo.add': Creation & {
    list_id: string;
    fields: TodoFields;
    before_id: string | null;
    after_id: string | null;
    due_at: string | null;
  };
  /** A copy of a todo, after it; its subtasks come with their events. */
  'todo.duplicate': OnTodo & Creation;
  'todo.edit': OnTodo & {
    changes: TodoChanges;
    /** The sequence number and the value the edit was based on. */
    base_seq?: number;
    saw?: unknown;
    due_at?: string | null;
  };
  'todo.complete': OnTodo & Partial<OccurrenceBody> & { before?: BeforeEnd };
  'todo.skip': OnTodo & OccurrenceBody & { before?: BeforeEnd };
  'todo.reopen': OnTodo & OccurrenceBody & { before: BeforeEnd };
  'todo.delete': OnTodo;
  /** The todo, then its subtasks. */
  'todo.restore': OnTodo & { todos: Todo[] };
  /** The same changes of several todos, all or none; `deleted` is for the trash. */
  'todo.bulk': {
    todo_ids: string[];
    changes: TodoChanges & { deleted?: boolean };
    due_at?: string | null;
    /** What comes out of the trash: the todos with their subtasks. */
    todos?: Todo[];
  };
  'todo.move': OnTodo & {
    to_list: string | null;
    before_id: string | null;
    after_id: string | null;
  };
  /** Undoes on the server what the mutation with the key `undoes` changed and took away. */
  'change.undo': Partial<OnTodo> & {
    list_id: string;
    undoes: string;
    /** The todo as it was, then its subtasks. */
    todos?: Todo[];
    comment?: CommentShape;
    label?: LabelShape;
    /** The ids of the todos that had the label. */
    labelled?: string[];
  };
  'comment.add': OnTodo & Creation & { body: string };
  'comment.edit': OnTodo & { comment_id: string; body: string };
  /** `on`: the reaction is there afterwards. */
  'comment.react': OnTodo & { comment_id: string; emoji: string; on: boolean };
  'comment.delete': OnTodo & { comment_id: string };
  'label.add': Creation & { list_id: string; fields: Required<NewLabelBody> };
  'label.edit': { list_id: string; label_id: string; changes: LabelEditBody };
  'label.delete': { list_id: string; label_id: string };
  'list.add': Creation & { fields: Required<NewListBody> };
  'list.edit': { list_id: string; changes: ListEditBody };
  'list.place': { list_id: string; changes: PlacementBody };
  /** Null: the list as it is. */
  'list.view': { list_id: string; view: ListView | null };
  'folder.add': Creation & { fields: NewFolderBody };
  'folder.edit': { folder_id: string; changes: FolderEditBody };
  'folder.delete': { folder_id: string };
  'own-label.add': Creation & { fields: Required<NewLabelBody> };
  'own-label.edit': { label_id: string; changes: LabelEditBody };
  'own-label.delete': { label_id: string };
  /** Replaces the user's own labels on these todos. */
  'todo.label': { todos: LabelledTodo[] };
  'reminder.add': OnTodo & Creation & { fields: ReminderBody; fires_at: string | null };
  'reminder.snooze': OnTodo & { reminder_id: string; fields: SnoozeBody; until: string };
  'reminder.delete': OnTodo & { reminder_id: string };
  'notification.read': ReadBody;
}

export type MutationKind = keyof MutationFields;

/** A change the user made that the server has not confirmed yet. */
export type MutationOf<Kind extends MutationKind> = Kind extends MutationKind
  ? MutationFields[Kind] & {
    /** Idempotency-Key of the request, and `mutation` of the event it causes. */
    key: string;
    kind: Kind;
    at: string;
    /** Where the REST answer said that its events are. */
    positions?: AnsweredPosition[];
  }
  : never;
export type Mutation = MutationOf<MutationKind>;

/** The answer to a request; `body` is null when the server sent none. */
export interface Answer<Body> {
  status: number;
  body: Body;
  positions: AnsweredPosition[];
}

export interface RequestOptions {
  body?: unknown;
  /** Idempotency-Key. */
  key?: string;
}
