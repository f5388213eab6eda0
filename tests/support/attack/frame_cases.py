"""Bytes that a hostile client sends over the WebSocket, after its hello or instead of it."""

import random
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from tests.support.attack.raw_socket import BINARY, CLOSE, PING, PONG, frame, handshake

CONTINUATION = 0x0
# Longer than the 64 KiB of a frame.
TOO_LONG = 70_000
WRONG_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**53, 2**63, -(2**63), 10**30, 1e308, "", " ", "x", "x" * 65,
    "x" * 4001, "\x00", "\ud7ff", "../../etc", "' OR 1=1 --", "{{7*7}}",
    "${jndi:ldap://127.0.0.1/a}", "%00", "*", [], [[]], {}, {"a": {}}, [None], [1], ["x"], [{}],
    {"list": "x"}, "user:", "user:x",
)  # fmt: skip
# What JSON allows to write and orjson does not.
RAW_VALUES = (
    b"NaN", b"Infinity", b"-Infinity", b"1e400", b"1e-400", b'"\\ud800"', b'"\\u0000"',
    b"[" * 300 + b"]" * 300,
)  # fmt: skip


class FrameCase(NamedTuple):
    name: str
    data: bytes
    # False: the bytes are the first ones after the handshake.
    after_hello: bool = True
    head: bytes = handshake()
    # The code of a close that the server repeats (RFC 6455, 5.5.1).
    echoed: int | None = None


def valid_frames(ids: Mapping[str, str], token: str) -> list[dict[str, Any]]:
    """Return one frame of each kind that a client sends."""
    cursor = {"list": ids["list_id"], "epoch": "x", "since": 0}
    return [
        {"type": "subscribe", "id": 2, "lists": [cursor]},
        {"type": "unsubscribe", "id": 3, "lists": [ids["list_id"]]},
        {"type": "presence", "id": 4, "list": ids["list_id"], "state": {"x": 1}},
        {"type": "editing", "id": 5, "todo": ids["todo_id"], "field": "title"},
        {"type": "auth", "id": 6, "token": token},
        {"type": "pong", "seqs": {ids["list_id"]: 1}},
        {"type": "hello", "id": 7, "token": token},
    ]


def mutated_frame(rng: random.Random, frames: list[dict[str, Any]]) -> FrameCase:
    """Return a valid frame with one to three changes."""
    chosen = dict(rng.choice(frames))
    names = []
    for _ in range(rng.randrange(1, 4)):
        key, kind = rng.choice(list(chosen) or ["type"]), rng.randrange(5)
        if kind == 0:
            chosen.pop(key, None)
        elif kind == 1:
            chosen["extra" + str(rng.randrange(9))] = rng.choice(WRONG_VALUES)
        elif kind == 2 and isinstance(chosen.get(key), list) and chosen[key]:
            chosen[key] = chosen[key] * rng.choice((2, 200, 300))
        else:
            chosen[key] = rng.choice(WRONG_VALUES)
        names.append(f"{kind} {key}")
    text = (
        orjson.dumps(chosen, option=orjson.OPT_PASSTHROUGH_SUBCLASS, default=str)
        if not _is_big(chosen)
        else None
    )
    if text is None:
        return FrameCase(
            "number beyond 64 bits", frame(b'{"type":"pong","id":1' + b"0" * 30 + b"}")
        )
    if rng.random() < 0.2:
        text = text[:-1] + b',"type":' + rng.choice((b'"pong"', *RAW_VALUES)) + b"}"
        names.append("another type")
    return FrameCase(f"{chosen.get('type')!r:.20} changed {names}", frame(text))


def _is_big(value: Any) -> bool:
    return "1000000000000000000000000000000" in repr(value)


