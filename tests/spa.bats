# --spa: a missing page gets /index.html with 200.

load wire

setup() {
	serve_setup
	mkdir -p "$ROOT/assets" "$ROOT/empty"
	echo app >"$ROOT/index.html"
	echo code >"$ROOT/assets/app.js"
	echo about >"$ROOT/about.html"
}

@test "a path whose last segment has no dot gets index.html" {
	serve_start_both --spa
	expect <<-'EOF'
		200 /user/17 app
		200 /user/ app
		200 /absent?query=1.2 app
		200 /v1.2/absent app
		200 /assets/absent app
		200 /about about
		200 /about/team app
		200 /assets/app.js code
		200 / app
		200 /empty/
	EOF
}

@test "a missing file with an extension gets 404, unless the client prefers HTML" {
	serve_start_both --spa
	table='404 /absent.js
404 /assets/absent.png
404 /favicon.ico
404 /user/mail@example.com'
	expect <<<"$table"
	expect "Accept: */*" <<<"$table"
	expect "Accept: text/*" <<<"$table"
	expect "Accept: text/css,*/*;q=0.1" <<<"$table"
	expect "Accept: image/avif,image/webp,*/*;q=0.8" <<<"$table"
	expect "Accept: text/html;q=0" <<<"$table"
	expect "Accept: text/html,application/xhtml+xml,*/*;q=0.8" \
		< <(awk '{print 200, $2, "app"}' <<<"$table")
}

@test "the page has the fields of index.html, and Vary: Accept" {
	serve_start --spa --max-age 9
	wire <<-'EOF'
		index = ask(get("/index.html"))
		page = ask(get("/user/17"))
		for name in ("ETag", "Last-Modified", "Content-Type", "Cache-Control"):
		    assert page[name] == index[name] != None
		assert "Accept" in page.all("Vary")
		assert "Accept-Encoding" in page.all("Vary")
		assert ask(get("/user", "If-None-Match: " + page["ETag"])).status == 304
		assert ask(get("/user", "Range: bytes=0-1")).body == b"ap"
		head = ask(get("/user", method="HEAD"), "HEAD")
		assert (head.status, head["Content-Length"]) == (200, "4")
	EOF
}

@test "other methods are not affected by --spa" {
	serve_start --spa
	[ "$(status_of -X POST "${URL}user")" = 405 ]
	[ "$(status_of -X OPTIONS "${URL}user")" = 204 ]
}

@test "other errors are not affected by --spa" {
	mkfifo "$ROOT/fifo"
	mkdir -m 0 "$ROOT/closed"
	ln -s /etc "$ROOT/out"
	serve_as_user
	serve_start --spa
	SERVERS=$PORT
	expect <<-'EOF'
		400 /%
		400 /a%00
		403 /closed/x
		200 /out/x app
		200 /fifo app
	EOF
	chmod 755 "$ROOT/closed"
	[ "$(status_of -H 'Host: evil.example' "${URL}user")" = 403 ]
}

@test "a path with an encoded slash gets 404" {
	serve_start --spa
	[ "$(status_of "${URL}a%2fb")" = 404 ]
}

@test "without index.html a missing page gets 404.html, or a plain 404" {
	rm "$ROOT/index.html"
	serve_start_both --spa
	expect <<<"404 /user"
	echo lost >"$ROOT/404.html"
	expect <<-'EOF'
		404 /user lost
		404 /user.js lost
	EOF
	echo app >"$ROOT/index.html"
	expect <<-'EOF'
		200 /user app
		404 /user.js lost
	EOF
}

@test "a client that accepts it gets the precompressed index.html" {
	echo zipped >"$ROOT/index.html.gz"
	serve_start_both --spa
	expect "Accept-Encoding: gzip" <<<"200 /user zipped"
}

@test "without --spa a missing page gets 404" {
	serve_start
	[ "$(status_of -H 'Accept: text/html' "${URL}user")" = 404 ]
}

@test "with --spa a client that prefers JSON gets 404" {
	echo index >"$ROOT/index.html"
	serve_start --spa
	for accept in application/json 'application/json, text/plain, */*'; do
		run curl -sSi -H "Accept: $accept" "${URL}users/42"
		[[ ${lines[0]} == *404* ]]
		[[ $output != *index* ]]
	done
	[ "$(curl -sS -H 'Accept: application/json;q=0.5, text/html' \
		"${URL}users/42")" = index ]
}
