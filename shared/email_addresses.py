"""E-mail addresses: the form in which two are compared, and the form in which mail servers take them.

Mail servers compare domains by their A-label, the ASCII form of IDNA 2008 (RFC 5891). There
`straße.example` and `strasse.example` are two domains with two owners; case folding or NFKC would make
them one. Local parts are compared by case and NFC only: `weiß` and `weiss` are two mailboxes.
"""

import unicodedata

import idna


def email_key(address: str) -> str:
    """Return the form in which addresses are compared: equal for two spellings of one mailbox.

    Accept any text: what is no address is compared by case and NFC.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return _lower(domain)
    return f"{_lower(local)}@{domain_key(domain)}"


def domain_key(domain: str) -> str:
    """Return the A-label of a domain; a domain without one in lower case."""
    try:
        return domain_a_label(domain)
    except ValueError:
        return _lower(domain)


def domain_a_label(domain: str) -> str:
    """Return the domain in ASCII, as in `xn--strae-oqa.example`. Raise ValueError.

    Of the mapping of UTS 46 only lower case and NFC are applied: a full-width letter is an error.
    """
    domain = _lower(domain)
    if domain.isascii() and "xn--" not in domain:
        return domain
    try:
        return idna.encode(domain).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise ValueError("is not a domain of IDNA 2008") from None


def _lower(text: str) -> str:
    # Not casefold(), which maps ß to ss. Twice, as the lower case of a letter may compose with a mark.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
