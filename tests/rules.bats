# _redirects and _headers: first only the parser and the matcher, through the
# driver, then their effect on responses.

load wire

setup() {
	serve_setup
	APP_PID=
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	serve_teardown
	[ -z "$APP_PID" ] || kill "$APP_PID"
}

# Start an application that logs to app.log; set APP to its port.
app_start() {
	need python3
	python3 "$BATS_TEST_DIRNAME/proxy/app.py" app.log >app.port 3>&- &
	APP_PID=$!
	wait_until test -s app.port
	APP=$(cat app.port)
}

# Lines "PATTERN | REQUEST | RESULT": the target to which the line "PATTERN" of
# _redirects leads, or "nothing"; after the status, if that is not 301.
leads() {
	local rule request want got

	while IFS='|' read -r rule request want; do
		rule=$(sed 's/ *$//' <<<"$rule")
		got=$("$DRIVER" redirects "${request// }" <<<"$rule")
		got=${got#1: }
		[ "${got#301 }" = "${want# }" ] ||
			fail "$rule | $request: $got, not$want" || return
	done
}

# Lines "PATTERN | PATH [PATH]... | PATH...": paths that a pattern of _headers
# matches, and paths that it does not.
matches() {
	local rule yes no path

	while IFS='|' read -r rule yes no; do
		for path in $yes; do
			[ "$(printf '%s\n X: y' "${rule// }" |
				"$DRIVER" headers "$path")" = $'X: y\n-' ] ||
				fail "$rule does not match $path" || return
		done
		for path in $no; do
			[ "$(printf '%s\n X: y' "${rule// }" |
				"$DRIVER" headers "$path")" = nothing ] ||
				fail "$rule matches $path" || return
		done
	done
}

# Lines "LINE | MESSAGE": the message about a line of _redirects, which then has
# no effect.
wrong() {
	local line want got

	while IFS='|' read -r line want; do
		got=$(printf "%b\n" "${line% }" |
			"$DRIVER" redirects /a /a/b /old /loop/x)
		[ "$got" = "_redirects line 1:$want, line left out
nothing
nothing
nothing
nothing" ] || fail "$line: $got" || return
	done
}

@test "a path matches with and without a slash at its end" {
	leads <<-'EOF'
		/foo/ /bar/ | /foo/ | /bar/
		/foo/ /bar/ | /foo | /bar/
		/foo /bar/ | /foo/ | /bar/
		/foo /bar/ | /foo/bar | nothing
		/foo /bar/ | /fo | nothing
		/foo/ /bar/ | /foo// | /bar/
		/foo/ /bar/ | //foo | /bar/
		/foo/bar /baz/ | /foo//bar | /baz/
		/foo//bar /baz/ | /foo/bar | /baz/
		/ /start | / | /start
		/./a/./b /c | /a/b | /c
	EOF
}

@test "a splat matches the rest of the path, even if it is empty" {
	leads <<-'EOF'
		/foo/* /qux/:splat | /foo/baz/bar | /qux/baz/bar
		/foo/* /qux/:splat | /foo/baz/bar/ | /qux/baz/bar/
		/foo/* /qux/:splat | /foo/ | /qux/
		/foo/* /qux/:splat | /foo | /qux/
		/foo/* /qux/:splat | /foobar | nothing
		/* /qux/:splat | /foo/bar | /qux/foo/bar
		/* /qux/:splat | / | /qux/
		/foo/* /qux/:splat/:splat | /foo/hello | /qux/hello/hello
		/foo/* /:splat/qux | /foo | /qux
		/foo/* /:splat//host/qux | /foo | /host/qux
		/foo/* /qux/:splat/x | /foo/a/ | /qux/a/x
		/foo* /:splat | /foobar/x | /bar/x
		/foo* /b-:splat | /foo | /b-
		/f%20o* /:splat | /f%20obar | /bar
		/news/* /blog/:splat | /news/2004/01/10/my-story | /blog/2004/01/10/my-story
		/splat/* /redirected-splat/:splat | /splat/one.html | /redirected-splat/one.html
		/posts/* /articles/:splat | /posts/2022/06/15/hello-world | /articles/2022/06/15/hello-world
	EOF
}

@test "a placeholder matches exactly one segment" {
	leads <<-'EOF'
		/foo/:p /qux/:p | /foo/bar | /qux/bar
		/foo/:a /a/:a | /foo/hello | /a/hello
		/:p/foo /qux/:p | /baz/foo | /qux/baz
		/foo/:p/bar /foo/:p/qux | /foo/hello/world/bar | nothing
		/:p/foo /qux/:p | /foo | nothing
		/foo/:p /qux/:p | /foo/ | nothing
		/foo:p /qux/:p | /foorbar | nothing
		/foo:p /qux | /foo:p | /qux
		/foo/:p /qux/bar:p | /foo/baz | /qux/barbaz
		/foo/:foo/:foobar /qux/:foo/:foobar | /foo/baz/quux | /qux/baz/quux
		/:p /qux/:p | /foo | /qux/foo
		/foo/:p/bar/:p/baz /qux/:p | /foo/hello/bar/world/baz | /qux/hello
		/foo/:p /qux/:p/:p | /foo/hello | /qux/hello/hello
		/foo/:y/:m/:d/bar /qux/:y-:m-:d | /foo/2021/08/16/bar | /qux/2021-08-16
		/foo/:splat/bar/* /qux/:splat | /foo/hello/bar/world | /qux/hello
		/news/:month/:date/:year/:slug /blog/:year/:month/:date/:slug | /news/02/12/2004/my-story | /blog/2004/02/12/my-story
		/posts/:month/:day/:year/:slug /articles/:year/:month/:day/:slug | /posts/06/15/2022/hello-world | /articles/2022/06/15/hello-world
	EOF
}

@test "a placeholder that FROM lacks stays unchanged, as on Netlify" {
	leads <<-'EOF'
		/foo/ /qux/:p | /foo/ | /qux/:p
		/foo/:a /qux/:b | /foo/bar | /qux/:b
		/:foo /:foobar | /baz | /:foobar
		/foo/ /qux/:splat | /foo/ | /qux/:splat
		/foo /a:80/b | /foo | /a:80/b
	EOF
}

@test "FROM and the path of a request are compared decoded" {
	leads <<-'EOF'
		/authors/c%C3%A9line /authors/about-c%C3%A9line | /authors/céline | /authors/about-c%C3%A9line
		/authors/céline /über | /authors/c%c3%a9line | /%C3%BCber
		/a%2Ab /star | /a*b | /star
		/%3Aa /colon | /:a | /colon
		/%3Aa /colon | /b | nothing
	EOF
}

@test "the query is kept unless TO has one, and a fragment comes last" {
	leads <<-'EOF'
		/a /b | /a?x=1&y=ü | /b?x=1&y=%C3%BC
		/a /b?z=2 | /a?x=1 | /b?z=2
		/a /b#c | /a?x=1 | /b?x=1#c
		/a /b#c?d | /a?x=1 | /b?x=1#c?d
		/a /b?z=2#c | /a | /b?z=2#c
		/a /b | /a? | /b
		/a https://example.com | /a?x=1 | https://example.com?x=1
		/a https://example.com/b/ | /a | https://example.com/b/
		/a HTTP://[fe80::ab]:8080/:a | /a | HTTP://[fe80::ab]:8080/:a
		/p/:code/:name /p?code=:code&name=:name | /p/1/a&b?x | /p?code=1&name=a%26b
	EOF
}

@test "conditions on the query: exactly these parameters, in any order" {
	leads <<-'EOF'
		/store id=:id /blog/:id 301 | /store?id=my-blog-post | /blog/my-blog-post
		/store id=:id /blog/:id 301 | /store | nothing
		/store id=:id /blog/:id 301 | /store?id=1&x=2 | nothing
		/store id=:id /blog/:id 301 | /store?ID=1 | nothing
		/store id=:id /blog/:id 301 | /store?x=1 | nothing
		/store id=:id /blog/:id 301 | /store?i%64=1&& | /blog/1
		/store id=:id /blog/:id 301 | /store?id | /blog/
		/articles id=:id tag=:tag /posts/:tag/:id 301 | /articles?tag=b&id=a | /posts/b/a
		/articles id=:id tag=:tag /posts/:tag/:id 301 | /articles?tag=b | nothing
		/path/* p=:v /other/:v/:splat | /path/x/y?p=1 | /other/1/x/y
		/path/* p=1 /one | /path/x?p=1 | /one
		/path/* p=1 /one | /path/x?p=2 | nothing
		/path p=a%20b /one | /path?p=a+b | /one
		/store id=:id /blog?n=:id | /store?id=a+b/%26 | /blog?n=a%20b%2F%26
		/a id=:id /a | /a?id=1 | /a
		/a id=:id /a | /a | nothing
	EOF
}

@test "a line has a status, by default 301, and perhaps '!'" {
	leads <<-'EOF'
		/a /b | /a | /b
		/a /b 302 | /a | 302 /b
		/a /b 303 | /a | 303 /b
		/a /b 307 | /a | 307 /b
		/a /b 308 | /a | 308 /b
		/a /b 200 | /a | 200 /b
		/a /b 404 | /a | 404 /b
		/a /b 410 | /a | 410 /b
		/a /b 451 | /a | 451 /b
		/a /b 302! | /a | 302! /b
		/a /b 200! # comment | /a | 200! /b
	EOF
}

@test "the first line that matches wins, whatever its form" {
	run -0 "$DRIVER" redirects /a/b /a/c /x '/q?x=1' '/q?x=2' /q \
		<<-'EOF'
		/q x=1 /1
		/a/* /rest/:splat 302
		/:any/b /b
		/a/b /exact
		/q x=:x /2
		/* /index.html 200
	EOF
	[ "$output" = '2: 302 /rest/b
2: 302 /rest/c
6: 200 /index.html
1: 301 /1
5: 301 /2
6: 200 /index.html' ]
}

@test "of many lines with one FROM, the first with matching conditions wins" {
	run -0 "$DRIVER" redirects '/?p=1' '/?p=1000' '/?p=7&x' '/?x=&p=7' \
		'/?%70=%38' '/?p=1001' '/?other=1' / \
		< <(echo '/ p=7 x= /both'
		for ((i = 1; i <= 990; i++)); do
			echo "/ p=$i /page-$i"
		done
		echo '/ p=:p /any/:p'
		echo '/ /none 302')
	[ "$output" = '2: 301 /page-1
992: 301 /any/1000
1: 301 /both
1: 301 /both
9: 301 /page-8
992: 301 /any/1001
993: 302 /none?other=1
993: 302 /none' ]
}

@test "a request cannot choose the host that a redirect leads to" {
	leads <<-'EOF'
		/x/* /:splat | /x//evil.example | /evil.example
		/x* /:splat | /x/evil.example | /evil.example
		/x* /:splat | /x/\evil.example | /%5Cevil.example
		/:a/* /:splat/evil.example | /x | /evil.example
		/go to=:to /:to | /go?to=/evil.example | /%2Fevil.example
		/go to=:to /:to | /go?to=%5cevil.example | /%5Cevil.example
		/go to=:to /:to | /go?to=a%0d%0aSet-Cookie:%20b | /a%0D%0ASet-Cookie%3A%20b
		/x/* /y/:splat | /x/a%0D%0Ab | /y/a%0D%0Ab
		/x/* https://a.example/:splat | /x/..%2fb | nothing
		/x/* https://a.example/:splat | /x/@evil.example | https://a.example/@evil.example
	EOF
}

@test "a redirect to the URL of the request itself does not apply" {
	leads <<-'EOF'
		/* /index.html | /index.html | nothing
		/* /index.html | /other | /index.html
		/:a /foo/ | /foo | nothing
		/:a /f%6Fo#x | /foo?b | nothing
		/a /a?x=1 | /a?x=1 | nothing
		/a /a?x=1 | /a | /a?x=1
		/* /index.html 200 | /index.html | 200 /index.html
	EOF
}

@test "a wrong line is left out, with a message that has its number" {
	wrong <<-'EOF'
		/old | no target after '/old'
		/old new | bad target 'new', want a path such as '/new' or an http:// URL
		/old /new 999 | bad status '999'
		/old /new 30 | bad status '30'
		/old /new 3000 | bad status '3000'
		/old /new ! | bad status '!'
		/old /new 201 | bad status '201'
		/old /new 301 what | what is 'what'
		/old /new 302 Country=au,nz | serve does not know the condition 'Country=au,nz'
		/old /new Language=he | serve does not know the condition 'Language=he'
		/old /new 200! Role=admin | serve does not know the condition 'Role=admin'
		/old /new 200 Cookie=is_legacy | serve does not know the condition 'Cookie=is_legacy'
		/old http://127.0.0.1:5000/:splat 200 | a URL with status 200 needs --proxy: 'http://127.0.0.1:5000/:splat'
		/old http://127.0.0.1:5000/v10 200 | a URL with status 200 needs --proxy: 'http://127.0.0.1:5000/v10'
		/old http://127.0.0.1:5001/v1 200 | a URL with status 200 needs --proxy: 'http://127.0.0.1:5001/v1'
		/old http://127.0.0.1:5000/:x/v1 200 | a URL with status 200 needs --proxy: 'http://127.0.0.1:5000/:x/v1'
		/old https://127.0.0.1:5000/v1 200 | a URL with status 200 needs --proxy: 'https://127.0.0.1:5000/v1'
		/old http://127.0.0.1:5000/v1/../x 200 | no path has '..' in it: 'http://127.0.0.1:5000/v1/../x'
		/old http://a.example/ 404 | only a path can be a page for an error, not 'http://a.example/'
		/old //evil.example | two slashes in front of '//evil.example'
		/old /\\evil.example | two slashes in front of '/\evil.example'
		/a/* https://:splat/ | a placeholder in the host of 'https://:splat/'
		/a/* https://example.com:splat | a placeholder in the host of 'https://example.com:splat'
		/:a/* https://:a.example/ | a placeholder in the host of 'https://:a.example/'
		/old https://user@a.example/ | bad host in 'https://user@a.example/'
		/old https://@a.example/ | bad host in 'https://@a.example/'
		/old https:/// | bad host in 'https:///'
		/old /new%zz | bad escape in '/new%zz'
		/old /new%00 | bad escape in '/new%00'
		/old%zz /new | bad escape in '/old%zz'
		/old%2Fx /new | no file has a slash in its name: '/old%2Fx'
		old /new | bad path 'old', want one that starts with '/'
		http://a.example/old /new | only a path can be redirected, not 'http://a.example/old'
		/old?id=1 /new | a path has no query or fragment: '/old?id=1'
		/a/*/b /new | '*' is only for the end of a path: '/a/*/b'
		/a*b /new | '*' is only for the end of a path: '/a*b'
		/:a.html /new | more than a placeholder between slashes: '/:a.html'
		/../old /new | no path has '..' in it: '/../old'
		/old /old | a redirect to itself: '/old'
		/old /old/ | a redirect to itself: '/old'
		/loop/* /loop/:splat | a redirect to itself: '/loop/*'
		/old\0 /new | a control character in '/old\x00 /new'
		/old /new\rSet-Cookie:x | a control character in '/old /new\x0dSet-Cookie:x'
	EOF
}

@test "comments, empty lines, tabs, CR LF and a byte order mark are accepted" {
	run -0 "$DRIVER" redirects /a /b /c /d < <(printf \
		'\xef\xbb\xbf# first\r\n\r\n/a\t/1\r\n  \t/b   /2\t302 #x\r\n#/c /3\n/d /4')
	[ "$output" = '3: 301 /1
4: 302 /2
nothing
6: 301 /4' ]
}

@test "Latin-1 is not an error: bytes are compared" {
	run -0 "$DRIVER" redirects /caf%E9 < <(printf '/caf\xe9 /bar\xe9\n')
	[ "$output" = "1: 301 /bar%E9" ]
	run -0 "$DRIVER" headers /caf%E9 < <(printf '/caf\xe9\n X: \xe9\n')
	[ "$output" = 'X: \xe9
-' ]
}

@test "only the first 1,000 rules apply, with one message about the others" {
	run -0 "$DRIVER" redirects /old/1000 /old/1001 /old/5000 \
		< <(echo "# rules"; awk 'BEGIN { while (++i <= 5000)
			print "/old/" i " /new/" i }')
	[ "$output" = '_redirects line 1002: only the first 1,000 rules count, those from here on are left out
1001: 301 /new/1000
nothing
nothing' ]
	run -0 "$DRIVER" headers /1000 /1001 < <(awk 'BEGIN { while (++i <= 1001)
			print "/" i "\n X: " i }')
	[ "$output" = '_headers line 2001: only the first 1,000 rules count, those from here on are left out
X: 1000
-
nothing' ]
}

@test "twenty wrong lines are reported, and further ones are counted" {
	run -0 "$DRIVER" redirects < <(yes /old | head -1023)
	[ "${#lines[@]}" = 21 ]
	[ "${lines[19]}" = "_redirects line 20: no target after '/old', line left out" ]
	[ "${lines[20]}" = "_redirects: 1003 more wrong lines" ]
}

@test "redirects that form a circle are reported once, and stay in force" {
	run -0 "$DRIVER" redirects /a /d <<-'EOF'
		/x /a
		/a /b/c#x
		/b/* /d
		/d /a/ 302
		/e /f
		/f /e?q=1
		/g https://a.example/g
		/h/* /h/new/:splat
	EOF
	[ "$output" = "_redirects line 2: leads in a circle, by line 4
_redirects line 5: leads in a circle, by line 6
2: 301 /b/c#x
4: 302 /a/" ]
}

@test "a long word is cut in the message" {
	run -0 "$DRIVER" redirects < <(printf '/%0200d' 0)
	[ "$output" = "_redirects line 1: no target after '/$(printf %079d 0)...', line left out" ]
}

@test "patterns of _headers may have several stars, placeholders and extensions" {
	matches <<-'EOF'
		/ | / | /a /index.html
		/* | / /a /a/b/c |
		/a | /a /a/ | /a/b /ab /
		/a/* | /a /a/ /a/b /a/b/c | /ab /b/a
		/:p | /a /a/ | / /a/b
		/d/:p | /d/test | /d/test/test /d /d/
		/d/:p/test | /d/x/test | /d/x/test/y /d/x
		/path/*/dir | /path/to/dir /path/a/b/dir /path/dir | /path/to/dirs /path/x
		/path/to/*/*/* | /path/to/one/two/three | /path/to/one
		/path/*/to/*/dir | /path/a/to/b/dir | /path/a/to/b/dirx /path/dir
		/*.wasm | /a.wasm /b/c.wasm /.wasm | /a.wasm.br /wasm /a.js
		/assets/*.js | /assets/a.js /assets/b/c.js | /a.js /assets/a.mjs
		/a*b*c | /abc /axbyc /axb/yc /abc/ | /ab /xabc /abcd
		/a%20b/* | /a%20b/c | /a/c
	EOF
}

@test "values of one name are joined, and '! Name' removes them" {
	run -0 "$DRIVER" headers /d/x /e /s <<-'EOF'
		# for all paths
		/*
		  X-One: 1
		  x-frame-options: DENY
		  Vary: a
		/d/*
		  cache-control: max-age=0
		  cache-control: no-cache
		  Cache-Control: no-store
		  # X-Two: 2
		  X-ONE:2
		/e
		  ! X-One
		  ! ETag
		/s
		  ! X-One
		  X-One: 3: 4
	EOF
	[ "$output" = 'X-One: 1, 2
x-frame-options: DENY
Vary: a
cache-control: max-age=0, no-cache, no-store
-
! X-One
x-frame-options: DENY
Vary: a
! ETag
-
X-One: 3: 4
x-frame-options: DENY
Vary: a
-' ]
}

@test "fields that _headers must not set are reported and left out" {
	run -0 "$DRIVER" headers /a <<-'EOF'
		X-Early: 1
		/a
		  Content-Length: 5
		  transfer-encoding: chunked
		  Set-Cookie: a=b
		  Access-Control-Allow-Origin: *
		  Cross-Origin-Resource-Policy: cross-origin
		  Basic-Auth: user:password
		  Location: /b
		  no colon
		  Empty:
		  Bad Name: x
		  !
		  ! Bad Name
		  ! Connection
		  X: 1
		https://a.example/*
		  X: 2
		/:b.html
		  X: 3
		/a?x
		  X: 4
	EOF
	[ "$output" = "_headers line 1: no path above 'X-Early: 1', line left out
_headers line 3: only serve sets 'Content-Length', line left out
_headers line 4: only serve sets 'transfer-encoding', line left out
_headers line 5: no file sets 'Set-Cookie', line left out
_headers line 6: only --cors sets 'Access-Control-Allow-Origin', line left out
_headers line 7: only --cors sets 'Cross-Origin-Resource-Policy', line left out
_headers line 8: serve asks for no password, unlike 'Basic-Auth', line left out
_headers line 9: only _redirects sets 'Location', line left out
_headers line 10: bad field 'no colon', want 'Name: value', line left out
_headers line 11: bad field 'Empty:', want 'Name: value', line left out
_headers line 12: bad field 'Bad Name: x', want 'Name: value', line left out
_headers line 13: bad field '!', want 'Name: value', line left out
_headers line 14: bad field '! Bad Name', want 'Name: value', line left out
_headers line 15: only serve sets 'Connection', line left out
_headers line 17: want a path, not 'https://a.example/*' and its fields, line left out
_headers line 19: more than a placeholder between slashes: '/:b.html' and its fields, line left out
_headers line 21: a path has no query or fragment: '/a?x' and its fields, line left out
X: 1
-" ]
}

# ---- over the wire ----

# NAME: write this file from stdin at once, as the tools of hosts do.
rules() {
	cat >"$ROOT/$1.new"
	mv "$ROOT/$1.new" "$ROOT/$1"
}

site() {
	mkdir -p "$ROOT/docs" "$ROOT/empty" "$ROOT/images"
	echo index >"$ROOT/index.html"
	echo new >"$ROOT/new.html"
	echo docs >"$ROOT/docs/index.html"
	echo picture >"$ROOT/images/a.png"
	printf 0123456789 >"$ROOT/data.txt"
}

@test "a redirect has its status and target, and is revalidated by browsers" {
	site
	rules _redirects <<-'EOF'
		/a /new
		/b /new 302
		/c /new 303
		/d /new 307
		/e https://a.example/x?y#z 308
		/f/* /docs/:splat
	EOF
	serve_start
	wire <<-'EOF'
		for path, status, place in (
		        ("/a", 301, "/new"), ("/a/", 301, "/new"),
		        ("/b?q=1", 302, "/new?q=1"), ("/c", 303, "/new"),
		        ("/d", 307, "/new"), ("/f/x%20y", 301, "/docs/x%20y"),
		        ("/e?q", 308, "https://a.example/x?y#z"),
		        ("/f//evil.example", 301, "/docs/evil.example")):
		    r = ask(get(path))
		    assert (r.status, r["Location"]) == (status, place), r
		    assert (r["Cache-Control"], r.body) == ("no-cache", b""), r
		    head = ask(get(path, method="HEAD"), "HEAD")
		    assert (head.status, head["Location"]) == (status, place)
		assert ask(get("/a", method="POST")).status == 405
		assert ask(get("/a", method="OPTIONS")).status == 204
		many = ask_all(3 * (get("/a") + get("/new")))
		assert statuses(many) == 3 * [301, 200]
	EOF
}

@test "a redirect that is too long gets 414, and the connection persists" {
	echo '/x/* /:splat/:splat/:splat' | rules _redirects
	serve_start
	wire <<-'EOF'
		long = get("/x/" + 4000 * "a")
		assert statuses(ask_all(long + get("/x/a") + long)) == [414, 301, 414]
	EOF
}

@test "a file takes precedence over a rule, an empty folder does not" {
	site
	rules _redirects <<-'EOF'
		/data.txt /a
		/new /a
		/docs /a
		/docs/ /a
		/images /a
		/empty/ /b
		/images/* /c/:splat 302
	EOF
	serve_start
	wire <<-'EOF'
		assert ask(get("/data.txt")).body == b"0123456789"
		assert ask(get("/new")).body == b"new\n"
		assert ask(get("/docs/")).body == b"docs\n"
		r = ask(get("/docs"))
		assert (r.status, r["Location"][-5:]) == (301, "docs/")
		assert ask(get("/images"))["Location"] == "/a"
		assert ask(get("/empty"))["Location"] == "/b"
		assert ask(get("/empty/"))["Location"] == "/b"
		assert ask(get("/images/a.png")).status == 200
		assert ask(get("/images/b.png"))["Location"] == "/c/b.png"
	EOF
}

@test "'!' takes precedence over a file, but not over an earlier line" {
	site
	rules _redirects <<-'EOF'
		/old /first
		/data.txt /first
		/new.html /forced 302!
		/docs/* /docs 200!
		/* /index.html 200!
	EOF
	serve_start
	wire <<-'EOF'
		assert ask(get("/old"))["Location"] == "/first"
		assert ask(get("/new.html"))["Location"] == "/forced"
		assert ask(get("/docs/x")).body == b"docs\n"
		assert ask(get("/new")).body == b"index\n"
		assert ask(get("/data.txt")).body == b"index\n"
	EOF
}

@test "status 200 sends another file, with preconditions, ranges and siblings" {
	site
	printf zzz | gzip >"$ROOT/data.txt.gz"
	rules _redirects <<-'EOF'
		/w/* /:splat 200
		/page /new 200
		/folder /docs 200
		/list /images 200
		/none /absent?x#y 200
		/secret /.env 200
		/up /..%2f..%2fetc/passwd 200
		/dots /docs/../../../new.html 200
	EOF
	echo secret >"$ROOT/.env"
	serve_start
	wire <<-'EOF'
		plain = ask(get("/data.txt"))
		r = ask(get("/w/data.txt?q"))
		assert (r.body, r["ETag"]) == (b"0123456789", plain["ETag"])
		assert r.lasting == plain.lasting
		assert ask(get("/w/data.txt", "Range: bytes=2-3")).body == b"23"
		assert ask(get("/w/data.txt", "Range: bytes=20-")).status == 416
		tag = "If-None-Match: " + r["ETag"]
		assert ask(get("/w/data.txt", tag)).status == 304
		assert ask(get("/w/data.txt", tag.replace("None-", ""))).status == 200
		packed = ask(get("/w/data.txt", "Accept-Encoding: gzip"))
		assert packed["Content-Encoding"] == "gzip"
		head = ask(get("/w/data.txt", method="HEAD"), "HEAD")
		assert (head.status, head["Content-Length"]) == (200, "10")
		assert ask(get("/page")).body == b"new\n"
		assert ask(get("/folder")).body == b"docs\n"
		for path in ("list", "none", "secret", "up", "w/.env", "w/..%2f"):
		    assert ask(get("/" + path)).status == 404, path
		assert ask(get("/dots")).body == b"new\n"
	EOF
}

@test "status 200 with a URL beneath that of --proxy leads to the application" {
	need jq
	site
	app_start
	rules _redirects <<-EOF
		/v1/* http://127.0.0.1:$APP/base/:splat 200
		/data.txt http://127.0.0.1:$APP/base/data 200
		/docs/ http://127.0.0.1:$APP/base 200!
		/item/:id http://127.0.0.1:$APP/base/get?id=:id#part 200
		/elsewhere http://127.0.0.1:$APP/other 200
	EOF
	serve_start --log-format json \
		--proxy "/api=http://127.0.0.1:$APP/base/"
	wait_until grep -q "^serve: _redirects line 5: a URL with status 200 needs --proxy: 'http://127.0.0.1:$APP/other'" "$ERR"
	[ "$(curl -sS "${URL}v1/a/b?q=1")" = 'app b' ]
	[ "$(curl -sS "${URL}data.txt")" = 0123456789 ]
	[ "$(curl -sS "${URL}docs/")" = 'app base' ]
	[ "$(curl -sS "${URL}item/a%20b?q=1")" = 'app get' ]
	[ "$(curl -sS "${URL}v1")" = 'app ' ]
	[ "$(status_of --path-as-is "${URL}v1/../../x")" = 404 ]
	[ "$(status_of "${URL}elsewhere")" = 404 ]
	[ "$(jq -r 'select(.line) | .line' app.log)" = "\
GET /base/a/b?q=1 HTTP/1.1
GET /base HTTP/1.1
GET /base/get?id=a%20b HTTP/1.1
GET /base/ HTTP/1.1" ]
	grep -F "\"note\":\"(http://127.0.0.1:$APP/base/)  (_redirects line 1)\"" \
		"$OUT"
}

@test "a rule passes all methods on to its application" {
	need jq
	app_start
	echo "/v1/* http://127.0.0.1:$APP/:splat 200" | rules _redirects
	for options in '' '--base /repo/' \
		"--proxy http://127.0.0.1:$APP/fallback"; do
		# shellcheck disable=SC2086
		serve_start $options --log-format pretty \
			--proxy "/api=http://127.0.0.1:$APP"
		base=${options/#--proxy*/}
		base=${base#--base /}
		[ "$(curl -sS -d a=b "${URL}v1/x")" = 'app x' ]
		[ "$(curl -sS -X DELETE "${URL}v1/x")" = 'app x' ]
		[ "$(curl -sS -X OPTIONS "${URL}v1/x")" = 'app x' ]
		[ "$(status_of "${URL}v1/tunnel" -X TRACE)" = 405 ]
		serve_stop TERM
		[ "$(grep -c '  (_redirects line 1)$' "$OUT")" = 4 ]
	done
	[ "$(jq -r 'select(.line) | .line + .body' app.log | sort | uniq -c |
		sed 's/^ *//')" = "\
3 DELETE /x HTTP/1.1
3 OPTIONS /x HTTP/1.1
3 POST /x HTTP/1.1a=b" ]
}

@test "an application that a rule leads to does not get the key" {
	need jq
	app_start
	echo "/v1/* http://127.0.0.1:$APP/:splat 200" | rules _redirects
	serve_start --key --proxy "/api=http://127.0.0.1:$APP"
	[ "$(curl -sS "${URL}v1/x?a=1&key=$KEY&b=2")" = 'app x' ]
	[ "$(jq -r 'select(.line) | .line' app.log)" = \
		'GET /x?a=1&b=2 HTTP/1.1' ]
}

@test "status 404, 410 and 451 send a page with that status, or serve's own" {
	site
	echo missing >"$ROOT/404.html"
	rules _redirects <<-'EOF'
		/shop/* /new.html 404
		/gone/* /new 410
		/law /new.html 451!
		/bare /absent 410
		/bare2 /absent 451
		/bare3 /absent 200
	EOF
	serve_start
	wire <<-'EOF'
		for path, status in (("shop/x", 404), ("gone/", 410), ("law", 451)):
		    r = ask(get("/" + path, "Range: bytes=0-1"))
		    assert (r.status, r.body) == (status, b"new\n"), r
		    assert r["ETag"] is None and r["Cache-Control"] == "no-cache"
		    assert r.all("Vary") == ["Accept-Encoding"], r
		    assert ask(get("/" + path, method="HEAD"), "HEAD").status == status
		for path in "/other", "/bare3":
		    r = ask(get(path))
		    assert (r.status, r.body) == (404, b"missing\n"), r
		    assert r.all("Vary") == ["Accept", "Accept-Encoding"], r
		html = "Accept: text/html"
		r = ask(get("/bare", html))
		assert r.status == 410 and b"<code>/bare</code> is gone" in r.body
		r = ask(get("/bare2", html))
		assert r.status == 451 and b"legal reasons" in r.body
	EOF
}

@test "rules take precedence over listings, --spa and 404.html" {
	site
	echo missing >"$ROOT/404.html"
	echo '/app/* /new.html 200' | rules _redirects
	serve_start_both --spa
	expect <<-'EOF'
		200 /app/x new
		200 /user/17 index
		404 /absent.js missing
	EOF
}

@test "without --no-rules the two files are neither served nor listed" {
	site
	echo '/a /new' | rules _redirects
	printf '/*\n  X-A: 1\n' | rules _headers
	cp "$ROOT/_headers" "$ROOT/docs/_headers"
	serve_start --log-format pretty
	wire <<-'EOF'
		for name in ("_redirects", "_headers", "%5Fheaders", "/x/../_headers"):
		    assert ask(get("/" + name)).status == 404, name
		assert ask(get("/docs/_headers")).status == 200
		assert ask(get("/_redirects/")).status == 404
	EOF
	rm "$ROOT/index.html"
	[ "$(curl -sS -H 'Accept: text/plain' "$URL" | grep -c ^_)" = 0 ]
	serve_stop TERM
	grep -F '/_redirects  (rules are not served; --no-rules serves this)' "$OUT"
	serve_start --no-rules
	[ "$(curl -sS -H 'Accept: text/plain' "$URL" | grep -c ^_)" = 2 ]
	[ "$(curl -sS "${URL}_redirects")" = '/a /new' ]
	[ "$(status_of "${URL}a")" = 404 ]
	[ -z "$(field_of X-A "$URL")" ]
}

@test "no rule leads to the two files either" {
	mkdir "$ROOT/folder"
	echo page | tee "$ROOT/page" >"$ROOT/folder/_headers"
	printf '/all/* /:splat 200\n/h /_headers 200\n/gone /_redirects 410\n' \
		>"$ROOT/_redirects"
	printf '/*\n X-A: b\n' >"$ROOT/_headers"
	serve_start
	for path in all/_headers all/_redirects all/folder/../_headers all/%5fheaders h; do
		[ "$(status_of --path-as-is "$URL$path")" = 404 ] || fail "$path"
	done
	run curl -sS -w '%{http_code}' "${URL}gone"
	[[ $output = *410 && $output != *all* ]]
	for path in all/page all/folder/_headers; do
		[ "$(curl -sS "$URL$path")" = page ] || fail "$path"
	done
}

@test "with FILE there are no rules" {
	site
	echo '/* /data.txt 200!' | rules _redirects
	"$SERVE" -p 0 "$ROOT/new.html" >"$OUT" 2>"$ERR" 3>&- &
	PID=$!
	RUNNING+=("$PID")
	wait_until grep -q http:// "$ERR"
	URL=$(grep -o 'http://localhost:[0-9]*/' "$ERR")
	[ "$(curl -sS "${URL}new.html")" = new ]
	[ "$(status_of "${URL}data.txt")" = 404 ]
}

@test "_headers replace, add and remove fields of a response" {
	site
	printf '{"a": "\xc3\xa4"}' >"$ROOT/a.json"
	rules _headers <<-'EOF'
		/*
		  X-A: 1
		  X-Content-Type-Options: other
		  Vary: X-B
		/data.txt
		  Cache-Control: public, max-age=3600
		  Content-Type: text/x-data
		  Content-Disposition: attachment
		  X-A: 2
		/a.json
		  ! X-Content-Type-Options
		  ! Content-Type
		  ! X-A
		  ! Last-Modified
	EOF
	serve_start
	wire <<-'EOF'
		r = ask(get("/data.txt"))
		assert r["Cache-Control"] == "public, max-age=3600"
		assert r["Content-Type"] == "text/x-data"
		assert r["Content-Disposition"] == "attachment"
		assert r["X-A"] == "1, 2" and r["X-Content-Type-Options"] == "other"
		assert sorted(r.all("Vary")) == ["Accept-Encoding", "X-B"]
		assert (r["Content-Length"], r.body) == ("10", b"0123456789")
		part = ask(get("/data.txt", "Range: bytes=0-3"))
		assert (part.status, part["X-A"]) == (206, "1, 2")
		assert part["Content-Type"] == "text/x-data"
		parts = ask(get("/data.txt", "Range: bytes=0-0,5-5"))
		assert parts["Content-Type"].startswith("multipart/byteranges")
		assert parts.body.count(b"Content-Type: text/x-data\r\n") == 2
		same = ask(get("/data.txt", "If-None-Match: " + r["ETag"]))
		assert (same.status, same["X-A"], same.body) == (304, "1, 2", b"")
		assert same["Cache-Control"] == "public, max-age=3600"
		head = ask(get("/data.txt", method="HEAD"), "HEAD")
		assert head.lasting[1] == r.lasting[1]
		json = ask(get("/a.json"))
		for name in ("X-Content-Type-Options", "Content-Type", "X-A",
		             "Last-Modified"):
		    assert json[name] is None, name
		assert json["ETag"] and json["Cache-Control"] == "no-cache"
	EOF
}

@test "_headers apply to redirects, errors and listings, with limits" {
	site
	echo '/old /new' | rules _redirects
	rules _headers <<-'EOF'
		/*
		  X-A: 1
		  Content-Type: text/x-all
		  Cache-Control: max-age=9
		  Content-Security-Policy: default-src 'self'
	EOF
	serve_start
	wire <<-'EOF'
		page = ask(get("/new"))
		assert page["Content-Security-Policy"] == "default-src 'self'"
		for path, status in (("old", 301), ("absent", 404), ("docs", 301),
		                     ("images/", 200)):
		    r = ask(get("/" + path, "Accept: text/html"))
		    assert (r.status, r["X-A"]) == (status, "1"), r
		    assert r["Cache-Control"] in ("no-cache", "no-store"), r
		    assert r["Content-Type"] in (None, "text/html; charset=utf-8")
		    assert r["Content-Security-Policy"] != "default-src 'self'" or \
		        status == 301
		old = ask(get("/images/", version="HTTP/1.0"))
		assert old["X-A"] == "1" and old.body
		assert ask(get("/", method="OPTIONS"))["X-A"] is None
	EOF
}

@test "_headers do not apply to the replies of an application" {
	site
	app_start
	printf '/*\n  X-A: 1\n' | rules _headers
	serve_start --proxy "http://127.0.0.1:$APP"
	run curl -sS -i "${URL}nothing"
	[ "${lines[0]}" = $'HTTP/1.1 200 OK\r' ]
	[ "${lines[-1]}" = 'app nothing' ]
	[[ $output != *X-A* ]]
	[ "$(field_of X-A "${URL}data.txt")" = 1 ]
}

@test "-H takes precedence over _headers, and --live over their Cache-Control" {
	site
	printf '/*\n  X-A: file\n  Content-Type: text/x-a\n  Cache-Control: max-age=9\n' |
		rules _headers
	serve_start -H 'x-a: option' -H 'Content-Type: text/x-b'
	wire <<-'EOF'
		r = ask(get("/data.txt"))
		assert (r["X-A"], r["Content-Type"]) == ("option", "text/x-b")
		assert r["Cache-Control"] == "max-age=9"
	EOF
	serve_stop TERM
	serve_start --live
	[ "$(field_of Cache-Control "${URL}data.txt")" = no-cache ]
}

@test "_headers cannot change CORS, CORP and --key" {
	site
	rules _headers <<-'EOF'
		/*
		  Access-Control-Allow-Origin: *
		  Cross-Origin-Resource-Policy: cross-origin
		  Referrer-Policy: unsafe-url
	EOF
	serve_start --key=12345678
	curl -sS -D head -o /dev/null "${URL}data.txt?key=12345678"
	run -1 grep -i 'Access-Control-Allow\|cross-origin$' head
	grep -i '^Referrer-Policy: no-referrer' head
	[ "$(grep -ci '^Referrer-Policy' head)" = 1 ]
	serve_stop TERM
	grep -F "_headers line 2: only --cors sets 'Access-Control-Allow-Origin', line left out" "$ERR"
}

@test "more fields than a response has room for are left out, with a note" {
	site
	{
		echo '/*'
		for ((i = 0; i < 100; i++)); do
			printf '  X-%d: %0100d\n' "$i" 0
		done
		echo '/data.txt'
		printf '  Y: %08000d\n' 0
	} | rules _headers
	serve_start --log-format pretty
	wire <<-'EOF'
		r = ask(get("/data.txt"))
		assert len([n for n, _ in r.fields if n.startswith("x-")]) == 65
		assert r["X-63"] and r["X-64"] is None and r["Y"] is None
		assert r.body == b"0123456789"
	EOF
	serve_stop TERM
	grep -F '(_headers: too much for one answer, the rest was left out)' "$OUT"
}

@test "a changed file applies to the next request" {
	site
	serve_start -j 2
	wire <<-'EOF'
		def answers(status, field):
		    for _ in range(6):
		        r = ask(get("/a"))
		        assert (r.status, r["X-A"]) == (status, field), r

		for _ in range(3):
		    answers(404, None)
		    write("_redirects", "/a /new\n")
		    answers(301, None)
		    write("_redirects", "/a /new 302\n")
		    answers(302, None)
		    write("_redirects", "/a /new 307\n")
		    answers(307, None)
		    write("_headers", "/a\n X-A: 1\n")
		    answers(307, "1")
		    write("_headers", "/a\n X-A: 2\n")
		    answers(307, "2")
		    os.unlink(ROOT + "/_redirects")
		    answers(404, "2")
		    os.unlink(ROOT + "/_headers")
		    answers(404, None)
		os.mkdir(ROOT + "/elsewhere")
		os.symlink("elsewhere/_redirects", ROOT + "/_redirects")
		answers(404, None)
		write("elsewhere/_redirects", "/a /new 303\n")
		answers(303, None)
		os.unlink(ROOT + "/elsewhere/_redirects")
		answers(404, None)
		write("elsewhere/_redirects", "/a /new 308\n")
		answers(308, None)
		os.rename(ROOT, ROOT + ".old")
		os.mkdir(ROOT)
		answers(404, None)
		write("_redirects", "/a /b 302\n")
		answers(302, None)
	EOF
}

@test "rules behind a link that leads out of the root are ignored" {
	site
	echo '/a /new' >"$BATS_TEST_TMPDIR/rules"
	ln -s "$BATS_TEST_TMPDIR/rules" "$ROOT/_redirects"
	serve_start
	[ "$(status_of "${URL}a")" = 404 ]
	serve_stop TERM
	serve_start --follow-symlinks
	[ "$(status_of "${URL}a")" = 301 ]
}

@test "a wrong line is reported after the URL, and once for each change" {
	site
	printf '/a /b 999\n/old http://a.example/ 200\n' | rules _redirects
	serve_start -j 4
	[ "$(head -1 "$ERR")" = "Serving $ROOT at $URL" ]
	for _ in {1..8}; do
		status_of "${URL}a"
	done
	printf '/a /b 998\n' | rules _redirects
	for _ in {1..8}; do
		status_of "${URL}a"
	done
	serve_stop TERM
	[ "$(tail -n +2 "$ERR")" = "serve: _redirects line 1: bad status '999', line left out
serve: _redirects line 2: a URL with status 200 needs --proxy: 'http://a.example/', line left out
serve: _redirects line 1: bad status '998', line left out" ]
}

@test "a file of more than 64 KiB is ignored, with a message" {
	site
	{ echo '/a /new'; yes '# comment' | head -c 65528; } | rules _redirects
	head -c 2M /dev/zero | rules _headers
	serve_start
	[ "$(status_of "${URL}a")" = 301 ]
	echo >>"$ROOT/_redirects"
	[ "$(status_of "${URL}a")" = 404 ]
	[ "$(status_of "${URL}a")" = 404 ]
	serve_stop TERM
	[ "$(tail -n +2 "$ERR")" = 'serve: _headers is larger than 64 KiB and is ignored
serve: _redirects is larger than 64 KiB and is ignored' ]
}

@test "rules are read only from a regular file" {
	site
	mkdir "$ROOT/_headers"
	mkfifo "$ROOT/_redirects"
	serve_start
	[ "$(status_of "${URL}a")" = 404 ]
	[ "$(status_of "${URL}new")" = 200 ]
}

@test "a file that cannot be read is reported" {
	site
	serve_as_user
	echo '/a /new' | rules _redirects
	chmod 0 "$ROOT/_redirects"
	serve_start
	[ "$(status_of "${URL}a")" = 404 ]
	chmod 644 "$ROOT/_redirects"
	[ "$(status_of "${URL}a")" = 301 ]
	serve_stop TERM
	grep -Fx 'serve: _redirects cannot be read and is ignored' "$ERR"
}

@test "the log notes the line that applied" {
	site
	rules _redirects <<-'EOF'
		# comment
		/old /new
		/w /data.txt 200
		/gone /absent 410
	EOF
	serve_start --log-format pretty
	status_of "${URL}old" "${URL}w" "${URL}gone" "${URL}new"
	status_of -r 0-1 "${URL}w"
	serve_stop TERM
	grep -F '/old  -> /new  (_redirects line 2)' "$OUT"
	grep -Eq '/w  \(_redirects line 3\)$' "$OUT"
	grep -F '/w  (bytes 0-1)  (_redirects line 3)' "$OUT"
	grep -Eq '410 .* /gone  \(_redirects line 4\)$' "$OUT"
	grep -Eq '/new$' "$OUT"
}

@test "with --live a change of the rules reloads every page" {
	site
	mkdir -p "$ROOT/deep/er"
	echo page >"$ROOT/deep/er/page.html"
	echo '/w /data.html 200' | rules _redirects
	echo data >"$ROOT/data.html"
	serve_start --live
	wire <<-'EOF'
		html = "Accept: text/html"
		assert b'live.js" async' in ask(get("/deep/er/page", html)).body
		assert b'live.js?**" async' in ask(get("/w", html)).body
		stream = Client().send(get("/.well-known/serve/live?60000"))
		for name, text in (("_redirects", "/x /y\n"), ("_headers", "/x\n Y: 1\n")):
		    write(name, text)
		    while b"data: /\n" not in stream.unread:
		        stream.more()
		    stream.unread = b""
	EOF
}

# bats test_tags=sandbox
@test "if neither file exists, serve does not look for them until the folder changes" {
	need strace
	site
	touch -d '1 hour ago' "$ROOT"
	serve_start -j 1
	wait_until is_settled "$ROOT"
	status_of "${URL}new.html"
	strace -f -o trace -p "$PID" &
	wait_until grep -q . trace
	status_of "${URL}data.txt"
	wait_until grep -q 'data.txt' trace
	run -1 grep -E '_redirects|_headers' trace
	serve_stop TERM
}

# bats test_tags=sandbox
@test "the files are opened again only after a change" {
	need strace
	site
	echo '/a /b' | rules _redirects
	printf '/*\n  X-A: 1\n' | rules _headers
	touch -d '1 hour ago' "$ROOT"/_*
	serve_start -j 1
	# The time of the last status change must be past as well.
	wait_until is_settled "$ROOT/_headers"
	strace -f -o trace -p "$PID" &
	wait_until grep -q . trace
	[ "$(field_of X-A "${URL}data.txt")" = 1 ]
	wait_until grep -q '"data.txt"' trace
	run -1 grep -E 'open.*(_redirects|_headers)' trace
	echo '/c /d' >>"$ROOT/_redirects"
	[ "$(status_of "${URL}c")" = 301 ]
	serve_stop TERM
}

# FILE: is its last change so long ago that the rules are not read each time?
is_settled() {
	local changed

	status_of "$URL" >/dev/null
	changed=$(stat -c %.9Z "$1")
	[ "$(($(date +%s%N) - ${changed/./}))" -gt 100000000 ]
}
