"""What can go wrong in the domain. Codes and facts, never an HTTP status or a close code.

DomainError
├── Unauthenticated   we do not know who you are: credentials missing, wrong, expired or revoked
├── NotFound          it does not exist, or you may not know that it does (the same answer)
├── Forbidden         you can see it, but may not do this
├── Conflict          it clashes with the present state
│   ├── Superseded    what you meant is over: it went on meanwhile; carries the current
│   ├── Stale         you edited a version that is no longer the current one; carries the current
│   └── Moved         it went to another list before its own was locked; the door tries again
├── Invalid           what you sent is not acceptable; carries one FieldError a field
├── TooLarge          what you sent is larger than a documented limit
├── RateLimited       too often; carries when to come back
└── Unavailable       something we need is away; carries when to come back

api/http/problems.py maps these to HTTP, shared/contract/frames.py to socket errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one field. `field` is a dotted path; never holds the value sent."""

    field: str
    code: str
    message: str


class DomainError(Exception):
    """`code` is stable and for programs; `detail` is a sentence for people."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = code or self.code


class Unauthenticated(DomainError):
    code = "unauthenticated"

    def __init__(self, detail: str = "Sign in to do this.", *, code: str | None = None) -> None:
        super().__init__(detail, code=code)


class NotFound(DomainError):
    """Carries nothing: a stranger's answer must be byte-identical to that for a random id."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("There is nothing here, or it is not shared with you.")


class Forbidden(DomainError):
    code = "forbidden"


class Conflict(DomainError):
    code = "conflict"


class Stale(Conflict):
    code = "stale"

    def __init__(self, current: BaseModel) -> None:
        super().__init__("It was changed since you read it. The current version is in `current`.")
        self.current = current


class Superseded(Conflict):
    code = "superseded"

    def __init__(self, current: BaseModel) -> None:
        super().__init__("That occurrence is over. The todo as it stands is in `current`.")
        self.current = current


class Moved(Conflict):
    """Raised before anything was written: the transaction can be begun again from the start.

    Locking the other list as well would take locks out of order, and could deadlock.
    """

    code = "moved"

    def __init__(self) -> None:
        super().__init__("It was moved to another list just now. Try again.")


class Invalid(DomainError):
    code = "invalid"

    def __init__(
        self, detail: str, errors: Sequence[FieldError] = (), *, code: str | None = None
    ) -> None:
        super().__init__(detail, code=code)
        self.errors = tuple(errors)

    @classmethod
    def field(cls, field: str, code: str, message: str) -> "Invalid":
        return cls(message, [FieldError(field, code, message)])


class TooLarge(DomainError):
    code = "too_large"


class RateLimited(DomainError):
    code = "rate_limited"

    def __init__(
        self,
        retry_after_seconds: int,
        detail: str = "Too many attempts.",
        *,
        code: str | None = None,
    ) -> None:
        super().__init__(f"{detail} Try again in {retry_after_seconds} s.", code=code)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(DomainError):
    code = "unavailable"

    def __init__(self, detail: str, retry_after_seconds: int = 5) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds
