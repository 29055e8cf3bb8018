"""relay.py KIND DESCRIPTORS COMMAND [ARG]...: run COMMAND with its DESCRIPTORS
(1, 2 or 12) on a KIND of file that a shell cannot make, and pass on what it
writes there: 2 alone to stderr, else to stdout.

tty	a terminal of a session of its own, which adds no CR before LF
socket	one end of a socket pair

Signals that end programs are passed on to COMMAND, and its status is returned.
Stopped by SIGSTOP, this is a reader that reads nothing.
"""

import fcntl
import os
import signal
import socket
import sys
import termios


def make(kind):
    if kind == "socket":
        ends = socket.socketpair()
        return [end.detach() for end in ends]
    ours, its = os.openpty()
    mode = termios.tcgetattr(its)
    mode[1] &= ~termios.OPOST
    termios.tcsetattr(its, termios.TCSANOW, mode)
    return ours, its


def run(kind, its, descriptors, command):
    if kind == "tty":
        os.setsid()
        fcntl.ioctl(its, termios.TIOCSCTTY, 0)
    for fd in descriptors:
        os.dup2(its, int(fd))
    os.execvp(command[0], command)


def pass_on(ours, to):
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # a terminal that nobody has open
            return
        if not data:
            return
        while data:
            data = data[os.write(to, data):]


def main(kind, descriptors, *command):
    ours, its = make(kind)
    child = os.fork()
    if child == 0:
        run(kind, its, descriptors, command)
    os.close(its)
    for number in signal.SIGTERM, signal.SIGINT:
        signal.signal(number, lambda number, _: os.kill(child, number))
    pass_on(ours, 2 if descriptors == "2" else 1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
