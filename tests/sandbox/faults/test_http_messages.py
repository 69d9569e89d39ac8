"""Reading HTTP messages off a stream, as the fault proxy does: whole, unchanged, bounded."""

import asyncio

import pytest

from bookit_async.sandbox.faults.http_messages import (
    MAX_BODY,
    MAX_HEAD,
    Message,
    MessageError,
    read_answer,
    read_head,
    read_request,
)

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /v1/meeting HTTP/1.1\r\nHost: a\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"Transfer-Encoding: Chunked\r\n\r\n"


def stream(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=MAX_HEAD)
    reader.feed_data(data)
    reader.feed_eof()
    return reader


async def request_in(data: bytes) -> Message:
    reader = stream(data)
    head = await read_head(reader)
    assert head is not None
    return await read_request(reader, head)


@pytest.mark.parametrize(
    ("data", "body", "last"),
    [
        (GET, b"", False),
        (POST + b"content-length: 2\r\n\r\n{}", b"{}", False),
        (POST + b"Content-Length: 2\r\nConnection: Close\r\n\r\n{}", b"{}", True),
        (POST + CHUNKED + b"1\r\n{\r\n1;note=x\r\n}\r\n0\r\n\r\n", b"{}", False),
        (POST + CHUNKED + b"A\r\n0123456789\r\n0\r\nTrailer: yes\r\n\r\n", b"0123456789", False),
        (b"GET / HTTP/1.0\r\n\r\n", b"", True),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", b"", False),
    ],
)
async def test_requests(data: bytes, body: bytes, last: bool) -> None:
    message = await request_in(data)
    assert (message.raw, message.body, message.last) == (data, body, last)


@pytest.mark.parametrize(
    ("method", "data", "body", "last"),
    [
        ("POST", OK + b"Content-Length: 2\r\n\r\n{}", b"{}", False),
        ("POST", OK + b"Content-Length: 0\r\n\r\n", b"", False),
        ("POST", OK + CHUNKED + b"2\r\n{}\r\n0\r\n\r\n", b"{}", False),
        ("POST", OK + b"\r\nall there is", b"all there is", True),
        ("HEAD", OK + b"Content-Length: 2\r\n\r\n", b"", False),
        ("POST", b"HTTP/1.1 204 No Content\r\n\r\n", b"", False),
        ("POST", b"HTTP/1.1 200\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", b"", True),
    ],
)
async def test_answers(method: str, data: bytes, body: bytes, last: bool) -> None:
    message = await read_answer(stream(data), method)
    assert (message.raw, message.body, message.last) == (data, body, last)


async def test_interim_answers_are_left_out() -> None:
    data = OK + b"Content-Length: 2\r\n\r\n{}"
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    assert (await read_answer(stream(interim + data), "POST")).raw == data


async def test_equal_headers_are_joined() -> None:
    head = await read_head(stream(b"GET / HTTP/1.1\r\nVia: one\r\nvia:two \r\n\r\n"))
    assert head is not None
    assert head.get("via") == "one, two"
    assert head.get("x-api-key") is None


async def test_the_end_of_the_stream_is_no_message() -> None:
    assert await read_head(stream(b"")) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01",
        b"GET / HTTP/1.1\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n: no name\r\n\r\n",
        GET[:-2] + b"X: " + b"x" * MAX_HEAD + b"\r\n\r\n",
        POST + b"Content-Length: 3\r\n\r\n{}",
        POST + b"Content-Length: +2\r\n\r\n{}",
        POST + b"Content-Length: 2z\r\n\r\n{}",
        POST + b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1),
        POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        POST + b"Transfer-Encoding: gzip\r\n\r\n",
        POST + CHUNKED + b"2\r\n{}",
        POST + CHUNKED + b"2\r\n{}\r\n",
        POST + CHUNKED + b"x\r\n{}\r\n0\r\n\r\n",
        POST + CHUNKED + b"1" * (MAX_HEAD + 1) + b"\r\n",
    ],
)
async def test_what_is_no_request(data: bytes) -> None:
    with pytest.raises(MessageError):
        await request_in(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"HTTP/2 200 OK\r\n\r\n", b"HTTP/1.1 OK 200\r\n\r\n", OK, OK + b"\r\nlong", OK + CHUNKED + b"1\r\n{\r\n"],
)
async def test_what_is_no_answer(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookit_async.sandbox.faults.http_messages.MAX_BODY", 3)
    with pytest.raises(MessageError):
        await read_answer(stream(data), "POST")
