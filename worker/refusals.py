"""Whether a mail server's refusal of a recipient speaks of the address. Pure.

Being wrong here silences a person's mail, so whatever may be about us, about our mail server or
about the mail is not taken for it: better some mails too many to an address that is gone.
"""

import re

# RFC 3463 and 5321, registered with IANA: bad mailbox, bad system, bad syntax, moved, null MX; and
# mailbox disabled. Not 5.1.7 and 5.1.8 (the sender's address), 5.2.2 (full: it may be emptied), 5.4.x
# (routes), 5.7.x (policy).
_ABOUT_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
# Without such a code: "mailbox unavailable", "user not local", "mailbox name not allowed".
_BARE = frozenset({550, 551, 553})
# A bare 550 is also how servers say that they do not want us: Exim's "550 relay not permitted".
_POLICY = re.compile(
    r"relay|polic|spam|block|black|deni|reject\w* by|authent|permi|reput|sender|\bip\b",
    re.IGNORECASE,
)
_ENHANCED = re.compile(r"\s*(5\.\d{1,3}\.\d{1,3})\b")


def refusal_of_address(code: int, message: str) -> str:
    """Returns the codes of an answer to RCPT that says the address takes no mail, else ""."""
    enhanced = _ENHANCED.match(message)
    if enhanced:
        return f"{code} {enhanced[1]}" if enhanced[1] in _ABOUT_ADDRESS else ""
    return str(code) if code in _BARE and not _POLICY.search(message) else ""
