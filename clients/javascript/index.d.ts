// What a program may use of livelist-client. Everything else may change with any release.

import type {
  EventFrame,
  Method,
  MyListShape,
  Problem,
  ProblemField,
} from '../../web/types/contract.d.ts';
import type {
  Answer,
  Mutation,
  MutationFields,
  MutationKind,
  RequestOptions,
  Todo,
} from '../../web/types/mutations.d.ts';

export type * from '../../web/types/contract.d.ts';
export type * from '../../web/types/mutations.d.ts';

export interface LivelistOptions {
  /** Address of the server, such as `https://todo.example`. */
  url: string;
  /** API token, `llt_…`. */
  token: string;
  /** What `save()` returned in an earlier run: the changes since then come as events. */
  saved?: SavedState;
  /** Keeps changes that were not sent when the program ended. Without one they are lost then. */
  storage?: ChangeStorage;
}

/** JSON. Only the release of the client that saved it is sure to understand it. */
export type SavedState = object;

export interface ChangeStorage {
  /** All kept changes, oldest first. */
  all(): Promise<Mutation[]>;
  /** Keep a change, or replace that of the same key. */
  put(change: Mutation): Promise<void>;
  /** Remove the change of that key, and replace `changed`: all or none. */
  settle(key: string, changed: Mutation[]): Promise<void>;
}

export interface LivelistEvents {
  /** An event of a list was applied. It is part of `save()` a moment later. */
  event: EventFrame;
  /** What `lists()`, `todos()`, `connection` or `save()` return may differ. */
  change: undefined;
  /** The server ended the connection for good, for example because the token was revoked. */
  closed: string;
}

export interface Connection {
  state: 'live' | 'catching-up' | 'offline' | 'failed';
  text?: string;
}

type Filled = 'temp_id' | 'before_id' | 'after_id' | 'due_at';
/** The fields of a change. What only the web client shows before the answer may be left out. */
export type Change<Kind extends MutationKind> =
  & Omit<MutationFields[Kind], Filled>
  & Partial<Pick<MutationFields[Kind], Filled & keyof MutationFields[Kind]>>;

export class Livelist {
  constructor(options: LivelistOptions);
  readonly connection: Connection;
  /**
   * Load all lists in use, and follow them until `close()`: across lost connections, without a gap.
   * Throws `Refused` for a token that is not valid, `Unreachable` if there is no server.
   */
  start(): Promise<void>;
  /** Stop following. Changes that were not answered are rejected. */
  close(): void;
  /** Call a listener at each event of that name. Returns what ends it. Listen before `start()`. */
  on<Name extends keyof LivelistEvents>(
    name: Name,
    listener: (detail: LivelistEvents[Name]) => void,
  ): () => void;
  /** All lists that the token reaches, without those in the trash. */
  lists(): MyListShape[];
  /** The todos of a list in its order, with changes that were not answered yet. */
  todos(listId: string): Todo[];
  /** Load the todos of an archived list, which `start()` does not. */
  load(listId: string): Promise<void>;
  /**
   * Make a change. `todos()` shows it at once. It is sent until the server answers, and made once
   * for its key (`Idempotency-Key`), even if it is sent by two runs within a day.
   * Returns what the server answered; throws `Refused`.
   */
  send<Kind extends MutationKind, Body = unknown>(
    kind: Kind,
    fields: Change<Kind>,
    key?: string,
  ): Promise<Body>;
  /** Send any other request of the API, once. Throws `Refused` or `Unreachable`. */
  call<Body = null>(method: string, path: string, options?: RequestOptions): Promise<Answer<Body>>;
  /** What the next run needs to go on from here. */
  save(): SavedState;
}

/** The server refused the request. `code` is for the program, `message` for its user. */
export class Refused extends Error {
  constructor(status: number, problem: Partial<Problem>, retryAfterSeconds?: number | null);
  status: number;
  code: string;
  errors: ProblemField[];
  methods: Method[];
  retryAfterSeconds: number | null;
}

/** The server did not answer, or asked to try later. */
export class Unreachable extends Error {
  constructor(retryAfterSeconds?: number | null, problem?: Refused | null);
  retryAfterSeconds: number | null;
  problem: Refused | null;
}
