"""A desktop and a phone without a screen, for asyncio. Written from docs/protocol.md.

    desktop = Desktop(Config("https://localhost:8443", ca="root.pem"))
    await desktop.open()
    async for event in desktop.events(): ...

Both hand over what the server says as Event values; events() comes back by the rules
of the protocol, next() leaves everything to the caller.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import http.client
import json
import random
import secrets
import ssl
import time
import typing
import urllib.parse

import websockets
from websockets.asyncio.client import connect

from .wire import FINAL, PREVIEW, STILL, SUBPROTOCOL, Frame, final, pack_frame

REQUEST_LIMIT = 20.0  # seconds of one HTTP request
BEAT_EVERY = 4.0
POLL_EVERY = 2.0
SOCKET_WAIT = 5.0  # seconds without a socket before it goes on over HTTP
RESUME_FIRST, RESUME_MOST = 0.5, 15.0
MAX_MESSAGE = 1 << 20
OVER = {"done": 1000, "ended": 4501}  # states, and the close codes that say the same


@dataclasses.dataclass
class Config:
    """Which server to talk to and how."""

    server: str  # origin, such as https://localhost:8443
    ca: str = ""  # PEM file of the root to trust; empty: the system's
    insecure: bool = False  # trust any certificate
    language: str = ""
    user_agent: str = "visavis-python/1"
    enrolment: str = ""  # what a desktop opens its session for, or follows
    cookies: dict[str, str] = dataclasses.field(default_factory=dict)
    no_socket: bool = False  # go by HTTP alone
    poll: bool = False  # and ask every 2 s instead of reading a stream
    beat_every: float = BEAT_EVERY  # below 0: never

    def tls(self) -> ssl.SSLContext | None:
        if not self.server.startswith("https"):
            return None
        context = ssl.create_default_context(cafile=self.ca or None)
        if self.insecure:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


@dataclasses.dataclass
class Event:
    """A message that arrived, or the end of the connection with its close code."""

    at: float  # time.monotonic()
    message: dict[str, typing.Any] | None = None
    code: int = 0  # of an end; 0: it broke without one
    error: BaseException | None = None

    @property
    def ended(self) -> bool:
        return self.message is None

    @property
    def type(self) -> str:
        return "closed" if self.message is None else self.message["type"]


class HTTPError(Exception):
    """An answer that is no success; answer is the server's error, as far as it held one."""

    def __init__(self, status: int, answer: dict[str, typing.Any]):
        super().__init__(f"http {status}: {answer.get('code')}: {answer.get('text')}")
        self.status, self.answer = status, answer


class Closed(Exception):
    """The connection is not open."""


