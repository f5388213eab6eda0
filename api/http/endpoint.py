"""Call the function of a route with its parameters, its body and its dependencies.

FastAPI reads the declaration of a route, for the OpenAPI document as for this module. FastAPI's own way
of calling a route interprets the declaration anew for every request: 300 of the 500 µs that a signed-in
GET cost apart from its statements (docs/decisions/0018). Here it is interpreted once, at start.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from inspect import iscoroutinefunction
from types import NoneType
from typing import Any, get_args, get_origin

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.routing import RouteContext
from pydantic import BaseModel
from pydantic_core import PydanticUndefined, to_json
from starlette.exceptions import HTTPException
from starlette.types import Scope

from api.http.content_negotiation import chosen_media_type, list_header
from api.http.input_checks import JSON, JSON_BODY, takes_form
from api.http.paths import API, is_under
from shared.languages.texts import message

# Where the scope holds the parsed form.
_FORM = "livelist.form"

_Arguments = dict[str, Any]
_Errors = list[dict[str, Any]]
# Returns what the client sent, or _MISSING.
_Reader = Callable[[Request], Any]
# Names and values of a query or a form, in order.
_Pairs = Callable[[Request], Sequence[tuple[str, Any]]]
_MISSING = PydanticUndefined
_CONSTANTS = (NoneType, bool, int, str)


class Endpoint:
    """The function of one route, ready to be called.

    Each dependency is called once a request, before what needs it. Once a parameter is not
    acceptable no further function is called; the errors of all parameters make one 422.
    """

    def __init__(self, route: RouteContext) -> None:
        self.path: str = route.path or ""
        self.methods = frozenset(route.methods or ())
        self._status: int = route.status_code or 200
        self._media_types = _media_types(route)
        self._takes_form = route.body_field and isinstance(route.body_field.field_info, Form)
        self._calls: list[_Call] = []
        _add_calls(self._calls, route.dependant)
        # Last, so that a caller who is not signed in gets 401.
        self._calls[-1].parameters += [*_query_checks(self.path, self._calls), *_form_checks(route)]

    def check_accept(self, scope: Scope) -> None:
        """Raise HTTPException 406 if the client accepts no form of the answer."""
        if self._media_types:
            accept = list_header(scope["headers"], b"accept")
            # Most clients send just this.
            if accept != "*/*" and not chosen_media_type(accept, self._media_types):
                types = ", ".join(self._media_types)
                raise HTTPException(406, message("It is available as: {types}.", types=types))

    async def respond(self, request: Request) -> Response:
        """Return the response. Raise RequestValidationError, and what the functions raise."""
        if self._takes_form:
            request.scope[_FORM] = await request.form()
        results: list[Any] = []
        errors: _Errors = []
        response: Response | None = None
        for call in self._calls:
            arguments: _Arguments = {name: results[index] for name, index in call.dependencies}
            for parameter in call.parameters:
                parameter.add_value(request, arguments, errors)
            for name in call.request_names:
                arguments[name] = request
            if call.response_name:
                response = response or _empty_response(self._status)
                arguments[call.response_name] = response
            results.append(None if errors else await call.function(**arguments))
        if errors:
            raise RequestValidationError(errors)
        return self._to_response(results[-1], response)

    def _to_response(self, result: Any, response: Response | None) -> Response:
        """Return `result`, as JSON unless it is a response, with what was set in `response`."""
        if isinstance(result, Response):
            return result
        status = response.status_code if response else self._status
        # Our own answers are not validated again against response_model: that doubled their cost.
        answer = Response(to_json(result), status, media_type="application/json")
        if response:
            answer.raw_headers += response.raw_headers
        return answer


class _Parameter:
    """An argument that the client sends."""

    def __init__(self, field: Any, loc: tuple[str, ...], read: _Reader) -> None:
        self._name: str = field.name
        self._field = field
        self._loc = loc
        self._read = read
        self._is_required: bool = field.field_info.is_required()
        default = None if self._is_required else field.get_default()
        # A value that cannot be changed is the same for all requests.
        self._constant = default if isinstance(default, _CONSTANTS) else _MISSING

    def add_value(self, request: Request, arguments: _Arguments, errors: _Errors) -> None:
        """Add the validated value to `arguments`, or what is wrong to `errors`."""
        value = self._read(request)
        if value is _MISSING:
            if self._is_required:
                errors.append(
                    {"type": "missing", "loc": self._loc, "msg": message("Field required")}
                )
            elif self._constant is _MISSING:
                arguments[self._name] = self._field.get_default()
            else:
                arguments[self._name] = self._constant
            return
        arguments[self._name], wrong = self._field.validate(value, loc=self._loc)
        errors.extend(wrong)


class _NoOtherNames:
    """Refuses query parameters that the route does not have, which are typing errors."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def add_value(self, request: Request, arguments: _Arguments, errors: _Errors) -> None:
        """Add to `errors` what the client sent under other names."""
        if request.scope["query_string"]:
            errors.extend(
                {
                    "type": "extra_forbidden",
                    "loc": ("query", name),
                    "msg": message("Unknown parameter"),
                }
                for name in request.query_params
                if name not in self._names
            )


