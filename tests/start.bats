# What serve says when it starts, and where it cannot.

load helper

# EXPECTED ARGUMENT...: the start fails with this message
fails() {
	local expected=$1

	shift
	run "${RUN[@]}" "$SERVE" "$@" 3>&-
	echo "$output"
	[ "$status" = 1 ]
	[ "$output" = "serve: $expected" ]
}

# In a network of its own, where all ports are free.
in_own_network() {
	need unshare ip
	unshare --net true || skip "needs a network of its own"
	# shellcheck disable=SC2016
	RUN=(unshare --net sh -c 'ip link set lo up; "$@"' - "${RUN[@]}")
}

@test "a folder that is not there is named, with what was meant" {
	cd "$ROOT"
	mkdir -p dist some/inner .hidden
	fails "no folder 'dits', did you mean 'dist'?" dits
	fails "no folder 'some/iner', did you mean 'some/inner'?" some/iner
	fails "no folder '$ROOT/dists', did you mean '$ROOT/dist'?" "$ROOT/dists"
	fails "no folder 'hidden'" hidden
	fails "no folder 'absent/dist'" absent/dist
}

@test "a number that is no folder may have been meant for a port" {
	cd "$ROOT"
	fails "no folder '9000', did you mean '-p 9000'?" 9000
	fails "no folder '90000'" 90000
	fails "no folder '9000x'" 9000x
}

@test "what is neither a folder nor a file is refused" {
	cd "$ROOT"
	mkfifo fifo
	fails "'fifo' is neither a folder nor a file" fifo
	fails "'/dev/null' is neither a folder nor a file" /dev/null
}

@test "a folder that may not be opened is named, with the reason" {
	serve_as_user
	mkdir -m 0 "$ROOT/private"
	chmod 755 "$BATS_TEST_TMPDIR" "$ROOT"
	fails "cannot open folder '$ROOT/private': Permission denied" \
		"$ROOT/private"
	rmdir "$ROOT/private"
}

@test "a port below 1024 is for root alone" {
	serve_as_user
	in_own_network
	fails "port 80 needs root, try '-p 8080'" -p 80 /
	fails "port 1023 needs root, try '-p 8023'" -p 1023 /
}

@test "the last port has none behind it" {
	in_own_network
	# shellcheck disable=SC2016
	RUN+=(bash -c '"$@" 2>/dev/null & until grep -q ":FFFF " /proc/net/tcp; do
		sleep 0.02; done; "$@"; status=$?; kill $!; exit $status' -)
	fails "port 65535 is taken, leave out -p" -p 65535 -b 127.0.0.1 -q /
}

@test "where all ports are taken one has to be named" {
	need python3
	in_own_network
	RUN+=(python3 -c '
import os, socket, subprocess, sys
taken = [socket.create_server(("127.0.0.1", p)) for p in range(8000, 8100)]
sys.exit(subprocess.run(sys.argv[1:]).returncode)')
	fails "ports 8000 to 8099 are all taken, give one with -p" /
}

@test "on a terminal the banner says who can reach it" {
	RUN=(python3 "$BATS_TEST_DIRNAME/relay.py" tty 2)
	HOME=${ROOT%/*}
	serve_start
	[ "$(cat "$ERR")" = "Serving ~/root at $URL
Only this machine can reach it (--public shares it). Ctrl-C stops." ]
}

@test "--public shows the addresses of the network, on a terminal" {
	need ip unshare
	unshare --net true || skip "needs a network of its own"
	# shellcheck disable=SC2016
	RUN=(unshare --net sh -c 'ip link set lo up
		ip link add one type bridge && ip link set one up
		ip addr add 192.0.2.17/24 dev one
		ip addr add 169.254.3.4/16 dev one
		ip addr add 2001:db8::17/64 dev one nodad; exec "$@"' -
		python3 "$BATS_TEST_DIRNAME/relay.py" tty 2)
	HOME=/nonexistent
	"${RUN[@]:0:5}" true || skip "needs an interface of its own"
	serve_start --public
	wait_until grep -q stops "$ERR"
	[ "$(cat "$ERR")" = "Serving $ROOT at $URL
On the network: http://192.0.2.17:$PORT/
                http://[2001:db8::17]:$PORT/
Everyone who reaches this machine can read it. Ctrl-C stops." ]
}

@test "who shares a home folder or all there is hears so" {
	HOME=$ROOT serve_start --public
	[ "$(sed 1d "$ERR")" = \
		"serve: warning: this shares your whole home folder" ]
	serve_stop TERM
	HOME=$ROOT serve_start -b 127.0.0.1
	[ "$(sed 1d "$ERR")" = "" ]
	serve_stop TERM
	HOME=/nonexistent ROOT=/ serve_start --public
	[ "$(sed 1d "$ERR")" = \
		"serve: warning: this shares the whole file system" ]
}
