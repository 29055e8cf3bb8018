# What serve gave up before its first request, seen from outside and inside.

# bats file_tags=sandbox

load helper

# The release build with tests/sandbox_probe.c linked in, whatever else is
# tested: a build with sanitizers has no sandbox.
setup_file() {
	local probe=$BATS_FILE_TMPDIR/serve-probe

	cd "$BATS_TEST_DIRNAME/.."
	gcc -std=c17 -D_GNU_SOURCE -I. -O1 -fPIE -Wall -Wextra -c \
		-o "$BATS_FILE_TMPDIR/probe.o" tests/sandbox_probe.c
	env -u MAKEFLAGS -u CC -u CPPFLAGS -u CFLAGS -u LDFLAGS make -sj2 \
		BUILD="$BATS_FILE_TMPDIR/build" PROG="$probe" CFLAGS=-O0 \
		HARDEN=-fPIE LDFLAGS="-Wl,--wrap=sandbox_enter,--wrap=sandbox_filter \
		$BATS_FILE_TMPDIR/probe.o" all 3>&-
}

setup() {
	serve_setup
	PROBE=$BATS_FILE_TMPDIR/serve-probe
	echo content >"$ROOT/file"
	echo beside >"$BATS_TEST_TMPDIR/beside"
}

# -v=curl prints the layers that are in force.
describe() {
	grep -ao 'sandbox: .*' "$ERR"
}

layer() {
	[[ $(describe) == *"$1"* ]]
}

# LAYER: it must be in force, unless the build or the kernel lacks it.
need_layer() {
	layer "$1" && return
	! layer "left out of this build" || skip "this build has no sandbox"
	! kernel_has "$1" || fail "not in force: $1" || return
	skip "this kernel lacks: $1"
}

# LAYER: does the kernel have it? Asked without serve.
kernel_has() {
	case $1 in
	'system call filter') [ -e /proc/sys/kernel/seccomp/actions_avail ] ;;
	Landlock*) landlock_version >/dev/null ;;
	'write xor execute') python3 -c 'import ctypes, sys
sys.exit(ctypes.CDLL(None).prctl(66, 0, 0, 0, 0) == -1)' ;;	# PR_GET_MDWE
	esac
}

# The version of Landlock that the kernel reports.
landlock_version() {
	python3 -c 'import ctypes, sys
version = ctypes.CDLL(None).syscall(444, None, 0, 1)
print(version)
sys.exit(version < 1)'
}

landlock() {
	describe | grep -o 'Landlock [0-9]*' | cut -d ' ' -f 2
}

# WHEN WHAT: print the result.
result() {
	sed -n "s|^probe $1 $2: ||p" "$ERR"
}

# WHEN: print everything that was done and not denied.
done_by() {
	sed -n "s/^probe $1 \\(.*\\): done$/\\1/p" "$ERR"
}

# Start the build with the probe.
probe_start() {
	SERVE=$PROBE serve_start -vcurl "$@"
}

