load helper

# Calls that serve can do without, refused by the kernel (ENOSYS), or by the
# filter of a container (EPERM, EACCES): it starts, serves, and -v tells what is
# missing.  Without calls such as socket, read or epoll_create1 nothing serves.

setup() {
	serve_setup
	need python3 cc
	chmod o+x "$BATS_RUN_TMPDIR"
	mkdir "$ROOT/folder"
	echo content >"$ROOT/file"
	ln -s ../file "$ROOT/folder/link"
	ln -s /etc/passwd "$ROOT/out"
	head -c 3000000 /dev/zero >"$ROOT/big"
}

# CALL[,CALL]... [OPTION]...: start serve for each error, and ask for all kinds
# of responses; $said is what it wrote, but for the requests.
refused() {
	local error

	said=
	for error in ENOSYS EPERM EACCES; do
		RUN=(python3 "$BATS_TEST_DIRNAME/refuse.py" "$error:$1")
		serve_start -v "${@:2}" || fail "with $error" || return
		serves || fail "with $error" || return
		serve_stop TERM || return
		said+=$(grep '^\* missing\|^serve: ' "$ERR" || :)$'\n'
	done
}

serves() {
	[ "$(curl -sS "${URL}folder/link")" = content ] || return
	[ "$(curl -sS "${URL}file" -r 3-5)" = ten ] || return
	[ "$(curl -sS -o /dev/null -w '%{size_download}' "${URL}big")" = 3000000 ] ||
		return
	[ "$(status_of "${URL}none")" = 404 ] || return
	[ "$(status_of "${URL}out")" = 404 ] || return
	curl -sS "$URL" | grep -q 'href="folder/"' || return
	curl -sS "${URL}?archive=tar" | tar -t >/dev/null || return
	grep -q '"GET /file HTTP/1.1" 206 3 ' "$OUT"
}

# TEXT: serve said it each time, and nothing else
says() {
	[ "$(grep -c . <<<"$said")" = 3 ] && [ "$(sort -u <<<"$said" | grep .)" = "$1" ] ||
		fail "not '$1': $said"
}

# bats test_tags=sandbox
@test "without what helps only speed it serves, and has nothing to say" {
	for call in sendfile pwritev2 openat2 madvise,lseek,uname \
		sched_getaffinity,prlimit64,sched_yield setsockopt,ioctl,shutdown \
		getrandom,rseq,set_robust_list,getpid,geteuid; do
		refused "$call"
		[ -z "${said//$'\n'}" ] || fail "without $call: $said"
	done
}

# bats test_tags=sandbox
@test "each layer of the sandbox that is refused is named by -v" {
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
	refused landlock_create_ruleset,seccomp,prctl,capset,openat2,sendfile,pwritev2
	says '* missing: no capabilities, no new privileges, Landlock, system call filter, write xor execute'
}

# bats test_tags=sandbox
@test "without threads one loop serves, and -v says so" {
	refused clone3,clone -j 2
	says '* missing: 1 of 2 event loops'
}

@test "without a way to watch --live is off, and serve says so" {
	for call in inotify_init1 timerfd_create; do
		refused "$call" --live
		[ "$(grep -c 'serve: cannot watch for changes, --live is off: ' \
			<<<"$said")" = 3 ]
		serve_start --live
		run curl -sS -H 'Accept: text/html' "${URL}folder/"
		[[ $output == *link* && $output != *serve/live* ]]
		serve_stop TERM
	done
}

@test "where folders cannot be watched serve says so once, and serves" {
	refused inotify_add_watch --live
	[ "$(grep -c 'serve: cannot watch folders, --live sees no changes: ' \
		<<<"$said")" = 3 ]
}
