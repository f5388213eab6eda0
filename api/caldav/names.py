"""Names of the XML elements that CalDAV uses, in Clark notation: `{namespace}name`."""

DAV = "DAV:"
CALDAV = "urn:ietf:params:xml:ns:caldav"
CALENDARSERVER = "http://calendarserver.org/ns/"
APPLE = "http://apple.com/ns/ical/"

# The prefixes of our answers.
PREFIXES = {DAV: "D", CALDAV: "C", CALENDARSERVER: "CS", APPLE: "A"}


def dav(name: str) -> str:
    return f"{{{DAV}}}{name}"


def caldav(name: str) -> str:
    return f"{{{CALDAV}}}{name}"


def calendarserver(name: str) -> str:
    return f"{{{CALENDARSERVER}}}{name}"


def apple(name: str) -> str:
    return f"{{{APPLE}}}{name}"
