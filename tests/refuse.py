"""refuse.py ERRNO COMMAND...: run COMMAND where the kernel has no openat2.

As on Linux before 5.6 (ENOSYS), and under the filters of older containers
(EPERM).  By a filter of system calls, so that it holds for every build.
"""
import ctypes
import errno
import os
import struct
import sys

OPENAT2 = 437                           # on every architecture
NO_NEW_PRIVS, SET_SECCOMP, MODE_FILTER = 38, 22, 2
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
REFUSE, ALLOW = 0x00050000, 0x7fff0000


def step(code, k, jump_true=0, jump_false=0):
    return struct.pack("HBBI", code, jump_true, jump_false, k)


error = getattr(errno, sys.argv[1])
program = step(LOAD, 0) + step(IF_EQUAL, OPENAT2, 0, 1) + \
    step(RETURN, REFUSE | error) + step(RETURN, ALLOW)
steps = ctypes.create_string_buffer(program)
filter = ctypes.create_string_buffer(
    struct.pack("HP", len(program) // 8, ctypes.addressof(steps)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0) or \
        libc.prctl(SET_SECCOMP, MODE_FILTER, filter, 0, 0):
    raise OSError(ctypes.get_errno(), "no filter of system calls")
os.execvp(sys.argv[2], sys.argv[2:])
