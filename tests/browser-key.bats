load helper
load browser

# --key in headless Chromium and Firefox.

setup() {
	need chromium firefox-esr python3
	need_module playwright-core
	export CHROMIUM FIREFOX HOME=$BATS_TEST_TMPDIR ROOT
	CHROMIUM=$(command -v chromium)
	FIREFOX=$(command -v firefox-esr)
	serve_setup
	export ROOT
	make_pages
}

make_pages() {
	mkdir "$ROOT/dir"
	echo '<!doctype html><title>p</title><p>The page<a href="other.html">other</a>' \
		>"$ROOT/dir/page.html"
	echo '<!doctype html><title>o</title><p>The other page' >"$ROOT/dir/other.html"
	cat >"$ROOT/app.html" <<-'END'
		<!doctype html>
		<title>app</title>
		<link rel="stylesheet" href="/app.css">
		<script type="module" src="/a.mjs"></script>
		<p></p><img src="/picture.svg"><video></video>
	END
	echo 'body { color: rgb(1, 2, 3) }' >"$ROOT/app.css"
	echo 'import { text } from "./b.mjs"; document.querySelector("p").textContent = text;' \
		>"$ROOT/a.mjs"
	echo 'export const text = "module of a module";' >"$ROOT/b.mjs"
	echo '{ "seven": 7 }' >"$ROOT/data.json"
	echo '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="3"/>' >"$ROOT/picture.svg"
	make_sound "$ROOT/sound.wav"
}

# CASE [ARG]...: run it in both browsers
browsers() {
	local engine

	for engine in chromium firefox; do
		timeout 100 node "$BATS_TEST_DIRNAME/browser/key.js" "$engine" "$1" \
			"$URL" "$KEY" "${@:2}" || fail "in $engine" || return
	done
}

@test "the page with the form takes the key, and the browser is not asked again" {
	serve_start --key
	browsers form
}

@test "the form also works on a network address" {
	need unshare ip
	unshare --net true || skip "needs a network of its own"
	# shellcheck disable=SC2016
	RUN=(unshare --net sh -c 'ip link set lo up
		ip addr add 192.0.2.17/32 dev lo; exec "$@"' -)
	serve_start --key -b 192.0.2.17
	for engine in chromium firefox; do
		nsenter --net="/proc/$PID/ns/net" timeout 100 \
			node "$BATS_TEST_DIRNAME/browser/key.js" "$engine" form "$URL" "$KEY"
	done
}

@test "the cookie is sent for style sheets, modules, pictures, films and fetch()" {
	serve_start --key
	browsers parts
}

@test "the browser and a download manager get the whole file" {
	serve_start --key
	browsers download
}

@test "--live reloads pages with --key" {
	serve_start --key --live
	browsers live
}

@test "one browser can use two servers with different keys" {
	serve_start --key
	one=$URL one_key=$KEY
	OUT+=2 ERR+=2
	serve_start --key
	two=$URL two_key=$KEY URL=$one KEY=$one_key
	browsers two "$two" "$two_key"
}

@test "no Referer reveals the key to another server" {
	serve_start --key
	one=$URL one_key=$KEY
	OUT+=2 ERR+=2
	mkdir "$BATS_TEST_TMPDIR/elsewhere"
	echo '<!doctype html><title>e</title><p>seen here' >"$BATS_TEST_TMPDIR/elsewhere/index.html"
	ROOT=$BATS_TEST_TMPDIR/elsewhere serve_start --log-format=json
	two=${URL/localhost/127.0.0.1} URL=$one KEY=$one_key
	browsers referer "$two"
	[ "$(grep '"path":"/"' "$OUT" | grep -c '"referer":null')" = 2 ]
	run ! grep -e "$KEY" -e "${one#*//}" "$OUT"
}

# HIDDEN: 0 for the pages that Firefox lists as visited, 1 for others that it
# stores
visited() {
	python3 - "$1" "$HOME"/firefox-*/places.sqlite <<-'END'
		import sqlite3, sys
		for row in sqlite3.connect(sys.argv[2]).execute(
		        "SELECT url FROM moz_places WHERE hidden = ?", sys.argv[1:2]):
		    print(row[0])
	END
}

@test "Firefox does not list the URL with the key as visited, and stores none after the form" {
	local key_js=$BATS_TEST_DIRNAME/browser/key.js

	serve_start --key
	timeout 100 node "$key_js" firefox parts "$URL" "$KEY"
	visited 0 >"$BATS_TEST_TMPDIR/visited"
	grep -qxF "${URL}app.html" "$BATS_TEST_TMPDIR/visited"
	run ! grep -F "$KEY" "$BATS_TEST_TMPDIR/visited"
	rm -r "$HOME"/firefox-*
	timeout 100 node "$key_js" firefox form "$URL" "$KEY"
	{ visited 0; visited 1; } >"$BATS_TEST_TMPDIR/visited"
	grep -qF "${URL}dir/page.html" "$BATS_TEST_TMPDIR/visited"
	run ! grep -F "$KEY" "$BATS_TEST_TMPDIR/visited"
}

# Restart serve at the same port.
make_restart() {
	export RESTART
	RESTART="kill $PID; while kill -0 $PID 2>/dev/null; do sleep 0.05; done
		$SERVE -p $PORT $1 $ROOT >/dev/null 2>$ERR.again 3>&- &
		echo \$! >$BATS_TEST_TMPDIR/pid
		until grep -q http: $ERR.again; do sleep 0.05; done"
}

@test "after a restart a cookie is valid only if the key was given on the command line" {
	local engine

	for engine in chromium firefox; do
		serve_start --key=my-own-key
		make_restart --key=my-own-key
		EXPECTED='The page' timeout 100 node "$BATS_TEST_DIRNAME/browser/key.js" \
			"$engine" restart "$URL" "$KEY"
		kill "$(cat "$BATS_TEST_TMPDIR/pid")"
		wait "$PID"
		RUNNING=()
	done
	serve_start --key
	make_restart --key
	EXPECTED='401 Unauthorized' timeout 100 node "$BATS_TEST_DIRNAME/browser/key.js" \
		chromium restart "$URL" "$KEY"
	kill "$(cat "$BATS_TEST_TMPDIR/pid")"
	wait "$PID"
	RUNNING=()
}
