"""The error of validators whose message is shown to the client."""


class NotAcceptableError(ValueError):
    """The message is a rule for the client, and does not hold the value that was sent.

    The message of any other ValueError comes from a library and may repeat the value, so it is not
    shown (api/http/problems.py).
    """
