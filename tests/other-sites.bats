# Other websites: which pages may load what is served.

load wire
load browser

setup() {
	serve_setup
	echo content >"$ROOT/file"
}

# ANSWER HEADS... [-- ORIGIN...]: the driver's answer to requests for host HOST
# with these fields, if these origins are let in.
asks() {
	local want=$1 fields heads=() got

	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		heads+=("$1")
		shift
	done
	shift $(($# > 0))
	for fields in "${heads[@]}"; do
		got=$(printf "GET / HTTP/1.1\r\nHost: ${HOST:-localhost:8000}\r\n$fields\r\n\r\n" |
			"$DRIVER" site "$@")
		[ "$got" = "$want" ] || fail "$fields: $got, not $want" ||
			return
	done
}

CROSS='Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest'
NAVIGATE='Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest'
EVIL='Origin: https://evil.example'

@test "a program, a person and a page of the same site are let in" {
	asks 'own ' 'Accept: */*' 'Sec-Fetch-Site: none' \
		'Sec-Fetch-Site: same-origin' 'Sec-Fetch-Site: same-site'
	asks 'own http://localhost:8000' \
		'Sec-Fetch-Site: same-origin\r\nReferer: http://localhost:8000/a'
}

@test "a cross-site request other than a navigation is refused" {
	asks 'refused ' "$CROSS: script" "$CROSS: image" "$CROSS: empty" \
		"$CROSS: document" "$NAVIGATE: object" "$NAVIGATE: embed" \
		"$NAVIGATE: empty" 'Sec-Fetch-Site: cross-site' \
		"$CROSS: script\r\nReferer: about:blank"
	asks 'refused https://evil.example' "$CROSS: script\r\n$EVIL" \
		"$CROSS: script\r\nReferer: https://evil.example/page?x" \
		"$CROSS: script\r\nReferer: https://evil.example" \
		"$CROSS: script\r\n$EVIL\r\nReferer: http://127.0.0.1/"
	asks 'refused null' "$CROSS: script\r\nOrigin: null"
}

@test "a cross-site navigation of a page or a frame is let in" {
	asks 'own ' "$NAVIGATE: document" "$NAVIGATE: iframe" "$NAVIGATE: frame"
	asks 'own https://evil.example' \
		"$NAVIGATE: document\r\nReferer: https://evil.example/"
}

@test "pages of this machine may load files from a loopback name" {
	for origin in http://localhost:3000 https://localhost \
		http://app.localhost:1 http://127.0.0.1:3000 \
		http://127.9.9.9 'http://[::1]:5173'; do
		for HOST in localhost:8000 127.0.0.1:8000 '[::1]:8000' \
			a.localhost 127.1; do
			asks "let in $origin" "$CROSS: script\r\nOrigin: $origin" \
				"$CROSS: image\r\nReferer: $origin/page"
		done
		HOST=192.168.0.2
		asks "refused $origin" "$CROSS: script\r\nOrigin: $origin"
		HOST=box.local
		asks "refused $origin" "$CROSS: script\r\nOrigin: $origin"
	done
	HOST=localhost
	for origin in http://localhost.evil.example http://xlocalhost \
		http://128.0.0.1 http://evil.example:127 \
		http://127.0.0.1.evil.example http://localhost@evil.example \
		ftp://localhost file://localhost null; do
		asks "refused $origin" "$CROSS: script\r\nOrigin: $origin"
	done
}

@test "--cors lets some or all origins in" {
	asks 'let in https://evil.example' "$CROSS: script\r\n$EVIL" \
		"$CROSS: image\r\nReferer: https://evil.example/a" \
		-- http://a.example https://evil.example
	asks 'refused https://evil.example' "$CROSS: script\r\n$EVIL" \
		-- http://evil.example https://evil.example:8443
	asks 'let in ' "$CROSS: script" 'Accept: */*' -- '*'
	asks 'let in null' "$CROSS: script\r\nOrigin: null" -- '*'
	asks 'refused null' "$CROSS: script\r\nOrigin: null" -- http://a.example
	asks 'refused ' "$CROSS: script" -- http://a.example
}

@test "without Sec-Fetch fields an Origin with another host is refused" {
	HOST=192.168.0.2:8000
	asks 'refused https://evil.example' "$EVIL"
	asks 'refused null' 'Origin: null'
	asks 'own http://192.168.0.2' 'Origin: http://192.168.0.2'
	asks 'own http://192.168.0.2:3000' 'Origin: http://192.168.0.2:3000'
	asks 'own https://evil.example' 'Referer: https://evil.example/'
	asks 'let in https://evil.example' "$EVIL" \
		'Referer: https://evil.example/' -- https://evil.example
}

@test "every response excludes other sites, except those that are let in" {
	serve_start
	wire <<-'EOF'
		cross = ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors",
		    "Sec-Fetch-Dest: script")
		local = "Referer: http://127.0.0.1:3000/"
		for target in ("/file", "/", "/absent", "/%"):
		    for method in ("GET", "HEAD", "OPTIONS", "POST"):
		        answer = ask(get(target, method=method), method)
		        assert answer["Cross-Origin-Resource-Policy"] == "same-site"
		        answer = ask(get(target, *cross, method=method), method)
		        assert answer.status == 403
		        assert answer["Cross-Origin-Resource-Policy"] == "same-site"
		        answer = ask(get(target, *cross, local, method=method), method)
		        assert answer.status != 403
		        assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
		        assert answer["Access-Control-Allow-Origin"] is None
		    assert ask(get(target, *cross)).body == \
		        ask(get("/file", *cross)).body
		etag = ask(get("/file"))["ETag"]
		answer = ask(get("/file", "If-None-Match: " + etag, *cross, local))
		assert (answer.status, answer["Cross-Origin-Resource-Policy"]) == \
		    (304, "cross-origin")
	EOF
}

@test "the 403 and the log name the option that would let a page in" {
	serve_start --log-format pretty
	run curl -sS -H 'Sec-Fetch-Site: cross-site' \
		-H 'Referer: http://evil.example/page' "${URL}file"
	[[ $output == *"(--cors=http://evil.example lets it in)" ]]
	wait_until grep -qF \
		'(a page of http://evil.example; --cors=http://evil.example lets it in)' \
		"$OUT"
	curl -sS -o /dev/null -H 'Sec-Fetch-Site: cross-site' "${URL}file"
	wait_until grep -qF '(a page of another site; --cors lets it in)' "$OUT"
	curl -sS -o /dev/null -H 'Referer: http://other.example/' "${URL}file"
	wait_until grep -qF \
		'(for a page of http://other.example; --cors=http://other.example lets it in)' \
		"$OUT"
}

@test "--cors may be repeated: each named origin may read" {
	serve_start --cors=http://a.example --cors=https://b.example
	for origin in http://a.example https://b.example; do
		run curl -sSi -H "Origin: $origin" -H 'Sec-Fetch-Site: cross-site' \
			"${URL}file"
		[[ ${output//$'\r'} == *"Access-Control-Allow-Origin: $origin"$'\n'* ]]
		[[ ${output//$'\r'} == *$'\nVary: Origin\n'* ]]
		[[ ${output//$'\r'} == *"Resource-Policy: cross-origin"$'\n'* ]]
	done
	[ "$(status_of -H 'Origin: http://c.example' \
		-H 'Sec-Fetch-Site: cross-site' "${URL}file")" = 403 ]
}

# URL: write a page to FILE that loads files of the server there in every way
# that a page can, and prints the results.
make_page() {
	echo 'loaded = "script";' >"$ROOT/app.js"
	echo 'export default 1;' >"$ROOT/module.js"
	echo '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>' \
		>"$ROOT/image.svg"
	mkdir -p "$BATS_TEST_TMPDIR/foreign"
	FILE=$BATS_TEST_TMPDIR/foreign/page.html
	cat >"$FILE" <<-EOF
		<pre id=p></pre><script>
		const add = (name, attributes) => new Promise(done => {
			const e = document.createElement(name);
			e.onload = () => done(name + ' loaded ');
			e.onerror = () => done(name + ' refused ');
			Object.assign(e, attributes);
			document.body.append(e);
		});
		const get = url => fetch(url).then(() => 'read ', () => 'unread ');
		const listen = url => new Promise(done => {
			const e = new EventSource(url);
			e.onopen = () => done('events ');
			e.onerror = () => { e.close(); done('silent '); };
		});
		(async () => p.append(
			await add('script', {src: '$1app.js'}),
			await add('script', {src: '$1module.js', type: 'module'}),
			await add('img', {src: '$1image.svg'}),
			await add('object', {data: '$1image.svg'}),
			await add('link', {rel: 'stylesheet', href: '$1absent'}),
			await get('$1file'), await listen('$1file'),
			await add('iframe', {src: '$1file'}),
			document.querySelector('iframe').contentDocument ? 'open ' : '',
			'end'))()
		</script>
	EOF
}

# Pages of this machine may load scripts, but not read without --cors.  A module
# is fetched with CORS.
NOTHING='script refused script refused img refused object refused link refused'
NOTHING+=' unread silent iframe loaded end'
EMBEDS='script loaded script refused img loaded object loaded link refused'
EMBEDS+=' unread silent iframe loaded end'

# BROWSER: pages of four origins load files of serve
check_pages() {
	serve_start
	make_page "$URL"
	ROOT=${FILE%/*} OUT=$OUT-2 ERR=$ERR-2 serve_start --allow-host evil.example
	[ "$(browse foreign "$1" "http://evil.example:$PORT/page.html")" = "$NOTHING" ]
	[ "$(browse foreign "$1" "file://$FILE")" = "$NOTHING" ]
	[ "$(browse foreign "$1" "http://127.0.0.1:$PORT/page.html")" = "$EMBEDS" ]
	[ "$(browse foreign "$1" "http://localhost:$PORT/page.html")" = "$EMBEDS" ]
}

@test "Chromium: a foreign page can load nothing, a page of this machine can embed files" {
	need chromium
	need_module playwright-core
	check_pages chromium
}

@test "Firefox: a foreign page can load nothing, a page of this machine can embed files" {
	need firefox-esr
	need_module playwright-core
	check_pages firefox
}

# Without Sec-Fetch fields an object looks like a page that is opened.
@test "Chromium: a foreign page can use only objects of a network address" {
	need chromium ip
	need_module playwright-core
	need_unshare --net
	# shellcheck disable=SC2016
	RUN=(unshare --net sh -c 'ip link set lo up
		ip addr add 192.168.77.1/24 dev lo; exec "$@"' -)
	serve_start -b 192.168.77.1
	make_page "$URL"
	RUN=(nsenter --net --target "$PID")
	ROOT=${FILE%/*} OUT=$OUT-2 ERR=$ERR-2 serve_start --allow-host evil.example
	[ "$(HOME=$BATS_TEST_TMPDIR timeout 100 "${RUN[@]}" node \
		"$BATS_TEST_DIRNAME/browser/main.js" foreign chromium \
		"http://evil.example:$PORT/page.html")" = \
		"${NOTHING/object refused/object loaded}" ]
}
