# What the test files share: a server of its own for each test, on a port that
# the kernel picks, and ways to send requests to it.
#
#	ROOT OUT ERR	the folder served, what serve wrote to stdout and stderr
#	SERVE DRIVER	the two programs under test
#	URL PORT PID	of the server started last; URL ends in a slash
#	KEY		the key of --key, which is not in URL
#
# A file with a setup or teardown of its own calls serve_setup, serve_teardown.

bats_require_minimum_version 1.5.0

SERVE=$(realpath -m "${SERVE:-$BATS_TEST_DIRNAME/../serve}")
DRIVER=$(realpath -m "${DRIVER:-$BATS_TEST_DIRNAME/../build/tests/driver}")

# For npm modules: npm install --prefix ~/.cache/serve-tests MODULE
: "${NODE_PATH:=${XDG_CACHE_HOME:-$HOME/.cache}/serve-tests/node_modules}"
export NODE_PATH

# The tests do not depend on the user's settings.
export LC_ALL=C.UTF-8 TERM=xterm no_proxy='*'
unset NO_COLOR BROWSER DISPLAY WAYLAND_DISPLAY TZ

setup() {
	serve_setup
}

teardown() {
	serve_teardown
}

serve_setup() {
	ROOT=$BATS_TEST_TMPDIR/root
	OUT=$BATS_TEST_TMPDIR/out
	ERR=$BATS_TEST_TMPDIR/err
	RUN=()			# the command that runs serve: RUN=(setpriv ...)
	RUNNING=()
	mkdir "$ROOT"
	# Started by root, serve stays root unless this test lets others in.
	chmod o+x "$BATS_RUN_TMPDIR"
	chmod o-x "$BATS_TEST_TMPDIR"
	# Newer versions of curl take ::1 for localhost first.
	export CURL_HOME=$BATS_TEST_TMPDIR
	echo 'connect-to = "localhost::127.0.0.1:"' >"$CURL_HOME/.curlrc"
}

# Stop the servers that still run.  One that crashed, hangs, leaks or does not
# end with 0 fails the test, whatever the test checked.
serve_teardown() {
	local bad=0

	for PID in "${RUNNING[@]}"; do
		serve_stop TERM || bad=$?
	done
	[ "$bad" = 0 ] || echo "serve ended with status $bad"
	[ -z "${MEMORY-}" ] || rm -rf "$MEMORY"
	[ "$bad$BATS_TEST_COMPLETED" = 01 ] || [ ! -e "$ERR" ] || tail -vn 50 "$ERR"
	return "$bad"
}

# Put ROOT in memory if there is room: thousands of files are made and removed
# there many times faster than on a disk.
root_in_memory() {
	MEMORY=$(mktemp -d /dev/shm/serve-XXXXXX) || return 0
	chmod 755 "$MEMORY"
	ROOT=$MEMORY/root
	mkdir "$ROOT"
}

# [OPTION]...: serve $ROOT.  For a second one at the same time set OUT and ERR.
serve_start() {
	: >"$ERR"
	# bats waits until no process has descriptor 3 open.
	"${RUN[@]}" "$SERVE" -p 0 "$@" "$ROOT" >"$OUT" 2>"$ERR" 3>&- &
	PID=$!
	RUNNING+=("$PID")
	wait_until serve_settled && [ -n "$URL" ] || return
	[[ $URL =~ :([0-9]+)/ ]]
	PORT=${BASH_REMATCH[1]}
}

