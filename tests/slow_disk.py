#!/usr/bin/env python3
"""A FUSE file system that shows FOLDER at MOUNT and can be made to wait.

	slow_disk.py FOLDER MOUNT CONTROL

Each call that CONTROL/hold names ("getattr read"; all if it is empty) waits as
long as that file exists, and has a file in CONTROL/held until then.  Each call
first waits for the seconds in CONTROL/delay.  The program runs until MOUNT is
unmounted.  Each "=" in a name is shown as 900 of them.  A path that is missing
is looked for in lower case.
"""
import errno
import os
import sys
import threading
import time

from fusepy import FUSE, FuseOSError, Operations

FOLDER, MOUNT, CONTROL = map(os.path.abspath, sys.argv[1:])
HOLD, HELD, DELAY = (CONTROL + name for name in ("/hold", "/held", "/delay"))
LONG = "=" * 900
STAT = ("st_mode", "st_ino", "st_nlink", "st_uid", "st_gid", "st_size",
        "st_atime", "st_mtime", "st_ctime")


def content(path):
    """The text of a file, without blanks at its ends; None if it is missing."""
    try:
        with open(path) as file:
            return file.read().strip()
    except FileNotFoundError:
        return None


def wait(call, path):
    time.sleep(float(content(DELAY) or 0))
    hold = content(HOLD)
    if hold is None or (hold and call not in hold.split()):
        return
    mark = f"{HELD}/{call}{path.replace('/', ',')} {threading.get_ident()}"
    open(mark, "w").close()
    while os.path.exists(HOLD):
        time.sleep(0.01)
    os.unlink(mark)


class SlowDisk(Operations):
    # Times in nanoseconds.
    use_ns = True

    def __call__(self, call, path, *args):
        wait(call, path)
        path = path.replace(LONG, "=")
        if not os.path.lexists(FOLDER + path):
            path = path.lower()
        try:
            return getattr(self, call)(FOLDER + path, *args)
        except OSError as error:
            raise FuseOSError(error.errno or errno.EIO) from None

    def getattr(self, path, fh=None):
        st = os.lstat(path)
        return {name: getattr(st, name + "_ns" * (name[-4:] == "time"))
                for name in STAT}

    def readlink(self, path):
        return os.readlink(path)

    def readdir(self, path, fh):
        return [".", "..", *(name.replace("=", LONG)
                             for name in os.listdir(path))]

    def open(self, path, flags):
        return os.open(path, os.O_RDONLY)

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def release(self, path, fh):
        os.close(fh)
        return 0

    def init(self, path):
        pass

    def destroy(self, path):
        pass


os.makedirs(HELD, exist_ok=True)
FUSE(SlowDisk(), MOUNT, foreground=True, ro=True, attr_timeout=0,
     entry_timeout=0, use_ino=True, fsname="slow_disk",
     **({"allow_other": True} if os.geteuid() == 0 else {}))
