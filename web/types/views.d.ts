// Every custom element by its tag: h() checks the props of each.

import type { DraftField } from '../views/base/draft_field.js';
import type { Description } from '../views/components/description.js';
import type { CommentThread } from '../views/components/comment_thread.js';
import type { LostDrafts } from '../views/components/lost_drafts.js';
import type { MentionField } from '../views/components/mention_field.js';
import type { OccurrenceList } from '../views/components/occurrence_list.js';
import type { QuickAdd } from '../views/quick_add/quick_add.js';
import type { RecoveryCodes } from '../views/pages/settings/recovery_codes.js';
import type { SecondStep } from '../views/pages/sign_in/second_step.js';
import type { ListViewRows } from '../views/tools/list_view.js';
import type { ViewMenu } from '../views/tools/view_menu.js';
import type { SelectionBar } from '../views/tools/selection_bar.js';
import type { RequiredSetup } from '../views/pages/sign_in/required_setup_page.js';
import type { TotpSetup } from '../views/pages/settings/totp_setup.js';
import type { TwoStepSettings } from '../views/pages/settings/two_step_settings.js';
import type { TodoDetail } from '../views/components/todo_detail.js';
import type { TodoList } from '../views/components/todo_list.js';
import type { TodoRow } from '../views/components/todo_row.js';
import type { Confirm, DialogLayer } from '../views/dialogs/dialog_layer.js';
import type { DuePicker } from '../views/dialogs/due_picker.js';
import type { EmailAddress } from '../views/dialogs/email_address.js';
import type { Help } from '../views/tools/help_dialog.js';
import type { ListDialog } from '../views/dialogs/list_dialog.js';
import type { ListMenu } from '../views/dialogs/list_menu.js';
import type { MembersDialog } from '../views/dialogs/members_dialog.js';
import type { MenuLayer } from '../views/dialogs/menu_layer.js';
import type { Palette } from '../views/dialogs/palette.js';
import type { ReminderMenu } from '../views/dialogs/reminder_menu.js';
import type { StepUp } from '../views/dialogs/step_up_dialog.js';
import type { RepeatMenu } from '../views/dialogs/repeat_menu.js';
import type {
  AssigneeMenu,
  LabelMenu,
  MoreMenu,
  MoveMenu,
  PriorityMenu,
} from '../views/dialogs/todo_menus.js';
import type {
  EmailForm,
  MailRefusal,
  PasswordForm,
  ProfileForm,
} from '../views/pages/settings/account_forms.js';
import type { LinkedSignIns } from '../views/pages/settings/linked_sign_ins.js';
import type { ProviderButtons } from '../views/pages/sign_in/provider_buttons.js';
import type { ProviderReturnPage } from '../views/pages/sign_in/provider_return_page.js';
import type { ApiTokens } from '../views/pages/settings/api_tokens.js';
import type { Applications } from '../views/pages/settings/interop/applications.js';
import type { AuthorizePage } from '../views/pages/oauth/authorize_page.js';
import type { DevicePage } from '../views/pages/oauth/device_page.js';
import type { CalendarFeeds } from '../views/pages/settings/calendar_feeds.js';
import type { DayPage } from '../views/pages/day_page.js';
import type { CheckMail, DevMail } from '../views/pages/sign_in/check_mail.js';
import type { Forgot } from '../views/pages/sign_in/forgot_page.js';
import type { SignIn, SignUp } from '../views/pages/sign_in/sign_in_pages.js';
import type { InvitationPage } from '../views/pages/sign_in/invitation_page.js';
import type { Admin } from '../views/pages/admin/admin.js';
import type { AdminAudit } from '../views/pages/admin/audit.js';
import type { AdminJobs } from '../views/pages/admin/jobs.js';
import type { AdminMail } from '../views/pages/admin/mail.js';
import type { AdminPage } from '../views/pages/admin_page.js';
import type { AdminSystem } from '../views/pages/admin/system.js';
import type { AdminUser } from '../views/pages/admin/user.js';
import type { AdminUsers } from '../views/pages/admin/users.js';
import type { ListPage } from '../views/pages/list_page.js';
import type { MailPage } from '../views/pages/sign_in/mail_page.js';
import type { NotificationSettings } from '../views/pages/settings/notification_settings.js';
import type { Passkeys } from '../views/pages/settings/passkeys.js';
import type { PushSettings } from '../views/pages/settings/push_settings.js';
import type { ReminderTest } from '../views/pages/settings/reminder_test.js';
import type { SessionList } from '../views/pages/settings/session_list.js';
import type { SettingsFrame } from '../views/pages/settings_frame.js';
import type { SettingsPage } from '../views/pages/settings/settings_page.js';
import type { Reset, Verify } from '../views/pages/sign_in/mail_link_pages.js';
import type { TrashPage } from '../views/pages/trash_page.js';
import type { AppShell } from '../views/shell/app_shell.js';
import type { BottomBar } from '../views/shell/bottom_bar.js';
import type { LiveBadge } from '../views/shell/live_badge.js';
import type { NotificationPanel } from '../views/shell/notification_panel.js';
import type { SideBar } from '../views/shell/side_bar.js';
import type { Toasts } from '../views/shell/toasts.js';

