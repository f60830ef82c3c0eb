"""Become another program that dies when its parent does.

Run as a script: `lifeline.py PARENT_PID SIGNAL USER PROGRAM [ARGUMENT ...]`; USER may be empty.
A program of its own, because code between fork and exec is unsafe once the parent has threads.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Take the user, tie the line, become the program."""
    parent, signal, user, *command = sys.argv[1:]
    if user:
        become(user)
    # After the change of user, which would untie it.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal))
    if os.getppid() != int(parent):
        sys.exit("the parent died before its child began")
    os.execv(command[0], command)  # noqa: S606 -- becoming the program is the point


def become(user: str) -> None:
    """Give up root for `user`, for good."""
    account = pwd.getpwnam(user)
    os.setgroups([account.pw_gid])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


if __name__ == "__main__":
    main()