serve_settled() {
	URL=$(grep -aom1 'http://[^ ]*/[^ /]*$' "$ERR") || serve_gone || return
	KEY=${URL#*\?key=}
	# With FILE its name follows.
	URL=${URL:+${URL%/*}/}
}

serve_gone() {
	! kill -0 "$PID" 2>/dev/null
}

# SIGNAL: stop the server PID and return its exit status.  Not under run, whose
# subshell cannot wait for it.
serve_stop() {
	if kill -s "$1" "$PID"; then
		serve_wait
	else
		serve_wait && fail "serve had ended by itself"
	fi
}

# Wait until the server PID has ended, and return its exit status.
serve_wait() {
	local i

	for i in "${!RUNNING[@]}"; do
		[ "${RUNNING[i]}" != "$PID" ] || unset "RUNNING[i]"
	done
	wait_until serve_gone || kill -s KILL "$PID"
	wait "$PID"
}

# Let other users reach what this test makes: serve started by root becomes
# one of them, if it can still read ROOT.
let_others_in() {
	chmod o+x "$BATS_TEST_TMPDIR"
}

# If we are root, let serve_start run serve as an ordinary user, whom
# permissions restrict.
serve_as_user() {
	[ "$EUID" = 0 ] || return 0
	let_others_in
	cp "$SERVE" "$BATS_TEST_TMPDIR/serve"
	SERVE=$BATS_TEST_TMPDIR/serve
	RUN=(setpriv --reuid 65534 --regid 65534 --clear-groups)
}

# Kill the process that connects to applications: serve ends too, and says why.
serve_ends_without_connector() {
	local status=0

	need pgrep
	kill -s KILL "$(pgrep -P "$PID")"
	serve_wait || status=$?
	[ "$status" = 1 ]
	grep -qx 'serve: the process that connects to applications has ended' \
		"$ERR"
}

# COMMAND...: skip the test if one of them is not installed, or if it is a
# browser, which takes long, and BROWSERS is not set.
need() {
	local tool

	for tool; do
		case $tool in
		chromium | firefox-esr | WebKitWebDriver)
			[ -n "${BROWSERS-}" ] || skip "a browser: BROWSERS=1" ;;
		esac
		command -v "$tool" >/dev/null || lack "$tool"
	done
}

# How long a body is that is too long for 32 bits.  It takes time to send, so it
# is short unless this is CI, with a release.
too_long_for_32_bits() {
	if [ -n "${CI-}" ] && is_release; then
		echo 4297000000
	else
		echo 300000000
	fi
}

# OPTION...: skip the test if unshare may not do this here, as in a container.
need_unshare() {
	need unshare
	unshare "$@" true 2>/dev/null || lack "permission for unshare $*"
}

# Skip the test if strace is missing, or may not trace here.
need_trace() {
	need strace
	strace -o /dev/null true 2>/dev/null || lack "permission to trace"
}

# FILE NAME: skip the test if the file is missing; NAME is for the message.
need_file() {
	[ -e "$1" ] || lack "$2"
}

# MODULE...: skip the test if a module of npm is missing.
need_module() {
	local module

	need node
	for module; do
		need_file "$NODE_PATH/$module" "npm's $module in NODE_PATH"
	done
}

# Is $SERVE a build without sanitizers and counters, as fast and small as a
# release?
is_release() {
	[[ $(head -c 4 "$SERVE") == $'\x7fELF' ]] &&
		! grep -qaE '__(asan|tsan|msan|gcov)_' "$SERVE"
}

# ARGUMENT...: of make, which uses the objects of "make static".  Two files of
# tests want them: the second one finds them made.
make_static() {
	(
		cd "$BATS_TEST_DIRNAME/.." && mkdir -p build/static || exit
		exec 9>build/static.lock
		flock 9
		env -u MAKEFLAGS -u MAKELEVEL -u CPPFLAGS -u CFLAGS -u LDFLAGS \
			make -s -j2 CC=musl-gcc BUILD=build/static \
			LDHARD='-static -Wl,-z,relro,-z,now' "$@" 3>&- 9>&-
	)
}

lack() {
	[ -z "$CI" ] || fail "CI has everything, but not $1" || return
	skip "needs $1"
}

# COMMAND...: repeat it until it succeeds, for 20 seconds at most.
wait_until() {
	local end=$((SECONDS + 20))

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || fail "still not: $*" || return
		sleep 0.02
	done
}

fail() {
	echo "$*" >&2
	return 1
}

# [HOST]: send stdin unchanged, close the sending side, and print all that comes
# back.
raw() {
	timeout 20 nc -N "${1:-127.0.0.1}" "$PORT"
}

# [CURL OPTION]... URL: print the status
status_of() {
	curl -sS -o /dev/null -w '%{http_code}' "$@"
}

# NAME [CURL OPTION]... URL: print one field of the response
field_of() {
	# Before 7.84 curl has no %header{}.
	curl -sS -o /dev/null -D - "${@:2}" | tr -d '\r' | awk -v name="$1:" '
		/^HTTP\// { value = ""; seen = 0 }
		tolower($1) == tolower(name) && !seen++ {
			value = substr($0, length(name) + 2)
		}
		END { print value }'
}
