"""Errors of tools as sentences with which a model can go on. None repeats what was sent, except names."""

import logging

from pydantic import ValidationError

from shared import errors
from shared.contract.base import Body
from shared.contract.input.validation_messages import rule_of
from shared.database.errors import DatabaseError, DatabaseUnavailable, InvalidData
from shared.errors import DomainError

# Several mistakes at once are corrected at once; a longer list is a program that guesses.
MAX_MISTAKES = 5
MAX_NAME_LENGTH = 64

log = logging.getLogger(__name__)

_NOT_FOUND = (
    "There is no such todo or list, or this token does not reach it. find_todos and list_lists return "
    "what there is, with ids."
)
_SENTENCES = {
    "insufficient_scope": "This token does not allow it: it may only read, or reach some lists only. The "
    "user can connect it again with more rights, or make another one in Settings → API tokens.",
    "in_trash": "This todo is in the trash. The user can restore it in the web client.",
    "idempotency_key_reused": "This client_key was used for a call with other arguments: send a new one.",
}


class ToolRefusal(DomainError):
    """A call that cannot be carried out; `detail` says what to do instead."""

    code = "invalid"


def sentence_of(error: Exception, arguments: type[Body]) -> str:
    """Return what a model is told about an error; one that is a bug is logged with its traceback."""
    match error:
        case ValidationError():
            return "; ".join(_mistakes(error)) + _known(error, arguments)
        case errors.NotFound():
            return _NOT_FOUND
        case errors.Superseded():
            present = getattr(getattr(error.current, "repeat", None), "occurrence", None)
            return f"That occurrence is over or has not begun; the present one is {present}."
        case DomainError():
            return _SENTENCES.get(error.reason, error.detail)
        case InvalidData():
            pass
        case DatabaseError() | DatabaseUnavailable():
            return "The service is busy or away. Try again in a few seconds."
    log.error("unhandled error of a tool: %s", type(error).__name__, exc_info=error)
    return "Something went wrong in the service. Nothing was changed."


def _known(error: ValidationError, arguments: type[Body]) -> str:
    """Return which arguments there are, for a call that names another one or leaves one out."""
    if not any(item["type"] in ("extra_forbidden", "missing") for item in error.errors()):
        return ""
    names = [
        f"{name} (required)" if field.is_required() else name
        for name, field in arguments.model_fields.items()
    ]
    return f". The arguments are: {', '.join(names)}." if names else ". It takes no arguments."


def _mistakes(error: ValidationError) -> list[str]:
    found = [
        f"{'.'.join(map(str, item['loc']))[:MAX_NAME_LENGTH]}: {rule_of(item)}"
        for item in error.errors()[:MAX_MISTAKES]
    ]
    return found or ["The arguments are not acceptable"]