# FIELD: print its values in all threads, without duplicates.
status_field() {
	sed -n "s/^$1:[[:space:]]*//p" /proc/"$PID"/task/*/status | sort -u
}

@test "every thread is without capabilities and cannot gain privileges" {
	serve_start -vcurl -j 3
	need_layer 'no capabilities'
	# The 3 loops, and the first one.
	[ "$(status_field Pid | wc -l)" = 4 ]
	[ "$(status_field NoNewPrivs)" = 1 ]
	for set in CapEff CapPrm CapInh CapAmb; do
		[ "$(status_field $set)" = 0000000000000000 ]
	done
}

@test "every thread is filtered" {
	serve_start -vcurl -j 3
	need_layer 'system call filter'
	[ "$(status_field Pid | wc -l)" = 4 ]
	[ "$(status_field Seccomp)" = 2 ]
}

@test "every layer that the kernel has is in force" {
	serve_start -vcurl
	need_layer 'no capabilities'
	need_layer 'no new privileges'
	need_layer 'system call filter'
	need_layer "Landlock $(landlock_version)"
	need_layer 'write xor execute'
}

@test "-v=curl prints the layers in force once, no other style does" {
	serve_start -vcurl
	need_layer 'no capabilities'
	[ "$(describe | wc -l)" = 1 ]
	for style in '' -v -vnumbered; do
		serve_stop TERM
		serve_start $style
		run ! describe
	done
}

# COMPILER [EMULATOR]: interpret the filter's program for an architecture.
decide() {
	"$1" -std=c17 -D_GNU_SOURCE -I"$BATS_TEST_DIRNAME/.." -O1 -static \
		-Wall -Wextra -Werror -o "$BATS_TEST_TMPDIR/decide" \
		"$BATS_TEST_DIRNAME/seccomp.c" \
		"$BATS_TEST_DIRNAME/../server/seccomp.c"
	"${@:2}" "$BATS_TEST_TMPDIR/decide"
}

# TRIPLE EMULATOR: the same with Debian's cross compiler of any version.
decide_for() {
	local compiler

	compiler=$(compgen -c "$1-gcc" | grep -m1 -x "$1-gcc\(-[0-9]*\)\?") ||
		lack "$1-gcc"
	command -v "$2" >/dev/null || lack "$2"
	decide "$compiler" "$2"
}

# man: A seccomp filter allows only the system calls that serving needs,
# with the arguments that it needs.
@test "the filter allows and refuses the same on this machine" {
	decide gcc
}

@test "the filter allows and refuses the same on arm" {
	decide_for arm-linux-gnueabihf qemu-arm
}

@test "the filter allows and refuses the same on arm64" {
	decide_for aarch64-linux-gnu qemu-aarch64
}

@test "the filter allows and refuses the same on riscv64" {
	decide_for riscv64-linux-gnu qemu-riscv64
}

@test "the filter allows and refuses the same on i386" {
	decide_for i686-linux-gnu qemu-i386
}

# man: If there is a bug in serve, the kernel limits the damage.
# man: The folder that is served, hidden names too, and its parent, through
# which the folder is found again when it is removed and built anew.
# man: Open connections, and data that is still in memory.
@test "from inside: the root can be read, all else is denied" {
	probe_start
	need_layer 'system call filter'
	need_layer Landlock
	# A name is opened again, beneath its folder.
	expected='reads the root
reads a file
reads beside the root
looks at /etc/passwd'
	# Before Linux 6.2.
	[ "$(landlock)" -ge 3 ] || expected+='
cuts a file'
	[ "$(done_by filter)" = "$expected" ]
	[ "$(done_by thread)" = "$expected" ]
	[ "$(grep -c '^probe filter .*: denied' "$ERR")" -ge 30 ]
	[ "$(grep -c '^probe thread .*: denied' "$ERR")" -ge 30 ]
}

# man: Landlock lets it read only the folders named below, and on newer
# kernels takes away binding and connecting, and signals to other processes.
# man: Memory cannot be made both writable and executable.
@test "from inside: without the filter Landlock and the rest still deny" {
	probe_start
	need_layer Landlock
	need_layer 'write xor execute'
	[ "$(landlock)" -ge 6 ] || skip "Landlock $(landlock) denies less"
	[ "$(done_by landlock)" = 'reads the root
reads a file
reads beside the root
looks at /etc/passwd' ]
	[ "$(grep -c '^probe landlock .*: denied' "$ERR")" -ge 20 ]
	# The denial has no other cause: somebody listens, and the address is
	# good.
	[ "$(result landlock connects)" = 'denied (13)' ]
	[ "$(result landlock binds)" = 'denied (13)' ]
	[ "$(result landlock 'connects to an abstract socket')" = 'denied (1)' ]
}

# The kernel reports an older version of Landlock than it has.
@test "from inside: rights that an older Landlock lacks are left out, the others hold" {
	need_trace
	# serve keeps the user that started it, who may signal its parent.
	chmod 700 "$ROOT"
	probe_start
	need_layer Landlock
	newest=$(landlock)
	for ((version = 1; version <= newest; version++)); do
		serve_stop TERM
		RUN=(strace -D -o /dev/null -e trace=landlock_create_ruleset -e
			"inject=landlock_create_ruleset:retval=$version:when=1")
		probe_start
		[ "$(landlock)" = "$version" ]
		expected='reads the root
reads a file
reads beside the root
looks at /etc/passwd'
		[ "$version" -ge 3 ] || expected+='
cuts a file'
		[ "$version" -ge 4 ] || expected+='
connects
binds'
		[ "$version" -ge 6 ] || expected+="
connects to an abstract socket
signals its parent
signals its parent's thread"
		diff <(done_by landlock) <(echo "$expected")
		[ "$(status_of "${URL}file")" = 200 ]
	done
}

# man: Layers that the kernel lacks are left out, and -v says which of them
# are missing.
@test "a kernel without one of the layers still applies the others" {
	need_trace
	serve_start -vcurl
	need_layer Landlock
	need_layer 'system call filter'
	all=$(describe)
	for lacks in landlock_create_ruleset:ENOSYS:"Landlock $(landlock)" \
		landlock_create_ruleset:EOPNOTSUPP:"Landlock $(landlock)" \
		seccomp:ENOSYS:'system call filter' \
		seccomp:EPERM:'system call filter'; do
		serve_stop TERM
		IFS=: read -r call error name <<<"$lacks"
		RUN=(strace -D -o /dev/null -e "trace=$call" -e
			"inject=$call:error=$error")
		serve_start -vcurl
		[ "$(describe)" = "${all/", $name"/}" ]
		grep -E "^\* missing: ${name% [0-9]*}(,|$)" "$ERR"
		[ "$(status_of "${URL}file")" = 200 ]
	done
}

# man: Nothing is written, created or removed in the file system, except the
# files that standard output and error are redirected to.
@test "from inside: a denied call has no effect" {
	probe_start
	need_layer Landlock
	[ "$(cat "$ROOT/file")" = content ]
	[ "$(ls -A "$ROOT")" = file ]
}

@test "without DIR the current folder can be read, and no other" {
	let_others_in
	cd "$ROOT"
	ROOT=
	serve_named
	need_layer Landlock
	[ "$(result filter 'reads the root')" = 'done' ]
	[ "$(result filter 'reads beside the root')" = 'done' ]
	[[ $(result filter 'reads /etc/passwd') = denied* ]]
}

# Root does not stay root because of a name that was not typed.
@test "without DIR root serves a folder, to which only root has a path, as its owner" {
	need_root
	let_others_in
	chmod 755 "$ROOT"
	mkdir -m 700 "$BATS_TEST_TMPDIR/closed"
	mv "$ROOT" "$BATS_TEST_TMPDIR/closed/root"
	cd "$BATS_TEST_TMPDIR/closed/root"
	ROOT=
	serve_named
	need_layer 'no capabilities'
	layer 'user 65534 instead of root'
	[ "$(curl -sS "${URL}file")" = content ]
}

# probe_start, but without DIR if ROOT is empty.
serve_named() {
	: >"$ERR"
	"$PROBE" -vcurl -p 0 ${ROOT:+"$ROOT"} >"$OUT" 2>"$ERR" 3>&- &
	PID=$!
	RUNNING+=("$PID")
	wait_until serve_settled
}

# man: The parent is left out if it is / or the folder of home folders.
@test "files beside a folder among the home folders cannot be read" {
	mkdir "$BATS_TEST_TMPDIR/me"
	HOME=$BATS_TEST_TMPDIR/me probe_start
	need_layer Landlock
	[[ $(result filter 'reads beside the root') = denied* ]]
}

# man: The parent is left out if it is / or the folder of home folders.
@test "files beside a folder of / cannot be read" {
	ROOT=/usr HOME=$BATS_TEST_TMPDIR probe_start
	need_layer Landlock
	[[ $(result filter 'reads /etc/passwd') = denied* ]]
}

# man: For ~/site the parent is the whole home folder.
@test "the parent of a folder in the home folder is the home folder" {
	HOME=$BATS_TEST_TMPDIR probe_start
	need_layer Landlock
	[ "$(result filter 'reads beside the root')" = 'done' ]
}

# man: With FILE: the same for the folder that it is in.
@test "the folder of FILE and its parent can be read" {
	mkdir "$ROOT/folder"
	mv "$ROOT/file" "$ROOT/folder/file"
	echo beside >"$ROOT/beside"
	ROOT=$ROOT/folder/file probe_start
	need_layer Landlock
	[ "$(done_by filter)" = 'reads the root
reads a file
reads beside the root
looks at /etc/passwd' ]
}

# man: The names, sizes and times of all files that its user can reach, and
# where symbolic links lead, but not the content.
@test "names and sizes can be read anywhere, contents cannot" {
	probe_start
	need_layer Landlock
	[ "$(result filter 'looks at /etc/passwd')" = 'done' ]
	[[ $(result filter 'reads /etc/passwd') = denied* ]]
}

# man: With --live: that a file that its user may read has changed.
@test "with --live changes can be watched anywhere, without it nowhere" {
	probe_start
	need_layer 'system call filter'
	[[ $(result filter 'watches /etc') = denied* ]]
	serve_stop TERM
	probe_start --live
	[ "$(result filter 'watches /etc')" = 'done' ]
}

# man: With --proxy another process connects to the applications: serving itself can neither make nor connect a socket.
@test "from inside: --proxy does not permit making or connecting a socket" {
	probe_start --proxy /api=http://127.0.0.1:1
	need_layer 'system call filter'
	for attempt in 'makes a socket' connects 'connects by sending' \
		'connects by a message'; do
		[[ $(result filter "$attempt") = denied* ]] || fail "$attempt"
	done
}

# man: That process takes nothing but the number of an application, can connect only to their ports, and is confined in the same way.
@test "the process that connects to applications is confined" {
	local connector status

	need pgrep
	let_others_in
	serve_start -vcurl --proxy /api=http://127.0.0.1:1
	need_layer 'system call filter'
	connector=$(pgrep -P "$PID")
	status=$(cat "/proc/$connector/status")
	grep -qx $'Seccomp:\t2' <<<"$status"
	grep -qx $'NoNewPrivs:\t1' <<<"$status"
	grep -qx $'CapEff:\t0000000000000000' <<<"$status"
	[ "$EUID" != 0 ] || grep -q $'^Uid:\t65534\t65534' <<<"$status"
}

# man: To look up the name of a host, it can also read /etc and /run and connect to port 53.
@test "the process that connects can look names up while it is confined" {
	need_unshare --mount
	need python3
	let_others_in
	hosts=$BATS_TEST_TMPDIR/hosts
	echo '127.0.0.77 app.example' >"$hosts"
	chmod 644 "$hosts"
	timeout 60 python3 "$BATS_TEST_DIRNAME/proxy/app.py" \
		"$BATS_TEST_TMPDIR/log" 127.0.0.1 >"$BATS_TEST_TMPDIR/port" 3>&- &
	app=$!
	wait_until test -s "$BATS_TEST_TMPDIR/port"
	# shellcheck disable=SC2016
	RUN=(unshare --mount sh -c 'mount --bind "$0" /etc/hosts; exec "$@"'
		"$hosts")
	serve_start --proxy \
		"/api=http://app.example:$(cat "$BATS_TEST_TMPDIR/port")"
	[ "$(status_of "${URL}api/x")" = 502 ]
	echo '127.0.0.1 app.example' >"$hosts"
	wait_until eval '[ "$(curl -sS "${URL}api/x")" = "app x" ]'
	kill "$app"
}

# man: With --follow-symlinks: all files that its user and group may read.
@test "--follow-symlinks lets links lead anywhere, but only for reading" {
	ln -s ../beside "$ROOT/link"
	probe_start --follow-symlinks
	[ "$(curl -sS "${URL}link")" = beside ]
	need_layer 'system call filter'
	[ "$(result filter 'reads /etc/passwd')" = 'done' ]
	need_layer Landlock
	[[ $(result filter 'writes a file') = denied* ]]
	[[ $(result filter 'creates a file') = denied* ]]
}

# Serve a folder by each form of DIR that is not a name.
@test "a folder that is removed and made again is served again" {
	let_others_in
	for named in "$ROOT" '' . ./ '-d .'; do
		echo content >"$ROOT/file"
		cd "$ROOT"
		# The shell also empties it, but later than it may be read.
		: >"$ERR"
		# shellcheck disable=SC2086
		"$SERVE" -p 0 $named >"$OUT" 2>"$ERR" 3>&- &
		PID=$!
		RUNNING+=("$PID")
		wait_until serve_settled
		[ "$(curl -sS "${URL}file")" = content ]
		rm -r "$ROOT"
		[ "$(status_of "${URL}file")" = 404 ]
		[ "$(status_of "$URL")" = 404 ]
		mkdir "$ROOT"
		echo anew >"$ROOT/file"
		[ "$(curl -sS "${URL}file")" = anew ]
		grep -c "^serve: folder '.*' is gone, waiting for a new one$" \
			"$ERR" | grep -x 1
		mv "$ROOT" "$ROOT-old"
		mkdir "$ROOT"
		echo moved >"$ROOT/file"
		[ "$(curl -sS "${URL}file")" = moved ]
		rm -r "$ROOT-old"
		serve_stop TERM
	done
}

# Landlock rules name folders, not paths: a new parent has none.
# man: If it is left out, or removed as well, a new folder is served only after
# a new start.
@test "a removed folder is not served as an empty one" {
	let_others_in
	top=$ROOT
	ROOT=$top/a/b
	mkdir -p "$ROOT"
	echo content >"$ROOT/file"
	serve_start
	[ "$(curl -sS "${URL}file")" = content ]
	rm -r "$ROOT"
	echo content >"$ROOT"
	[ "$(status_of "$URL")" = 404 ]
	rm -r "$top/a"
	mkdir -p "$ROOT"
	echo anew >"$ROOT/file"
	[ "$(curl -sS "${URL}file")" != anew ] || return 0
	[ "$(status_of "$URL")" = 404 ]
	grep -x "serve: cannot open the new folder .* denied; if it stays so, start serve again" \
		"$ERR"
}

@test "serve makes no system call that the filter refuses" {
	need_trace
	serve_start -vcurl
	need_layer 'system call filter'
	trace=$BATS_TEST_TMPDIR/trace
	mkdir "$ROOT/folder"
	touch "$ROOT"/folder/{1..300}
	head -c 3000000 /dev/zero >"$ROOT/big"
	gzip -k "$ROOT/file"
	ln -s "$ROOT/file" "$ROOT/link"
	RUN=(strace -D -f -q -o "$trace")
	serve_start -vcurl -j 2
	for path in '' folder/ folder file big link absent .hidden '?%2e%2e'; do
		curl -sS -o /dev/null "$URL$path"
		curl -sSI -o /dev/null "$URL$path"
		curl -sS -o /dev/null -H 'Accept-Encoding: gzip' "$URL$path"
		curl -sS -o /dev/null -r 1-2,5-6 "$URL$path"
		curl -sS -o /dev/null -H 'Accept: application/json' "$URL$path"
	done
	serve_stop TERM
	# strace writes until it has seen the end.
	wait_until grep -q "^$PID *+++ exited with 0 +++" "$trace"
	run sed '1,/seccomp(/d' "$trace"
	[[ $output == *accept4\(* ]]
	[[ $output != *ENOSYS* ]] || fail "$(grep ENOSYS <<<"$output")"
}

@test "with --live serve makes no system call that the filter refuses" {
	need_trace
	serve_start -vcurl
	need_layer 'system call filter'
	trace=$BATS_TEST_TMPDIR/trace
	mkdir "$ROOT/folder"
	ln -s ../file "$ROOT/folder/link"
	RUN=(strace -D -f -q -o "$trace")
	serve_start -vcurl -j 2 --live --timeout 1
	events=$BATS_TEST_TMPDIR/events
	curl -sSN "${URL}.well-known/serve/live" >"$events" 3>&- &
	for path in '' folder/ folder/link absent/file; do
		curl -sS -o /dev/null -H 'Accept: text/html' "$URL$path"
	done
	wait_until grep -q '^:$' "$events"
	echo new >"$ROOT/file"
	wait_until grep -q '^data: /folder/link$' "$events"
	mv "$ROOT/folder" "$ROOT/other"
	mkdir "$ROOT/folder"
	curl -sS -o /dev/null "${URL}folder/"
	echo new >"$ROOT/folder/file"
	wait_until grep -q '^data: /folder/file$' "$events"
	serve_stop TERM
	wait_until grep -q "^$PID *+++ exited with 0 +++" "$trace"
	run sed '1,/seccomp(/d' "$trace"
	[[ $output == *inotify_add_watch\(* ]]
	# libc tries clone3 first for a thread that waits for a cold disk.
	output=$(grep -v clone3 <<<"$output")
	[[ $output != *ENOSYS* ]] || fail "$(grep ENOSYS <<<"$output")"
}

# SIGUSR1 is blocked from the start, so it cannot arrive too early.
# man: The browser and COMMAND run in separate processes, which are split
# off before that and are not confined.
# man: They take no orders from serve once it is confined, except to start,
# and the signals that are passed on.
@test "from inside: the helper accepts only signals, and starts only what it was told to" {
	opened=$BATS_TEST_TMPDIR/opened
	printf '#!/bin/sh\necho "$1" >>"%s"\n' "$opened" \
		>"$BATS_TEST_TMPDIR/browser"
	chmod +x "$BATS_TEST_TMPDIR/browser"
	# shellcheck disable=SC2016
	BROWSER=$BATS_TEST_TMPDIR/browser PROBE_HELPER=1 OPENED=$opened \
		timeout 30 env --block-signal=USR1 \
		"$PROBE" -o "$ROOT" -- python3 -c 'import os, signal
print(os.environ["SERVE_URL"], os.environ["SERVE_PORT"], flush=True)
print(signal.sigwait([signal.SIGUSR1]).name, flush=True)
while not os.path.exists(os.environ["OPENED"]):
    pass' >"$OUT" 2>"$ERR" 3>&-
	url=$(sed -n 's/^Serving .* at //p' "$ERR")
	port=${url##*:}
	[ "$(cat "$OUT")" = "$url ${port%/}
SIGUSR1" ]
	[ "$(cat "$opened")" = "$url" ]
}

@test "abort() still ends with SIGABRT" {
	PROBE_END=abort run "$PROBE" -p 0 "$ROOT" 3>&-
	[ "$status" = 134 ]
}

@test "a system call of another architecture ends the process" {
	[ "$(uname -m)" = x86_64 ] || skip "it has no other"
	for other in x32 i386; do
		PROBE_END=$other run "$PROBE" -p 0 "$ROOT" 3>&-
		[ "$status" = 159 ]	# SIGSYS
	done
}

@test "the static build is confined in the same way" {
	need musl-gcc
	PROBE=$BATS_TEST_TMPDIR/static
	musl-gcc -std=c17 -D_GNU_SOURCE -I"$BATS_TEST_DIRNAME/.." -O1 -c \
		-o "$BATS_TEST_TMPDIR/probe.o" \
		"$BATS_TEST_DIRNAME/sandbox_probe.c"
	make_static PROG="$PROBE" \
		LDFLAGS="-Wl,--wrap=sandbox_enter,--wrap=sandbox_filter \
		$BATS_TEST_TMPDIR/probe.o" all
	probe_start
	[ "$(curl -sS "${URL}file")" = content ]
	need_layer 'system call filter'
	need_layer Landlock
	[ "$(done_by filter | head -n 4)" = 'reads the root
reads a file
reads beside the root
looks at /etc/passwd' ]
	[ "$(done_by filter)" = "$(done_by thread)" ]
}

need_root() {
	[ "$EUID" = 0 ] || skip "needs root"
}

# Serve on port 80, in a network namespace of its own.
serve_privileged() {
	need ip
	RUN=(unshare --net sh -c 'ip link set lo up && exec "$@"' -)
	serve_start -vcurl -p 80
	need_layer 'no capabilities'
}

@test "root becomes the owner of the folder" {
	need_root
	let_others_in
	chown 4321:1234 "$ROOT"
	chmod 700 "$ROOT"
	serve_start -vcurl
	need_layer 'no capabilities'
	layer 'user 4321 instead of root'
	[ "$(status_field Uid)" = "4321	4321	4321	4321" ]
	[ "$(status_field Gid)" = "1234	1234	1234	1234" ]
	[ "$(status_field Groups | tr -d ' ')" = "" ]
	[ "$(status_field CapBnd)" = 0000000000000000 ]
	[ "$(curl -sS "${URL}file")" = content ]
}

# man: Before the first request, and in every thread, the process gives up
# the means to gain privileges, and, if it was started as root, its
# capabilities and that user: it becomes the owner of the folder, or nobody
# if that is root, with the group of the folder.
@test "root becomes nobody if the folder belongs to root" {
	need_root
	let_others_in
	chmod 755 "$ROOT"
	touch "$ROOT/secret"
	chmod 600 "$ROOT/secret"
	serve_privileged
	layer 'user 65534 instead of root'
	[ "$(status_field Uid)" = "65534	65534	65534	65534" ]
	at80=(nsenter --net --target "$PID" curl -sS -o /dev/null
		-w '%{http_code}')
	[ "$("${at80[@]}" http://localhost/file)" = 200 ]
	[ "$("${at80[@]}" http://localhost/secret)" = 403 ]
}

@test "root with a port below 1024 does not serve a folder that only root can read" {
	need_root
	need ip
	serve_start -vcurl
	need_layer 'no capabilities'
	serve_stop TERM
	let_others_in
	chmod 700 "$ROOT"
	run unshare --net sh -c 'ip link set lo up && exec "$@"' - \
		"$SERVE" -p 80 "$ROOT" 3>&-
	[ "$status" = 1 ]
	[[ $output = "serve: "*"Permission denied"* ]]
}

@test "root with another port stays root for a folder that only root can read" {
	need_root
	let_others_in
	chmod 700 "$ROOT"
	serve_start -vcurl
	need_layer 'no capabilities'
	layer 'still root: only root can read the folder'
	[ "$(status_field CapEff)" = 0000000000000000 ]
	[ "$(curl -sS "${URL}file")" = content ]
}

# man: It stays root, without capabilities, if it may not change its user or
# if only root can read the folder; on a port below 1024 it then refuses to
# start.
@test "root stays root if it may not change its user" {
	need_root
	let_others_in
	RUN=(setpriv --bounding-set '-setuid,-setgid')
	serve_start -vcurl
	need_layer 'no capabilities'
	layer 'still root: it may not change its user'
	[ "$(status_field CapEff)" = 0000000000000000 ]
	[ "$(curl -sS "${URL}file")" = content ]
}

@test "the process that connects is without capabilities even if it stays root" {
	need_root
	need pgrep
	let_others_in
	RUN=(setpriv --bounding-set '-setuid,-setgid')
	serve_start -vcurl --proxy /api=http://127.0.0.1:1
	need_layer 'no capabilities'
	PID=$(pgrep -P "$PID")
	[ "$(status_field Uid | cut -f 1)" = 0 ]
	for set in CapEff CapPrm CapInh CapAmb; do
		[ "$(status_field $set)" = 0000000000000000 ]
	done
}

@test "root serves one file as the owner of that file" {
	need_root
	let_others_in
	chown 4321 "$ROOT/file"
	chmod 600 "$ROOT/file"
	ROOT=$ROOT/file
	serve_start -vcurl
	need_layer 'no capabilities'
	layer 'user 4321 instead of root'
	[ "$(curl -sS "${URL}file")" = content ]
}

@test "a file that nobody may read, not even its owner, is named" {
	need_root
	let_others_in
	chmod 0 "$ROOT/file"
	run "$SERVE" -p 0 "$ROOT/file" 3>&-
	[ "$status" = 1 ]
	[ "$output" = "serve: cannot read '$ROOT/file' any more: Permission denied" ]
}

@test "a folder to which only root has a path is served again when it is made again" {
	need_root
	mkdir -m 700 "$BATS_TEST_TMPDIR/closed"
	mv "$ROOT" "$BATS_TEST_TMPDIR/closed/root"
	ROOT=$BATS_TEST_TMPDIR/closed/root
	let_others_in
	chmod 755 "$ROOT"
	serve_start -vcurl
	need_layer 'no capabilities'
	rm -r "$ROOT"
	mkdir "$ROOT"
	echo anew >"$ROOT/file"
	[ "$(curl -sS "${URL}file")" = anew ]
}

# Sentences of the man page stand in comments above the tests that prove them.
@test "every sentence of SECURITY CONSIDERATIONS has a test" {
	need mandoc python3
	cd "$BATS_TEST_DIRNAME/.."
	mandoc -Tascii -Owidth=900 man/serve.1 | python3 -c 'if 1:
		import re, sys
		page = re.sub(".\b", "", sys.stdin.read())
		section = re.search(r"^SECURITY CONSIDERATIONS$(.*?)^\S", page,
		                    re.S | re.M).group(1)
		proofs = set()
		for path in "tests/attack.bats", "tests/sandbox.bats":
		    comments = ""
		    for line in open(path):
		        if line.startswith("#"):
		            comments += line[1:].strip() + " "
		            continue
		        if line.startswith("@test "):
		            proofs |= {s.strip() for s in comments.split("man:")[1:]}
		        comments = ""
		sentences = set()
		for paragraph in re.split(r"\n\s*\n", section):
		    text = re.sub(r"^o ", "", " ".join(paragraph.split()))
		    sentences |= set(re.split(r"(?<=[.]) (?=[A-Z])", text))
		# "What serve promises:" begins a list.
		sentences = {s for s in sentences if s and not s.endswith(":")}
		print("\n".join("no test: " + s for s in sentences - proofs))
		print("\n".join("no such sentence: " + s for s in proofs - sentences))
		sys.exit(sentences != proofs or len(sentences) < 20)'
}