def framing_cases(ids: Mapping[str, str], token: str) -> Iterator[FrameCase]:
    """Yield the frames that RFC 6455 forbids, and those that only waste resources."""
    pong = b'{"type":"pong"}'
    subscribe = orjson.dumps(valid_frames(ids, token)[0])
    hello = orjson.dumps({"type": "hello", "id": 1, "token": token})
    yield FrameCase("unmasked", frame(pong, masked=False))
    yield FrameCase("binary", frame(pong, BINARY))
    yield from (
        FrameCase(f"opcode {code:x}", frame(pong, code))
        for code in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
    )
    yield from (FrameCase(f"reserved bits {rsv}", frame(pong, rsv=rsv)) for rsv in (1, 2, 3, 4, 7))
    yield FrameCase("deflate bomb", frame(zlib.compress(b"0" * 50_000_000, 9)[2:-4], rsv=4))
    yield FrameCase(
        "deflate bomb, offered",
        frame(zlib.compress(b"0" * 50_000_000, 9)[2:-4], rsv=4),
        head=handshake("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"),
    )
    yield FrameCase("continuation of nothing", frame(pong, CONTINUATION))
    yield FrameCase("text inside of a message", frame(b"{", fin=False) + frame(pong))
    yield FrameCase(
        "fragments of one byte",
        frame(pong[:1], fin=False)
        + b"".join(
            frame(pong[at : at + 1], CONTINUATION, fin=at == len(pong) - 1)
            for at in range(1, len(pong))
        ),
    )
    yield FrameCase(
        "fragments without an end",
        frame(b"[", fin=False) + frame(b"", CONTINUATION, fin=False) * 200,
    )
    yield FrameCase("fragmented ping", frame(b"x", PING, fin=False))
    yield FrameCase("ping of 126 bytes", frame(b"x" * 126, PING))
    yield FrameCase("flood of pings", frame(b"x" * 125, PING) * 300)
    yield FrameCase("flood of pongs", frame(b"", PONG) * 300)
    yield FrameCase("flood of text", frame(pong) * 300)
    yield FrameCase("close of one byte", frame(b"\x03", CLOSE))
    for code in (0, 999, 1004, 1005, 1006, 1011, 1015, 2999, 4000, 5000, 65535):
        yield FrameCase(f"close with {code}", frame(code.to_bytes(2, "big"), CLOSE), echoed=code)
    yield FrameCase("close without UTF-8", frame(b"\x03\xe8\xff\xfe", CLOSE))
    yield FrameCase("frame after the close", frame(b"\x03\xe8", CLOSE) + frame(pong) * 10)
    yield FrameCase("too long", frame(b'{"type":"pong","x":"' + b"x" * TOO_LONG + b'"}'))
    yield FrameCase("claims 2**63 bytes", b"\x81\xff" + b"\x7f" + b"\xff" * 7 + b"\0\0\0\0" + pong)
    yield FrameCase("claims 2**64 - 1 bytes", b"\x81\xff" + b"\xff" * 8 + b"\0\0\0\0" + pong)
    yield FrameCase("longer form of a short length", b"\x81\xfe\x00\x02\0\0\0\0{}")
    yield FrameCase(
        "too long in fragments",
        frame(b"x" * 40_000, fin=False) + frame(b"x" * 40_000, CONTINUATION),
    )
    yield FrameCase("no UTF-8", frame(b'{"type":"\xff\xfe"}'))
    yield FrameCase(
        "UTF-8 cut by fragments", frame(b'{"x":"\xc3', fin=False) + frame(b'"}', CONTINUATION)
    )
    yield from (
        FrameCase(f"raw {value[:12]!r}", frame(b'{"type":"pong","seqs":{"a":' + value + b"}}"))
        for value in RAW_VALUES
    )
    yield FrameCase("hello twice", frame(hello))
    yield FrameCase("subscribe storm", frame(subscribe) * 100)
    yield FrameCase("HTTP", b"GET /api/v1/users/me HTTP/1.1\r\nHost: localhost\r\n\r\n")
    yield FrameCase("noise", random.Random(0).randbytes(5000))
    yield FrameCase("no hello, but a subscribe", frame(subscribe), after_hello=False)
    yield FrameCase(
        "hello too long", frame(hello[:-1] + b',"x":"' + b"x" * 5000 + b'"}'), after_hello=False
    )
    yield FrameCase(
        "hello with a wrong token",
        frame(hello.replace(token[-9:].encode(), b"x" * 9)),
        after_hello=False,
    )
    yield FrameCase(
        "hello without a signature",
        frame(orjson.dumps({"type": "hello", "id": 1, "token": token.rpartition(".")[0] + "."})),
        after_hello=False,
    )
    yield FrameCase(
        "hello with token and ticket",
        frame(hello[:-1] + b',"ticket":"x"}') + frame(b"no JSON"),
        after_hello=False,
    )
    yield FrameCase("nothing at all", b"", after_hello=False)
    yield FrameCase("half a frame", frame(hello)[:9], after_hello=False)
    yield FrameCase("close before the hello", frame(b"\x03\xe8", CLOSE), after_hello=False)


def handshake_cases() -> Iterator[FrameCase]:
    """Yield upgrades that the server must refuse."""
    heads = {
        "another protocol": handshake(protocol="chat"),
        "no protocol": handshake().replace(b"Sec-WebSocket-Protocol: livelist.v1\r\n", b""),
        "version 8": handshake().replace(b"Version: 13", b"Version: 8"),
        "no key": handshake().replace(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b""),
        "short key": handshake().replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"dGhl"),
        "two keys": handshake("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
        "POST": handshake().replace(b"GET", b"POST"),
        "HTTP/1.0": handshake().replace(b"HTTP/1.1", b"HTTP/1.0"),
        "another path": handshake(path="/api/v1/ws"),
        "a foreign origin": handshake("Origin: https://evil.example"),
        "the origin null": handshake("Origin: null"),
        "two origins": handshake("Origin: http://localhost:8000", "Origin: https://evil.example"),
        "a foreign host": handshake().replace(b"Host: localhost", b"Host: evil.example"),
        "a token in the URL": handshake(path="/ws?token=x&ticket=y"),
        "a body": handshake("Content-Length: 5") + b"hello",
        "a chunked body": handshake("Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n",
        "a huge header": handshake("X-Long: " + "x" * 40_000),
    }
    yield from (
        FrameCase(f"handshake: {name}", b"", after_hello=False, head=head)
        for name, head in heads.items()
    )
