"""Whether a mail server's refusal of a recipient speaks of the address. Pure.

Being wrong here silences a person's mail, so whatever may be about us, about our mail server or
about the mail is not taken for it: better some mails too many to an address that is gone.
"""

import re

# RFC 3463 and 5321, registered with IANA: bad mailbox, bad system, bad syntax, moved, null MX; and
# mailbox disabled. Not 5.1.7 and 5.1.8 (the sender's address), 5.2.2 (full: it may be emptied), 5.4.x
# (routes), 5.7.x (policy).
_ABOUT_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
# Without such a code they count with words about the address alone: "550 Mailbox full" has the number
# of "550 No such user".
_BARE = frozenset({550, 551, 553})
_WHO = r"(?:user|mailbox|recipient|account|address)\b"
_ABOUT_ADDRESS_IN_WORDS = re.compile(
    # Of the one or the other order, with a word or two between: "mailbox name not allowed".
    rf"{_WHO}[^.;,]{{0,30}}\b(?:unknown|unavailable|not found|not local|not allowed|not exist|\w*n.t exist|"
    rf"invalid|disabled|inactive)|"
    rf"\b(?:unknown|invalid|unrouteable|undeliverable|bad|no|no such) (?:local |virtual )?{_WHO}",
    re.IGNORECASE,
)
# It is also how servers say that they do not want us, or this mail, or not now: Exim's "550 relay not
# permitted" and "Administrative prohibition", "SPF record not found", "Too many recipients". Or that they
# cannot tell: "Recipient verification service unavailable".
_POLICY = re.compile(
    r"relay|polic|spam|block|black|deni|reject\w* by|authent|permi|prohib|reput|sender|\bip\b|"
    r"\bspf\b|dmarc|dkim|helo|ehlo|\bptr\b|\bdns\b|reverse|hostname|domain|"
    r"too many|\brate\b|limit|quota|\bfull\b|exceed|storage|tempor|later|"
    r"verif|callout|lookup|ldap|service|server|system|\bhost\b|client|error|try again|"
    r"database|directory|backend|\bto send\b|\bsent\b",
    re.IGNORECASE,
)
# Gmail: "5.2.1 … is receiving mail at a rate that prevents additional messages".
_PASSING = re.compile(r"\brate\b|too many|limit|quota|tempor|later", re.IGNORECASE)
# The domain in it would be taken for the end of a sentence, or for words about one.
_ADDRESS = re.compile(r"\S+@\S+")
_ENHANCED = re.compile(r"\s*(5\.\d{1,3}\.\d{1,3})\b")


def refusal_of_address(code: int, message: str) -> str:
    """Returns the codes of an answer to RCPT that says the address takes no mail, else ""."""
    enhanced = _ENHANCED.match(message)
    if enhanced:
        is_passing = enhanced[1] == "5.2.1" and _PASSING.search(message) is not None
        known = enhanced[1] in _ABOUT_ADDRESS and not is_passing
        return f"{code} {enhanced[1]}" if known else ""
    words = _ADDRESS.sub("it", message)
    says_so = _ABOUT_ADDRESS_IN_WORDS.search(words) and not _POLICY.search(words)
    return str(code) if code in _BARE and says_so else ""
