load helper
load browser

# --key in headless Chromium and Firefox.

# The browsers and serve have a network of their own, with one address more.
setup_file() {
	local own=(unshare --net sh -c 'ip link set lo up
		ip addr add 192.0.2.17/32 dev lo; exec "$@"' -)

	export OWN_NETWORK=
	if command -v ip >/dev/null && unshare --net true; then
		OWN_NETWORK=1
		browsers_start "${own[@]}"
	else
		browsers_start
	fi
}

setup() {
	need chromium firefox-esr python3
	need_module playwright-core
	serve_setup
	make_pages
	[ -z "$OWN_NETWORK" ] || RUN=(nsenter --net="/proc/$BROWSERS_PID/ns/net")
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
		browse key "$engine" "$1" "$URL" "$KEY" "${@:2}" || return
	done
}

@test "the page with the form takes the key; the browser is not asked again, and does not store it" {
	serve_start --key
	browsers form
}

@test "the form also works on a network address" {
	need unshare ip
	[ -n "$OWN_NETWORK" ] || skip "needs a network of its own"
	serve_start --key -b 192.0.2.17
	browsers form
}

@test "the URL with the key is not in the history, and the cookie is sent for all that a page loads" {
	serve_start --key
	browsers parts
}

@test "the browser and a download manager get the whole file" {
	serve_start --key
	browsers download
}

@test "--live reloads pages with --key" {
	serve_start --key --live
	browsers live "$ROOT"
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

# EXPECTED ENGINE [KEY]: serve is restarted at the same port after a visit.
check_restart() {
	serve_start --key${3+=$3}
	browse key "$2" restart "$URL" "$KEY" "kill $PID
		while kill -0 $PID 2>/dev/null; do sleep 0.05; done
		$SERVE -p $PORT --key${3+=$3} $ROOT >/dev/null 2>$ERR.again &
		echo \$! >$BATS_TEST_TMPDIR/pid
		until grep -q http: $ERR.again; do sleep 0.05; done" "$1"
	kill "$(cat "$BATS_TEST_TMPDIR/pid")"
	wait "$PID"
	RUNNING=()
}

@test "after a restart a cookie is valid only if the key was given on the command line" {
	check_restart 'The page' chromium my-own-key
	check_restart 'The page' firefox my-own-key
	check_restart '401 Unauthorized' chromium
}
