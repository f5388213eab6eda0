"""The errors of the domain, as codes and facts: no HTTP status and no close code.

DomainError
├── Unauthenticated   the credentials are missing, wrong, expired or revoked
├── NotFound          it does not exist, or the caller may not know that it does (same answer)
├── Forbidden         the caller can see it, but may not do this
│   └── StepUpRequired  the caller must prove again who they are; carries by which methods
├── Conflict          the request clashes with the present state
│   ├── Superseded    the occurrence that was meant is over; carries the current todo
│   ├── Stale         the edit names a version that is no longer current; carries the current one
│   └── Moved         the todo moved before its list's stream was locked; callers retry
├── Invalid           the input is not acceptable; carries one FieldError a field
├── TooSlow           the input did not arrive in time
├── TooLarge          the input is larger than a documented limit
├── RateLimited       too many attempts; carries when to retry
└── Unavailable       a needed service is down; carries when to retry

api/http/problems.py maps these to HTTP, realtime/ to the `error` frames of shared/contract/frames.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel

from shared.languages.texts import message


@dataclass(frozen=True)
class FieldError:
    """A mistake in one field. `field` is a dotted path; `message` must not hold the value sent."""

    field: str
    code: str
    message: str


class DomainError(Exception):
    """`code` is stable and for programs; `detail` is a sentence for users.

    A detail with values is a `message()` of shared/languages/texts.py, so that it can be translated.
    """

    code: ClassVar[str] = "error"

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = code or self.code


class Unauthenticated(DomainError):
    code = "unauthenticated"

    def __init__(
        self, detail: str = message("Sign in to do this."), *, code: str | None = None
    ) -> None:
        super().__init__(detail, code=code)


class NotFound(DomainError):
    """Carry no facts: the answer to a stranger must equal that for a random id, byte for byte."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__(message("There is nothing here, or it is not shared with you."))


class Forbidden(DomainError):
    code = "forbidden"


class StepUpRequired(Forbidden):
    code = "step_up_required"

    def __init__(self, methods: Sequence[str]) -> None:
        super().__init__(message("Confirm first that it is you."))
        self.methods = tuple(methods)


class Conflict(DomainError):
    code = "conflict"


class Stale(Conflict):
    code = "stale"

    def __init__(self, current: BaseModel) -> None:
        super().__init__(
            message("It was changed since you read it. The current version is in `current`.")
        )
        self.current = current


class Superseded(Conflict):
    code = "superseded"

    def __init__(self, current: BaseModel) -> None:
        super().__init__(message("That occurrence is over. The todo as it stands is in `current`."))
        self.current = current


class Moved(Conflict):
    """Raised before anything was written: the caller can begin the transaction again.

    Locking the other list as well would take locks out of order, and could deadlock.
    """

    code = "moved"

    def __init__(self) -> None:
        super().__init__(message("It was moved to another list just now. Try again."))


class Invalid(DomainError):
    code = "invalid"

    def __init__(
        self, detail: str, errors: Sequence[FieldError] = (), *, code: str | None = None
    ) -> None:
        super().__init__(detail, code=code)
        self.errors = tuple(errors)

    @classmethod
    def field(cls, field: str, code: str, detail: str) -> "Invalid":
        return cls(detail, [FieldError(field, code, detail)])


class TooSlow(DomainError):
    code = "too_slow"


class TooLarge(DomainError):
    code = "too_large"


class RateLimited(DomainError):
    code = "rate_limited"

    def __init__(
        self,
        retry_after_seconds: int,
        detail: str = message("Too many attempts."),
        *,
        code: str | None = None,
    ) -> None:
        again = message(
            "{detail} Try again in {seconds} s.", detail=detail, seconds=retry_after_seconds
        )
        super().__init__(again, code=code)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(DomainError):
    code = "unavailable"

    def __init__(
        self, detail: str, retry_after_seconds: int = 5, *, code: str | None = None
    ) -> None:
        super().__init__(detail, code=code)
        self.retry_after_seconds = retry_after_seconds
