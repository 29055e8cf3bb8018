#!/usr/bin/env python3
"""refused.py [--all] [--traced] SERVE MODE...: refuse each system call of serve.

The kernel, or the filter of a container, answers a call with ENOSYS, EPERM or
EACCES; serve must then serve all the same, confined or saying what is missing,
or end with a message.  Prints one line for each call where it does not, and at
the end how many starts were tried.  Each call is tried with one of the errors,
with --all each with all three, and for a while longer, which shows a loop that
spins.  --traced adds the calls that strace sees in each mode.
"""
import argparse
import os
import pathlib
import re
import shutil
import signal
import socket
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from refuse import libc, numbers, promise, refuse

ERRORS = ["ENOSYS", "EPERM", "EACCES"]
# On glibc and musl, x86-64 and arm64, in any of the modes.
CALLS = """accept4 access bind brk capset clock_gettime clone clone3 close
close_range connect dup2 epoll_create1 epoll_ctl epoll_pwait epoll_wait
eventfd2 faccessat fcntl fork fstat fstatfs getcwd getdents64 getegid geteuid
getgid getpgid getpgrp getpid getppid getrandom getsockname getsockopt gettid
getuid inotify_add_watch inotify_init1 ioctl kill landlock_add_rule
landlock_create_ruleset landlock_restrict_self listen lseek madvise mprotect
mremap munmap newfstatat open openat openat2 pipe pipe2 poll ppoll prctl
pread64 preadv2 prlimit64 pwritev2 read readahead readlink readlinkat recvfrom
recvmsg rseq rt_sigaction rt_sigprocmask rt_sigreturn rt_sigtimedwait
sched_getaffinity sched_yield seccomp sendfile sendmsg sendto set_robust_list
set_tid_address setgroups setresgid setresuid setsid setsockopt shutdown
signalfd4 socket socketpair stat statx sysinfo tgkill timerfd_create
timerfd_settime uname wait4 writev""".split()
# These hold together; one is the fallback of another.
GROUPS = ["clone3,clone", "openat2,statx", "epoll_pwait,epoll_wait",
          "seccomp,prctl,landlock_create_ruleset,capset",
          "setgroups,setresgid,setresuid",
          "sendfile,pwritev2,preadv2,openat2,statx",
          "inotify_init1,timerfd_create", "geteuid,getuid,getpid,getppid"]
# No program gets as far as main(), or to its end, or can say so, without these.
# The last one is of COMMAND, sleep(1).
NEEDED = {"arch_prctl", "execve", "exit", "exit_group", "futex", "mmap", "write",
          "clock_nanosleep"}
# The kernel lacks the feature, so answers of this kind cannot be given.
LACKS = {"getdents64": {"listing", "archive"}, "readlinkat": {"outside"},
         "openat": {"listing", "archive"}}
# What -v has to call missing; the other calls are not missed.
MISSING = {
    "capset": "no capabilities", "getdents64": "folder listings",
    "landlock_add_rule": "Landlock", "landlock_create_ruleset": "Landlock",
    "landlock_restrict_self": "Landlock", "openat": "folder listings",
    "prctl": "no new privileges", "seccomp": "system call filter",
    "setgroups": "still root", "setresgid": "still root",
    "setresuid": "still root", "clone": "event loop", "clone3": "event loop",
}
MODES = {
    "plain": [], "user": [], "live": ["--live"], "open": ["-o"],
    "threads": ["-j", "4"], "public": ["--public"], "key": ["--key"],
    "proxy": ["--proxy", "/app=http://127.0.0.1:{}"],
    "name": ["--proxy", "/app=http://localhost:{}"],
    "command": [],
}
LIMIT_S = 20
SET_CHILD_SUBREAPER = 36


def read(path):
    """Of a process, "" if it has ended."""
    try:
        return pathlib.Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def children(pid):
    """Of a process and of their own children, [] if it has ended."""
    found = []
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except (FileNotFoundError, ProcessLookupError):
        return found
    for task in tasks:
        for child in read(f"/proc/{pid}/task/{task}/children").split():
            found += [int(child)] + children(int(child))
    return found


def adopt():
    """Become the parent of all descendants whose parent ends."""
    libc.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_descendants():
    while found := children(os.getpid()):
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        os.waitpid(-1, 0)


def state(pid):
    return dict(re.findall(r"^(\w+):\t(.*)$", read(f"/proc/{pid}/status"),
                           re.M))


