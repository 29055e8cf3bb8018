load helper

# Error pages: HTML for browsers, JSON for clients that prefer it, otherwise one
# line of text; and the Content-Security-Policy of all our own pages.

HTML='Accept: text/html'
JSON='Accept: application/json'

# [CURL OPTION]... URL: print the text between <main> and </main>
main_of() {
	curl -sS -H "$HTML" "$@" | sed -n '/^<main>$/,/^<\/main>$/{//!p}'
}

base64_sha256() {
	# shellcheck disable=SC2059
	printf "$(sha256sum | sed 's/ .*//; s/../\\x&/g')" | base64
}

# NAME: print the hash of the element with this name on stdin.
hash_of() {
	python3 -c 'import sys
name = sys.argv[1]
text = sys.stdin.read().split(f"<{name}>")[1].split(f"</{name}>")[0]
sys.stdout.write(text)' "$1" | base64_sha256
}

@test "an error is an HTML page for browsers, an object for JSON, else one line" {
	serve_start
	mkdir -p "$ROOT/docs/guide"
	main_of "${URL}docs/guide/intro.html" >"$BATS_TEST_TMPDIR/main"
	diff - "$BATS_TEST_TMPDIR/main" <<-'END'
	<h1><span>404</span> Not Found</h1>
	<p>There is no <code>/docs/guide/intro.html</code> here.</p>
	<p><a href="./">Up to <code>/docs/guide/</code></a><a href="../../">Start page</a></p>
	END
	[ "$(curl -sS -H "$JSON" "${URL}a/b")" = \
		'{"status":404,"error":"Not Found","path":"/a/b"}' ]
	[ "$(curl -sS "${URL}a/b")" = '404 Not Found: /a/b' ]
}

@test "each format of an error has its type, and varies by Accept" {
	serve_start
	[ "$(field_of content-type -H "$HTML" "${URL}x")" = \
		'text/html; charset=utf-8' ]
	[ "$(field_of content-type -H "$JSON" "${URL}x")" = application/json ]
	[ "$(field_of content-type "${URL}x")" = 'text/plain; charset=utf-8' ]
	[[ "$(field_of vary "${URL}x")" = *Accept* ]]
}

@test "the policy of an error page allows only its own style" {
	serve_start
	hash=$(curl -sS -H "$HTML" "${URL}x" | hash_of style)
	[ "$(field_of content-security-policy -H "$HTML" "${URL}x")" = \
		"default-src 'none'; style-src 'sha256-$hash'; img-src data:; form-action 'none'; base-uri 'none'" ]
	[ "$(field_of content-security-policy "${URL}x")" = "" ]
}

@test "with --live the policy of an error page also allows its script" {
	serve_start --live
	style=$(curl -sS -H "$HTML" "${URL}x" | hash_of style)
	[ "$(field_of content-security-policy -H "$HTML" -H 'Sec-Fetch-Dest: document' "${URL}x")" = \
		"default-src 'none'; style-src 'sha256-$style'; script-src 'self'; worker-src 'self'; connect-src 'self'; img-src data:; form-action 'none'; base-uri 'none'" ]
}

@test "SHA-256 agrees with sha256sum for every length up to three blocks" {
	for n in {0..192}; do
		printf '%*s' "$n" '' | tr ' ' 'a' >"$BATS_TEST_TMPDIR/text"
		[ "$("$DRIVER" sha256 <"$BATS_TEST_TMPDIR/text")" = \
			"$(sha256sum <"$BATS_TEST_TMPDIR/text" | cut -d ' ' -f 1)" ]
	done
}

@test "a template is split at its names" {
	cut_up() {
		printf %s "$1" | "$DRIVER" template
	}
	[ "$(cut_up 'a {{b}} c{{d}}')" = '[a ]b[ c]d' ]
	[ "$(cut_up '{{a}}{{b}}{')" = '[]a[]b[{]' ]
	[ "$(cut_up '{ {a} {{ b')" = '[{ {a} ]' ]
	[ "$(cut_up '')" = '' ]
}

