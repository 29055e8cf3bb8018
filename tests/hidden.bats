# Names that start with a dot: 404 without --hidden, except for /.well-known/.

load wire

setup() {
	serve_setup
	mkdir -p "$ROOT"/{.git,a/.svn,.well-known/.deep,.well-known/folder,a/.well-known}
	echo hidden >"$ROOT/.env"
	echo hidden >"$ROOT/.git/config"
	echo hidden >"$ROOT/a/.htaccess"
	echo hidden >"$ROOT/a/.svn/entries"
	echo hidden >"$ROOT/...dots"
	echo hidden >"$ROOT/.page.html"
	echo hidden >"$ROOT/a/.well-known/file"
	echo hidden >"$ROOT/.well-known/.file"
	echo hidden >"$ROOT/.well-known/.deep/file"
	echo hidden >"$ROOT/.well-knownx"
	echo known >"$ROOT/.well-known/security.txt"
	echo known >"$ROOT/.well-known/folder/file"
	echo known >"$ROOT/.well-known/page.html"
	echo seen >"$ROOT/a.b"
	echo seen >"$ROOT/a/file"
}

hidden='404 /.env
404 /.git
404 /.git/
404 /.git/config
404 /%2egit/config
404 /%2Egit/%63onfig
404 //.git//config
404 /a/../.git/config
404 /a/.htaccess
404 /a/.svn/entries
404 /a/.svn/../.svn/entries
404 /...dots
404 /.page
404 /.page.html
404 /a/.well-known/file
404 /.well-known/.file
404 /.well-known/.deep/file
404 /.well-knownx
404 /.WELL-KNOWN/security.txt
404 /.absent'

known='200 /.well-known/security.txt known
200 /.well-known/page known
200 /.well-known/folder/file known
301 /.well-known .well-known/
301 /.well-known/folder folder/
200 /%2ewell-known/security.txt known
200 /a/../.well-known/security.txt known
200 /.git/../a.b seen
200 /a.b seen
200 /a/file seen'

@test "a hidden name gets the same 404 as a missing one" {
	serve_start_both
	expect <<<"$hidden"
	wire <<-'EOF'
		there, absent = (ask(get(path)) for path in ("/.env", "/.eno"))
		assert there.body.replace(b"env", b"eno") == absent.body
		assert [f for f in there.fields if f[0] != "date"] == \
		    [f for f in absent.fields if f[0] != "date"]
	EOF
}

@test "/.well-known/ is served, but only at the top" {
	serve_start_both
	expect <<<"$known"
}

@test "--hidden serves hidden names" {
	serve_start_both --hidden
	expect <<<"$known
$(grep -Ev 'absent|WELL|git$|git/$|\.svn/\.\./' <<<"$hidden" |
	sed 's/404 \(.*\)/200 \1 hidden/')
301 /.git .git/
200 /.git/
404 /.absent"
}

@test "a link to a hidden name serves its target" {
	ln -s .env "$ROOT/shown"
	ln -s .git "$ROOT/folder"
	ln -s a.b "$ROOT/.link"
	serve_start_both
	expect <<-'EOF'
		200 /shown hidden
		200 /folder/config hidden
		404 /.link
	EOF
}

@test "listings leave out hidden names, and /.well-known/ as well" {
	serve_start
	[ "$(curl -sS -H 'Accept: text/plain' "$URL")" = "a/
a.b" ]
	serve_start --hidden
	[ "$(curl -sS -H 'Accept: text/plain' "$URL" | sort)" = "...dots
.env
.git/
.page.html
.well-known/
.well-knownx
a.b
a/" ]
}

@test "with --spa a client that prefers HTML gets index.html for a hidden name" {
	echo app >"$ROOT/index.html"
	serve_start --spa
	# /.env has a dot in its last segment, so other clients get 404.
	[ "$(status_of "${URL}.env")" = 404 ]
	[ "$(curl -sS -H 'Accept: text/html' "${URL}.env")" = app ]
}