export interface Views {
  'll-admin': Admin;
  'll-admin-audit': AdminAudit;
  'll-admin-jobs': AdminJobs;
  'll-admin-mail': AdminMail;
  'll-admin-page': AdminPage;
  'll-admin-system': AdminSystem;
  'll-admin-user': AdminUser;
  'll-admin-users': AdminUsers;
  'll-api-tokens': ApiTokens;
  'll-app': AppShell;
  'll-applications': Applications;
  'll-authorize-page': AuthorizePage;
  'll-assignee-menu': AssigneeMenu;
  'll-bottom-bar': BottomBar;
  'll-calendar-feeds': CalendarFeeds;
  'll-check-mail': CheckMail;
  'll-comment-thread': CommentThread;
  'll-confirm': Confirm;
  'll-day-page': DayPage;
  'll-device-page': DevicePage;
  'll-dev-mail': DevMail;
  'll-dialog-layer': DialogLayer;
  'll-description': Description;
  'll-draft-field': DraftField;
  'll-due-picker': DuePicker;
  'll-email-form': EmailForm;
  'll-forgot': Forgot;
  'll-email-address': EmailAddress;
  'll-help': Help;
  'll-invitation-page': InvitationPage;
  'll-label-menu': LabelMenu;
  'll-linked-sign-ins': LinkedSignIns;
  'll-list-dialog': ListDialog;
  'll-list-menu': ListMenu;
  'll-list-page': ListPage;
  'll-live-badge': LiveBadge;
  'll-lost-drafts': LostDrafts;
  'll-mail-page': MailPage;
  'll-mail-refusal': MailRefusal;
  'll-members-dialog': MembersDialog;
  'll-mention-field': MentionField;
  'll-menu-layer': MenuLayer;
  'll-more-menu': MoreMenu;
  'll-move-menu': MoveMenu;
  'll-notification-panel': NotificationPanel;
  'll-notification-settings': NotificationSettings;
  'll-occurrence-list': OccurrenceList;
  'll-palette': Palette;
  'll-password-form': PasswordForm;
  'll-priority-menu': PriorityMenu;
  'll-profile-form': ProfileForm;
  'll-provider-buttons': ProviderButtons;
  'll-provider-return': ProviderReturnPage;
  'll-passkeys': Passkeys;
  'll-push-settings': PushSettings;
  'll-quick-add': QuickAdd;
  'll-recovery-codes': RecoveryCodes;
  'll-reminder-menu': ReminderMenu;
  'll-reminder-test': ReminderTest;
  'll-repeat-menu': RepeatMenu;
  'll-required-setup': RequiredSetup;
  'll-reset': Reset;
  'll-second-step': SecondStep;
  'll-list-view': ListViewRows;
  'll-selection-bar': SelectionBar;
  'll-view-menu': ViewMenu;
  'll-session-list': SessionList;
  'll-settings-frame': SettingsFrame;
  'll-settings-page': SettingsPage;
  'll-side-bar': SideBar;
  'll-sign-in': SignIn;
  'll-sign-up': SignUp;
  'll-step-up': StepUp;
  'll-toasts': Toasts;
  'll-todo-detail': TodoDetail;
  'll-todo-list': TodoList;
  'll-todo-row': TodoRow;
  'll-totp-setup': TotpSetup;
  'll-trash-page': TrashPage;
  'll-two-step-settings': TwoStepSettings;
  'll-verify': Verify;
}
