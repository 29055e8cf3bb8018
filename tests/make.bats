load helper

# make install puts everything where the system looks for it.

setup() {
	serve_setup
	TO=$BATS_TEST_TMPDIR/to
	cd "$BATS_TEST_DIRNAME/.."
}

# TARGET: as a packager calls it
make_to() {
	env -u MAKEFLAGS -u MAKELEVEL make -s "$1" DESTDIR="$TO" PREFIX=/usr
}

# bats test_tags=build
@test "make install brings program, man page and completions" {
	make_to install
	cd "$TO/usr"
	[ -x bin/serve ]
	[ "$(find . -type f | LC_ALL=C sort)" = "./bin/serve
./share/bash-completion/completions/serve
./share/fish/vendor_completions.d/serve.fish
./share/man/man1/serve.1
./share/zsh/site-functions/_serve" ]
}

# bats test_tags=build
@test "make uninstall takes away what install brought, and no more" {
	make_to install
	touch "$TO/usr/bin/other"
	make_to uninstall
	[ "$(find "$TO" -type f)" = "$TO/usr/bin/other" ]
}

# bats test_tags=build
@test "make install replaces a serve that runs" {
	make_to install
	SERVE=$TO/usr/bin/serve
	echo hello >"$ROOT/hello"
	serve_start
	make_to install
	[ "$(curl -sS "${URL}hello")" = hello ]
	"$SERVE" --version
}
