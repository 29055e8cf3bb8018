# --base: everything is served beneath a path.

load wire

setup() {
	serve_setup
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p "$ROOT/sub/deep" "$ROOT/empty"
	echo index >"$ROOT/index.html"
	echo about >"$ROOT/about.html"
	echo code >"$ROOT/app.js"
	echo sub >"$ROOT/sub/index.html"
	echo x >"$ROOT/empty/x.txt"
}

@test "files, pages and folders are served beneath the base" {
	serve_start_both --base /repo/
	expect <<-'EOF'
		200 /repo/ index
		200 /repo/index.html index
		200 /repo/about about
		200 /repo/app.js code
		200 /repo//app.js?x code
		200 /x/../repo/app.js code
		200 /repo/sub/ sub
		404 /repo/absent
		404 /app.js
		404 /repository/app.js
		404 /repo2
		404 /sub/
	EOF
}

@test "/ redirects to the base with 302, and keeps the query" {
	serve_start --base /my%20repo
	wire <<-'EOF'
		r = ask(get("/?x=1"))
		assert (r.status, r["Location"]) == (302, "/my%20repo/?x=1")
		assert r["Cache-Control"] == "no-store" and r.body == b""
		r = ask(get("/my%20repo"))
		assert (r.status, r["Location"]) == (301, "my%20repo/")
		r = ask(get("/my%20repo/sub?y"))
		assert r.status == 301 and r["Location"].endswith("sub/?y")
		assert ask(get("/my%20repo/")).body == b"index\n"
		head = ask(get("/", method="HEAD"), "HEAD")
		assert (head.status, head["Location"]) == (302, "/my%20repo/")
	EOF
}

@test "the URL of the banner ends with the base" {
	serve_start --base '/wähl/a b/'
	[[ $URL =~ ^http://localhost:[0-9]+/w%C3%A4hl/a%20b/$ ]]
	[ "$(curl -sS "$URL")" = index ]
}

@test "COMMAND gets the URL with the base" {
	run -0 "$SERVE" --base /repo "$ROOT" -- sh -c \
		'echo "$SERVE_URL" && curl -sS "$SERVE_URL"about'
	[[ $output =~ http://localhost:[0-9]+/repo/[[:space:]]about$ ]]
}

@test "the links of a listing stay beneath the base" {
	serve_start --base /repo/
	curl -sS -H 'Accept: text/html' "${URL}sub/deep/" >page
	grep -o 'href="[^"]*"' page | grep -v data: >links
	grep -x 'href="../../"' links
	grep -x 'href="../"' links
	run -1 grep 'href="/' links
}

@test "the start link of an error page leads to the base" {
	serve_start --base /repo/
	curl -sS -H 'Accept: text/html' "http://localhost:$PORT/other" >page
	grep '<p><a href="./repo/">Start page' page
	curl -sS -H 'Accept: text/html' "${URL}absent" >page
	grep '<p><a href="./">Start page' page
	curl -sS -H 'Accept: text/html' "${URL}sub/absent/x" >page
	grep '<p><a href="../">Up to <code>/repo/sub/</code></a><a href="../../">Start' page
	[ "$(curl -sS -H 'Accept: application/json' "${URL}absent")" = \
		'{"status":404,"error":"Not Found","path":"/repo/absent"}' ]
}

@test "--spa and 404.html apply only beneath the base" {
	serve_start_both --base /repo/ --spa
	expect <<-'EOF'
		200 /repo/user/17 index
		404 /user/17
	EOF
	serve_stop TERM
	echo missing >"$ROOT/404.html"
	serve_start_both --base /repo/
	expect <<-'EOF'
		404 /repo/user/17 missing
		404 /user/17
	EOF
}

@test "rules match paths beneath the base, and their targets are beneath it" {
	printf '/old/* /new/:splat\n/w /app.js 200\n/out https://a.example/\n' \
		>"$ROOT/_redirects"
	printf '/app.js\n  X-A: 1\n' >"$ROOT/_headers"
	serve_start --base /repo/
	wire <<-'EOF'
		r = ask(get("/repo/old/a%20b?q"))
		assert (r.status, r["Location"]) == (301, "/repo/new/a%20b?q")
		assert ask(get("/old/x")).status == 404
		assert ask(get("/repo/w")).body == b"code\n"
		assert ask(get("/repo/out"))["Location"] == "https://a.example/"
		assert ask(get("/repo/app.js"))["X-A"] == "1"
	EOF
}

@test "--live reports paths beneath the base" {
	serve_start --base /repo/ --live --spa
	curl -sS -H 'Sec-Fetch-Dest: document' -H 'Accept: text/html' \
		"${URL}user/17" >page
	grep -F 'live.js?/repo/index.html"' page
	curl -sSN "http://localhost:$PORT/.well-known/serve/live?60000" >events &
	echo new >>"$ROOT/app.js"
	wait_until grep -x 'data: /repo/app.js' events
	serve_stop TERM
}

@test "with --base a single FILE is served beneath the base" {
	ROOT=$ROOT/app.js
	"$SERVE" -p 0 --base /repo/ "$ROOT" >"$OUT" 2>"$ERR" 3>&- &
	PID=$!
	RUNNING+=("$PID")
	wait_until grep -q 'http://' "$ERR"
	URL=$(grep -o 'http://localhost:[0-9]*' "$ERR")
	[ "$(curl -sS "$URL/repo/app.js")" = code ]
	[ "$(status_of "$URL/app.js")" = 404 ]
}

@test "a malformed base is refused" {
	for value in repo '' '/repo?x' '/a#b' '/%zz' '/a%2Fb/' "/$(printf %0128d 0)"; do
		run -2 "$SERVE" --base "$value" -V
		[ "${lines[0]}" = "serve: bad path '$value' for --base, want one such as '/repo/'" ]
	done
	run -0 "$SERVE" --base / -V
}

@test "without --base the log names the base that the site was built for" {
	serve_start --log-format pretty
	status_of "${URL}app/app.js" "${URL}app/about" "${URL}app/none.js" \
		"${URL}x/y/app.js" "${URL}app/"
	serve_stop TERM
	grep -F '/app/app.js  (/app.js is here; --base /app/ serves it there)' "$OUT"
	grep -F '/app/about  (/about is here; --base /app/ serves it there)' "$OUT"
	[ "$(grep -c 'is here' "$OUT")" = 2 ]
}

@test "with --base the log notes requests outside of the base" {
	serve_start --log-format pretty --base /repo/
	status_of "http://localhost:$PORT/app.js" "http://localhost:$PORT/"
	serve_stop TERM
	grep -F '/app.js  (not beneath --base /repo/)' "$OUT"
	grep -F '/  -> /repo/' "$OUT"
}