@test "the policy of a listing allows only its own style and script" {
	touch "$ROOT"/{1..11}
	serve_start
	style=$(curl -sS "$URL" | hash_of style)
	script=$(curl -sS "$URL" | hash_of script)
	[ "$(field_of content-security-policy "$URL")" = \
		"default-src 'none'; style-src 'sha256-$style'; script-src 'sha256-$script'; img-src data: 'self'; form-action 'self'; base-uri 'none'" ]
}

@test "HEAD gets the fields of an error page, without the page" {
	serve_start
	length=$(curl -sS -H "$HTML" "${URL}x" | wc -c)
	run -0 curl -sS -I -H "$HTML" "${URL}x"
	[[ "$output" = *"Content-Length: $length"* ]]
	[[ "$output" != *doctype* ]]
}

@test "no path can inject markup into an error page" {
	serve_start
	run -0 main_of "${URL}%3Cscript%3Ealert(1)%3C/script%3E%22%27%26amp%3B"
	[ "${lines[1]}" = "<p>There is no <code>/&lt;script&gt;alert(1)&lt;/script&gt;\"'&amp;amp;</code> here.</p>" ]
	[ "${lines[2]}" = '<p><a href="../">Start page</a></p>' ]
	mkdir "$ROOT/<i>"
	run -0 main_of "${URL}%3Ci%3E/x"
	[ "${lines[2]}" = '<p><a href="./">Up to <code>/&lt;i&gt;/</code></a><a href="../">Start page</a></p>' ]
}

@test "control characters of a path are shown as control pictures" {
	serve_start
	run -0 main_of "${URL}a%0Ab%1B%5Bc%7F"
	[[ "${lines[1]}" = *'<code>/a␊b␛[c␡</code>'* ]]
	run -0 curl -sS "${URL}a%0Ab%1B%5Bc%7F"
	[ "$output" = '404 Not Found: /a␊b␛[c␡' ]
}

@test "the JSON of an error escapes as JSON requires" {
	serve_start
	run -0 curl -sS -H "$JSON" "${URL}%22%5C%0A%01%C2%9B"
	[ "$output" = '{"status":404,"error":"Not Found","path":"/\"\\\n\u0001\u009b"}' ]
}

@test "bytes of a path that are not UTF-8 are shown as U+FFFD" {
	need jq
	serve_start
	[ "$(curl -sS "${URL}a%FF%C3b")" = '404 Not Found: /a��b' ]
	[ "$(curl -sS -H "$JSON" "${URL}%FFb" | jq -r .path)" = '/�b' ]
}

@test "up to 200 characters of a path are shown, a longer one is cut" {
	need jq
	serve_start
	shown=$(printf 'é%.0s' {1..199})
	[ "$(curl -sS "$URL$shown")" = "404 Not Found: /$shown" ]
	[ "$(curl -sS "$URL${shown}éé")" = "404 Not Found: /$shown…" ]
	[ "$(curl -sS -H "$JSON" "$URL${shown}é" | jq -r .path)" = "/$shown…" ]
	[[ "$(main_of "$URL${shown}é")" = *"/$shown…</code>"* ]]
}

