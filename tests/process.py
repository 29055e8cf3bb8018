"""What the process of the server takes, and which clients it answers."""
import os
import select
import time

PID = int(os.environ["PID"])


def memory(line="VmRSS"):
    """In MiB; VmHWM is the most that it has been."""
    with open(f"/proc/{PID}/status") as status:
        for text in status:
            if text.startswith(line):
                return int(text.split()[1]) / 1024


def processor():
    """Seconds that the server has computed."""
    with open(f"/proc/{PID}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors():
    return len(os.listdir(f"/proc/{PID}/fd"))


def watched():
    """How many descriptors each epoll set has."""
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
    """Has the server nothing to do for so long?"""
    before = processor()
    time.sleep(seconds)
    return processor() - before < seconds / 10


def answered(clients, seconds=0):
    """Those that have got something, one of them at least within this time."""
    poll = select.poll()
    by_number = {client.socket.fileno(): client for client in clients}
    for number in by_number:
        poll.register(number, select.POLLIN)
    return [by_number[number] for number, _ in poll.poll(seconds * 1000)]