class _NoRepetition:
    """Refuses a parameter that is sent several times where one value is expected.

    Which value counted would be a guess: the last one here, the first one in a proxy.
    """

    def __init__(self, part: str, names: frozenset[str], pairs: _Pairs) -> None:
        self._part = part
        self._names = names
        self._pairs = pairs

    def add_value(self, request: Request, arguments: _Arguments, errors: _Errors) -> None:
        """Add to `errors` what the client sent several times."""
        pairs = self._pairs(request)
        if len(pairs) > 1:
            counts = Counter(name for name, _ in pairs if name in self._names)
            errors.extend(
                {
                    "type": "repeated",
                    "loc": (self._part, name),
                    "msg": message("Send this only once, with one value"),
                }
                for name, count in counts.items()
                if count > 1
            )


class _Call:
    """A function, and where its arguments come from."""

    def __init__(self, dependant: Dependant, dependencies: list[tuple[str, int]]) -> None:
        call = dependant.call
        assert call is not None
        if not iscoroutinefunction(call) and not iscoroutinefunction(type(call).__call__):
            # In a thread: coming back through the interpreter's lock takes up to 5 ms.
            raise TypeError(f"{call} of a route must be `async def`, without yield")
        self.function: Callable[..., Any] = call
        # Name of the argument, index of the call whose result it is.
        self.dependencies = dependencies
        self.query_fields = dependant.query_params
        self.parameters: list[_Parameter | _NoOtherNames | _NoRepetition] = [
            *(_Parameter(field, ("path", field.alias), _path_reader(field.alias))
              for field in dependant.path_params),
            *map(_query_parameter, dependant.query_params),
            *(_Parameter(field, ("header", field.alias), _header_reader(field.alias))
              for field in dependant.header_params),
            *map(_body_parameter, dependant.body_params),
        ]  # fmt: skip
        names = dependant.request_param_name, dependant.http_connection_param_name
        self.request_names = [name for name in names if name]
        self.response_name = dependant.response_param_name


def _add_calls(calls: list[_Call], dependant: Dependant) -> int:
    """Append the calls of `dependant`, dependencies first, each once. Return the index of its own."""
    dependencies = [
        (each.name, _add_calls(calls, each)) for each in dependant.dependencies if each.name
    ]
    for index, call in enumerate(calls):
        if call.function is dependant.call:
            return index
    calls.append(_Call(dependant, dependencies))
    return len(calls) - 1


def _media_types(route: RouteContext) -> tuple[str, ...]:
    """Return the forms of the answers of an API route, JSON first; none if it ignores Accept.

    Programs that send a form, such as a mail program that unsubscribes, accept pages of all kinds.
    """
    path = route.path or ""
    if not is_under(path, API) or takes_form(path):
        return ()
    declared = (route.responses or {}).get(200, {}).get("content", {})
    return (JSON, *(media_type for media_type in declared if media_type != JSON))


