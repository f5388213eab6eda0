"""How a job can go wrong, and when it is tried again. Pure: no clock, no database."""

from datetime import timedelta

FIRST_DELAY_SECONDS = 15
LONGEST_DELAY_SECONDS = 3600
# A mail server that is away over night is back in the morning; later nobody wants the mail.
LONGEST = timedelta(hours=24)
# After days without a worker a job is old before its first try: one failure must not be its last.
FEWEST_ATTEMPTS = 10


class Failure(Exception):
    """A job could not be done. `why` is for operators: no addresses, no tokens, no text of people."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Transient(Failure):
    """Later it may work. `unsure`: it may even have worked, nobody can tell.

    `wait_seconds`: not before, as whoever refused it asked for.
    """

    def __init__(self, why: str, *, unsure: bool = False, wait_seconds: float = 0) -> None:
        super().__init__(why)
        self.unsure = unsure
        # Who asks for more is asked again all the same.
        self.wait_seconds = min(wait_seconds, LONGEST_DELAY_SECONDS)


class Permanent(Failure):
    """It will never work."""


class AddressRefused(Permanent):
    """No mail to this address will be taken. `answer` is the server's codes, none of its words."""

    def __init__(self, why: str, answer: str) -> None:
        super().__init__(why)
        self.answer = answer


class Misconfigured(Failure):
    """Nothing of its kind will work until an operator changes a setting."""


class Unwanted(Failure):
    """The world has changed: nobody wants it any more."""


def delay_seconds(attempts: int, draw: float) -> float:
    """Returns how long to wait after `attempts` failures. `draw` is random, 0 ≤ draw < 1.

    Full jitter: a thousand jobs that failed together do not come back together.
    """
    # 2**12 is past the longest already; a larger power of a wild counter would not be a float.
    ceiling = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** min(attempts, 12))
    return draw * float(ceiling)


def is_exhausted(attempts: int, age: timedelta) -> bool:
    """Tells whether a job that failed `attempts` times since it was added is given up."""
    return age >= LONGEST and attempts >= FEWEST_ATTEMPTS