class _Party:
    """What a desktop and a phone have in common."""

    socket_path = post_path = ""
    listens = False  # reads the state beside its posts
    cookies_sent = True

    def __init__(self, config: Config):
        self.config = config
        self.rev = 0
        self._tls = config.tls()
        self._no_socket = config.no_socket
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._socket: typing.Any = None
        self._open = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._order = asyncio.Lock()  # POSTs go one after another

    # -- what a role says of itself --

    def _hello(self) -> dict[str, typing.Any]:
        raise NotImplementedError

    def _headers(self) -> dict[str, str]:
        return {}

    def _query(self) -> dict[str, str]:
        return {}

    def _note(self, message: dict[str, typing.Any]) -> None:
        progress = message if message["type"] == "progress" else message.get("progress")
        if isinstance(progress, dict):
            self.rev = max(self.rev, progress.get("rev", 0))

    async def _again(self, message: dict[str, typing.Any]) -> None:
        """What is said again after a return."""

    # -- the connection --

    async def next(self, timeout: float | None = None) -> Event:
        """Waits for the next event."""
        return await asyncio.wait_for(self._events.get(), timeout)

    async def events(self) -> typing.AsyncIterator[Event]:
        """Yields what happens until an end that is final, and comes back in between."""
        while True:
            event = await self._events.get()
            if event.message is not None:
                await self._again(event.message)
            yield event
            if event.ended and (final(event.code) or not await self._come_back()):
                return

    async def _come_back(self) -> bool:
        began, delay = time.monotonic(), RESUME_FIRST
        self._no_socket = self.config.no_socket
        while True:
            await asyncio.sleep(delay / 2 + random.random() * delay / 2)
            try:
                await self.resume()
                return True
            except HTTPError as refused:
                if refused.status < 500 and refused.status != 429:
                    return False
            except (OSError, Closed, websockets.WebSocketException, http.client.HTTPException, TimeoutError):
                pass
            if time.monotonic() - began > SOCKET_WAIT:
                self._no_socket = True
            delay = min(2 * delay, RESUME_MOST)

    async def resume(self) -> None:
        """Connects, and says hello with what is known."""
        await self.drop()
        if not self._no_socket:
            await self._dial()
        self._open = True
        await self.send("hello", **self._hello())
        if self._no_socket and self.listens:
            self._start(self._listen())

    def _start(self, work: typing.Coroutine[typing.Any, typing.Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _dial(self) -> None:
        url = "ws" + self.config.server[len("http") :] + self.socket_path
        try:
            self._socket = await connect(
                url, ssl=self._tls, subprotocols=[websockets.Subprotocol(SUBPROTOCOL)], max_size=MAX_MESSAGE, open_timeout=REQUEST_LIMIT,
                origin=websockets.Origin(self.config.server), additional_headers=self._cookie_header(), user_agent_header=self.config.user_agent,
            )
        except websockets.InvalidStatus as refused:
            raise HTTPError(refused.response.status_code, _error_of(refused.response.body)) from refused
        self._start(self._read(self._socket))

    async def _read(self, socket: typing.Any) -> None:
        try:
            async for text in socket:
                if isinstance(text, str):
                    self._arrived(json.loads(text))
            self._end(socket.close_code or 0, None)
        except websockets.ConnectionClosed as closed:
            self._end(closed.rcvd.code if closed.rcvd else 0, closed)

    def _arrived(self, message: dict[str, typing.Any]) -> None:
        self._note(message)
        self._events.put_nowait(Event(time.monotonic(), message))
        # Over HTTP a session that is over says so in its progress alone.
        shown = {"progress": message, "welcome": message.get("progress")}.get(message["type"]) or {}
        if self._no_socket and shown.get("state") in OVER:
            self._end(OVER[shown["state"]], None)

    def _end(self, code: int, error: BaseException | None) -> None:
        if self._open:
            self._open = False
            self._events.put_nowait(Event(time.monotonic(), None, code, error))

    async def send(self, type: str, **fields: typing.Any) -> None:  # noqa: A002 - the wire's own word
        """Sends one text message."""
        await self._transmit(json.dumps({"type": type, **{k: v for k, v in fields.items() if v is not None}}))

    async def _transmit(self, data: str | bytes) -> None:
        if not self._open:
            raise Closed("connection is not open")
        if self._no_socket:
            async with self._order:
                try:
                    await self._post(data)
                except (OSError, http.client.HTTPException) as lost:
                    self._end(0, lost)
                    raise Closed("connection is not open") from lost
            return
        try:
            await self._socket.send(data)
        except websockets.ConnectionClosed as closed:
            raise Closed("connection is not open") from closed

    async def drop(self) -> None:
        """Loses the connection without a word."""
        self._open = False
        if self._socket is not None:
            self._socket.transport.abort()
        await self._stop()

    async def close(self) -> None:
        """Ends the connection in good order; the session lives on."""
        self._open = False
        if self._socket is not None:
            with contextlib.suppress(websockets.WebSocketException, OSError):
                await self._socket.close()
        await self._stop()

    async def _stop(self) -> None:
        self._socket = None
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- over HTTP --

    def _cookie_header(self) -> dict[str, str]:
        if not self.cookies_sent or not self.config.cookies:
            return {}
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.config.cookies.items())}

    def _request(self, method: str, path: str, body: bytes | None, headers: dict[str, str], limit: float = REQUEST_LIMIT):
        """One blocking request; called in a thread. The caller closes the connection."""
        url = urllib.parse.urlsplit(self.config.server)
        if self._tls is not None:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(url.hostname or "", url.port, timeout=limit, context=self._tls)
        else:
            connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=limit)
        own = {"Origin": self.config.server, "User-Agent": self.config.user_agent, **self._cookie_header(), **headers}
        connection.request(method, path, body, own)
        answer = connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            if self.cookies_sent:
                self.config.cookies[name] = value
        return connection, answer

    async def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        def run() -> tuple[int, bytes]:
            connection, answer = self._request(method, path, body, headers)
            with contextlib.closing(connection):
                return answer.status, answer.read(4 * MAX_MESSAGE)

        return await asyncio.to_thread(run)

    async def _post(self, data: str | bytes) -> None:
        kind = "application/json" if isinstance(data, str) else "application/octet-stream"
        body = data.encode() if isinstance(data, str) else data
        path = self.post_path + ("?" + urllib.parse.urlencode({"tab": self._query()["tab"]}) if "tab" in self._query() else "")
        headers = {"Content-Type": kind, "Visavis-Rev": str(self.rev), **self._headers()}
        self._take(*await self._ask("POST", path, body, headers))

    def _take(self, status: int, body: bytes) -> None:
        """What a socket would have brought: its messages, its error, its end."""
        if status != 200 and not _error_of(body):
            raise HTTPError(status, {})
        answer = json.loads(body)
        for message in answer.get("messages") or []:
            self._arrived(message)
        if error := answer.get("error"):
            self._arrived({"type": "error", **error})
            code = answer.get("close") or FINAL.get(error["code"], 0)
            if code:
                self._end(code, HTTPError(status, error))

    async def _listen(self) -> None:
        """Reads the state: as events, or by asking."""
        loop = asyncio.get_running_loop()
        while self.config.poll and self._open:
            self._take(*await self._ask("GET", self._state(), None, {"Accept": "application/json"}))
            await asyncio.sleep(POLL_EVERY)
        if not self._open:
            return
        connections: list[http.client.HTTPConnection] = []

        def run() -> None:
            try:
                connection, answer = self._request("GET", self._state(), None, {"Accept": "text/event-stream"}, limit=30.0)
                connections.append(connection)
                if answer.status != 200:
                    loop.call_soon_threadsafe(self._take, answer.status, answer.read(MAX_MESSAGE))
                    return
                for line in answer:  # a comment comes every 10 s
                    if line.startswith(b"data:"):
                        loop.call_soon_threadsafe(self._arrived, json.loads(line[len("data:") :]))
                loop.call_soon_threadsafe(self._end, 0, None)
            except (OSError, ValueError, AttributeError, http.client.HTTPException) as lost:
                with contextlib.suppress(RuntimeError):  # the loop has ended
                    loop.call_soon_threadsafe(self._end, 0, lost)

        reading = loop.run_in_executor(None, run)
        try:
            await asyncio.shield(reading)
        except asyncio.CancelledError:
            for connection in connections:
                if connection.sock is not None:
                    connection.sock.shutdown(2)
            raise

    def _state(self) -> str:
        return "/api/desktop/state?" + urllib.parse.urlencode(self._query())


