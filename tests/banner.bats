load helper

# What serve prints when it starts: one line for scripts, more for people.

only='Only this machine can reach it (--public shares it). Ctrl-C stops.'
everyone='Everyone who reaches this machine can read it (--key asks for a key). Ctrl-C stops.'

setup() {
	need python3
	serve_setup
	ROOT=$(realpath "$ROOT")
	export HOME=/nonexistent
}

# DESCRIPTORS [OPTION]...: with these descriptors on a terminal, $BANNER gets
# what is printed there and on stderr, with PORT in place of the port.
banner() {
	RUN+=(python3 "$BATS_TEST_DIRNAME/relay.py" tty "$1")
	[[ $1 != *1* ]] || ERR=$OUT
	serve_start --color=never "${@:2}"
	serve_stop TERM
	BANNER=$(sed '/^Stopped /d' "$ERR"; echo .)
	BANNER=${BANNER//":$PORT/"/:PORT/}
	RUN=()
}

@test "on a terminal, the banner says the URL, who can connect and how to stop" {
	banner 2
	[ "$BANNER" = "Serving $ROOT at http://localhost:PORT/
$only
." ]
}

@test "an empty line separates the banner from a log on the same terminal" {
	banner 12
	[ "$BANNER" = "Serving $ROOT at http://localhost:PORT/
$only

." ]
	banner 12 -q
	[ "${BANNER:0:8}" = "Serving " ]
}

@test "the banner counts the rules in force" {
	printf '/a /b\n/c /d\n/e\n' >"$ROOT/_redirects"
	printf '/a\n X: 1\n/b\n Y: 1\n/c\n Z: 1\n' >"$ROOT/_headers"
	banner 2
	[ "$BANNER" = "Serving $ROOT at http://localhost:PORT/
Rules: 2 in _redirects, 3 in _headers (--no-rules ignores them)
$only
serve: _redirects line 3: no target after '/e', line left out
." ]
	banner 2 --no-rules
	[ "$BANNER" = "Serving $ROOT at http://localhost:PORT/
$only
." ]
	rm "$ROOT/_redirects"
	banner 2
	[[ $BANNER = *"
Rules: 3 in _headers (--no-rules ignores them)
"* ]]
}

@test "if stderr is not a terminal, only the URL is printed" {
	serve_start --public
	serve_stop TERM
	[ "$(cat "$ERR")" = "Serving $ROOT at $URL" ]
}

@test "the banner shortens the home folder to ~" {
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

@test "the banner shows any folder name, with control characters escaped" {
	ROOT+=$'/\e]0;a\a\n 电影'
	mkdir "$ROOT"
	serve_start
	[ "$(head -n 1 "$ERR")" = \
		"Serving ${ROOT%/*}/\\x1b]0;a\\x07\\x0a 电影 at $URL" ]
}

@test "the URL has the address of -b, an IPv6 address in brackets" {
	serve_start -b 127.0.0.2
	[ "$URL" = "http://127.0.0.2:$PORT/" ]
	serve_start -b 0.0.0.0
	[ "$URL" = "http://localhost:$PORT/" ]
	serve_start -b localhost
	[ "$URL" = "http://localhost:$PORT/" ]
	serve_start -b ::1
	[ "$URL" = "http://[::1]:$PORT/" ]
}

@test "the banner says if only programs on this machine can reach the address" {
	banner 2 -b 127.0.0.2
	[ "$BANNER" = "Serving $ROOT at http://127.0.0.2:PORT/
$only
." ]
}

# Run in a network namespace with an interface that has these addresses, and
# another one that is not connected.
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

@test "--public shows the URLs that other machines can use" {
	in_a_network
	banner 2 --public
	[ "$BANNER" = "Serving $ROOT at http://localhost:PORT/
On the network: http://192.0.2.17:PORT/         x0
                http://[2001:db8::17]:PORT/     x0
$everyone
." ]
}

@test "a wildcard address of one family shows only the addresses of that family" {
	in_a_network
	banner 2 -b 0.0.0.0
	[ "$BANNER" = "Serving $ROOT at http://localhost:PORT/
On the network: http://192.0.2.17:PORT/     x0
$everyone
." ]
	in_a_network
	banner 2 -b ::
	[ "$BANNER" = "Serving $ROOT at http://localhost:PORT/
On the network: http://[2001:db8::17]:PORT/     x0
$everyone
." ]
}

@test "an address of -b that other machines can reach is the URL" {
	in_a_network
	banner 2 -b 192.0.2.17
	[ "$BANNER" = "Serving $ROOT at http://192.0.2.17:PORT/
$everyone
." ]
}

@test "sharing the home folder or the whole file system prints a warning" {
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

# ---- the QR code ----

# COLUMNS [OPTION]...: the same on a terminal of that width, in colour
banner_in() {
	# shellcheck disable=SC2016
	RUN+=(python3 "$BATS_TEST_DIRNAME/relay.py" tty 2
		sh -c 'stty cols "$0" <&2; exec "$@"' "$1")
	serve_start --color=auto "${@:2}"
	serve_stop TERM
	BANNER=$(cat "$ERR")
	RUN=()
}

# The text of the QR code in $ERR, whose cells are drawn as a picture.
scan() {
	need zbarimg
	python3 - "$ERR" >"$BATS_TEST_TMPDIR/qr.pbm" <<-'EOF'
		import re, sys
		lines = re.findall(r"\x1b\[38;5;16;48;5;231m([ ▀▄█]+)\x1b\[0m\n",
		    open(sys.argv[1]).read())
		rows = []
		for line in lines:
		    rows.append("".join("01"[c in "▀█"] * 3 for c in line))
		    rows.append("".join("01"[c in "▄█"] * 3 for c in line))
		print("P1", len(rows[0]), 3 * len(rows))
		for row in rows:
		    for _ in range(3):
		        print(row)
	EOF
	zbarimg -q --raw "$BATS_TEST_TMPDIR/qr.pbm" 2>/dev/null
}

@test "the QR code has the first address that other machines can reach" {
	in_a_network
	banner_in 80 --public
	[ "$(scan)" = "http://192.0.2.17:$PORT/" ]
	[ "$(grep -c $'^\e\\[38;5;16;48;5;231m' "$ERR")" = 16 ]
	# below the addresses, above the notes
	[[ $(grep -A 1 '2001:db8' "$ERR" | tail -n 1) = $'\e[38;5;16;48;5;231m'* ]]
	[[ $BANNER = *$'\e[0m\n'"$everyone"* ]]
	in_a_network
	banner_in 80 -b 127.0.0.2 -b 2001:db8::17
	[ "$(scan)" = "http://[2001:db8::17]:$PORT/" ]
}

@test "the QR code is left out if the window is too narrow" {
	in_a_network
	banner_in 33 --public
	[ "$(scan)" = "http://192.0.2.17:$PORT/" ]
	in_a_network
	banner_in 32 --public
	[[ $BANNER != *▄* ]]
	[[ $BANNER = *"http://192.0.2.17:$PORT/"* ]]
}

@test "the QR code is shown only with --public, on a terminal with UTF-8 and colour" {
	local network

	in_a_network
	network=("${RUN[@]}")
	LC_ALL=C banner_in 80 --public
	[[ $BANNER != *▄* && $BANNER = *192.0.2.17* ]]
	RUN=("${network[@]}")
	TERM=dumb banner_in 80 --public
	[[ $BANNER != *▄* && $BANNER = *192.0.2.17* ]]
	RUN=("${network[@]}")
	NO_COLOR=1 banner_in 80 --public
	[[ $BANNER != *▄* && $BANNER = *192.0.2.17* ]]
	RUN=("${network[@]}")
	banner_in 80
	[[ $BANNER != *▄* && $BANNER != *192.0.2.17* ]]
	RUN=("${network[@]}")
	serve_start --public --color=always
	serve_stop TERM
	run ! grep ▄ "$ERR"
	# without a network there is no QR code
	# shellcheck disable=SC2016
	RUN=(unshare --net sh -c 'ip link set lo up; exec "$@"' -)
	banner_in 80 --public
	[[ $BANNER != *▄* && $BANNER = *"No network now"* ]]
}

@test "--isolate prints where browsers isolate pages" {
	local line='Browsers isolate pages only over https or on localhost: not at these addresses.'

	banner 2 --public --isolate
	[[ $BANNER = *"$line
$everyone
." ]]
	banner 2 -b 127.0.0.2 --isolate
	[[ $BANNER != *Browsers* ]]
}
