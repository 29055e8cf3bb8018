"""refuse.py ERRNO[:CALL[,CALL]...] COMMAND...: run COMMAND where the kernel
refuses these system calls, or openat2 if none is named.

This is what an old Linux does (ENOSYS), and the filter of a container (EPERM).
A filter of system calls works with every build.  SYSTEM_CALLS names a file that
keeps the numbers of calls.
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


def numbers():
    """The numbers of all system calls, from the C compiler."""
    kept = os.environ.get("SYSTEM_CALLS", os.devnull)
    macros = open(kept).read() if os.path.exists(kept) else ""
    if not macros:
        macros = subprocess.run(
            ["cc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c",
             "/dev/null"], check=True, stdout=subprocess.PIPE, text=True).stdout
        with open(kept, "w") as file:
            file.write(macros)
    return {name: int(number) for name, number in
            re.findall(r"^#define __NR_(\w+) (\d+)$", macros, re.M)}


def step(code, k, jump_true=0, jump_false=0):
    return struct.pack("HBBI", code, jump_true, jump_false, k)


error, _, calls = sys.argv[1].partition(":")
refused = [437]                         # openat2, on every architecture
if calls:
    known = numbers()
    # Newer architectures lack some of the older calls.
    refused = [known[call] for call in calls.split(",") if call in known]
program = step(LOAD, 0)
for number in refused:
    program += step(IF_EQUAL, number, 0, 1)
    program += step(RETURN, REFUSE | getattr(errno, error))
program += step(RETURN, ALLOW)
steps = ctypes.create_string_buffer(program)
filter = ctypes.create_string_buffer(
    struct.pack("HP", len(program) // 8, ctypes.addressof(steps)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0) or \
        libc.prctl(SET_SECCOMP, MODE_FILTER, filter, 0, 0):
    raise OSError(ctypes.get_errno(), "no filter of system calls")
os.execvp(sys.argv[2], sys.argv[2:])
