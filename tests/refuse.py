"""refuse.py ERRNO[:CALL[,CALL]...] COMMAND...: run COMMAND where the kernel
refuses these system calls, or openat2 if none is named.

As on an old Linux (ENOSYS), and under the filters of containers (EPERM).  By a
filter of system calls, so that it holds for every build.
"""
import ctypes
import errno
import os
import re
import struct
import subprocess
import sys

NO_NEW_PRIVS, SET_SECCOMP, MODE_FILTER = 38, 22, 2
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
REFUSE, ALLOW = 0x00050000, 0x7fff0000
# Headers of an old system lack these; the numbers hold on every architecture.
NEW = {"clone3": 435, "close_range": 436, "openat2": 437, "faccessat2": 439,
       "landlock_create_ruleset": 444, "landlock_add_rule": 445,
       "landlock_restrict_self": 446}
libc = ctypes.CDLL(None, use_errno=True)


def numbers():
    """Of all calls, as the C compiler knows them."""
    macros = subprocess.run(
        ["cc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c",
         "/dev/null"], check=True, stdout=subprocess.PIPE, text=True).stdout
    known = re.findall(r"^#define __NR_(\w+) (\d+)$", macros, re.M)
    return NEW | {name: int(number) for name, number in known}


def step(code, k, jump_true=0, jump_false=0):
    return struct.pack("HBBI", code, jump_true, jump_false, k)


def promise():
    """That nothing gains privileges: all but root need this for a filter."""
    libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0)


def refuse(refused, error):
    """Refuse these numbers to this process and those that it starts."""
    program = step(LOAD, 0)
    for number in refused:
        program += step(IF_EQUAL, number, 0, 1)
        program += step(RETURN, REFUSE | getattr(errno, error))
    program += step(RETURN, ALLOW)
    steps = ctypes.create_string_buffer(program)
    filter = ctypes.create_string_buffer(
        struct.pack("HP", len(program) // 8, ctypes.addressof(steps)))
    if libc.prctl(SET_SECCOMP, MODE_FILTER, filter, 0, 0):
        raise OSError(ctypes.get_errno(), "no filter of system calls")


def main():
    error, _, calls = sys.argv[1].partition(":")
    known = numbers() if calls else NEW
    promise()
    # An architecture lacks some of the older ones.
    refuse([known[call] for call in (calls or "openat2").split(",")
            if call in known], error)
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
