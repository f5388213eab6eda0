"""Classify SMTP errors. The class of a failure decides what happens to the job.

    no connection, timeout, 4xx         Transient
    timeout after the final dot         Transient, in doubt: the server may have accepted the mail
    530, 534, 535, 538, no STARTTLS,    ConfigurationError: every mail would fail in the same way
    sender refused, an impossible host
    no such address, at RCPT            AddressRejected, a Permanent (bounce_classification.py)
    other 5xx                           Permanent

Reasons never quote the server, because its answer may name the recipient.
"""

import ssl

import aiosmtplib

from shared.jobs.retries import (
    AddressRejected,
    ConfigurationError,
    Failure,
    Permanent,
    Transient,
)
from shared.languages.texts import message
from worker.mail.bounce_classification import address_rejection_codes

# "authentication required", "mechanism too weak", "credentials invalid", "encryption required"
_CONFIGURATION_CODES = frozenset({530, 534, 535, 538})


def classify(
    error: BaseException, *, has_sent_data: bool = False, is_connecting: bool = False
) -> Failure:
    """Return the failure that an error of aiosmtplib or of the network means for the job."""
    failure = _classify(error, has_sent_data=has_sent_data, is_connecting=is_connecting)
    if isinstance(failure, Transient):
        is_reply = isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= 200
        is_closing = is_reply and error.code == 421  # type: ignore[attr-defined]
        failure.concerns_every_mail = is_connecting or not is_reply or is_closing
    return failure


def _classify(error: BaseException, *, has_sent_data: bool, is_connecting: bool) -> Failure:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        if error.code < 200:  # no reply, or an incomplete one
            return Transient("the mail server stopped answering", in_doubt=has_sent_data)
        return _classify_reply(error, is_connecting=is_connecting)
    # For a STARTTLS or AUTH that the server does not offer, the library raises its base class.
    is_not_offered = is_connecting and type(error) is aiosmtplib.SMTPException
    is_not_offered |= isinstance(error, aiosmtplib.SMTPNotSupported)
    if is_not_offered or is_bad_certificate(error):
        return ConfigurationError("the mail server does not offer what the settings ask for")
    if isinstance(error, ValueError) and is_connecting:
        return ConfigurationError("the mail server cannot be reached with these settings")
    if isinstance(error, ValueError):
        return Permanent("the mail could not be written in the mail server's terms")
    return Transient(
        message("the mail server is away: {error}", error=type(error).__name__),
        in_doubt=has_sent_data,
    )


def _classify_reply(error: aiosmtplib.SMTPResponseException, *, is_connecting: bool) -> Failure:
    reason = message("the mail server answered {codes}", codes=error.code)
    if error.code in _CONFIGURATION_CODES:
        return ConfigurationError(f"{reason}: it does not accept MAIL_USERNAME and MAIL_PASSWORD")
    if error.code < 500 or is_connecting:
        return Transient(reason)
    if isinstance(error, aiosmtplib.SMTPSenderRefused):
        return ConfigurationError(f"{reason}: it does not accept MAIL_FROM")
    if isinstance(error, aiosmtplib.SMTPRecipientRefused):
        codes = address_rejection_codes(error.code, error.message)
        if codes:
            return AddressRejected(message("the mail server answered {codes}", codes=codes), codes)
    return Permanent(reason)


def is_bad_certificate(error: BaseException) -> bool:
    """Return True if this machine does not trust the server's certificate, or it has another name."""
    # With TLS from the first byte, the library reports a failed connection in its place.
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in (error, error.__cause__))


def is_connection_closed(error: aiosmtplib.SMTPException) -> bool:
    """Return True if the server closed the connection, also by 421, "closing transmission channel"."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code in (-1, 421)
    return isinstance(error, aiosmtplib.SMTPServerDisconnected)
