"""Which rejections by a mail server are about the address, and which are about anything else."""

import pytest

from worker.mail.bounce_classification import address_rejection_codes


@pytest.mark.parametrize(
    ("code", "message", "reply_codes"),
    [
        (550, "5.1.1 <ana@example.org>: Recipient address rejected: User unknown", "550 5.1.1"),
        (550, "5.1.1 The email account that you tried to reach does not exist.", "550 5.1.1"),
        (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; not found", "550 5.1.10"),
        (556, "5.1.10 Recipient address has a null MX", "556 5.1.10"),
        (550, "5.2.1 The email account that you tried to reach is disabled", "550 5.2.1"),
        (550, "5.1.1 denied, nobody here by that name", "550 5.1.1"),
        (550, "No such user here", "550"),
        (550, "Requested action not taken: mailbox unavailable", "550"),
        (550, "<ana@example.org>: User unknown in virtual mailbox table", "550"),
        (550, "Unrouteable address", "550"),
        (551, "User not local; please try <forward-path>", "551"),
        (550, "Unknown user", "550"),
        (550, "No mailbox here by that name", "550"),
        (550, "Invalid recipient <ana@example.org>", "550"),
        (550, "<ana@example.org>: address does not exist", "550"),
        (550, "Account ana is disabled", "550"),
        (550, "User doesn't exist", "550"),
        (550, "Mailbox for ana@mail.example.org does not exist", "550"),
        (550, "User (ana@service.example.org) unknown", "550"),
        (550, "5.2.1 Mailbox disabled on this system", "550 5.2.1"),
        (553, "mailbox name not allowed", "553"),
    ],
)
def test_answers_about_a_missing_address_are_permanent_rejections(
    code: int, message: str, reply_codes: str
) -> None:
    assert address_rejection_codes(code, message) == reply_codes


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (554, "5.7.1 <ana@example.org>: Relay access denied"),
        (550, "5.7.1 Unable to relay"),
        (550, "5.7.26 unauthenticated mail from this domain is not accepted"),
        (550, "5.1.8 sender address rejected: domain not found"),
        (550, "5.4.1 Recipient address rejected: Access denied"),
        (552, "5.2.2 mailbox full"),
        (550, "Mailbox full"),
        (550, "over quota"),
        (550, "Mailbox unavailable: quota exceeded"),
        (550, "Administrative prohibition"),
        (550, "SPF record not found for example.com"),
        (550, "Unauthenticated mail, see DMARC: domain not found"),
        (550, "HELO name unknown"),
        (550, "Too many recipients"),
        (550, "Mailbox temporarily unavailable, try again later"),
        (550, "5.2.1 The user is receiving mail at a rate that prevents additional messages"),
        (550, "Requested action not taken"),
        (551, "not here"),
        (550, "relay not permitted"),
        (550, "Service unavailable"),
        (550, "Service currently unavailable, try again"),
        (550, "System unavailable"),
        (550, "LDAP server unavailable"),
        (550, "Recipient verification service unavailable"),
        (550, "Callout verification failed: host unavailable"),
        (550, "Unknown error"),
        (550, "internal error: unknown"),
        (550, "unknown client"),
        (550, "Message not found"),
        (553, "Unknown command"),
        (550, "nobody is at home"),
        (550, "User bob has sent invalid data"),
        (550, "user database unavailable"),
        (550, "recipient directory unavailable"),
        (550, "mailbox backend unavailable"),
        (550, "account is not allowed to send"),
        (550, "User database lookup failed, recipient unknown to us for now"),
        (550, "Blocked, see https://bl.example/?ip=192.0.2.1"),
        (550, "rejected by policy"),
        (554, "transaction failed"),
        (552, "exceeded storage allocation"),
        (535, "5.7.8 authentication failed"),
    ],
)
def test_answers_about_the_client_or_the_mail_are_no_rejections_of_the_address(
    code: int, message: str
) -> None:
    assert address_rejection_codes(code, message) == ""