def _query_checks(path: str, calls: list[_Call]) -> Iterator[_NoOtherNames | _NoRepetition]:
    """Yield the checks of the whole query.

    A probe may be asked with a parameter of its own, against caches. A model refuses unknown names itself.
    """
    fields = [field for call in calls for field in call.query_fields]
    annotations: dict[str, Any] = {}
    for field in fields:
        kind: Any = field.field_info.annotation
        if _is_model(field):
            annotations |= {name: info.annotation for name, info in kind.model_fields.items()}
        else:
            annotations[field.alias] = kind
    if is_under(path, API) and not any(map(_is_model, fields)):
        yield _NoOtherNames(frozenset(annotations))
    yield from _no_repetition("query", annotations, _query_pairs)


def _query_pairs(request: Request) -> Sequence[tuple[str, str]]:
    return request.query_params.multi_items() if request.scope["query_string"] else ()


def _form_checks(route: RouteContext) -> Iterator[_NoRepetition]:
    """Yield the check of a form, whose parameters OAuth allows only once too (RFC 6749, 3.2)."""
    fields = [
        field for field in _body_fields(route.dependant) if isinstance(field.field_info, Form)
    ]
    annotations = {field.alias: field.field_info.annotation for field in fields}
    yield from _no_repetition(
        "body", annotations, lambda request: request.scope[_FORM].multi_items()
    )


def _body_fields(dependant: Dependant) -> Iterator[Any]:
    yield from dependant.body_params
    for each in dependant.dependencies:
        yield from _body_fields(each)


def _no_repetition(
    part: str, annotations: dict[str, Any], pairs: _Pairs
) -> Iterator[_NoRepetition]:
    single = frozenset(name for name, kind in annotations.items() if not _takes_several(kind))
    if single:
        yield _NoRepetition(part, single, pairs)


def _is_model(field: Any) -> bool:
    annotation = field.field_info.annotation
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _query_parameter(field: Any) -> _Parameter:
    annotation = field.field_info.annotation
    if _is_model(field):
        return _Parameter(field, ("query",), _query_model_reader(annotation))
    return _Parameter(field, ("query", field.alias), _query_reader(field.alias, annotation))


def _body_parameter(field: Any) -> _Parameter:
    if isinstance(field.field_info, Form):
        return _Parameter(field, ("body", field.alias), _form_reader(field.alias))
    return _Parameter(field, ("body",), lambda request: request.scope.get(JSON_BODY, _MISSING))


def _path_reader(name: str) -> _Reader:
    return lambda request: request.scope["path_params"][name]


def _query_reader(name: str, annotation: Any) -> _Reader:
    if _takes_several(annotation):
        return lambda request: request.query_params.getlist(name) or _MISSING
    return lambda request: request.query_params.get(name, _MISSING)


def _query_model_reader(model: type[BaseModel]) -> _Reader:
    """Return a reader of the whole query, unknown names included, which the model refuses."""
    several = {name for name, info in model.model_fields.items() if _takes_several(info.annotation)}

    def read(request: Request) -> dict[str, Any]:
        sent: dict[str, Any] = {}
        for name, text in request.query_params.multi_items():
            if name in several:
                sent.setdefault(name, []).append(text)
            else:
                sent[name] = text
        return sent

    return read


def _header_reader(name: str) -> _Reader:
    wanted = name.lower().encode()

    def read(request: Request) -> Any:
        headers = request.scope["headers"]
        if not any(key == wanted for key, _ in headers):
            return _MISSING
        # Where one value is expected, a list of several lines is none.
        return list_header(headers, wanted)

    return read


def _form_reader(name: str) -> _Reader:
    # A browser sends a field that was left empty as an empty text.
    return lambda request: request.scope[_FORM].get(name) or _MISSING


def _takes_several(annotation: Any) -> bool:
    """Return True for list[str], tuple[str, ...] and those or None."""
    if get_origin(annotation) in (list, tuple, set, frozenset):
        return True
    return any(map(_takes_several, get_args(annotation)))


def _empty_response(status: int) -> Response:
    response = Response(status_code=status)
    del response.headers["content-length"]
    return response
