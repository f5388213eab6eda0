"""The rate limits of the API: how many attempts one account or one network may make, and when."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request

from api.http.dependencies import ClientAddress
from api.http.rate_limiter import Limit, LimitScope, RateLimiter
from shared.contract.sign_in import Method
from shared.resources import Resources
from shared.text import email_key

# A user who is not sure which password it was tries five or six; a guesser gets 40 an hour.
SIGN_IN_BY_ACCOUNT = Limit("sign_in_by_account", LimitScope.ACCOUNT, 10, 900)
# The maxima of SIGN_IN_BY_NETWORK, REGISTER, MAIL_BY_NETWORK and REFRESH are the defaults of settings.

# A class or an office behind one address signs in together; one password tried at every account of
# a leaked list does not get far.
SIGN_IN_BY_NETWORK = Limit("sign_in_by_network", LimitScope.NETWORK, 100, 900)
# A class signs in by a provider together, and some begin again; each time stores a row.
PROVIDER_START = Limit("provider_start", LimitScope.NETWORK, 300, 900)
# A provider signs a whole organisation out at the end of a shift, from one address.
PROVIDER_LOGOUT = Limit("provider_logout", LimitScope.NETWORK, 3000, 900)
# A proof asked for again within a session: the same guessing, so the same number.
PASSWORD_CONFIRMATION = Limit("password_confirmation", LimitScope.ACCOUNT, 10, 900)
# Codes of an authenticator app at the second step, for which one has passed the first: no stranger can use
# this limit up. From all networks together, since three of a million codes are right: 15 guesses an hour
# find one with a chance of 0.1 % a day, and the owner gets a mail. Recovery codes cannot be guessed, so
# they stay open to an owner whom a thief of the password keeps from the app.
SECOND_FACTOR = Limit("second_factor", LimitScope.ACCOUNT_EVERYWHERE, 15, 3600)
# Each sends mails to two addresses; a user who mistypes tries a few times.
EMAIL_CHANGE = Limit("email_change", LimitScope.ACCOUNT, 10, 900)
# A user tries several keys and cancels some dialogs; each attempt takes two requests.
PASSKEY_CEREMONY = Limit("passkey_ceremony", LimitScope.ACCOUNT, 60, 900)
# Each opening of the sign-in page takes one: an office behind one address comes back from lunch.
PASSKEY_OPTIONS = Limit("passkey_options", LimitScope.NETWORK, 600, 900)
# A workshop of forty users registers in one room within an hour.
REGISTER = Limit("register", LimitScope.NETWORK, 60, 3600)
# Mails that a stranger can make us send to one address: five attempts and a spare one.
MAIL_TO_ADDRESS = Limit("mail_to_address", LimitScope.ACCOUNT, 6, 3600)
# And to all addresses together, from one network.
MAIL_BY_NETWORK = Limit("mail_by_network", LimitScope.NETWORK, 60, 3600)
# Tokens of 256 bits cannot be guessed; this only bounds the work.
LINK_TOKEN = Limit("link_token", LimitScope.NETWORK, 60, 900)
# Guests of share links: a school class opens a link at once, and loads the page again.
SHARE_LINK_OPEN = Limit("share_link_open", LimitScope.NETWORK, 300, 900)
# The password of a share link, counted by link and network: a class that was told it mistypes a few.
SHARE_LINK_PASSWORD = Limit("share_link_password", LimitScope.ACCOUNT, 10, 900)
# An owner makes the ten links of a list and corrects each twice. Each may hash a password, in the slots
# that sign-ins need too.
SHARE_LINK_EDIT = Limit("share_link_edit", LimitScope.ACCOUNT_EVERYWHERE, 30, 900)
# Hashes nothing, and must not wait: an owner closes all links of thirty lists.
SHARE_LINK_REVOKE = Limit("share_link_revoke", LimitScope.ACCOUNT_EVERYWHERE, 300, 900)
# Joining by one link from one network: a class, and some who join again.
SHARE_LINK_JOIN = Limit("share_link_join", LimitScope.ACCOUNT, 60, 3600)
# Reads of calendar feeds, found or not. The calendar service of one company asks for all its users.
CALENDAR_FEED_BY_NETWORK = Limit("calendar_feed_by_network", LimitScope.NETWORK, 600, 900)
# Programs ask once an hour or when they are opened. A document may take a second to write.
CALENDAR_FEED = Limit("calendar_feed", LimitScope.ACCOUNT, 30, 900)
# A user makes all twenty and changes the address of each once.
CALENDAR_FEED_EDIT = Limit("calendar_feed_edit", LimitScope.ACCOUNT_EVERYWHERE, 40, 900)
# A user makes the addresses of twenty lists and renews each once.
EMAIL_ADDRESS_EDIT = Limit("email_address_edit", LimitScope.ACCOUNT_EVERYWHERE, 40, 900)
# Wrong passwords of HTTP Basic. Tokens of 256 bits cannot be guessed; a program with a revoked token asks
# once a minute, and an office has several.
BASIC_TOKEN = Limit("basic_token", LimitScope.NETWORK, 100, 900)
# Calls of tools. An assistant that plans a week makes some dozens; one in a loop makes ten a second.
MCP_CALL = Limit("mcp_call", LimitScope.ACCOUNT, 1200, 900)
# Programs register once for each device or workspace; those that run on servers of their maker do so for
# all their users from a few addresses. Each stores a row of at most 10 kB for two days.
OAUTH_REGISTER = Limit("oauth_register", LimitScope.NETWORK, 100, 3600)
# Codes, refreshes each hour, and polls every 5 s for ten minutes, for all users behind one address.
OAUTH_TOKEN = Limit("oauth_token", LimitScope.NETWORK, 3000, 900)
# Each stores a row for ten minutes. A room full of users connects a program together.
OAUTH_DEVICE = Limit("oauth_device", LimitScope.NETWORK, 60, 900)
# A user who opens the page, goes back and begins again; each may store a row and send a mail.
OAUTH_ALLOW = Limit("oauth_allow", LimitScope.ACCOUNT_EVERYWHERE, 30, 900)
# Wrong user codes: of 20**8, with some waiting at a time, none is found. A typist gets it right by the third.
OAUTH_USER_CODE = Limit("oauth_user_code", LimitScope.ACCOUNT_EVERYWHERE, 20, 3600)
# And those of all accounts behind one address.
OAUTH_USER_CODE_BY_NETWORK = Limit("oauth_user_code_by_network", LimitScope.NETWORK, 100, 3600)
# A mail provider sends the one-click request for all its customers, from a few addresses.
UNSUBSCRIBE = Limit("unsubscribe", LimitScope.NETWORK, 600, 900)
# 500 devices behind one address, each waking with three tabs every 15 minutes.
REFRESH = Limit("refresh", LimitScope.NETWORK, 1500, 900)
# A socket reconnects every 0.5 to 30 s in the worst hour, in ten tabs.
SOCKET_TICKET = Limit("socket_ticket", LimitScope.ACCOUNT, 300, 300)
# A user copies a template for each of several projects; each may write ten thousand todos.
DUPLICATE_LIST = Limit("duplicate_list", LimitScope.ACCOUNT_EVERYWHERE, 20, 900)
# A user tests reminders, changes something and tests again; each test is a mail.
REMINDER_TEST = Limit("reminder_test", LimitScope.ACCOUNT, 5, 3600)
# A user retries a repaired mailbox a few times; mail servers count refused mails against us.
MAIL_RETRY = Limit("mail_retry", LimitScope.ACCOUNT, 5, 3600)
# A page repeats its subscription whenever it is opened; each time costs some statements.
PUSH_SUBSCRIPTION = Limit("push_subscription", LimitScope.ACCOUNT, 120, 3600)
# A user makes the ten webhooks of a list and corrects each twice.
WEBHOOK_EDIT = Limit("webhook_edit", LimitScope.ACCOUNT_EVERYWHERE, 60, 900)
# Each sends a request somewhere. A user who sets up a receiver tests every few seconds.
WEBHOOK_TEST = Limit("webhook_test", LimitScope.ACCOUNT_EVERYWHERE, 100, 900)
# A download that breaks off is begun again a few times; each sends up to DATA_EXPORT_MAX_MEBIBYTES.
EXPORT_DOWNLOAD = Limit("export_download", LimitScope.ACCOUNT, 10, 3600)
# A user exports each of some lists in several formats. Each reads all their todos, which takes a process
# seconds for a large account.
LIST_EXPORT = Limit("list_export", LimitScope.ACCOUNT, 60, 3600)
# Each sends up to 1 GiB of files. A user takes some lists along, and begins again what broke off.
FILES_EXPORT = Limit("files_export", LimitScope.ACCOUNT, 20, 3600)
# A client searches at each pause of typing, some five times for each thing that is looked for. Each may read
# all texts of the account, and compare 50,000 characters with words with a typo, which takes 0.1 s a word.
SEARCH = Limit("search", LimitScope.ACCOUNT_EVERYWHERE, 600, 900)
# A user tries a file as it is, corrects it and tries again. Each may store MAX_FILE_BYTES.
IMPORT_UPLOAD = Limit("import_upload", LimitScope.ACCOUNT, 20, 3600)
# A user attaches the photos of an evening, 100 to each todo. The quotas bound the bytes.
ATTACHMENT_UPLOAD = Limit("attachment_upload", LimitScope.ACCOUNT, 300, 900)
# Thumbnails of a page of todos, and downloads that are begun again part by part.
ATTACHMENT_DOWNLOAD = Limit("attachment_download", LimitScope.ACCOUNT, 3000, 900)
# An admin writes to single users, not to all of them.
ADMIN_MESSAGE = Limit("admin_message", LimitScope.ACCOUNT, 100, 3600)


# The limits of attempts to prove oneself by each method, beside those of the route.
OF_METHODS: Mapping[Method, tuple[Limit, ...]] = {Method.TOTP: (SECOND_FACTOR,)}


def make_rate_limiter(resources: Resources) -> RateLimiter:
    settings = resources.settings.limits
    return RateLimiter(
        resources.redis,
        resources.clock,
        enabled=resources.settings.web.rate_limits,
        max_attempts={
            SIGN_IN_BY_NETWORK.name: settings.sign_ins_per_network,
            REGISTER.name: settings.registrations_per_network,
            MAIL_BY_NETWORK.name: settings.mails_per_network,
            REFRESH.name: settings.refreshes_per_network,
        },
        prefixes=(settings.ipv4_prefix, settings.ipv6_prefix),
    )


class RequestLimits:
    """The rate limiter for one request, whose client address is known."""

    def __init__(self, limiter: RateLimiter, address: str) -> None:
        self._limiter = limiter
        self._address = address

    async def take(self, *limits: Limit, account: str = "") -> None:
        """Count an attempt, as RateLimiter.take; `account` is an e-mail address or a user id."""
        await self._limiter.take(limits, email_key(account), self._address)

    async def refund(self, *limits: Limit, account: str = "") -> None:
        """Subtract an attempt, as RateLimiter.refund."""
        await self._limiter.refund(limits, email_key(account), self._address)


async def get_request_limits(request: Request, address: ClientAddress) -> RequestLimits:
    return RequestLimits(request.app.state.limiter, address)


Limits = Annotated[RequestLimits, Depends(get_request_limits)]
