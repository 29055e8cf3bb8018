load helper

# System calls refused by the kernel (ENOSYS) or by the filter of a container
# (EPERM, EACCES): without those that it does not need, serve starts, serves, and
# reports with -v what is missing.

setup() {
	serve_setup
	need python3 cc
	let_others_in
	mkdir "$ROOT/folder"
	echo content >"$ROOT/file"
	ln -s ../file "$ROOT/folder/link"
	ln -s /etc/passwd "$ROOT/out"
	head -c 3000000 /dev/zero >"$ROOT/big"
	export SYSTEM_CALLS=$BATS_FILE_TMPDIR/calls
}

# CALL[,CALL]... [OPTION]...: start serve, and request all kinds of responses;
# $said is its output without the requests.
refused() {
	RUN=(python3 "$BATS_TEST_DIRNAME/refuse.py" "EPERM:$1")
	serve_start -v "${@:2}" || return
	serves || return
	serve_stop TERM || return
	said=$(grep '^\* missing\|^serve: ' "$ERR" || :)
}

# CALL[,CALL]... PATTERN [OPTION]...: serve ends with this message.
fails() {
	run python3 "$BATS_TEST_DIRNAME/refuse.py" "EACCES:$1" \
		"$SERVE" -p 0 "${@:3}" "$ROOT" 3>&-
	# shellcheck disable=SC2053
	[[ $status = 1 && $output == "serve: "$2 ]] || fail "$1: $status $output"
}

serves() {
	local got=$BATS_TEST_TMPDIR/got

	[ "$(curl -sS -w '%{http_code},' \
		-o "$got.link" "${URL}folder/link" -o "$got.big" "${URL}big" \
		-o /dev/null "${URL}none" -o /dev/null "${URL}out" \
		-o "$got.listing" "$URL" -o "$got.tar" "${URL}?archive=tar" \
		--next -sS -r 3-5 "${URL}file")" = \
		200,200,404,404,200,200,ten ] || return
	[ "$(cat "$got.link")" = content ] || return
	cmp "$got.big" "$ROOT/big" || return
	grep -q 'href="folder/"' "$got.listing" || return
	tar -tf "$got.tar" >/dev/null || return
	grep -q '"GET /file HTTP/1.1" 206 3 ' "$OUT"
}

# TEXT: it is the only message of serve.
says() {
	[ "$said" = "$1" ] || fail "not '$1': $said"
}

# .ci/run tests each call with each error in all modes.
# bats test_tags=sandbox
@test "whichever call is refused, serve is confined and serves, or ends with a message" {
	run python3 "$BATS_TEST_DIRNAME/refused.py" "$SERVE" plain live
	[ "$status" = 0 ] || fail "$output"
	[[ $output =~ ^[12][0-9]{2}' starts, 0 at fault'$ ]]
}

# The filter of a container may refuse calls that a part of serve needs.
# bats test_tags=sandbox
@test "a refused call without a replacement is named at startup" {
	local refuses="cannot start: the kernel, or the filter of a container, "

	refuses+="refuses "
	fails poll,ppoll "${refuses}poll: Permission denied"
	fails accept4 "${refuses}accept4: Permission denied"
	fails rt_sigprocmask "${refuses}sigprocmask: Permission denied"
	fails recvmsg "${refuses}recvmsg: *" --proxy /=http://127.0.0.1:1
	fails kill "${refuses}kill: *" -o
	fails socket "cannot listen on 127.0.0.1: Permission denied"
	fails getsockname "cannot listen on 127.0.0.1: Permission denied"
}

# bats test_tags=sandbox
@test "if folders cannot be listed files are served, and -v reports it" {
	RUN=(python3 "$BATS_TEST_DIRNAME/refuse.py" EPERM:getdents64)
	serve_start -v
	grep -Fx '* missing: folder listings' "$ERR"
	[ "$(curl -sS "${URL}folder/link")" = content ]
	[ "$(status_of "$URL")" = 500 ]
}

# bats test_tags=sandbox
@test "root does not stay root if geteuid() and getuid() are refused" {
	[ "$EUID" = 0 ] || skip "needs root"
	RUN=(python3 "$BATS_TEST_DIRNAME/refuse.py" "EPERM:geteuid,getuid")
	serve_start
	grep -E '^Uid:(.65534){4}$' "/proc/$PID/status"
}

# bats test_tags=sandbox
@test "COMMAND runs if getppid() and getpid() are refused" {
	RUN=(python3 "$BATS_TEST_DIRNAME/refuse.py" "ENOSYS:getppid,getpid")
	run "${RUN[@]}" "$SERVE" "$ROOT" -- sh -c 'exit 7' 3>&-
	[ "$status" = 7 ]
}

# bats test_tags=sandbox
@test "-v names each layer of the sandbox that is refused" {
	for call in landlock_create_ruleset landlock_add_rule \
		landlock_restrict_self; do
		refused "$call"
		says '* missing: Landlock'
	done
	refused seccomp
	says '* missing: system call filter'
	refused prctl
	says '* missing: no new privileges, write xor execute'
	refused capset
	says '* missing: no capabilities'
}

# bats test_tags=sandbox
@test "all layers of the sandbox may be refused together" {
	refused landlock_create_ruleset,seccomp,prctl,capset,openat2,sendfile,pwritev2,preadv2
	says '* missing: no capabilities, no new privileges, Landlock, system call filter, write xor execute'
}

# bats test_tags=sandbox
@test "without pwritev2 a log that was truncated is appended to" {
	RUN=(python3 "$BATS_TEST_DIRNAME/refuse.py" ENOSYS:pwritev2)
	serve_start
	curl -sS -o /dev/null "${URL}file"
	wait_until test -s "$OUT"
	: >"$OUT"
	curl -sS -o /dev/null "${URL}file"
	wait_until test -s "$OUT"
	[ "$(head -c 10 "$OUT")" = "127.0.0.1 " ]
}

# bats test_tags=sandbox
@test "without threads one loop serves, and -v reports it" {
	refused clone3,clone -j 2
	says '* missing: 1 of 2 event loops'
}

@test "if inotify is refused --live is off, with a message" {
	for call in inotify_init1 timerfd_create; do
		refused "$call" --live
		[ "$(grep -c 'serve: cannot watch for changes, --live is off: ' \
			<<<"$said")" = 1 ]
		serve_start --live
		run curl -sS -H 'Accept: text/html' "${URL}folder/"
		[[ $output == *link* && $output != *serve/live* ]]
		serve_stop TERM
	done
}

@test "if folders cannot be watched there is one message, and files are served" {
	refused inotify_add_watch --live
	[ "$(grep -c 'serve: cannot watch folders, --live sees no changes: ' \
		<<<"$said")" = 1 ]
}
