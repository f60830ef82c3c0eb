"""Mailboxes made up for tests, as large as one likes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
BODY = "A line of no interest that nobody reads, as long as lines in mails are wont to be.\n"
HEAD = """\
From {sender} {asctime}
Return-Path: <{sender}>
Received: from mx1.{domain} (mx1.{domain} [192.0.2.1])
\tby mx.acme.example with ESMTPS id 4X{number:08x}
\tfor <bo@acme.example>; {date}
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s1;
\th=from:to:subject:date:message-id; bh=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=;
\tb=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
From: "{name}" <{sender}>
To: {to}
Cc: Cy <cy@acme.example>
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Date: {date}
Message-ID: <{number}.{domain}@mail.example>
In-Reply-To: <{parent}@mail.example>
References: <{root}@mail.example> <{parent}@mail.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b1"
User-Agent: Made up

--b1
Content-Type: text/plain

"""


def mbox(messages: int, lines: int = 30) -> Iterator[bytes]:
    """Yield an mbox mail by mail: threads of eight go to and fro, and every tenth is a newsletter."""
    body = BODY * lines + "\n>From here on it is quoted.\n\n--b1--\n\n"
    for number in range(messages):
        sent_at = BEGIN + timedelta(minutes=7 * number)
        thread = number // 8
        domain = f"corp{thread % 200}.example"
        theirs, ours = f"ana{thread % 2000}@{domain}", f"bo{thread % 50}@acme.example"
        head = HEAD.format(
            sender=theirs if number % 2 else ours,
            to=ours if number % 2 else f"Ana <{theirs}>",
            name="Ana Kovac, Dr." if number % 2 else "Bo",
            domain=domain,
            number=number,
            root=8 * thread,
            parent=number - 1,
            date=format_datetime(sent_at),
            asctime=f"{sent_at:%a %b %d %H:%M:%S %Y}",
        )
        listed = "List-Id: <news.corp.example>\n" if number % 10 == 0 else ""
        yield head.replace("MIME-Version", f"{listed}MIME-Version", 1).encode() + body.encode()
