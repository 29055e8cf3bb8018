load helper

# Errors before serve begins: one line, and status 1.

setup() {
	serve_setup
	cd "$ROOT" || return
	mkdir dist docs 'my dir'
	mkfifo fifo
	touch file
}

# MESSAGE [ARG]...: with these arguments serve fails with this message.
fails() {
	run --separate-stderr "${RUN[@]}" timeout 10 "$SERVE" "${@:2}"
	[ "$status" = 1 ] || fail "status $status: $stderr" || return
	[ -z "$output" ] || fail "on stdout: $output" || return
	[ "$stderr" = "serve: $1" ] || fail "not the message: $stderr"
}

@test "a missing folder is reported, with a suggestion" {
	fails "no folder 'dits', did you mean 'dist'?" dits
	fails "no folder './dits', did you mean './dist'?" -p 0 ./dits
	fails "no folder '$ROOT/my', did you mean '$ROOT/my dir'?" "$ROOT/my"
	fails "no folder 'd'" d
	fails "no folder 'dist/none'" dist/none
	fails "no folder 'file/'" file/
	fails "no folder ''" ''
	fails "no folder '\\x1b]0;\\x07'" $'\e]0;\a'
}

@test "the suggestion does not depend on the order of names in their folder" {
	mkdir sea{z..b}
	fails "no folder 'seaa', did you mean 'seab'?" seaa
	# A swap of two letters is one edit: "bosk" has two.
	mkdir bosk
	fails "no folder 'dosc', did you mean 'docs'?" dosc
}

@test "a port given as the folder is reported, with -p" {
	fails "no folder '9000', did you mean '-p 9000'?" 9000
	fails "no folder '65535', did you mean '-p 65535'?" 65535
	fails "no folder '65536'" 65536
	fails "no folder '008080'" 008080
	fails "no folder 'x:'" x:
	mkdir 9000
	serve_start 2>/dev/null
	run timeout 10 "$SERVE" -p "$PORT" 9000
	[[ $output =~ ^"serve: port $PORT is taken, try '-p "[0-9]+"' or leave out -p"$ ]]
}

# MESSAGE [ARG]...: these arguments are a usage error with this message.
misused() {
	run --separate-stderr timeout 10 "$SERVE" "${@:2}"
	[ "$status" = 2 ] || fail "status $status: $stderr" || return
	[ "${stderr_lines[0]}" = "serve: $1" ] || fail "not the message: $stderr"
}

@test "options of other servers are answered with the right one of serve" {
	misused "unknown option '--host', use '-b ADDR' or '--public'" --host ::
	misused "unknown option '--root', use 'serve DIR'" --root=dist
	misused "unknown option '-s', use '--spa'" -s dist
	misused "unknown option '--single', use '--spa'" --single
	misused "unknown option '-l', use '-p PORT'" -l 80
	for option in --ssl --tls; do
		misused "unknown option '$option', there is no TLS, see\
 'man serve' for a proxy" "$option"
	done
	misused "bad port ':8080', did you mean '-p 8080'?" -p :8080
	misused "bad port 'localhost:8080', did you mean '-p 8080'?" \
		--port=localhost:8080
	misused "bad port ':', want 0 to 65535" -p :
	misused "one folder at a time, got 'dist' and '8080', did you mean\
 '-p 8080'?" dist 8080
	misused "one folder at a time, got 'dist' and 'npm', did you mean\
 '-- npm test'?" dist npm test
	misused "one folder at a time, got 'dist' and 'docs'" dist docs
	misused "'–spa' starts with a typographic dash, did you mean '--spa'?" –spa
	misused "'—port=80' starts with a typographic dash, did you mean\
 '--port=80'?" dist —port=80
	misused "'–' starts with a typographic dash, did you mean '--'?" dist – npm
	misused "'–p' starts with a typographic dash, did you mean '-p'?" dist –p 80
	fails "no folder ':8080', did you mean '-p 8080'?" :8080
	fails "no folder 'localhost:8080', did you mean '-p 8080'?" localhost:8080
	fails "no folder 'localhost:99999'" localhost:99999
	fails "no folder '–x'" –x
}

@test "a value that must follow '=' is reported" {
	fails "no folder 'http://localhost:3000', did you mean\
 '--cors=http://localhost:3000'?" --cors http://localhost:3000
	fails "no folder '/x', did you mean '-o=/x'?" -o /x
	fails "no folder '/x', did you mean '--open=/x'?" --open /x
	fails "no folder 'curl', did you mean '-v=curl'?" -v curl
	fails "no folder 'curls'" -v curls
	# Not beyond another option.
	fails "no folder 'curl'" -v -q curl
	mkdir curl
	run timeout 10 "$SERVE" -v curl --spam
	[ "${lines[0]}" = "serve: unknown option '--spam', did you mean '--spa'?" ]
}

