"""The access policy: which role allows which action. The gate reads it; tests check every cell."""

from enum import StrEnum

from shared.contract.shapes import Role, SiteRole


class Action(StrEnum):
    """What an actor can do in a list. A test fails for an action without a row in ALLOWED."""

    READ_LIST = "read_list"
    EDIT_LIST = "edit_list"
    DELETE_LIST = "delete_list"
    RESTORE_LIST = "restore_list"
    READ_MEMBERS = "read_members"
    INVITE_MEMBER = "invite_member"
    READ_INVITATIONS = "read_invitations"
    WITHDRAW_INVITATION = "withdraw_invitation"
    CHANGE_ROLE = "change_role"
    REMOVE_MEMBER = "remove_member"
    LEAVE_LIST = "leave_list"
    PLACE_LIST = "place_list"
    SET_VIEW = "set_view"
    LABEL_PRIVATELY = "label_privately"
    MANAGE_LINKS = "manage_links"
    MANAGE_WEBHOOKS = "manage_webhooks"
    CREATE_EMAIL_ADDRESS = "create_email_address"
    EDIT_LABELS = "edit_labels"
    CREATE_TODO = "create_todo"
    EDIT_TODO = "edit_todo"
    DELETE_TODO = "delete_todo"
    PURGE_TODO = "purge_todo"
    SET_REMINDER = "set_reminder"
    READ_COMMENTS = "read_comments"
    READ_ACTIVITY = "read_activity"
    WRITE_COMMENT = "write_comment"
    MODERATE_COMMENT = "moderate_comment"
    ATTACH_FILE = "attach_file"


class SiteAction(StrEnum):
    """What an actor can do on the whole site."""

    READ_USERS = "read_users"
    EDIT_USERS = "edit_users"
    GIVE_ACCESS = "give_access"
    DELETE_USERS = "delete_users"
    NOTIFY_USERS = "notify_users"
    READ_AUDIT = "read_audit"
    RESET_SECOND_FACTORS = "reset_second_factors"
    # To create an account for an address, and mail its holder a link.
    INVITE_USERS = "invite_users"
    # To mail users a link, and to mail an address again that its mail server rejected.
    RESET_USERS = "reset_users"
    # Jobs, mail, processes, counts and settings of the site.
    READ_SITE = "read_site"
    MANAGE_JOBS = "manage_jobs"


# What an API token with the scope `read` may do in a list.
READ_ACTIONS = frozenset(
    {Action.READ_LIST, Action.READ_MEMBERS, Action.READ_COMMENTS, Action.READ_ACTIVITY}
)
# What no API token may do: the rights that others get would outlive the token.
SESSION_ACTIONS = frozenset(
    {
        Action.INVITE_MEMBER,
        Action.READ_INVITATIONS,
        Action.WITHDRAW_INVITATION,
        Action.CHANGE_ROLE,
        Action.REMOVE_MEMBER,
        Action.LEAVE_LIST,
        Action.MANAGE_LINKS,
        Action.MANAGE_WEBHOOKS,
        Action.CREATE_EMAIL_ADDRESS,
    }
)
# What a guest may do, within the role of the share link: nothing that concerns other people's access,
# and nothing that is kept for an account, such as a reminder.
GUEST_ACTIONS = frozenset(
    {
        Action.READ_LIST,
        Action.READ_MEMBERS,
        Action.LEAVE_LIST,
        Action.EDIT_LABELS,
        Action.CREATE_TODO,
        Action.EDIT_TODO,
        Action.DELETE_TODO,
        Action.READ_COMMENTS,
        Action.WRITE_COMMENT,
    }
)

# The same on the site. Disabling an account takes rights away, and stays possible for programs.
SESSION_SITE_ACTIONS = frozenset(
    {
        SiteAction.RESET_SECOND_FACTORS,
        SiteAction.GIVE_ACCESS,
        SiteAction.DELETE_USERS,
        SiteAction.INVITE_USERS,
        SiteAction.RESET_USERS,
        SiteAction.MANAGE_JOBS,
    }
)

_VIEWER = frozenset(Role)
_COMMENTER = _VIEWER - {Role.VIEWER}
_EDITOR = _COMMENTER - {Role.COMMENTER}
_OWNER = frozenset({Role.OWNER})

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.READ_LIST: _VIEWER,
    Action.EDIT_LIST: _OWNER,
    Action.DELETE_LIST: _OWNER,
    Action.RESTORE_LIST: _OWNER,
    Action.READ_MEMBERS: _VIEWER,
    Action.INVITE_MEMBER: _OWNER,
    Action.READ_INVITATIONS: _OWNER,
    Action.WITHDRAW_INVITATION: _OWNER,
    Action.CHANGE_ROLE: _OWNER,
    Action.REMOVE_MEMBER: _OWNER,
    Action.LEAVE_LIST: _VIEWER,
    Action.PLACE_LIST: _VIEWER,
    Action.SET_VIEW: _VIEWER,
    Action.LABEL_PRIVATELY: _VIEWER,
    Action.MANAGE_LINKS: _OWNER,
    Action.MANAGE_WEBHOOKS: _OWNER,
    Action.CREATE_EMAIL_ADDRESS: _EDITOR,
    Action.EDIT_LABELS: _EDITOR,
    Action.CREATE_TODO: _EDITOR,
    Action.EDIT_TODO: _EDITOR,
    Action.DELETE_TODO: _EDITOR,
    Action.PURGE_TODO: _OWNER,
    Action.SET_REMINDER: _VIEWER,
    Action.READ_COMMENTS: _VIEWER,
    Action.READ_ACTIVITY: _VIEWER,
    Action.WRITE_COMMENT: _COMMENTER,
    Action.MODERATE_COMMENT: _OWNER,
    Action.ATTACH_FILE: _EDITOR,
}

ALLOWED_ON_SITE: dict[SiteAction, frozenset[SiteRole]] = {
    SiteAction.READ_USERS: frozenset({SiteRole.MODERATOR, SiteRole.ADMIN}),
    SiteAction.EDIT_USERS: frozenset({SiteRole.ADMIN}),
    # To change a role, and to enable a disabled account.
    SiteAction.GIVE_ACCESS: frozenset({SiteRole.ADMIN}),
    SiteAction.DELETE_USERS: frozenset({SiteRole.ADMIN}),
    SiteAction.NOTIFY_USERS: frozenset({SiteRole.ADMIN}),
    SiteAction.READ_AUDIT: frozenset({SiteRole.ADMIN}),
    SiteAction.RESET_SECOND_FACTORS: frozenset({SiteRole.ADMIN}),
    SiteAction.INVITE_USERS: frozenset({SiteRole.ADMIN}),
    SiteAction.RESET_USERS: frozenset({SiteRole.ADMIN}),
    SiteAction.READ_SITE: frozenset({SiteRole.ADMIN}),
    SiteAction.MANAGE_JOBS: frozenset({SiteRole.ADMIN}),
}