class Run:
    def __init__(self, place, mode, calls, error, patience):
        self.place, self.mode = place, mode
        self.calls, self.error, self.patience = calls, error, patience
        self.faults = []
        self.files = tempfile.mkdtemp(dir=place.top)
        os.chmod(self.files, 0o777)     # for strace as a user
        self.query = ""

    def start(self, before=()):
        with open(self.files + "/out", "wb") as out, \
                open(self.files + "/err", "wb") as err:
            self.pid = os.fork()
            if self.pid != 0:
                return
            try:
                self.become_serve(before, out, err)
            finally:
                os._exit(99)

    def become_serve(self, before, out, err):
        place = self.place
        # Looked up here: the filter may refuse that.
        program = shutil.which([*before, place.serve][0])
        argv = [*before, place.serve, "-p", "0", "-v",
                *(option.format(place.port) for option in MODES[self.mode]),
                place.root]
        if self.mode == "command":
            argv += ["--", place.command]
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        os.closerange(3, 256)
        if self.mode == "user" and os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        if os.geteuid() != 0:
            promise()
        if self.calls:
            refuse(self.calls, self.error)
        os.execve(program, argv, dict(os.environ, BROWSER="true"))

    def said(self):
        with open(self.files + "/err", errors="replace") as file:
            return file.read()

    def ended(self):
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid != 0:
            self.status = os.waitstatus_to_exitcode(status)
        return pid != 0

    def until(self, what):
        end = time.monotonic() + LIMIT_S
        while not what():
            if time.monotonic() > end:
                return False
            time.sleep(0.003)
        return True

    def url(self):
        return re.search(r"http://[^\s/]+:(\d+)/(\?key=\S+)?.*\n", self.said())

    def ask(self, path, field=""):
        separator = "&" if "?" in path else "?"
        query = self.query.replace("?", separator)
        with socket.create_connection(("127.0.0.1", self.port), 10) as s:
            s.sendall(f"GET {path}{query} HTTP/1.1\r\nHost: localhost\r\n"
                      f"{field}Connection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: s.recv(1 << 16), b""))
        return answer.partition(b"\r\n\r\n")[::2]

    def check(self, name, good):
        if not good and not any(name in lacks for call, lacks in LACKS.items()
                                if self.place.numbers.get(call) in self.calls):
            self.faults.append(name)

    def ask_all(self):
        if self.query:
            query, self.query = self.query, ""
            self.check("no key", b" 401 " in self.ask("/file")[0])
            self.query = query
        self.check("link", self.ask("/folder/link")[1] == b"content\n")
        self.check("range", self.ask(
            "/file", "Range: bytes=3-5\r\n")[1] == b"ten")
        self.check("large", len(self.ask("/large")[1]) == 300000)
        self.check("404", b" 404 " in self.ask("/none")[0])
        self.check("outside", b" 404 " in self.ask("/out")[0])
        self.check("listing", b'href="folder/"' in self.ask("/")[1])
        self.check("archive", len(self.ask("/?archive=tar")[1]) > 300000)
        if self.mode in ("proxy", "name"):
            self.check("application", self.ask("/app/")[1] == b"application")
        if self.mode == "live":
            page = self.ask("/page.html", "Accept: text/html\r\n"
                            "Sec-Fetch-Mode: navigate\r\n")[1]
            self.check("live", b"serve/live" in page or
                       "--live is off" in self.said())

    def check_confined(self):
        missing = re.search(r"^\* missing: (.*)", self.said(), re.M)
        missing = missing[1] if missing else ""
        filters = str(self.place.filters + bool(self.calls) + 1)
        for pid in [self.pid] + children(self.pid):
            s = state(pid)
            # COMMAND, and the process that starts it, are not confined.
            if pid != self.pid and (self.mode not in ("proxy", "name") or
                                    s.get("Name") != "serve"):
                continue
            self.check("filter", "filter" in missing or
                       s.get("Seccomp_filters", filters) == filters)
            self.check("privileges", "privileges" in missing or
                       s["NoNewPrivs"] == "1")
            self.check("capabilities", "capabilities" in missing or
                       int(s["CapEff"], 16) == 0)
            self.check("root", "root" in missing or
                       "0" not in s["Uid"].split())

    def check_told(self):
        names = [name for name in MISSING
                 if self.place.numbers.get(name) in self.calls]
        missing = re.search(r"^\* missing: (.*)", self.said(), re.M)
        if not names:
            self.check("is missing something", missing is None)
        # Root alone has ids to set, and the clone in use is the libc's choice.
        for name in set(names) - {"clone", "clone3"}:
            if not name.startswith("set") or \
                    self.mode != "user" and os.geteuid() == 0:
                self.check("misses nothing", missing and
                           MISSING[name] in missing[1])
        if self.mode != "live":
            self.check("complains", "\nserve: " not in self.said())

    def used_s(self):
        ticks = 0
        for pid in [self.pid] + children(self.pid):
            fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def check_quiet(self):
        if self.patience:
            before = self.used_s()
            time.sleep(self.patience)
            self.check("spins", self.used_s() - before < self.patience / 2)

    def serve(self):
        try:
            self.ask_all()
            self.check_confined()
            self.check_told()
            self.check_quiet()
        except (OSError, KeyError) as e:
            # musl replaces accept4 by accept, which the filter refuses.
            if "serve: cannot accept clients: " not in self.said():
                self.faults.append(repr(e))
        os.kill(self.pid, signal.SIGTERM)
        if not self.until(self.ended):
            self.faults.append("does not stop")
            return
        self.check(f"status {self.status}",
                   self.status == (143 if self.mode == "command" else 0))

    def result(self):
        """What is wrong, or ""."""
        self.start()
        if not self.until(lambda: self.url() or self.ended()):
            self.faults.append("does not start")
        elif self.url():
            url = self.url()
            self.port, self.query = int(url[1]), url[2] or ""
            self.serve()
        elif self.status < 0 or not self.said().strip():
            self.faults.append(f"ends with {self.status}, and no message")
        self.clean()
        return ", ".join(self.faults)

    def clean(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except OSError:
            pass
        if self.faults:
            self.faults.append(repr(self.said()[-300:]))
        shutil.rmtree(self.files)

    def traced(self):
        """The calls of this mode, by name."""
        log = self.files + "/trace"
        self.start(["strace", "-f", "-qq", "-o", log])
        if not self.until(self.url):
            raise RuntimeError(self.said())
        url = self.url()
        self.port, self.query = int(url[1]), url[2] or ""
        self.ask_all()
        names = [p for p in children(self.pid)
                 if state(p).get("Name") == "serve"]
        os.kill(min(names), signal.SIGTERM)
        self.until(self.ended)
        calls = re.findall(r"^\d+ +(\w+)\(", open(log).read(), re.M)
        self.faults = []
        self.clean()
        return set(calls)


class Place:
    def __init__(self, serve):
        self.top = tempfile.mkdtemp()
        os.chmod(self.top, 0o755)
        self.serve = shutil.copy(serve, self.top + "/serve")
        self.numbers = numbers()
        self.filters = int(state("self").get("Seccomp_filters", 0))
        self.root = self.top + "/root"
        self.command = self.top + "/command"
        root = pathlib.Path(self.root)
        (root / "folder").mkdir(parents=True)
        (root / "file").write_text("content\n")
        (root / "page.html").write_text("<p>page")
        (root / "large").write_bytes(bytes(300000))
        (root / "folder/link").symlink_to("../file")
        (root / "out").symlink_to("/etc/passwd")
        pathlib.Path(self.command).write_text("#!/bin/sh\nexec sleep 60\n")
        os.chmod(self.command, 0o755)
        self.start_application()

    def start_application(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        pid = os.fork()
        while pid == 0:
            client = listener.accept()[0]
            client.recv(4096)
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n"
                           b"Connection: close\r\n\r\napplication")
            client.close()

    def remove(self):
        end_descendants()
        shutil.rmtree(self.top)


def tried(place, mode, calls, error, patience):
    """In a process of its own: what is wrong.  Leaves no process behind."""
    adopt()
    try:
        return Run(place, mode, calls, error, patience).result()
    except BaseException as e:
        return repr(e)
    finally:
        end_descendants()


def jobs(place, options):
    for mode in options.mode:
        calls = CALLS + GROUPS
        if options.traced:
            traced = Run(place, mode, [], "", 0).traced()
            calls = sorted(traced - NEEDED) + GROUPS
        for i, call in enumerate(calls):
            refused = [place.numbers[name] for name in call.split(",")
                       if name in place.numbers]
            errors = ERRORS if options.all else [ERRORS[i % len(ERRORS)]]
            for error in errors if refused else []:
                yield mode, call, error, refused


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--traced", action="store_true")
    parser.add_argument("serve")
    parser.add_argument("mode", nargs="+", choices=MODES)
    options = parser.parse_args()
    adopt()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    place = Place(os.path.abspath(options.serve))
    # With --all most of them wait.
    most, running = (8 if options.all else 2) * os.cpu_count(), {}
    starts = bad = 0

    def reap():
        nonlocal bad
        pid, status = os.wait()
        job = running.pop(pid, None)
        bad += job is not None and status != 0

    try:
        for mode, call, error, refused in jobs(place, options):
            if len(running) == most:
                reap()
            sys.stdout.flush()
            pid = os.fork()
            if pid == 0:
                fault = tried(place, mode, refused, error,
                              0.3 if options.all else 0)
                if fault:
                    print(f"{mode}, {call} {error}: {fault}", flush=True)
                os._exit(fault != "")
            running[pid] = call
            starts += 1
        while running:
            reap()
    finally:
        place.remove()
    print(f"{starts} starts, {bad} at fault")
    return bad != 0


sys.exit(main())
