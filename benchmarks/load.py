"""A load generator that costs little: raw NATS frames out, PubAcks counted, nothing parsed."""

import asyncio
import json
from collections.abc import Sequence
from urllib.parse import urlsplit

WINDOW = 4_000
"""Messages under way: enough to keep the broker busy, few enough to feel its pace."""


async def publish(url: str, subject: str, messages: Sequence[bytes]) -> None:
    """Publish the messages and return after the last PubAck."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    await reader.readline()
    hello = {
        "verbose": False,
        "pedantic": False,
        "user": parts.username,
        "pass": parts.password,
        "headers": True,
    }
    writer.write(f"CONNECT {json.dumps(hello)}\r\nSUB _INBOX.load 1\r\nPING\r\n".encode())
    acknowledged, sent, tail = 0, 0, b""
    head = f"PUB {subject} _INBOX.load ".encode()
    while acknowledged < len(messages):
        upto = min(len(messages), acknowledged + WINDOW)
        if upto > sent:
            writer.writelines(b"%s%d\r\n%s\r\n" % (head, len(m), m) for m in messages[sent:upto])
            await writer.drain()
            sent = upto
        chunk = await reader.read(1 << 18)
        if not chunk or b"-ERR" in chunk:
            raise ConnectionError(chunk.decode(errors="replace"))
        if b"PING\r\n" in chunk:
            writer.write(b"PONG\r\n")
        # A PubAck may be cut by the read: count what ends in this chunk.
        joined = tail + chunk
        acknowledged += joined.count(b'"stream":') - tail.count(b'"stream":')
        tail = joined[-16:]
    writer.close()
