"""The errors of the client, one tree. `str(error)` is one sentence for users."""

from livelist_client.shapes import Problem


class LivelistError(Exception):
    """Whatever this package raises."""


class Unreachable(LivelistError):
    """The server did not answer in all attempts; a write may have happened."""


class ProblemError(LivelistError):
    """The server refused the request (RFC 9457). `code` is for programs and does not change."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        super().__init__(problem["detail"])
        self.problem = problem
        self.status = problem["status"]
        self.code = problem["code"]
        # Seconds after which the server takes the request again, if it said so.
        self.retry_after = retry_after


class NotSignedIn(ProblemError):
    """401: the token is wrong, expired or revoked."""


class Forbidden(ProblemError):
    """403: the caller can see the resource but may not do this."""


class NotFound(ProblemError):
    """404: there is no such resource for the caller."""


class Conflict(ProblemError):
    """409 or 412: the request conflicts with the current state."""


class Invalid(ProblemError):
    """422: `problem["errors"]` names the wrong fields."""


class RateLimited(ProblemError):
    """429, after all attempts."""


class LiveEnded(LivelistError):
    """The server closed the socket with a code after which a client must not come back."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class SignedOut(LiveEnded):
    """The live connection ended because the token is not valid any more."""


class OutboxFull(LivelistError):
    """Too many writes wait for the server."""


_BY_STATUS: dict[int, type[ProblemError]] = {
    401: NotSignedIn,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Conflict,
    422: Invalid,
    429: RateLimited,
}


def problem_error(problem: Problem, retry_after: float | None = None) -> ProblemError:
    """Return the error that stands for this problem."""
    return _BY_STATUS.get(problem["status"], ProblemError)(problem, retry_after)