@test "an origin with the default port of its scheme is refused, with the right one" {
	misused "bad origin 'http://localhost:80' for --cors, did you mean\
 'http://localhost'?" --cors=http://localhost:80
	misused "bad origin 'https://[::1]:443' for --cors, did you mean\
 'https://[::1]'?" --cors=https://[::1]:443
}

@test "a FIFO is neither served as a folder nor as a file" {
	fails "'fifo' is neither a folder nor a file" fifo
}

@test "an unreadable folder is reported" {
	chmod 0 dist
	serve_as_user
	chmod o+x "$ROOT"
	fails "cannot open folder 'dist': Permission denied" dist
	fails "cannot open folder 'dist/a': Permission denied" dist/a
}

# PORT: in a network namespace where ports below this one are for root.
in_own_network() {
	need sysctl ip
	need_unshare --net
	# shellcheck disable=SC2016
	RUN=(unshare --net sh -c 'ip link set lo up
		sysctl -qw net.ipv4.ip_unprivileged_port_start="$0"; exec "$@"' \
		"$1" "${RUN[@]}")
}

@test "a port that only root may use is reported, with one that anybody may use" {
	serve_as_user
	in_own_network 1024
	fails "port 80 needs root, try '-p 8080'" -p 80
	fails "port 443 needs root, try '-p 8443'" -p 443 -b ::1
	fails "port 1000 needs root, try '-p 8000'" -p 1000
	fails "port 1023 needs root, try '-p 8023'" --port=1023 --public
}

@test "without -p a port that only root may use is reported as well" {
	serve_as_user
	in_own_network 9000
	fails "port 8000 needs root, try '-p 15000'"
}

@test "if all ports up to 8099 are taken that is reported" {
	need python3
	in_own_network 0
	RUN+=(python3 -c 'if 1:
		import os, socket, sys
		for port in range(8000, 8100):
		    taken = socket.create_server(("127.0.0.1", port))
		    os.set_inheritable(taken.detach(), True)
		os.execvp(sys.argv[1], sys.argv[1:])')
	fails "ports 8000 to 8099 are all taken, give one with -p"
	# The suggested port is free.
	fails "port 8000 is taken, try '-p 8100' or leave out -p" -p 8000
}

@test "for the last port no next one is suggested" {
	need python3
	in_own_network 0
	RUN+=(python3 -c 'if 1:
		import os, socket, sys
		taken = socket.create_server(("127.0.0.1", 65535))
		os.set_inheritable(taken.detach(), True)
		os.execvp(sys.argv[1], sys.argv[1:])')
	fails "port 65535 is taken, leave out -p" -p 65535
}

@test "no file or socket is opened if an argument is wrong" {
	need_trace
	# LeakSanitizer itself wants to trace.
	ASAN_OPTIONS=detect_leaks=0 strace -f -s 200 \
		-o "$BATS_TEST_TMPDIR/calls" "$SERVE" dist --prot || :
	run ! grep -E '^[0-9]+ +(socket|bind|listen|v?fork|clone3?|(openat2?|stat|newfstatat)\(.*"dist")' \
		"$BATS_TEST_TMPDIR/calls"
	grep -F "did you mean '--port'?" "$BATS_TEST_TMPDIR/calls"
}

@test "a current folder that was deleted is reported" {
	cd dist
	rmdir ../dist
	fails "the current folder has been deleted, change to another one"
	fails "the current folder has been deleted, change to another one" .
	fails "the current folder has been deleted, change to another one" sub
	fails "no folder '/absent-at-the-top'" /absent-at-the-top
}

# CALL...: serve starts although these calls are refused with EPERM.
refused() {
	need_trace
	RUN=(strace -D -f -q -o /dev/null)
	for call; do
		RUN+=(-e "inject=${call%%:*}:error=EPERM${call#"${call%%:*}"}")
	done
}

# As with SystemCallFilter=~@setuid of systemd.
# bats test_tags=sandbox
@test "root starts even if it may not change its user" {
	[ "$EUID" = 0 ] || skip "needs root"
	let_others_in
	for calls in 'setgroups setresuid setresgid' setgroups \
		'setresuid:when=1' 'setresuid:when=2' 'setresgid:when=2'; do
		refused $calls
		serve_start -vcurl
		[ "$(status_of "${URL}file")" = 200 ]
		grep 'still root: it may not change its user\|left out' "$ERR"
		serve_stop TERM
	done
}

# bats test_tags=sandbox
@test "capabilities that could not be dropped are reported" {
	refused capset
	serve_start -vcurl
	[ "$(status_of "${URL}file")" = 200 ]
	run ! grep 'sandbox: .*no capabilities' "$ERR"
	grep '^\* missing: \(no capabilities\|the sandbox\)' "$ERR"
}

# As in a minimal container.
@test "serve starts without /dev/null, even if stdin is closed" {
	[ "$EUID" = 0 ] || skip "needs root"
	need unshare
	unshare --mount true || skip "needs mounts of its own"
	# shellcheck disable=SC2016
	RUN=(unshare --mount sh -c 'mount --bind /proc/version /dev/null &&
		mount -t tmpfs none /dev && exec "$@"' -)
	serve_start
	[ "$(status_of "${URL}file")" = 200 ]
	serve_stop TERM
	# shellcheck disable=SC2016
	RUN+=(sh -c 'exec "$@" <&-' -)
	serve_start
	[ "$(status_of "${URL}file")" = 200 ]
}

# FAMILY ERROR COMMAND...: as with RestrictAddressFamilies= of systemd.
# bats test_tags=sandbox
@test "if one address family is refused, serve listens on the other" {
	need_trace
	for error in EACCES EPERM EAFNOSUPPORT; do
		RUN=(strace -D -f -q -o /dev/null -e "inject=socket:error=$error:when=2")
		serve_start
		[ "$(status_of "http://127.0.0.1:$PORT/file")" = 200 ]
		serve_stop TERM
		RUN=(strace -D -f -q -o /dev/null -e "inject=socket:error=$error:when=1")
		serve_start
		[ "$(status_of "http://[::1]:$PORT/file")" = 200 ]
		serve_stop TERM
	done
	run timeout 10 strace -f -q -o /dev/null -e inject=socket:error=EACCES \
		"$SERVE" -p 8099
	[ "$output" = "serve: cannot listen on 127.0.0.1: Permission denied" ]
}

# bats test_tags=sandbox
@test "if threads cannot be started serve uses fewer loops, and -v reports it" {
	refused clone3:when=2+ clone:when=2+
	for style in -v -vnumbered -vcurl; do
		serve_start "$style" -j 3
		[ "$(status_of "${URL}file")" = 200 ]
		grep -E '^\* missing: (.*, )?2 of 3 event loops$' "$ERR"
		serve_stop TERM
	done
	serve_start -j 3
	run ! grep missing "$ERR"
}

# As with the filter of an old docker: only pthread_create() calls clone3.
# bats test_tags=sandbox
@test "without further threads serve works in its first one, and ends as usual" {
	refused clone3
	serve_start -v -j 3
	[ "$(status_of "${URL}file")" = 200 ]
	grep -E '^\* missing: (.*, )?2 of 3 event loops$' "$ERR"
	serve_stop INT
	# shellcheck disable=SC2016
	run "${RUN[@]}" "$SERVE" "$ROOT" -- \
		sh -c 'curl -sS -o /dev/null -w "%{http_code}" "$SERVE_URL"; exit 7' 3>&-
	[ "$status" = 7 ]
	[ "${lines[-1]}" = 200 ]
}

# bats test_tags=sandbox
@test "without further threads serve ends if the process that connects ends" {
	refused clone3
	serve_start --proxy /app=http://127.0.0.1:9
	serve_ends_without_connector
}

# bats test_tags=sandbox
@test "without further threads serve rests when the browser has been opened" {
	refused clone3
	need pgrep
	RUN+=(-o "$BATS_TEST_TMPDIR/trace" -e "trace=clone3,recvfrom")
	BROWSER=true serve_start -o --proxy /app=http://127.0.0.1:9
	helper_ended() {
		[ "$(pgrep -c -P "$PID")" = 1 ]
	}
	wait_until helper_ended
	[ "$(status_of "${URL}file")" = 200 ]
	[ "$(status_of "${URL}file")" = 200 ]
	# The one at the start asks whether the call is permitted.
	[ "$(grep -c EBADF "$BATS_TEST_TMPDIR/trace")" = 1 ]
}

# bats test_tags=sandbox
@test "if its user may not start processes, serve works in one thread" {
	need prlimit setpriv
	serve_as_user
	chmod o+rx "$BATS_TEST_TMPDIR" "$ROOT"
	RUN=(setpriv --reuid 54321 --regid 54321 --clear-groups prlimit --nproc=1)
	[ "$EUID" = 0 ] || RUN=(prlimit --nproc=1)
	serve_start -v -j 3
	[ "$(status_of "${URL}file")" = 200 ]
	grep -E '^\* missing: (.*, )?2 of 3 event loops$' "$ERR"
}

# bats test_tags=sandbox
@test "--live without /proc prints one message, and serve works" {
	[ "$EUID" = 0 ] || skip "needs root"
	need unshare
	unshare --mount true || skip "needs mounts of its own"
	# shellcheck disable=SC2016
	RUN=(unshare --mount sh -c 'mount -t tmpfs none /proc && exec "$@"' -)
	serve_start --live
	[ "$(status_of "${URL}file")" = 200 ]
	[ "$(status_of "${URL}docs/")" = 200 ]
	[ "$(grep '^serve: ' "$ERR")" = "serve: cannot watch folders, --live sees\
 no changes: no /proc" ]
}