def _error_of(body: bytes | None) -> dict[str, typing.Any]:
    try:
        error = json.loads(body or b"").get("error")
    except (ValueError, AttributeError):
        return {}
    return error if isinstance(error, dict) else {}


class Desktop(_Party):
    """A desktop page without a screen: of a session, or following config.enrolment."""

    socket_path, post_path, listens = "/ws/desktop", "/api/desktop", True

    def __init__(self, config: Config, follow: bool = False):
        super().__init__(config)
        self.follows = config.enrolment if follow else ""
        self.reference = ""  # six characters that find the session in the logs
        self.pairing: dict[str, typing.Any] = {}  # the newest one
        self._tab = secrets.token_hex(8)

    async def open(self) -> None:
        """Opens a session, or finds the one of the cookie, and connects."""
        if not self.follows:
            fields = {"language": self.config.language, "enrolment": self.config.enrolment}
            body = json.dumps({name: value for name, value in fields.items() if value}).encode()
            status, answer = await self._ask("POST", "/api/sessions", body, {"Content-Type": "application/json"})
            if status != 200:
                raise HTTPError(status, _error_of(answer))
            self.reference = json.loads(answer)["reference"]
        await self.resume()

    async def refresh(self) -> None:
        """What a reload of the page does: everything but the cookie is forgotten."""
        await self.drop()
        self.rev, self.pairing, self._tab = 0, {}, secrets.token_hex(8)
        await self.open()

    def _hello(self) -> dict[str, typing.Any]:
        return {"rev": self.rev or None, "language": self.config.language or None, "enrolment": self.follows or None}

    def _query(self) -> dict[str, str]:
        if self.follows:
            return {"enrolment": self.follows, "language": self.config.language}
        return {"since": str(self.rev), "tab": self._tab}

    def _note(self, message: dict[str, typing.Any]) -> None:
        super()._note(message)
        if message["type"] == "pairing":
            self.pairing = message
        elif message["type"] == "enrolment":
            self.rev = max(self.rev, message["view"].get("rev", 0))