@test "the upward link leads to the nearest folder that exists" {
	mkdir -p "$ROOT/a b/c" "$ROOT/.hidden"
	serve_start
	# PATH: print where its links lead, beneath the prefix of a proxy
	leads_to() {
		main_of --path-as-is "$URL$1" | grep -o 'href="[^"]*"' | cut -d '"' -f 2 |
			python3 -c 'import sys
from urllib.parse import urljoin
for link in sys.stdin:
    print(urljoin("http://x/prefix/" + sys.argv[1], link.strip())[9:])' "$1" |
			paste -sd ' '
	}
	[ "$(leads_to 'a%20b/none')" = 'prefix/a%20b/ prefix/' ]
	[ "$(leads_to 'a%20b/none/')" = 'prefix/a%20b/ prefix/' ]
	[ "$(leads_to 'a%20b/c/x/y/z.html')" = 'prefix/a%20b/c/ prefix/' ]
	[[ "$(main_of "${URL}a%20b//c/x")" = *'href="./"'*'href="../../../"'* ]]
	[ "$(leads_to 'none/x/y')" = 'prefix/' ]
	[ "$(leads_to 'none')" = 'prefix/' ]
	[ "$(leads_to '.hidden/x/y')" = 'prefix/' ]
}

@test "with --no-listing the page of a folder says that listings are off" {
	mkdir "$ROOT/img"
	serve_start --no-listing --log-format pretty
	run -0 main_of "${URL}img/"
	[ "${lines[0]}" = '<h1><span>403</span> Forbidden</h1>' ]
	[ "${lines[1]}" = '<p>Folder listings are turned off, and <code>/img/</code> has no <code>index.html</code>.</p>' ]
	[ "${lines[2]}" = '<p><a href="../">Start page</a></p>' ]
	wait_until grep -qF '(a listing; --no-listing is on)' "$OUT"
}

@test "an unreadable file gets 403, and the page says so" {
	touch "$ROOT/secret"
	chmod 0 "$ROOT/secret"
	serve_as_user
	serve_start
	run -0 main_of "${URL}secret"
	[ "${lines[0]}" = '<h1><span>403</span> Forbidden</h1>' ]
	[ "${lines[1]}" = '<p><code>/secret</code> is not readable.</p>' ]
	[ "$(curl -sS "${URL}secret")" = '403 Forbidden: /secret' ]
}

@test "the page for a wrong host names the option that would accept it" {
	serve_start
	run -0 main_of -H 'Host: evil.example' "$URL"
	[ "${lines[0]}" = '<h1><span>403</span> Forbidden</h1>' ]
	[ "${lines[1]}" = '<p>This server answers to <code>localhost</code>, not to <code>evil.example</code>. If you started it and want it to answer here, restart it with <code>--allow-host evil.example</code>.</p>' ]
	[ "${#lines[@]}" = 2 ]
	run -0 curl -sS -H 'Host: evil.example' "$URL"
	[[ "$output" = '403 Forbidden: '*'--allow-host evil.example'* ]]
	[ "${#lines[@]}" = 1 ]
}

@test "the response to a POST says that the server only reads" {
	touch "$ROOT/form"
	serve_start
	run -0 main_of -d x=1 "${URL}form"
	[ "${lines[0]}" = '<h1><span>405</span> Method Not Allowed</h1>' ]
	[ "${lines[1]}" = '<p>This server only reads: GET, HEAD and OPTIONS.</p>' ]
	[ "$(curl -sS -d x=1 "${URL}form")" = '405 Method Not Allowed' ]
}

@test "an unknown method, a failed condition and a bad range have pages too" {
	echo ten >"$ROOT/ten"
	serve_start
	[[ "$(main_of -X BREW "${URL}ten")" = '<h1><span>501</span> Not Implemented</h1>'* ]]
	[[ "$(main_of -H 'If-Match: "no"' "${URL}ten")" = '<h1><span>412</span> Precondition Failed</h1>'* ]]
	[[ "$(main_of -r 9-10 "${URL}ten")" = '<h1><span>416</span> Range Not Satisfiable</h1>'* ]]
	[[ "$(main_of "${URL}%zz")" = '<h1><span>400</span> Bad Request</h1>'* ]]
}

@test "input that is not HTTP gets one line of text" {
	serve_start
	run -0 raw <<<'nonsense'
	[[ "$output" = 'HTTP/1.1 400 Bad Request'* ]]
	[[ "$output" = *'Content-Type: text/plain'* ]]
	[ "${lines[-1]}" = '400 Bad Request' ]
}
