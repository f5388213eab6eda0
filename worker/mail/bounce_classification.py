"""Decide whether a mail server's rejection of a recipient is about the address. Pure.

A false positive stops all mail to a user. So a rejection that may be about this service, its mail server
or the mail does not count: too many mails to a dead address are better.
"""

import re

# Status codes of RFC 3463 and RFC 5321, registered with IANA: bad mailbox, bad system, bad syntax,
# moved, null MX; and mailbox disabled. Not 5.1.7 and 5.1.8 (the sender's address), 5.2.2 (mailbox full:
# it may be emptied), 5.4.x (routing), 5.7.x (policy).
_ADDRESS_CODES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
# Without such a code these count only if the text is about the address alone: "550 Mailbox full" has
# the code of "550 No such user".
_BASIC_CODES = frozenset({550, 551, 553})
_RECIPIENT = r"(?:user|mailbox|recipient|account|address)\b"
_ADDRESS_TEXT = re.compile(
    # Either order, with a word or two between: "mailbox name not allowed".
    rf"{_RECIPIENT}[^.;,]{{0,30}}\b(?:unknown|unavailable|not found|not local|not allowed|not exist|"
    rf"\w*n.t exist|invalid|disabled|inactive)|"
    rf"\b(?:unknown|invalid|unrouteable|undeliverable|bad|no|no such) (?:local |virtual )?"
    rf"{_RECIPIENT}",
    re.IGNORECASE,
)
# Servers use the same codes to reject this client, this mail, or mail for now: Exim's "550 relay not
# permitted" and "Administrative prohibition", "SPF record not found", "Too many recipients". Or they
# cannot decide: "Recipient verification service unavailable".
_POLICY_TEXT = re.compile(
    r"relay|polic|spam|block|black|deni|reject\w* by|authent|permi|prohib|reput|sender|\bip\b|"
    r"\bspf\b|dmarc|dkim|helo|ehlo|\bptr\b|\bdns\b|reverse|hostname|domain|"
    r"too many|\brate\b|limit|quota|\bfull\b|exceed|storage|tempor|later|"
    r"verif|callout|lookup|ldap|service|server|system|\bhost\b|client|error|try again|"
    r"database|directory|backend|\bto send\b|\bsent\b",
    re.IGNORECASE,
)
# Gmail: "5.2.1 … is receiving mail at a rate that prevents additional messages".
_TEMPORARY_TEXT = re.compile(r"\brate\b|too many|limit|quota|tempor|later", re.IGNORECASE)
# Removed before matching: the dots of a domain look like ends of sentences, and its name may contain
# words of the patterns.
_ADDRESS = re.compile(r"\S+@\S+")
_ENHANCED_CODE = re.compile(r"\s*(5\.\d{1,3}\.\d{1,3})\b")


def address_rejection_codes(code: int, message: str) -> str:
    """Return the codes of an answer to RCPT if it permanently rejects the address, else ""."""
    enhanced = _ENHANCED_CODE.match(message)
    if enhanced:
        is_temporary = enhanced[1] == "5.2.1" and _TEMPORARY_TEXT.search(message) is not None
        is_about_address = enhanced[1] in _ADDRESS_CODES and not is_temporary
        return f"{code} {enhanced[1]}" if is_about_address else ""
    text = _ADDRESS.sub("it", message)
    is_about_address = bool(_ADDRESS_TEXT.search(text)) and not _POLICY_TEXT.search(text)
    return str(code) if code in _BASIC_CODES and is_about_address else ""