class Phone(_Party):
    """A phone page without a camera, that follows a QR's link or has typed a code."""

    socket_path, post_path, cookies_sent = "/ws/phone", "/api/phone", False

    def __init__(self, config: Config, link_or_code: str):
        token = ""
        if "://" in link_or_code:
            link = urllib.parse.urlsplit(link_or_code)
            token = link.fragment
            if not token:
                raise ValueError("link of a QR: want an address with the token after #")
            config = dataclasses.replace(config, server=f"{link.scheme}://{link.netloc}")
        super().__init__(config)
        self._ticket = {"token": token} if token else {"code": link_or_code}
        self.secret = ""  # with which it comes back
        self.nonce = ""  # of the standing challenge
        self._started: dict[str, typing.Any] | None = None
        self._still: tuple[Frame, int] | None = None

    async def open(self) -> None:
        """Connects, says hello and begins to beat."""
        await self.resume()

    async def resume(self) -> None:
        await super().resume()
        if self.config.beat_every >= 0:
            self._start(self._beat())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.config.beat_every)
            if self.secret:
                with contextlib.suppress(Closed, OSError):
                    await self.send("beat")

    def _hello(self) -> dict[str, typing.Any]:
        known: dict[str, typing.Any] = {"deviceSecret": self.secret, "rev": self.rev} if self.secret else dict(self._ticket)
        return {**known, "language": self.config.language or None}

    def _headers(self) -> dict[str, str]:
        return {"Visavis-Device": self.secret} if self.secret else {}

    def _note(self, message: dict[str, typing.Any]) -> None:
        super()._note(message)
        if message["type"] == "welcome":
            self.secret = message.get("deviceSecret", self.secret)
        elif message["type"] == "challenge":
            self.nonce = "" if message["done"] else message.get("nonce", "")

    async def send(self, type: str, **fields: typing.Any) -> None:  # noqa: A002
        if type == "claim" and self._no_socket:
            fields = {**self._ticket, **fields}  # no socket remembers the hello
        if type == "start":
            self._started = fields
        await super().send(type, **fields)

    async def send_preview(self, step: str, seq: int, jpeg: bytes) -> None:
        """Sends one preview; the next may go when its frame-result has come."""
        await self._transmit(pack_frame(Frame(PREVIEW, step, seq, _now(), jpeg, nonce=self.nonce)))

    async def send_still(
        self, step: str, seq: int, jpeg: bytes, part_size: int, *, manual: bool = False, skip: typing.Collection[int] = (),
    ) -> None:
        """Sends a still in parts, leaving out those that skip names."""
        await self._parts(Frame(STILL, step, seq, _now(), jpeg, manual=manual), part_size, skip)

    async def _parts(self, still: Frame, part_size: int, skip: typing.Collection[int]) -> None:
        self._still = (still, part_size)
        parts = max(1, -(-len(still.data) // part_size))
        for part in range(parts):
            if part not in skip:
                piece = still.data[part * part_size : (part + 1) * part_size]
                await self._transmit(pack_frame(dataclasses.replace(still, data=piece, part=part, parts=parts)))

    async def _again(self, message: dict[str, typing.Any]) -> None:
        """After a return: start again, and the missing parts of a still."""
        if message["type"] != "welcome" or self._started is None or "deviceSecret" in message:
            return
        with contextlib.suppress(Closed, OSError):
            await self.send("start", **self._started)
            known = message.get("still")
            if known and self._still and (known["step"], known["seq"]) == (self._still[0].step, self._still[0].seq):
                await self._parts(*self._still, skip=known["received"])


def _now() -> int:
    return int(time.time() * 1000)
