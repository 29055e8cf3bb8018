# _redirects and _headers: first the parser and the matcher alone, through the
# driver, then what they change of an answer.

load wire

# Lines "PATTERN | REQUEST | RESULT": where the line "PATTERN" of _redirects
# leads, or "nothing"; a status other than 301 comes before it.
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
# matches, and those that it does not.
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

# Lines "LINE | MESSAGE": what is said of a line of _redirects, which then
# does nothing.
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

@test "a path is matched with and without a slash at its end" {
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

@test "a splat takes the rest of the path, be it empty" {
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
		/foo/* /qux/:splat/x | /foo/a/ | /qux/a/x
		/foo* /:splat | /foobar/x | /bar/x
		/foo* /b-:splat | /foo | /b-
		/f%20o* /:splat | /f%20obar | /bar
		/news/* /blog/:splat | /news/2004/01/10/my-story | /blog/2004/01/10/my-story
		/splat/* /redirected-splat/:splat | /splat/one.html | /redirected-splat/one.html
		/posts/* /articles/:splat | /posts/2022/06/15/hello-world | /articles/2022/06/15/hello-world
	EOF
}

@test "a placeholder takes one segment, never none and never two" {
	leads <<-'EOF'
		/foo/:p /qux/:p | /foo/bar | /qux/bar
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

@test "a placeholder that FROM does not have stays as it is, as on Netlify" {
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

@test "the query is kept unless TO has one; a fragment comes last" {
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

@test "conditions on the query: these parameters, no others, in any order" {
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

@test "status, default 301, and '!'" {
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

@test "the first line that matches wins, whatever stands in it" {
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

@test "no request chooses the host that a redirect leads to" {
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

@test "a redirect that leads to where the request is does not hold" {
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

@test "what is wrong with a line is said with its number, and it is left out" {
	wrong <<-'EOF'
		/old | no target behind '/old'
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
		/old http://a.example/ 404 | only a path can be a page for an error, not 'http://a.example/'
		/old //evil.example | two slashes in front of '//evil.example'
		/old /\\evil.example | two slashes in front of '/\evil.example'
		/a/* https://:splat/ | a placeholder in the host of 'https://:splat/'
		/a/* https://example.com:splat | a placeholder in the host of 'https://example.com:splat'
		/old https://user@a.example/ | bad host in 'https://user@a.example/'
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

@test "comments, empty lines, tabs, CRLF and a byte order mark" {
	run -0 "$DRIVER" redirects /a /b /c /d < <(printf \
		'\xef\xbb\xbf# first\r\n\r\n/a\t/1\r\n  \t/b   /2\t302 #x\r\n#/c /3\n/d /4')
	[ "$output" = '3: 301 /1
4: 302 /2
nothing
6: 301 /4' ]
}

@test "Latin-1 is neither UTF-8 nor an error: bytes are compared" {
	run -0 "$DRIVER" redirects /caf%E9 < <(printf '/caf\xe9 /bar\xe9\n')
	[ "$output" = "1: 301 /bar%E9" ]
	run -0 "$DRIVER" headers /caf%E9 < <(printf '/caf\xe9\n X: \xe9\n')
	[ "$output" = 'X: \xe9
-' ]
}

@test "of more than 1,000 rules the first 1,000 hold, which is said once" {
	run -0 "$DRIVER" redirects /old/1000 /old/1001 /old/5000 \
		< <(echo "# rules"; for ((i = 1; i <= 5000; i++)); do
			echo "/old/$i /new/$i"
		done)
	[ "$output" = '_redirects line 1002: only the first 1,000 rules count, those from here on are left out
1001: 301 /new/1000
nothing
nothing' ]
	run -0 "$DRIVER" headers /1000 /1001 < <(for ((i = 1; i <= 1001; i++)); do
			echo "/$i"; echo " X: $i"
		done)
	[ "$output" = '_headers line 2001: only the first 1,000 rules count, those from here on are left out
X: 1000
-
nothing' ]
}

@test "of many wrong lines twenty are named, and the others counted" {
	run -0 "$DRIVER" redirects < <(yes /old | head -1023)
	[ "${#lines[@]}" = 21 ]
	[ "${lines[19]}" = "_redirects line 20: no target behind '/old', line left out" ]
	[ "${lines[20]}" = "_redirects: 1003 more wrong lines left out" ]
}

@test "a long word is cut in a message" {
	run -0 "$DRIVER" redirects < <(printf '/%0200d' 0)
	[ "$output" = "_redirects line 1: no target behind '/$(printf %079d 0)...', line left out" ]
}

@test "patterns of _headers: several stars, placeholders, extensions" {
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

@test "values of one name are joined, and '! Name' takes them away" {
	run -0 "$DRIVER" headers /d/x /e /s <<-'EOF'
		# for everything
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

@test "what _headers must not set is named and left out" {
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
X: 1
-" ]
}
