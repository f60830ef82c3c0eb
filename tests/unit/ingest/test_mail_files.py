import gzip
from pathlib import Path

import pytest

from services.ingest.connectors import eml, maildir
from services.ingest.connectors.items import Dropped, Rejected
from shared.errors import Refused
from tests.unit.ingest.test_mail import FIELDS, MAILBOX


def message(number: int) -> bytes:
    fields = FIELDS | {"Message-ID": f"<{number}@x>"}
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode() + b"\r\nhello\r\n"


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def ids(items: list[object]) -> list[str]:
    return [item["id"] for item in items if isinstance(item, dict)]


def test_a_maildir_is_read_with_its_folders_and_without_what_was_never_delivered(tmp_path: Path) -> None:
    put(tmp_path / "cur" / "1.a:2,S", message(1))
    put(tmp_path / "new" / "2.a", message(2))
    put(tmp_path / ".Sent.2026" / "cur" / "3.a:2,RS", message(3))
    put(tmp_path / "tmp" / "4.a", message(4))
    put(tmp_path / "cur" / ".hidden", message(5))
    put(tmp_path / "cur" / "new" / "6.a", message(6))

    assert sorted(ids(list(maildir.items(tmp_path, MAILBOX)))) == ["1@x", "2@x", "3@x"]


@pytest.mark.parametrize("name", ["1.a:2,DS", "1.a;2,D", "1.a!2,SD"])
def test_a_draft_by_flag_is_dropped(tmp_path: Path, name: str) -> None:
    put(tmp_path / "cur" / name, message(1))

    assert list(maildir.items(tmp_path, MAILBOX)) == [Dropped("draft", f"cur/{name} <1@x>")]


def test_what_is_no_maildir_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="must hold a folder cur or new"):
        list(maildir.items(tmp_path, MAILBOX))


def test_a_folder_of_files_is_read_to_its_depth(tmp_path: Path) -> None:
    put(tmp_path / "b" / "2.EML", message(2))
    put(tmp_path / "1.eml", message(1))
    put(tmp_path / "notes.txt", message(3))

    assert ids(list(eml.items(tmp_path, MAILBOX))) == ["1@x", "2@x"]


def test_a_file_may_have_any_name_and_be_packed(tmp_path: Path) -> None:
    put(tmp_path / "mail.txt", gzip.compress(message(1)))

    assert ids(list(eml.items(tmp_path / "mail.txt", MAILBOX))) == ["1@x"]


def test_a_file_that_cannot_be_read_costs_itself_only(tmp_path: Path) -> None:
    put(tmp_path / "1.eml", gzip.compress(message(1))[:20])
    put(tmp_path / "2.eml", message(2))

    broken, whole = eml.items(tmp_path, MAILBOX)

    assert isinstance(broken, Rejected)
    assert "its compression is broken" in broken.reason
    assert ids([whole]) == ["2@x"]


def test_a_folder_without_mails_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"holds no file that ends in \.eml"):
        list(eml.items(tmp_path, MAILBOX))
