// Types that the web client adds to the shapes of the wire (contract.d.ts, which is generated).

import type {
  AccountShape,
  CommentShape,
  DueDate,
  DueTime,
  EditBody,
  EventData,
  EventFrame,
  EventName,
  InvitationShape,
  LabelShape,
  ListEditBody,
  MemberShape,
  Method,
  MyListShape,
  NewLabelBody,
  NotificationShape,
  OccurrenceBody,
  PreferencesShape,
  ReadBody,
  ReminderBody,
  ReminderShape,
  RepeatBody,
  SnoozeBody,
  TodoShape,
} from './contract.d.ts';
import type { EditBase } from '../store/actions.js';
import type { Action } from '../store/policy.js';
import type { TodoMap } from '../sync/todo_map.js';

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

export interface Comment extends CommentShape {
  pending?: boolean;
}

export interface Reminder extends ReminderShape {
  pending?: boolean;
}

/** The comments of one todo. `gone`: deleted while the answer with the others was on its way. */
export interface CommentThread {
  loaded: boolean;
  byId: Record<string, Comment>;
  gone: Record<string, true>;
}

/** What a list holds. Members by user id, all else by its own id; comment threads by todo id. */
export interface ListContent {
  members: Record<string, MemberShape>;
  labels: Record<string, LabelShape>;
  todos: TodoMap;
  comments: Record<string, CommentThread>;
  /** False while more todos of the list are being fetched. */
  isWhole: boolean;
}

/** What was typed into a field and not sent. */
export interface Draft {
  text: string;
  /** When it was typed last, in milliseconds. */
  at: number;
  listId: string;
  todoId?: string;
  /** What the user needs for sending it. */
  action: Action;
  /** The value of the field when typing began, and the position it was from. */
  base?: EditBase;
  /** `left`: with Escape; `refused`: by the server. Else the user was typing. */
  end?: 'left' | 'refused';
}

export type LeaveReason = 'removed' | 'left' | 'deleted';

export interface Notifications {
  byId: Record<string, NotificationShape>;
  unread: number;
}

/** Everything the page shows, confirmed or with pending mutations replayed over it. */
export interface State {
  account: AccountShape | null;
  lists: Record<string, MyListShape>;
  invitations: Record<string, InvitationShape>;
  reminders: Record<string, Reminder>;
  notifications: Notifications;
  preferences: PreferencesShape | null;
  /** By list id; a list whose content was not loaded yet has none. */
  contents: Record<string, ListContent>;
  /** By name: a list's id, or `user:<id>`. */
  streams: Record<string, StreamPosition>;
  /** Lists the user was in, to say so on their page. */
  leftLists: Record<string, { name: string; reason: LeaveReason }>;
}

/** What an event of this name does to the state. `listId` is the name of its stream. */
export type EventCase<Name extends EventName> = (
  state: State,
  data: EventData[Name],
  listId: string,
) => State;

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
export type TodoFields = Partial<Pick<TodoShape, EditableField>> & { title: string };
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
  'todo.move': OnTodo & {
    to_list: string | null;
    before_id: string | null;
    after_id: string | null;
  };
  'comment.add': OnTodo & Creation & { body: string };
  'comment.edit': OnTodo & { comment_id: string; body: string };
  'comment.delete': OnTodo & { comment_id: string };
  'label.add': Creation & { list_id: string; fields: Required<NewLabelBody> };
  'list.edit': { list_id: string; changes: ListEditBody };
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

/** What a pending mutation of this kind shows over a state. */
export type MutationEffect<Kind extends MutationKind> = (
  state: State,
  mutation: MutationOf<Kind>,
) => State;

/** Who reads: dates are written for their zone and language. `now` in milliseconds. */
export interface Reader {
  zone: string;
  locale: string;
  now: number;
}

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

/** Why the sign-in of this window ended. */
export type SignOutReason = 'elsewhere' | 'expired' | 'chosen' | 'ended';

/** An EventTarget whose events have known names, each a CustomEvent with a known detail. */
export interface TypedEventTarget<Details>
  extends Omit<EventTarget, 'addEventListener' | 'removeEventListener'> {
  addEventListener<Name extends keyof Details & string>(
    type: Name,
    listener: (event: CustomEvent<Details[Name]>) => void,
  ): void;
  removeEventListener<Name extends keyof Details & string>(
    type: Name,
    listener: (event: CustomEvent<Details[Name]>) => void,
  ): void;
}

export interface StoreEvents {
  change: undefined;
  applied: EventFrame;
  renamed: { from: string; to: string };
}

export interface SessionEvents {
  'signed-in': undefined;
  'setup-required': undefined;
  'signed-out': SignOutReason;
}

export type TodoMenuKind =
  | 'due'
  | 'repeat'
  | 'reminder'
  | 'priority'
  | 'labels'
  | 'assignees'
  | 'move'
  | 'more';

/** The open menu. `anchor` is what it is placed beside, and gets the focus back. */
export type Menu =
  & { anchor: Element }
  & (
    | { kind: TodoMenuKind; todoId: string; due?: Due | null }
    | { kind: 'list'; listId: string }
    | { kind: 'notifications' }
  );

export interface Confirmation {
  kind: 'confirm';
  title: string;
  text: string;
  /** What the button says that confirms. */
  action: string;
  run: () => void;
  /** What it does cannot do harm. */
  isSafe?: boolean;
  /** A second way, beside that of the action. */
  otherwise?: { action: string; run: () => void };
}

/** The open dialog. A list dialog without `listId` makes a new list. */
export type Dialog =
  | { kind: 'members'; listId: string }
  | { kind: 'export'; listId: string }
  | { kind: 'list'; listId?: string }
  /** With `listId` it searches that list alone. */
  | { kind: 'palette'; searching?: boolean; listId?: string }
  | { kind: 'help' }
  /** `answer` is called once: whether the user confirmed who they are. */
  | { kind: 'step-up'; methods: Method[]; answer: (isConfirmed: boolean) => void }
  | Confirmation;

export interface ToastOptions {
  /** What the button says, and what it does. */
  action?: string;
  run?: () => void;
  tone?: 'plain' | 'warning';
  /** Stays until it is dismissed. */
  stays?: boolean;
  /** Replaces the toast of the same slot. */
  slot?: string | null;
}

export interface Toast extends Required<Pick<ToastOptions, 'tone'>> {
  id: number;
  text: string;
  action?: string;
  run?: () => void;
  slot: string | null;
}
