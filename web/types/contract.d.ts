// The wire types of Livelist. Generated from the OpenAPI and AsyncAPI documents by
// `python -m api.openapi.typescript_types`: do not edit.

export interface AcceptBody {
  token?: string | null;
  invitation_id?: string | null;
}

export interface AcceptedShape {
  status?: 'accepted';
}

export interface AccountDeletionShape {
  delete_at: string | null;
}

export interface AccountDisabled {
}

export interface AccountEdited {
  account: AccountShape;
}

export interface AccountShape {
  language: string;
  week_start: WeekStart;
  hour_cycle: HourCycle;
  id: string;
  name: string;
  avatar_url: string | null;
  email: string;
  bio: string;
  time_zone: string;
  locale: string;
  site_role: SiteRole;
  status: AccountStatus;
  is_verified: boolean;
  last_login_at: string | null;
  has_second_factor: boolean;
  mail_refused_at: string | null;
  mail_refusal: string;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface AccountSnapshot {
  stream: Position;
  account: AccountShape;
  lists: MyListShape[];
  folders: FolderShape[];
  personal_labels: PersonalLabelShape[];
  labelled_todos: LabelledTodo[];
  invitations: InvitationShape[];
  reminders: ReminderShape[];
  notifications: NotificationsShape;
  preferences: PreferencesShape;
}

export type AccountStatus = 'pending' | 'active' | 'disabled';

export interface ActivityEntry {
  seq: number;
  at: string;
  actor: NamedShape | null;
  via: 'api_token' | 'application' | 'mail' | null;
  event: string;
  todo_id: string | null;
  title: string | null;
  subject: NamedShape | null;
  comment_id: string | null;
  changes: FieldChange[];
  has_before: boolean;
  list_id: string | null;
  ended: string | null;
  reason: string | null;
  undoes: number | null;
  is_undone: boolean;
  is_undoable: boolean;
  refusal: Refusal | null;
  refused_fields: string[];
}

export interface ActivityPage {
  items: ActivityEntry[];
  next_before: number | null;
  people: NamedShape[];
  labels: NamedShape[];
}

export interface AddedPasskeyShape {
  id: string;
  name: string;
  is_backed_up: boolean;
  created_at: string;
  last_used_at: string | null;
  recovery_codes: string[];
}

export interface Address {
  email: string;
}

export interface Alive {
  status?: 'ok';
}

export interface Allowing {
  scope: TokenScope;
  list_ids?: string[] | null;
  request: AuthorizationRequest;
}

export interface ApiTokenCreated {
  token_id: string;
}

export interface ApiTokenRenamed {
  token_id: string;
}

export interface ApiTokenRevoked {
  token_ids: string[];
}

export interface ApiTokenShape {
  id: string;
  name: string;
  scope: TokenScope;
  list_ids: string[] | null;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

export interface ApplicationShape {
  id: string;
  name: string;
  returns_to: string;
  scope: TokenScope;
  list_ids: string[] | null;
  audience: Audience;
  created_at: string;
  last_used_at: string | null;
}

export interface AttachmentAdded {
  attachment: AttachmentShape;
  attachment_count: number;
}

export interface AttachmentEdited {
  attachment: AttachmentShape;
}

export interface AttachmentRemoved {
  attachment_id: string;
  todo_id: string;
  attachment_count: number;
}

export interface AttachmentShape {
  id: string;
  todo_id: string;
  uploader: UserShape | null;
  name: string;
  media_type: string;
  size_bytes: number;
  width: number | null;
  height: number | null;
  has_thumbnail: boolean;
  created_at: string;
}

export type Audience = 'api' | 'mcp';

export interface AuditEntryShape {
  id: string;
  at: string;
  action: string;
  actor_id: string | null;
  user_id: string | null;
  list_id: string | null;
  address: string;
  facts: Record<string, unknown>;
}

export type AuditGroup = 'sign_ins' | 'credentials' | 'account' | 'sharing';

export interface AuditPage {
  items: AuditEntryShape[];
  next_cursor: string | null;
}

export interface Auth {
  type: 'auth';
  id: number;
  token: string;
}

export interface Authenticated {
  type: 'authenticated';
  re: number;
  expires_in: number;
}

export interface AuthorizationRequest {
  response_type?: string | null;
  client_id?: string | null;
  redirect_uri?: string | null;
  scope?: string | null;
  state?: string | null;
  code_challenge?: string | null;
  code_challenge_method?: string | null;
  resource?: string | null;
}

export interface AuthorizationRequestShape {
  client_name: string;
  is_built_in: boolean;
  returns_to: string;
  is_on_this_device: boolean;
  scope: TokenScope;
  audience: Audience;
  deny_url: string;
  problem: string | null;
}

export interface Batch {
  type: 'batch';
  frames: Record<string, unknown>[];
}

export interface Body_log_out_by_provider {
  logout_token: string;
}

export interface Body_login_with_form {
  username: string;
  password: string;
  grant_type?: 'password';
}

export interface BulkBody {
  ids: string[];
  changes: BulkChangesBody;
}

export interface BulkChangesBody {
  title?: string;
  description?: string | null;
  status?: TodoStatus;
  priority?: number | null;
  metadata?: Record<string, unknown> | null;
  due?: DueDateBody | DueTimeBody | null;
  due_date?: string | null;
  repeat?: RepeatBody | null;
  assignees?: string[] | null;
  labels?: string[] | null;
  parent_id?: string | null;
  deleted?: boolean | null;
}

export interface BulkIdsBody {
  todo_ids: string[];
}

export interface BulkNewBody {
  list_id?: string | null;
  todos: BulkNewTodoBody[];
}

export interface BulkNewTodoBody {
  title: string;
  description?: string | null;
  status?: TodoStatus;
  priority?: number | null;
  metadata?: Record<string, unknown> | null;
  due?: DueDateBody | DueTimeBody | null;
  due_date?: string | null;
  repeat?: RepeatBody | null;
  assignees?: string[] | null;
  labels?: string[] | null;
  parent_id?: string | null;
}

export interface BulkUpdateBody {
  todo_ids: string[];
  updates: BulkChangesBody;
}

export interface CalendarFeedShape {
  id: string;
  name: string;
  list_id: string | null;
  content: FeedContent;
  include_completed: boolean;
  filter: FeedFilter | null;
  created_at: string;
  last_used_at?: string | null;
}

export interface ChallengeAnswer {
  challenge: string;
  proof: TotpProof | RecoveryCodeProof | PasskeyProof;
}

export interface ChallengeShape {
  challenge: string;
  methods: Method[];
}

export interface ChangedJobsShape {
  count: number;
}

export interface ChangingEmail {
  email: string;
}

export interface ChangingPassword {
  current_password: string;
  new_password: string;
}

export interface ChannelsBody {
  in_app?: boolean;
  mail?: boolean;
  push?: boolean;
}

export interface ChannelsShape {
  in_app: boolean;
  mail: boolean;
  push: boolean;
}

export interface Closed {
  type: 'closed';
  code: number;
  reason: string;
}

export interface CodeBody {
  code: string;
}

export type Colour = 'grey' | 'red' | 'orange' | 'yellow' | 'green' | 'teal' | 'blue' | 'purple' | 'pink';

export interface CommentAdded {
  comment: CommentShape;
  comment_count: number;
}

export interface CommentBody {
  body: string;
}

export interface CommentDeleted {
  comment_id: string;
  todo_id: string;
  comment_count: number;
}

export interface CommentEdited {
  comment: CommentShape;
}

export interface CommentReacted {
  comment_id: string;
  todo_id: string;
  reactions: ReactionShape[];
}

export interface CommentShape {
  id: string;
  todo_id: string;
  author: UserShape | null;
  body: string;
  mentions: string[];
  reactions: ReactionShape[];
  created_at: string;
  edited_at: string | null;
}

export interface CommentVersionShape {
  body: string;
  written_at: string;
}

export interface CommentVersionsShape {
  items: CommentVersionShape[];
}

export type CountsFrom = 'schedule' | 'completion';

export interface CountsShape {
  users: number;
  active_users: number;
  suppressed_addresses: number;
  lists: number;
  todos: number;
  events: number;
  estimated: ('lists' | 'todos' | 'events')[];
}

export interface Credentials {
  email: string;
  password: string;
}

export interface CredentialsChanged {
}

export interface Cursor {
  list: string;
  epoch: string;
  since: number;
}

export interface DataExportChanged {
  export: DataExportShape;
}

export interface DataExportShape {
  id: string;
  state: DataExportState;
  rows_done: number;
  rows_total: number;
  size_bytes: number;
  created_at: string;
  finished_at: string | null;
  expires_at: string;
}

export type DataExportState = 'queued' | 'running' | 'done' | 'failed';

export interface DeadJobPage {
  items: DeadJobShape[];
  next_cursor: string | null;
}

export interface DeadJobShape {
  id: string;
  kind: string;
  attempts: number;
  crashes: number;
  in_doubt_count: number;
  error: string;
  request_id: string;
  created_at: string;
  dead_at: string | null;
}

export interface DeadJobsBody {
  ids?: string[];
  all?: 'True' | null;
  kind?: string | null;
}

export interface DeclineBody {
  invitation_id: string;
}

export interface DeviceDecision {
  user_code: string;
  decision: 'allow' | 'deny';
  scope?: TokenScope;
  list_ids?: string[] | null;
}

export interface DeviceRequestShape {
  client_name: string;
  is_built_in: boolean;
  address: string;
  is_your_address: boolean;
  scope: TokenScope;
  audience: Audience;
  created_at: string;
  expires_at: string;
}

export type DocumentFormat = 'json' | 'zip';

export interface DueDate {
  date: string;
}

export interface DueDateBody {
  date: string;
}

export interface DueTime {
  at: string;
  zone?: string | null;
}

export interface DueTimeBody {
  at: string;
  zone?: string | null;
}

export interface DuplicateListBody {
  name: string;
}

export interface EditBody {
  title?: string;
  description?: string | null;
  status?: TodoStatus;
  priority?: number | null;
  metadata?: Record<string, unknown> | null;
  due?: DueDateBody | DueTimeBody | null;
  due_date?: string | null;
  repeat?: RepeatBody | null;
  assignees?: string[] | null;
  labels?: string[] | null;
  parent_id?: string | null;
  base_seq?: number | null;
}

export interface EditedTodoShape {
  id: string;
  list_id: string;
  parent_id: string | null;
  title: string;
  description: string;
  status: TodoStatus;
  priority: number;
  due: DueDate | DueTime | null;
  due_at: string | null;
  repeat: RepeatShape | null;
  metadata: Record<string, unknown>;
  rank: string;
  assignees: string[];
  labels: string[];
  comment_count: number;
  attachment_count: number;
  completed_at: string | null;
  completed_by: string | null;
  deleted_at: string | null;
  version: number;
  created_by: string | null;
  created_at: string;
  updated_at: string;
  overwrote: Record<string, unknown> | null;
}

export interface Editing {
  type: 'editing';
  list: string;
  todo: string;
  field: string;
  user: UserShape;
}

export interface EditingProfile {
  name?: string;
  bio?: string;
  avatar_url?: string | null;
  time_zone?: string;
  locale?: string;
  language?: string;
  week_start?: WeekStart;
  hour_cycle?: HourCycle;
}

export interface EditingUser {
  name?: string;
  site_role?: SiteRole;
  status?: 'active' | 'disabled';
}

export type Ending = 'completed' | 'skipped' | 'reopened';

export interface Expiring {
  type: 'expiring';
  seconds: number;
}

export type ExportFormat = 'json' | 'csv' | 'icalendar' | 'markdown' | 'zip';

export interface Failed {
  type: 'error';
  re?: number | null;
  code: 'forbidden' | 'invalid' | 'not_found' | 'not_subscribed' | 'other_session' | 'token_expired' | 'too_large' | 'too_many_lists' | 'too_many_presences' | 'unauthenticated' | 'unavailable' | 'unknown_type';
  detail: string;
  list?: string | null;
}

export type FeedContent = 'todos' | 'events';

export type FeedDue = 'dated' | 'undated';

export interface FeedFilter {
  text: string;
  priorities: number[];
  statuses: ('pending' | 'in_progress' | 'completed')[];
  labels: string[];
  assignees: string[];
  due: FeedDue | null;
}

export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}

export interface Finishing {
  state: string;
  code?: string | null;
  iss?: string | null;
  error?: string | null;
  time_zone?: string;
  locale?: string;
  invitation_token?: string;
}

export interface FolderEditBody {
  name?: string;
  before_folder_id?: string | null;
  after_folder_id?: string | null;
}

export interface FolderRemoved {
  folder_id: string;
}

export interface FolderSet {
  folder: FolderShape;
}

export interface FolderShape {
  id: string;
  name: string;
  rank: string;
}

export interface FoundShape {
  todo_id: string;
  list_id: string;
  title: string;
  status: TodoStatus;
  comment_id: string | null;
  snippet: string | null;
}

export interface GuestSessionShape {
  token: string;
  expires_at: string;
  user: UserShape;
  list_id: string;
  role: LinkRole;
}

export interface HealthReport {
  status: 'ok' | 'degraded' | 'down';
  checks: Record<string, 'ok' | 'degraded' | 'down'>;
  mail: MailReport | null;
  pubsub: PubsubReport[];
  version?: string;
  time: string;
}

export interface Hello {
  type: 'hello';
  id: number;
  ticket?: string | null;
  token?: string | null;
}

export type HourCycle = '' | 'h12' | 'h23';

export interface IdentitiesShape {
  items: IdentityShape[];
}

export interface IdentityShape {
  id: string;
  provider: string | null;
  name: string;
  subject: string;
  created_at: string;
}

export interface ImportChanged {
  file_import: ImportShape;
}

export interface ImportColumns {
  list?: string | null;
  title?: string | null;
  description?: string | null;
  status?: string | null;
  priority?: string | null;
  due?: string | null;
  time_zone?: string | null;
  repeat?: string | null;
  labels?: string | null;
  completed_at?: string | null;
  id?: string | null;
  parent_id?: string | null;
}

export interface ImportDetail {
  id: string;
  file_name: string;
  kind: ImportKind | null;
  state: ImportState;
  list_id: string | null;
  size_bytes: number;
  todos_total: number;
  todos_done: number;
  todos_created: number;
  todos_skipped: number;
  todos_failed: number;
  files_total: number;
  files_done: number;
  error: string;
  created_at: string;
  finished_at: string | null;
  expires_at: string;
  lists: PreviewedList[];
  sample: PreviewedTodo[];
  problems: ImportProblem[];
  problem_count: number;
  header: string[];
  columns: ImportColumns;
}

export type ImportKind = 'livelist' | 'csv' | 'todoist' | 'trello' | 'vikunja' | 'microsoft' | 'google' | 'ticktick' | 'icalendar' | 'super_productivity' | 'todo_txt' | 'markdown';

export interface ImportOptionsBody {
  kind?: ImportKind | null;
  list_id?: string | null;
  columns?: ImportColumns;
}

export interface ImportProblem {
  line: number;
  text: string;
}

export interface ImportShape {
  id: string;
  file_name: string;
  kind: ImportKind | null;
  state: ImportState;
  list_id: string | null;
  size_bytes: number;
  todos_total: number;
  todos_done: number;
  todos_created: number;
  todos_skipped: number;
  todos_failed: number;
  files_total: number;
  files_done: number;
  error: string;
  created_at: string;
  finished_at: string | null;
  expires_at: string;
}

export type ImportState = 'uploading' | 'previewing' | 'ready' | 'running' | 'done' | 'failed' | 'cancelled';

export interface InvitationBody {
  email: string;
  role: Role;
}

export interface InvitationClosed {
  invitation_id: string;
  reason: 'accepted' | 'declined' | 'withdrawn';
}

export interface InvitationPreviewShape {
  list_name: string;
  invited_by: string;
  role: Role;
}

export interface InvitationReceived {
  invitation: InvitationShape;
}

export interface InvitationShape {
  id: string;
  list_id: string;
  list_name: string;
  email: string;
  role: Role;
  invited_by: UserShape | null;
  created_at: string;
  expires_at: string;
}

export interface InvitationTokenBody {
  token: string;
}

export interface InvitedUserBody {
  email: string;
  name?: string | null;
  site_role?: SiteRole;
}

export interface Items_ApiTokenShape_ {
  items: ApiTokenShape[];
}

export interface Items_ApplicationShape_ {
  items: ApplicationShape[];
}

export interface Items_AttachmentShape_ {
  items: AttachmentShape[];
}

export interface Items_CalendarFeedShape_ {
  items: CalendarFeedShape[];
}

export interface Items_DataExportShape_ {
  items: DataExportShape[];
}

export interface Items_FolderShape_ {
  items: FolderShape[];
}

export interface Items_ImportShape_ {
  items: ImportShape[];
}

export interface Items_LabelShape_ {
  items: LabelShape[];
}

export interface Items_LabelledTodo_ {
  items: LabelledTodo[];
}

export interface Items_MemberShape_ {
  items: MemberShape[];
}

export interface Items_PasskeyShape_ {
  items: PasskeyShape[];
}

export interface Items_PersonalLabelShape_ {
  items: PersonalLabelShape[];
}

export interface Items_SentInvitationShape_ {
  items: SentInvitationShape[];
}

export interface Items_ShareLinkShape_ {
  items: ShareLinkShape[];
}

export interface Items_WebhookDeliveryShape_ {
  items: WebhookDeliveryShape[];
}

export interface Items_WebhookShape_ {
  items: WebhookShape[];
}

export interface JobCountShape {
  kind: string;
  state: 'queued' | 'leased' | 'sending' | 'parked' | 'dead';
  count: number;
  next_at: string | null;
}

export interface JobCountsShape {
  items: JobCountShape[];
  oldest_due_seconds: number;
}

export interface JoinBody {
  token: string;
  password?: string | null;
  name: string;
  time_zone?: string;
}

export interface Joined {
  type: 'joined';
  list: string;
  users: PersonHere[];
}

export interface LabelCreated {
  label: LabelShape;
}

export interface LabelDeleted {
  label_id: string;
}

export interface LabelEditBody {
  name?: string;
  colour?: Colour;
}

export interface LabelEdited {
  label: LabelShape;
}

export interface LabelShape {
  id: string;
  list_id: string;
  name: string;
  colour: Colour;
}

export interface LabelledTodo {
  todo_id: string;
  personal_labels: string[];
}

export interface LabelledTodoBody {
  todo_id: string;
  personal_labels: string[];
}

export interface LabelledTodosBody {
  todos: LabelledTodoBody[];
}

export interface LabelledTodosSet {
  todos: LabelledTodo[];
}

export interface Left {
  type: 'left';
  list: string;
  users: string[];
}

export interface LinkConfirmation {
  token: string;
}

export interface LinkPreviewShape {
  list_id: string;
  list_name: string;
  role: LinkRole;
}

export interface LinkProofBody {
  token: string;
  password?: string | null;
}

export type LinkRole = 'editor' | 'commenter' | 'viewer';

export interface ListAdded {
  list: MyListShape;
}

export interface ListCreated {
  list: ListShape;
}

export interface ListDeleted {
  list_id: string;
  deleted_at: string;
}

export interface ListEditBody {
  name?: string;
  colour?: Colour;
  icon?: string;
  archived?: boolean;
}

export interface ListEdited {
  list: ListShape;
  changed: string[];
}

export interface ListEmailAddressShape {
  is_available: boolean;
  created_at: string | null;
  last_failed_at: string | null;
  last_failure: string;
}

export interface ListPlaced {
  lists: PlacedList[];
}

export interface ListPlacement {
  rank: string;
  favourite: boolean;
  folder_id: string | null;
}

export interface ListRemoved {
  list_id: string;
  reason: 'removed' | 'left' | 'deleted';
}

export interface ListRestored {
  list: ListShape;
}

export interface ListShape {
  id: string;
  name: string;
  colour: Colour;
  icon: string;
  is_inbox: boolean;
  archived_at: string | null;
  deleted_at: string | null;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface ListSnapshot {
  stream: Position;
  list: MyListShape;
  members: MemberShape[];
  labels: LabelShape[];
  todos: TodoShape[];
  next_cursor: string | null;
}

export interface ListSnapshots {
  items: ListSnapshot[];
  next_cursor: string | null;
}

export type ListState = 'active' | 'archived' | 'trash';

export interface ListView {
  sort: ViewSort;
  group: ViewGroup;
  filter: ViewFilter;
}

export interface ListViewSet {
  list_id: string;
  view: ListView | null;
}

export interface MailChoice {
  token: string;
  mail?: Record<string, boolean>;
  digest?: boolean | null;
}

export interface MailLink {
  token: string;
}

export interface MailPreferencesShape {
  email: string;
  mail: Record<string, boolean>;
  digest: boolean;
}

export interface MailReport {
  waiting_since: string | null;
  last_sent_at: string | null;
  last_failed_at: string | null;
  answer: string;
  paused: PausedMail[];
}

export type Mails = 'notifications' | 'invitations' | 'reminders' | 'digest';

export interface ManagedAccountShape {
  language: string;
  week_start: WeekStart;
  hour_cycle: HourCycle;
  id: string;
  name: string;
  avatar_url: string | null;
  email: string;
  bio: string;
  time_zone: string;
  locale: string;
  site_role: SiteRole;
  status: AccountStatus;
  is_verified: boolean;
  last_login_at: string | null;
  has_second_factor: boolean;
  mail_refused_at: string | null;
  mail_refusal: string;
  version: number;
  created_at: string;
  updated_at: string;
  delete_at: string | null;
}

export interface MemberAdded {
  member: MemberShape;
}

export interface MemberEdited {
  member: MemberShape;
}

export interface MemberRemoved {
  user_id: string;
  reason: 'removed' | 'left' | 'account_deleted' | 'link_ended';
}

export interface MemberShape {
  user: UserShape;
  role: Role;
  joined_at: string;
  link_id?: string | null;
}

export interface Message {
  subject: string;
  body: string;
}

export type Method = 'password' | 'totp' | 'recovery_code' | 'passkey';

export interface MissedEvents {
  items: EventFrame[];
  stream: Position;
}

export interface MomentShape {
  due: DueDate | DueTime;
  due_at: string | null;
}

export interface MoveBody {
  before_id?: string | null;
  after_id?: string | null;
  list_id?: string | null;
}

export interface MyListShape {
  id: string;
  name: string;
  colour: Colour;
  icon: string;
  is_inbox: boolean;
  archived_at: string | null;
  deleted_at: string | null;
  version: number;
  created_at: string;
  updated_at: string;
  role: Role;
  placement: ListPlacement;
  view: ListView | null;
  open_count: number;
  stream: Position;
}

export interface NamedShape {
  id: string;
  name: string;
}

export interface NewApiTokenBody {
  name: string;
  scope: TokenScope;
  list_ids?: string[] | null;
  expires_at?: string | null;
}

export interface NewApiTokenShape {
  id: string;
  name: string;
  scope: TokenScope;
  list_ids: string[] | null;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  token: string;
}

export interface NewCalendarFeedBody {
  name: string;
  list_id?: string | null;
  content?: FeedContent;
  include_completed?: boolean;
  filter?: FeedFilter | null;
}

export interface NewCalendarFeedShape {
  id: string;
  name: string;
  list_id: string | null;
  content: FeedContent;
  include_completed: boolean;
  filter: FeedFilter | null;
  created_at: string;
  last_used_at?: string | null;
  address: string;
}

export interface NewFolderBody {
  name: string;
}

export interface NewLabelBody {
  name: string;
  colour?: Colour;
}

export interface NewListBody {
  name: string;
  colour?: Colour;
  icon?: string;
}

export interface NewListEmailAddressShape {
  address: string;
  created_at: string;
}

export interface NewPasskeyBody {
  name: string;
  id: string;
  client_data_json: string;
  attestation_object: string;
  transports?: string[];
}

export interface NewShareLinkBody {
  name: string;
  role: LinkRole;
  password?: string | null;
  expires_at?: string | null;
}

export interface NewTodoBody {
  before_id?: string | null;
  after_id?: string | null;
  title: string;
  description?: string | null;
  status?: TodoStatus;
  priority?: number | null;
  metadata?: Record<string, unknown> | null;
  due?: DueDateBody | DueTimeBody | null;
  due_date?: string | null;
  repeat?: RepeatBody | null;
  assignees?: string[] | null;
  labels?: string[] | null;
  parent_id?: string | null;
  list_id?: string | null;
}

export interface NewTotpShape {
  secret: string;
  uri: string;
  qr_code: string;
}

export interface NewWebhookBody {
  name: string;
  url: string;
  events?: string[];
}

export interface NewWebhookShape {
  id: string;
  list_id: string | null;
  user_id: string;
  name: string;
  url: string | null;
  host: string;
  events: string[];
  created_at: string;
  disabled_at: string | null;
  disabled_reason: '' | 'user' | 'gone' | 'failing' | 'crashed' | 'secret';
  failures: number;
  failing_since: string | null;
  retry_at: string | null;
  last_error: string;
  last_delivered_at: string | null;
  secret: string;
}

export interface NodeShape {
  id: string;
  kind: 'api' | 'worker';
  host: string;
  version: string;
  started_at: string;
  seen_at: string;
  silent_seconds: number;
  is_alive: boolean;
  lag_milliseconds: number | null;
}

export interface NotificationAdded {
  notification: NotificationShape;
}

export type NotificationKind = 'assigned' | 'mentioned' | 'commented' | 'invited' | 'removed' | 'reminded';

export interface NotificationPage {
  items: NotificationShape[];
  next_cursor: string | null;
  total: number;
  unread_count: number;
}

export interface NotificationRead {
  notification_ids: string[];
  through: string | null;
  read_at: string;
  unread_count: number;
}

export interface NotificationRemoved {
  notification_ids: string[];
  unread_count: number;
}

export interface NotificationShape {
  id: string;
  kind: NotificationKind;
  actor: NotifierShape | null;
  list_id: string | null;
  todo_id: string | null;
  comment_id: string | null;
  invitation_id: string | null;
  list_name: string | null;
  created_at: string;
  read_at: string | null;
}

export interface NotificationsShape {
  items: NotificationShape[];
  unread_count: number;
}

export interface NotifierShape {
  id: string;
  name: string;
}

export interface NumberedPage_ManagedAccountShape_ {
  items: ManagedAccountShape[];
  total: number;
  page: number;
  page_size: number;
  total_pages: number;
  has_next: boolean;
  has_prev: boolean;
}

export interface NumberedPage_TodoShape_ {
  items: TodoShape[];
  total: number;
  page: number;
  page_size: number;
  total_pages: number;
  has_next: boolean;
  has_prev: boolean;
}

export interface OccurrenceBody {
  occurrence: number;
}

export interface OccurrenceEnd {
  occurrence: number;
  outcome: Ending;
}

export interface OccurrenceShape {
  occurrence: number;
  day: string;
  due: DueDate | DueTime;
  outcome: Ending;
  at: string;
  by: string | null;
}

export interface OccurrencesShape {
  items: OccurrenceShape[];
  next_cursor: string | null;
  total: number;
  upcoming: MomentShape[];
}

export interface OpenedChallenge {
  challenge: string;
}

export interface Page_CommentShape_ {
  items: CommentShape[];
  next_cursor: string | null;
  total: number;
}

export interface Page_MyListShape_ {
  items: MyListShape[];
  next_cursor: string | null;
  total: number;
}

export interface Page_ReminderShape_ {
  items: ReminderShape[];
  next_cursor: string | null;
  total: number;
}

export interface PasskeyAlgorithm {
  type: 'public-key';
  alg: number;
}

export interface PasskeyAssertion {
  id: string;
  client_data_json: string;
  authenticator_data: string;
  signature: string;
  user_handle?: string | null;
}

export interface PasskeyAuthenticatorSelection {
  residentKey?: 'required';
  requireResidentKey?: boolean;
  userVerification?: 'required';
}

export interface PasskeyCreationOptions {
  rp: PasskeyParty;
  user: PasskeyUser;
  challenge: string;
  pubKeyCredParams: PasskeyAlgorithm[];
  timeout: number;
  excludeCredentials: PasskeyDescriptor[];
  authenticatorSelection?: PasskeyAuthenticatorSelection;
  attestation?: 'none';
}

export interface PasskeyDescriptor {
  type: 'public-key';
  id: string;
  transports: string[];
}

export interface PasskeyNameBody {
  name: string;
}

export interface PasskeyParty {
  id: string;
  name: string;
}

export interface PasskeyProof {
  id: string;
  client_data_json: string;
  authenticator_data: string;
  signature: string;
  user_handle?: string | null;
  method: 'passkey';
}

export interface PasskeyRequestOptions {
  challenge: string;
  timeout: number;
  rpId: string;
  allowCredentials: PasskeyDescriptor[];
  userVerification?: 'required';
}

export interface PasskeyShape {
  id: string;
  name: string;
  is_backed_up: boolean;
  created_at: string;
  last_used_at: string | null;
}

export interface PasskeyUser {
  id: string;
  name: string;
  displayName: string;
}

export interface PasswordProof {
  method: 'password';
  password: string;
}

export interface PausedMail {
  kind: string;
  answer: string;
  until: string;
}

export interface PerhapsOccurrenceBody {
  occurrence?: number | null;
}

export interface PersonHere {
  user: UserShape;
  state: Record<string, unknown>;
}

export interface PersonalLabelRemoved {
  label_id: string;
}

export interface PersonalLabelSet {
  label: PersonalLabelShape;
}

export interface PersonalLabelShape {
  id: string;
  name: string;
  colour: Colour;
}

export interface Ping {
  type: 'ping';
  heads: Record<string, number>;
}

export interface PlacedList {
  list_id: string;
  placement: ListPlacement;
}

export interface PlacementBody {
  favourite?: boolean;
  folder_id?: string | null;
  before_list_id?: string | null;
  after_list_id?: string | null;
}

export interface PolicySettingShape {
  name: string;
  value: string;
}

export interface Pong {
  type: 'pong';
  seqs?: Record<string, number> | null;
}

export interface Position {
  list_id: string;
  epoch: string;
  seq: number;
}

export interface PreferencesBody {
  channels?: Record<string, ChannelsBody>;
  digest?: boolean;
  digest_hour?: number;
}

export interface PreferencesEdited {
  preferences: PreferencesShape;
}

export interface PreferencesShape {
  channels: Record<string, ChannelsShape>;
  digest: boolean;
  digest_hour: number;
}

export interface Presence {
  type: 'presence';
  re?: number | null;
  list: string;
  users: PersonHere[];
}

export interface PreviewBody {
  due: DueDateBody | DueTimeBody;
  repeat: RepeatBody;
}

export interface PreviewedList {
  name: string;
  folder?: string;
  todos: number;
}

export interface PreviewedTodo {
  list_name: string;
  title: string;
  is_subtask: boolean;
  line: number;
}

export interface Problem {
  type?: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  errors?: ProblemField[];
  request_id?: string | null;
  current?: unknown;
  methods?: Method[] | null;
}

export interface ProblemField {
  field: string;
  code: string;
  message: string;
}

export interface ProviderChoice {
  provider: string;
}

export interface ProviderSignInShape {
  outcome: 'signed_in' | 'challenge' | 'link_required' | 'linked';
  sign_in?: SignInShape | null;
  challenge?: ChallengeShape | null;
  link_token?: string | null;
  email?: string | null;
}

export interface PubsubReport {
  channels: string[];
  is_up: boolean;
  since: string;
}

export interface PushEndpoint {
  endpoint: string;
}

export interface PushKeys {
  p256dh: string;
  auth: string;
}

export interface PushShape {
  public_key: string | null;
}

export interface PushSubscriptionBody {
  endpoint: string;
  keys: PushKeys;
}

export interface PushSubscriptionShape {
  id: string;
  created_at: string;
}

export interface ReactionShape {
  emoji: string;
  user_ids: string[];
}

export interface ReadBody {
  notification_ids?: string[];
  through?: string | null;
}

export interface RecoveryCodeProof {
  method: 'recovery_code';
  code: string;
}

export interface RecoveryCodesShape {
  recovery_codes: string[];
}

export interface RedirectShape {
  redirect_to: string;
}

export interface Refreshing {
  refresh_token?: string | null;
}

export type Refusal = 'not_own' | 'too_old' | 'undone' | 'not_recorded' | 'elsewhere' | 'purged' | 'in_trash' | 'in_other_list' | 'changed_since' | 'as_before' | 'too_many' | 'role' | 'not_member' | 'guest' | 'invited' | 'invite_again' | 'last_owner';

export interface Registering {
  email: string;
  password: string;
  name: string;
  time_zone?: string;
  locale?: string;
  invitation_token?: string;
}

export interface ReminderBody {
  at?: string | null;
  minutes_before?: number | null;
}

export interface ReminderFailed {
  reminder: ReminderShape;
}

export interface ReminderMissed {
  reminder: ReminderShape;
}

export interface ReminderRemoved {
  reminder_id: string;
}

export interface ReminderSent {
  reminder: ReminderShape;
}

export interface ReminderSet {
  reminder: ReminderShape;
}

export interface ReminderShape {
  id: string;
  todo_id: string;
  list_id: string;
  at: string | null;
  minutes_before: number | null;
  snoozed_until: string | null;
  fires_at: string | null;
  state: ReminderState;
  sent_at: string | null;
  detail: string;
}

export type ReminderState = 'scheduled' | 'sending' | 'sent' | 'failed' | 'missed' | 'cancelled';

export interface ReminderTestShape {
  id: string;
  state: ReminderState;
  detail: string;
  at: string;
}

export interface ReminderTested {
  test: ReminderTestShape;
}

export interface RenamingApiToken {
  name: string;
}

export interface RepeatBody {
  rule: string;
  counts_from?: CountsFrom;
  anchor?: DueDateBody | DueTimeBody | null;
}

export interface RepeatPreview {
  rule: string;
  dates: MomentShape[];
}

export interface RepeatShape {
  rule: string;
  counts_from: CountsFrom;
  anchor: DueDate | DueTime;
  occurrence: number;
  day: string;
  left: number | null;
}

export interface ReplacementBody {
  title: string;
  description?: string | null;
  status?: TodoStatus;
  priority?: number | null;
  metadata?: Record<string, unknown> | null;
  due?: DueDateBody | DueTimeBody | null;
  due_date?: string | null;
  repeat?: RepeatBody | null;
  assignees?: string[] | null;
  labels?: string[] | null;
  parent_id?: string | null;
}

export interface ReplacingProfile {
  name: string;
  bio?: string;
  avatar_url?: string | null;
  time_zone?: string;
  locale?: string;
  language?: string;
  week_start?: WeekStart;
  hour_cycle?: HourCycle;
}

export interface ReplayBody {
  list_id: string;
  from_seq: number;
}

export interface Reset {
  type: 'reset';
  re?: number | null;
  list: string;
  epoch: string;
  seq: number;
  reason: 'trimmed' | 'epoch' | 'ahead';
}

export interface Resetting {
  token: string;
  password: string;
}

export type Role = 'owner' | 'editor' | 'commenter' | 'viewer';

export interface RoleBody {
  role: Role;
}

export interface SayEditing {
  type: 'editing';
  id?: number | null;
  todo: string;
  field: string;
}

export interface SayPresence {
  type: 'presence';
  id?: number | null;
  list: string;
  state?: Record<string, unknown> | null;
}

export interface SearchShape {
  items: FoundShape[];
  is_approximate: boolean;
}

export interface SecondFactorsShape {
  totp_since: string | null;
  passkeys: number;
  recovery_codes_left: number;
  is_required: boolean;
}

export interface SentInvitationShape {
  id: string;
  list_id: string;
  list_name: string;
  email: string;
  role: Role;
  invited_by: UserShape | null;
  created_at: string;
  expires_at: string;
  mail_failure: string;
}

export interface SessionRevoked {
  session_ids: string[];
}

export interface SessionShape {
  id: string;
  user_agent: string;
  device: string;
  address: string;
  current: boolean;
  sign_in_method: SignInMethod;
  created_at: string;
  last_used_at: string;
  expires_at: string;
}

export interface SessionsShape {
  items: SessionShape[];
}

export interface ShareLinkEditBody {
  name?: string;
  role?: LinkRole;
  password?: string | null;
  expires_at?: string | null;
}

export interface ShareLinkShape {
  id: string;
  list_id: string;
  name: string;
  role: LinkRole;
  has_password: boolean;
  created_by: string | null;
  created_at: string;
  expires_at: string | null;
  use_count: number;
  last_used_at: string | null;
  guest_count: number;
  token: string | null;
}

export type SignInMethod = 'password' | 'password_and_code' | 'password_and_recovery_code' | 'password_and_passkey' | 'passkey' | 'provider' | 'email_link' | 'unknown';

export interface SignInProviderShape {
  id: string;
  name: string;
}

export interface SignInShape {
  access_token: string;
  refresh_token: string | null;
  token_type?: 'bearer';
  expires_in: number;
  must_set_up_second_factor: boolean;
  delete_at: string | null;
}

export type SiteRole = 'user' | 'moderator' | 'admin';

export interface SiteShape {
  name: string;
  registration: 'open' | 'invited';
  is_domain_limited: boolean;
  sign_in_providers: SignInProviderShape[];
  version: string;
  languages: string[];
  logo_url: string | null;
  accent_colour: string | null;
  sign_up_text: string;
  help_url: string | null;
  imprint_url: string | null;
  privacy_url: string | null;
  terms_url: string | null;
  receives_mail: boolean;
  default_locale: string;
  default_time_zone: string;
}

export interface SiteStateShape {
  version: string;
  revision: string;
  code_revision: string;
  counts: CountsShape;
  database: 'postgres' | 'sqlite';
  database_bytes: number;
  redis_bytes: number | null;
  nodes: NodeShape[];
  settings: PolicySettingShape[];
}

export interface SnoozeBody {
  minutes?: number | null;
  until?: string | null;
  tomorrow?: boolean;
}

export interface StartedSignInShape {
  url: string;
}

export interface Subscribe {
  type: 'subscribe';
  id: number;
  lists: Cursor[];
}

export interface Subscribed {
  type: 'subscribed';
  re: number;
  list: string;
  epoch: string;
  seq: number;
}

export interface TicketShape {
  ticket: string;
  expires_in: number;
}

export interface TodoCreated {
  todo: TodoShape;
}

export interface TodoDeleted {
  todo_id: string;
  deleted_at: string;
}

export interface TodoEdited {
  todo: TodoShape;
  changed: string[];
  overwrote?: Record<string, unknown> | null;
  ended?: OccurrenceEnd | null;
}

export interface TodoMovedIn {
  todo: TodoShape;
}

export interface TodoMovedOut {
  todo_id: string;
}

export interface TodoPage {
  items: TodoShape[];
  next_cursor: string | null;
  total: number | null;
}

export interface TodoPurged {
  todo_id: string;
}

export interface TodoRestored {
  todo: TodoShape;
}

export interface TodoShape {
  id: string;
  list_id: string;
  parent_id: string | null;
  title: string;
  description: string;
  status: TodoStatus;
  priority: number;
  due: DueDate | DueTime | null;
  due_at: string | null;
  repeat: RepeatShape | null;
  metadata: Record<string, unknown>;
  rank: string;
  assignees: string[];
  labels: string[];
  comment_count: number;
  attachment_count: number;
  completed_at: string | null;
  completed_by: string | null;
  deleted_at: string | null;
  version: number;
  created_by: string | null;
  created_at: string;
  updated_at: string;
}

export type TodoStatus = 'pending' | 'in_progress' | 'completed' | 'cancelled';

export interface TodosShape {
  items: TodoShape[];
}

export type TokenScope = 'read' | 'write' | 'admin';

export interface TotpProof {
  method: 'totp';
  code: string;
}

export interface UndoBody {
  seqs?: number[] | null;
  mutation?: string | null;
}

export interface UndoneShape {
  undone: number[];
}

export interface UnreadShape {
  unread_count: number;
}

export interface Unsubscribe {
  type: 'unsubscribe';
  id: number;
  lists: string[];
}

export interface Unsubscribed {
  type: 'unsubscribed';
  re?: number | null;
  list: string;
  reason: 'removed' | 'deleted' | 'requested';
}

export interface UserCodeBody {
  user_code: string;
}

export interface UserShape {
  id: string;
  name: string;
  avatar_url: string | null;
}

export interface Verifying {
  token: string;
  password?: string | null;
}

export type ViewDue = 'overdue' | 'today' | 'week' | 'none';

export interface ViewFilter {
  text: string;
  priorities: number[];
  statuses: ('pending' | 'in_progress' | 'completed')[];
  labels: string[];
  assignees: string[];
  due: ViewDue | null;
}

export type ViewGroup = 'none' | 'due' | 'label' | 'assignee' | 'personal_label';

export type ViewSort = 'manual' | 'due' | 'priority' | 'title' | 'created' | 'personal_label';

export interface WebhookDeliveryShape {
  id: string;
  kind: 'event' | 'gap' | 'test' | 'replay';
  list_id: string | null;
  epoch: string | null;
  seq: number | null;
  event: string;
  message_id: string;
  state: 'pending' | 'delivered' | 'failed';
  attempts: number;
  response_status: number | null;
  duration_ms: number | null;
  error: string;
  response: string;
  created_at: string;
  attempted_at: string | null;
}

export interface WebhookEditBody {
  name?: string;
  events?: string[];
  is_enabled?: boolean;
  from_now?: boolean;
}

export interface WebhookShape {
  id: string;
  list_id: string | null;
  user_id: string;
  name: string;
  url: string | null;
  host: string;
  events: string[];
  created_at: string;
  disabled_at: string | null;
  disabled_reason: '' | 'user' | 'gone' | 'failing' | 'crashed' | 'secret';
  failures: number;
  failing_since: string | null;
  retry_at: string | null;
  last_error: string;
  last_delivered_at: string | null;
}

export type WeekStart = '' | 'mon' | 'sat' | 'sun';

export interface Welcome {
  type: 'welcome';
  re: number;
  connection: string;
  user: UserShape;
  heartbeat_seconds: number;
}

/** The data of each event, by the name of the event. */
export interface EventData {
  'list.placed': ListPlaced;
  'list.view_set': ListViewSet;
  'folder.set': FolderSet;
  'folder.removed': FolderRemoved;
  'personal_label.set': PersonalLabelSet;
  'personal_label.removed': PersonalLabelRemoved;
  'labelled_todos.set': LabelledTodosSet;
  'list.created': ListCreated;
  'list.edited': ListEdited;
  'list.deleted': ListDeleted;
  'list.restored': ListRestored;
  'member.added': MemberAdded;
  'member.edited': MemberEdited;
  'member.removed': MemberRemoved;
  'label.created': LabelCreated;
  'label.edited': LabelEdited;
  'label.deleted': LabelDeleted;
  'todo.created': TodoCreated;
  'todo.edited': TodoEdited;
  'todo.deleted': TodoDeleted;
  'todo.restored': TodoRestored;
  'todo.purged': TodoPurged;
  'todo.moved_out': TodoMovedOut;
  'todo.moved_in': TodoMovedIn;
  'comment.added': CommentAdded;
  'comment.edited': CommentEdited;
  'comment.reacted': CommentReacted;
  'comment.deleted': CommentDeleted;
  'attachment.added': AttachmentAdded;
  'attachment.edited': AttachmentEdited;
  'attachment.removed': AttachmentRemoved;
  'account.edited': AccountEdited;
  'account.disabled': AccountDisabled;
  'session.revoked': SessionRevoked;
  'api_token.created': ApiTokenCreated;
  'api_token.renamed': ApiTokenRenamed;
  'api_token.revoked': ApiTokenRevoked;
  'credentials.changed': CredentialsChanged;
  'data_export.changed': DataExportChanged;
  'import.changed': ImportChanged;
  'list.added': ListAdded;
  'list.removed': ListRemoved;
  'invitation.received': InvitationReceived;
  'invitation.closed': InvitationClosed;
  'reminder.set': ReminderSet;
  'reminder.removed': ReminderRemoved;
  'reminder.sent': ReminderSent;
  'reminder.failed': ReminderFailed;
  'reminder.missed': ReminderMissed;
  'notification.added': NotificationAdded;
  'notification.read': NotificationRead;
  'notification.removed': NotificationRemoved;
  'preferences.edited': PreferencesEdited;
  'reminder.tested': ReminderTested;
}

export type EventName = keyof EventData;

export interface EventFrameOf<Name extends EventName> {
  type: 'event';
  list: string;
  seq: number;
  event: Name;
  at: string;
  actor: Record<string, string> | null;
  mutation: string | null;
  data: EventData[Name];
}

/** A frame that carries an event: `event` decides the type of `data`. */
export type EventFrame = { [Name in EventName]: EventFrameOf<Name> }[EventName];

/** What the server sends over a socket. */
export type ServerFrame =
  | EventFrame
  | Authenticated
  | Batch
  | Closed
  | Editing
  | Expiring
  | Failed
  | Joined
  | Left
  | Ping
  | Presence
  | Reset
  | Subscribed
  | Unsubscribed
  | Welcome;

/** What a client sends over a socket. */
export type ClientFrame =
  | Auth
  | Hello
  | Pong
  | SayEditing
  | SayPresence
  | Subscribe
  | Unsubscribe;
