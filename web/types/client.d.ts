// Types that the web client adds to the shapes of the wire (contract.d.ts, which is generated).

import type {
  AccountShape,
  AccountSnapshot,
  AttachmentShape,
  CommentShape,
  EventData,
  EventFrame,
  EventName,
  FolderShape,
  InvitationShape,
  LabelShape,
  MemberShape,
  Method,
  MyListShape,
  NotificationShape,
  PersonalLabelShape,
  PreferencesShape,
  ReminderShape,
} from './contract.d.ts';
import type {
  Answer,
  Due,
  MutationKind,
  MutationOf,
  RequestOptions,
  StreamPosition,
  Todo,
} from './mutations.d.ts';
import type { Credential } from '../sync/socket.js';
import type { EditBase } from '../store/actions.js';
import type { Action } from '../store/policy.js';
import type { TodoMap } from '../sync/todo_map.js';

export type * from './mutations.d.ts';

export interface Comment extends CommentShape {
  pending?: boolean;
}

export interface Reminder extends ReminderShape {
  pending?: boolean;
}

/**
 * What one todo has. While the answer with them was on its way, those in `gone` were deleted, and
 * those in `changed` changed so.
 */
export interface Thread<Item> {
  loaded: boolean;
  byId: Record<string, Item>;
  gone: Record<string, true>;
  changed: Record<string, Partial<Item>>;
}
export type CommentThread = Thread<Comment>;

/** The threads of a list's content, each with its items. */
export interface Threads {
  comments: Comment;
  attachments: AttachmentShape;
}

/** What a list holds. Members by user id, all else by its own id; comment threads by todo id. */
export interface ListContent {
  members: Record<string, MemberShape>;
  labels: Record<string, LabelShape>;
  todos: TodoMap;
  comments: Record<string, CommentThread>;
  attachments: Record<string, Thread<AttachmentShape>>;
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
  /** It has no field on any page: a name, or the words of a change that is not known any more. */
  isLost?: boolean;
  /** In quick add: the words whose reading the user refused, and those of labels to make. */
  choices?: { refused: string[]; wanted: string[] };
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
  folders: Record<string, FolderShape>;
  personalLabels: Record<string, PersonalLabelShape>;
  /** The ids of the user's own labels on each todo that has some. */
  labelled: Record<string, string[]>;
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

/** What live sync needs of a sign-in. */
export interface LiveSession {
  /** What the first frame of a socket signs in with. */
  hello(): Promise<Credential | null>;
  token(options?: { fresh?: boolean }): Promise<string | null>;
  call<Body = null>(
    method: string,
    path: string,
    options?: RequestOptions,
  ): Promise<Answer<Body>>;
  readAccount(): Promise<AccountSnapshot>;
}

/** Why the sign-in of this window ended. */
/** `deleted`: chosen, and nothing of the user stays on this device. */
export type SignOutReason = 'elsewhere' | 'expired' | 'chosen' | 'ended' | 'deleted';

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
  account: undefined;
  change: undefined;
  applied: EventFrame;
  renamed: { from: string; to: string };
}

export interface SessionEvents {
  'signed-in': undefined;
  confirmed: undefined;
  'setup-required': undefined;
  'signed-out': SignOutReason;
}

export type TodoMenuKind =
  | 'status'
  | 'due'
  | 'repeat'
  | 'reminder'
  | 'priority'
  | 'labels'
  | 'assignees'
  | 'move'
  | 'more';

/**
 * The open menu. `anchor` is what it is placed beside, and gets the focus back. `at`: it is placed
 * at this point of the window instead, in pixels.
 */
export type Menu =
  & { anchor: Element; at?: { x: number; y: number } }
  & (
    /** `todoIds`: it is about all of these, of which `todoId` is the first. */
    | { kind: TodoMenuKind; todoId: string; todoIds?: string[]; due?: Due | null }
    | { kind: 'list'; listId: string }
    /** Where the user keeps a list. */
    | { kind: 'place'; listId: string }
    | { kind: 'folder'; folderId: string }
    /** How the user looks at a list. */
    | { kind: 'view'; listId: string }
    | { kind: 'notifications' }
    | { kind: 'account' }
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
  otherwise?: { action: string; run: () => void; look?: 'danger' };
}

/** The open dialog. A list dialog without `listId` makes a new list. */
export type Dialog =
  /** Adds a todo to the Inbox. */
  | { kind: 'add' }
  | { kind: 'members'; listId: string }
  | { kind: 'export'; listId: string }
  /** Of the list, or of one of its todos. */
  | { kind: 'activity'; listId: string; todoId?: string }
  /** `address` is the one that was made just now. */
  | { kind: 'email-address'; listId: string; address?: string }
  | { kind: 'list'; listId?: string }
  /** Renames a folder, or makes one: of the list `listId`, if there is one. */
  | { kind: 'folder'; folderId?: string; listId?: string }
  /** Changes a label of a list, or without `listId` one of the user's own, or makes one. */
  | { kind: 'label'; labelId?: string; listId?: string }
  /** With `listId` it searches that list alone. */
  | {
    kind: 'palette';
    searching?: boolean;
    listId?: string;
    /** The todo in focus and the list of the page, which its commands are about. */
    todoId?: string;
    pageListId?: string;
  }
  /** The earlier texts of a comment; its view is a script of its own. */
  | { kind: 'comment-versions'; todo: Todo; comment: Comment; nameOf: (id: string) => string }
  /** An attached picture; its view is a script of its own. */
  | { kind: 'picture'; listId: string; todoId: string; file: AttachmentShape }
  | { kind: 'help' }
  /** `answer` is called once: whether the user confirmed who they are. */
  | { kind: 'step-up'; methods: Method[]; answer: (isConfirmed: boolean) => void }
  | Confirmation;

export interface ToastOptions {
  /** What the button says, and what it does. */
  action?: string;
  run?: () => void;
  /** A button before that one. */
  other?: { action: string; run: () => void };
  tone?: 'plain' | 'warning';
  /** Stays until it is dismissed. */
  stays?: boolean;
  /** Replaces the toast of the same slot. */
  slot?: string | null;
}

export interface Toast extends Required<Pick<ToastOptions, 'tone' | 'stays'>> {
  id: number;
  text: string;
  action?: string;
  run?: () => void;
  other?: { action: string; run: () => void };
  slot: string | null;
  /** It was shown for its time. */
  isSeen?: boolean;
}
