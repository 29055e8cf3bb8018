load helper

# What serve says at its start: one line for scripts, more for people.

only='Only this machine can reach it (--public shares it). Ctrl-C stops.'
everyone='Everyone who reaches this machine can read it. Ctrl-C stops.'

setup() {
	need python3
	serve_setup
	ROOT=$(realpath "$ROOT")
	export HOME=/nonexistent
}

# DESCRIPTORS [OPTION]...: these are a terminal; $BANNER is what is said there
# and on stderr, with PORT for the port.
banner() {
	RUN+=(python3 "$BATS_TEST_DIRNAME/relay.py" tty "$1")
	[[ $1 != *1* ]] || ERR=$OUT
	serve_start --color=never "${@:2}"
	serve_stop TERM
	BANNER=$(sed '/^Stopped /d' "$ERR"; echo .)
	BANNER=${BANNER//":$PORT/"/:PORT/}
	RUN=()
}

@test "a terminal is told where, for whom and how to stop" {
	banner 2
	[ "$BANNER" = "Serving $ROOT at http://localhost:PORT/
$only
." ]
}

@test "an empty line sets off the log on the same terminal" {
	banner 12
	[ "$BANNER" = "Serving $ROOT at http://localhost:PORT/
$only

." ]
	banner 12 -q
	[ "${BANNER:0:8}" = "Serving " ]
}

@test "where stderr is no terminal the URL is all" {
	serve_start --public
	serve_stop TERM
	[ "$(cat "$ERR")" = "Serving $ROOT at $URL" ]
}

@test "the home folder is ~" {
	mkdir "$ROOT/site"
	HOME=$ROOT banner 2
	[ "${BANNER%%$'\n'*}" = "Serving ~ at http://localhost:PORT/" ]
	HOME=$ROOT/ banner 2
	[ "${BANNER%%$'\n'*}" = "Serving ~ at http://localhost:PORT/" ]
	ln -s "$ROOT" "$BATS_TEST_TMPDIR/home"
	export HOME=$BATS_TEST_TMPDIR/home
	ROOT+=/site
	banner 2
	[ "${BANNER%%$'\n'*}" = "Serving ~/site at http://localhost:PORT/" ]
	ROOT+=s
	mkdir "$ROOT"
	HOME=${ROOT%s} banner 2
	[ "${BANNER%%$'\n'*}" = "Serving $ROOT at http://localhost:PORT/" ]
}

@test "a folder's name is shown, whatever is in it" {
	ROOT+=$'/\e]0;a\a\n 电影'
	mkdir "$ROOT"
	serve_start
	[ "$(head -n 1 "$ERR")" = \
		"Serving ${ROOT%/*}/\\x1b]0;a\\x07\\x0a 电影 at $URL" ]
}

@test "the URL has the address of -b, IPv6 in brackets" {
	serve_start -b 127.0.0.2
	[ "$URL" = "http://127.0.0.2:$PORT/" ]
	serve_start -b 0.0.0.0
	[ "$URL" = "http://localhost:$PORT/" ]
	serve_start -b localhost
	[ "$URL" = "http://localhost:$PORT/" ]
	serve_start -b ::1
	[ "$URL" = "http://[::1]:$PORT/" ]
}

@test "an address of this machine alone is said to be that" {
	banner 2 -b 127.0.0.2
	[ "$BANNER" = "Serving $ROOT at http://127.0.0.2:PORT/
$only
." ]
}

# A network of its own, with an interface that has these addresses; another one
# is not connected.
in_a_network() {
	need unshare ip
	unshare --net ip link add x0 type veth peer name x1 ||
		skip "needs a network of its own"
	# shellcheck disable=SC2016
	RUN=(unshare --net sh -c 'ip link set lo up
		ip link add x0 type veth peer name x1
		ip addr add 192.0.2.17/24 dev x0
		ip addr add 169.254.3.4/16 dev x0
		ip addr add 2001:db8::17/64 dev x0 nodad
		ip link add x2 type veth peer name x3
		ip addr add 198.51.100.1/24 dev x2
		ip link set x2 up
		ip link set x0 up && ip link set x1 up && exec "$@"' -)
}

@test "--public shows where others find it" {
	in_a_network
	banner 2 --public
	[ "$BANNER" = "Serving $ROOT at http://localhost:PORT/
On the network: http://192.0.2.17:PORT/
                http://[2001:db8::17]:PORT/
$everyone
." ]
}

@test "every address of one family is not those of the other" {
	in_a_network
	banner 2 -b 0.0.0.0
	[ "$BANNER" = "Serving $ROOT at http://localhost:PORT/
On the network: http://192.0.2.17:PORT/
$everyone
." ]
	in_a_network
	banner 2 -b ::
	[ "$BANNER" = "Serving $ROOT at http://localhost:PORT/
On the network: http://[2001:db8::17]:PORT/
$everyone
." ]
}

@test "an address of -b that others can reach is the URL" {
	in_a_network
	banner 2 -b 192.0.2.17
	[ "$BANNER" = "Serving $ROOT at http://192.0.2.17:PORT/
$everyone
." ]
}

@test "to share the home folder or all files is worth a warning" {
	HOME=$ROOT serve_start --public
	[ "$(sed 1d "$ERR")" = \
		"serve: warning: this shares your whole home folder" ]
	HOME=$ROOT serve_start
	[ "$(wc -l <"$ERR")" = 1 ]
	ROOT=/ serve_start -b 0.0.0.0
	[ "$(sed 1d "$ERR")" = \
		"serve: warning: this shares the whole file system" ]
	export HOME=$ROOT
	ROOT+=/file
	touch "$ROOT"
	serve_start --public
	[ "$(wc -l <"$ERR")" = 1 ]
}

@test "the warning comes before the empty line" {
	HOME=$ROOT banner 12 --public
	[[ $BANNER = *"
serve: warning: this shares your whole home folder
$everyone

." ]]
}
