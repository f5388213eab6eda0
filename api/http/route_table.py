"""Find the endpoint of a request by method and path, in a time that does not grow with the routes."""

from typing import Generic, TypeVar

Endpoint = TypeVar("Endpoint")


class _Node(Generic[Endpoint]):
    """One segment of paths: what follows it, and the endpoints of the paths that end here."""

    def __init__(self) -> None:
        self.literals: dict[str, _Node[Endpoint]] = {}
        self.parameter: _Node[Endpoint] | None = None
        # By method: the endpoint, and the names of the path's parameters, last one first.
        self.endpoints: dict[str, tuple[Endpoint, tuple[str, ...]]] = {}


class RouteTable(Generic[Endpoint]):
    """A tree of path segments. A literal segment takes precedence over a parameter, for every method.

    So POST /todos/bulk beside GET /todos/{todo_id} makes GET /todos/bulk a 405, as OpenAPI matches
    paths. A parameter is a whole segment, `{name}`, and matches any text but an empty one.
    """

    def __init__(self) -> None:
        self._root: _Node[Endpoint] = _Node()

    def add(self, method: str, path: str, endpoint: Endpoint) -> None:
        """Add a route such as GET /lists/{list_id}. Of two equal routes the first one counts."""
        node, names = self._root, []
        for segment in path.split("/"):
            if segment.startswith("{"):
                names.append(_parameter_name(segment))
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        node.endpoints.setdefault(method, (endpoint, tuple(reversed(names))))

    def find(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]] | None:
        """Return the endpoint and the values of the path's parameters, or None."""
        found = _find(self._root, path.split("/"), 0)
        if found is None or method not in found[0].endpoints:
            return None
        node, values = found
        endpoint, names = node.endpoints[method]
        return endpoint, dict(zip(names, values, strict=True))

    def methods_of(self, path: str) -> list[str]:
        """Return the methods that have an answer at this path, sorted; none for an unknown path."""
        found = _find(self._root, path.split("/"), 0)
        if found is None:
            return []
        methods = set(found[0].endpoints)
        return sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set()))


def _find(
    node: _Node[Endpoint], segments: list[str], position: int
) -> tuple[_Node[Endpoint], list[str]] | None:
    """Return the node at which the path ends, with the values of its parameters, last one first.

    A node without endpoints is only a part of longer paths.
    """
    if position == len(segments):
        return (node, []) if node.endpoints else None
    segment = segments[position]
    literal = node.literals.get(segment)
    if literal is not None:
        found = _find(literal, segments, position + 1)
        if found is not None:
            return found
    if node.parameter is None or not segment:
        return None
    found = _find(node.parameter, segments, position + 1)
    if found is not None:
        found[1].append(segment)
    return found


def _parameter_name(segment: str) -> str:
    name = segment[1:-1]
    if segment != f"{{{name}}}" or not name.isidentifier():
        raise ValueError(f"{segment} is not a parameter that takes a whole segment")
    return name
