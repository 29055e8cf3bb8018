"""The resources that the server uses, and the clients that it has answered."""
import glob
import os
import select
import time

PID = int(os.environ["PID"])


def memory(line="VmRSS"):
    """A value in MiB: VmRSS is the current memory, VmHWM its maximum."""
    with open(f"/proc/{PID}/status") as status:
        for text in status:
            if text.startswith(line):
                return int(text.split()[1]) / 1024


def processor():
    """The seconds of processor time that the server has used."""
    with open(f"/proc/{PID}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors():
    return len(os.listdir(f"/proc/{PID}/fd"))


def watched():
    """The number of descriptors in each epoll set."""
    counts = []
    for number in os.listdir(f"/proc/{PID}/fd"):
        try:
            kind = os.readlink(f"/proc/{PID}/fd/{number}")
            with open(f"/proc/{PID}/fdinfo/{number}") as info:
                n = info.read().count("tfd:")
        except FileNotFoundError:       # a connection that has ended
            continue
        if kind.endswith("[eventpoll]"):
            counts.append(n)
    return counts


def idles(seconds):
    """Was the server idle for this time?  On a busy machine it may have been
    ready and not have run."""
    before, slept = processor(), sleeps()
    time.sleep(seconds)
    return processor() - before < seconds / 10 and (slept or sleeps())


def sleeps():
    """Do all threads wait?  On a busy machine one may be ready for seconds."""
    for path in glob.glob(f"/proc/{PID}/task/*/stat"):
        with open(path) as stat:
            if stat.read().rpartition(")")[2].split()[0] != "S":
                return False
    return True


def answered(clients, seconds=0):
    """The clients that have received bytes; wait so long for the first."""
    poll = select.poll()
    by_number = {client.socket.fileno(): client for client in clients}
    for number in by_number:
        poll.register(number, select.POLLIN)
    return [by_number[number] for number, _ in poll.poll(seconds * 1000)]
