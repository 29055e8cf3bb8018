load helper

# install.sh, in a copy of the sources where a program of a few lines stands for
# serve: what is built is only installed, and builds in no time.

# bats file_tags=build

setup_file() {
	local top=$BATS_TEST_DIRNAME/..

	export TREE=$BATS_FILE_TMPDIR/tree
	mkdir -p "$TREE/server"
	(cd "$top" && cp -r Makefile install.sh README.md LICENSE man \
		completions "$TREE" &&
		cp -r server/assets server/assets.h server/slice.h "$TREE/server")
	cat >"$TREE/serve.c" <<-'EOF'
		#include <stdio.h>

		int
		main(void)
		{
			return puts("serve of a test") < 0;
		}
	EOF
	echo '#include "server/slice.h"' | tee "$TREE/http.c" >"$TREE/mime.c"
	unset SERVE MAKEFLAGS MAKELEVEL PREFIX DESTDIR
	make -s -C "$TREE"
}

setup() {
	serve_setup
	export HOME=$BATS_TEST_TMPDIR/home
	unset MAKEFLAGS MAKELEVEL PREFIX DESTDIR
	TO=$BATS_TEST_TMPDIR/to
	BIN=$BATS_TEST_TMPDIR/bin
	mkdir "$HOME" "$BIN"
	cd "$TREE" || return
}

# FOLDER: the files in it with their modes, sorted.
files_in() {
	(cd "$1" && find . ! -type d -printf '%m %P\n' | LC_ALL=C sort)
}

APT='apt-get update && apt-get install -y --no-install-recommends'

all_files='644 share/bash-completion/completions/serve
644 share/fish/vendor_completions.d/serve.fish
644 share/man/man1/serve.1
644 share/zsh/site-functions/_serve
755 bin/serve'

# NAME...: $BIN is a PATH with these of the system's commands alone, a user's
# "id", and what install.sh cannot do without.
bare_path() {
	local tool

	for tool in sh cat dirname mktemp readlink rm uname "$@"; do
		ln -s "$(command -v "$tool")" "$BIN/$tool"
	done
	command_of id 'echo 1000'
}

# NAME SCRIPT: a command in $BIN.  Renamed into its place: what is there may be
# a link to a command of the system, which must not be written through.
command_of() {
	printf '#!/bin/sh\n%s\n' "$2" >"$BATS_TEST_TMPDIR/command"
	chmod +x "$BATS_TEST_TMPDIR/command"
	mv -fT "$BATS_TEST_TMPDIR/command" "$BIN/$1"
}

# install.sh with that PATH.
install_bare() {
	run --separate-stderr env PATH="$BIN" PREFIX="$TO" ./install.sh
}

@test "install.sh accepts a path with spaces" {
	PREFIX="$TO/a b" run ./install.sh
	[ "$status" = 0 ]
	diff <(files_in "$TO/a b") <(echo "$all_files")
	PREFIX="$TO/a b" run ./install.sh --uninstall
	[ -z "$(files_in "$TO")" ]
}

@test "install.sh installs into DESTDIR and PREFIX" {
	umask 077
	PREFIX=/usr DESTDIR=$TO run --separate-stderr ./install.sh
	[ "$status" = 0 ]
	diff <(files_in "$TO/usr") <(echo "$all_files")
	[ -z "$(find "$TO" -type d ! -perm 755)" ]
	cmp man/serve.1 "$TO/usr/share/man/man1/serve.1"
	[ "${lines[-1]}" = \
		"Installed $TO/usr/bin/serve, its man page and completions." ]
}

@test "install.sh installs into ~/.local for an ordinary user" {
	command_of id 'echo 1000'
	PATH=$BIN:$HOME/.local/bin:$PATH run ./install.sh
	[ "$status" = 0 ]
	diff <(files_in "$HOME/.local") <(echo "$all_files")
	[ "${#lines[@]}" = 4 ]
}

@test "install.sh builds the program if necessary" {
	cp -r . "$BATS_TEST_TMPDIR/copy"
	cd "$BATS_TEST_TMPDIR/copy"
	rm -r build serve
	bare_path make cc install mv mkdir
	PATH=$BIN:$PATH PREFIX=$TO run ./install.sh
	[ "$status" = 0 ]
	[ "$("$TO/bin/serve")" = "serve of a test" ]
}

@test "install.sh --uninstall removes all files" {
	PREFIX=$TO ./install.sh
	PREFIX=$TO run ./install.sh --uninstall
	[ "$status" = 0 ]
	[ "$output" = "Removed $TO/bin/serve, its man page and completions." ]
	[ -z "$(files_in "$TO")" ]
	PREFIX=$TO run ./install.sh --uninstall
	[ "$status $output" = "1 install.sh: there is no $TO/bin/serve" ]
}

@test "install.sh works from another folder" {
	cd /
	PREFIX=$TO run "$TREE/install.sh"
	[ "$status" = 0 ]
	[ -x "$TO/bin/serve" ]
}

@test "install.sh --help and its usage errors" {
	run --separate-stderr ./install.sh --help
	[ "$status" = 0 ]
	[[ $output == *PREFIX*DESTDIR*--uninstall* ]]
	PREFIX=$TO run --separate-stderr ./install.sh --prefix=/opt
	[ "$status" = 2 ]
	[ "${stderr%%$'\n'*}" = "install.sh: unknown option '--prefix=/opt'" ]
	[ ! -e "$TO" ]
}

@test "install.sh refuses a path that make would misread" {
	local bad

	for bad in opt ./opt "/a'b" '/a"b' '/$HOME' '/a#b' '/a\b' '/a`b`' \
		$'/a\nb'; do
		PREFIX=$bad run ./install.sh
		[ "$status" = 1 ]
		[[ $output == "install.sh: bad "*"want "* ]] || fail "$output"
	done
	PREFIX=/usr DESTDIR=to run ./install.sh
	[ "$output" = "install.sh: bad DESTDIR 'to', \
want a path that starts with '/'" ]
}

@test "install.sh checks that it can write before it builds" {
	touch "$BATS_TEST_TMPDIR/file"
	bare_path cc install mv mkdir
	command_of make "echo built >$BATS_TEST_TMPDIR/built"
	TO=$BATS_TEST_TMPDIR/file
	install_bare
	[ "$status" = 1 ]
	[ "$stderr" = "install.sh: cannot write to $TO/bin, \
try 'sudo ./install.sh' or another PREFIX" ]
	TO=$BATS_TEST_TMPDIR/to
	mkdir -p "$TO/bin/serve"
	install_bare
	[ "$stderr" = \
		"install.sh: $TO/bin/serve is a folder, choose another PREFIX" ]
	[ ! -e "$BATS_TEST_TMPDIR/built" ]
}

@test "install.sh refuses a folder without write permission" {
	local user=()

	[ "$EUID" != 0 ] ||
		user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	chmod -R a+rwX "$TREE"
	let_others_in
	mkdir -m 755 "$TO" && mkdir -m 555 "$TO/share"
	PREFIX=$TO run "${user[@]}" ./install.sh
	[ "$status" = 1 ]
	[[ $output == *"cannot write to $TO/"* ]]
	[ -z "$(files_in "$TO")" ]
}

@test "install.sh tells a user without a compiler what to type" {
	local manager line

	bare_path make
	command_of sudo exit
	while read -r manager line; do
		command_of "$manager" exit
		install_bare
		[ "$status" = 1 ]
		[ "$stderr" = "install.sh: needs make and a C compiler, type this:
    sudo sh -c '$line'" ] || fail "$stderr"
		rm "$BIN/$manager"
	done <<-END
		apt-get $APT make gcc libc6-dev
		dnf dnf install -y make gcc glibc-devel
		pacman pacman -Sy --needed --noconfirm make gcc
		apk apk add make gcc musl-dev
		zypper zypper --non-interactive install make gcc glibc-devel
	END
	install_bare
	[ "$stderr" = \
		"install.sh: needs make and a C compiler, install them first" ]
	[ ! -e "$TO" ]
}

@test "install.sh suggests su where there is no sudo" {
	bare_path cc
	command_of apt-get exit
	install_bare
	[ "$status" = 1 ]
	[ "${stderr##*$'\n'}" = "    su -c '$APT make gcc libc6-dev'" ]
}

@test "install.sh notices missing libc headers" {
	bare_path make
	command_of cc 'exit 1'
	command_of apk exit
	install_bare
	[ "$status" = 1 ]
	[[ $stderr == *"su -c 'apk add make gcc musl-dev'" ]]
}

@test "install.sh as root installs a missing compiler and says so" {
	bare_path install mv mkdir as ld
	command_of id 'echo 0'
	command_of apt-get "echo apt-get \$* >>$BATS_TEST_TMPDIR/called
		PATH=$PATH
		[ \$1 = update ] || ln -s $(command -v make) $BIN
		[ \$1 = update ] || ln -s $(command -v cc) $BIN"
	install_bare
	[ "$status" = 0 ]
	[ "${lines[0]}" = 'serve needs make and a C compiler.  Installing them:' ]
	[ "${lines[1]}" = "    $APT make gcc libc6-dev" ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/called")" = 2 ]
	[ "$("$TO/bin/serve")" = "serve of a test" ]
}

@test "install.sh fails if the package manager fails" {
	bare_path make
	command_of id 'echo 0'
	command_of apt-get 'echo no network >&2; exit 100'
	install_bare
	[ "$status" = 1 ]
	[ "${stderr##*$'\n'}" = "install.sh: that failed, \
install make and a C compiler first" ]
	[ ! -e "$TO" ]
}

@test "install.sh says so if its folder is not on PATH" {
	PREFIX=$TO run ./install.sh
	[ "$status" = 0 ]
	[[ $output == *"
$TO/bin is not on your PATH.
"*"
    export PATH=\"$TO/bin:\$PATH\"
"* ]]
	PATH=$TO/bin:$PATH PREFIX=$TO run ./install.sh
	[ "${#lines[@]}" = 4 ]
}

@test "install.sh says so if npm's serve comes first on PATH" {
	mkdir -p "$HOME/lib/node_modules/serve"
	echo '#!/usr/bin/env node' >"$HOME/lib/node_modules/serve/main.js"
	chmod +x "$HOME/lib/node_modules/serve/main.js"
	ln -s "$HOME/lib/node_modules/serve/main.js" "$BIN/serve"
	PATH=$BIN:$TO/bin:$PATH PREFIX=$TO run ./install.sh
	[ "$status" = 0 ]
	[[ $output == *"
On your PATH another serve comes first: npm's serve, $BIN/serve
"* ]]
	PATH=$TO/bin:$BIN:$PATH PREFIX=$TO run ./install.sh
	[ "${#lines[@]}" = 4 ]
}

@test "install.sh ends with the line that starts serve" {
	local line

	for PREFIX in "$TO" "$TO/a b"; do
		PREFIX=$PREFIX run ./install.sh
		line=${lines[-1]}
		run sh -c "$line --version"
		[[ $output == "serve "* ]]
	done
	PATH=$TO/bin:$PATH PREFIX=$TO run ./install.sh
	[ "${lines[-1]}" = "    serve" ]
}

@test "install.sh runs nothing from the current folder" {
	command_of make "touch $BATS_TEST_TMPDIR/ran; exec $(command -v make) \"\$@\""
	cd "$BIN"
	PATH=.:$PATH: PREFIX=$TO run "$TREE/install.sh"
	[ "$status" = 0 ]
	[ ! -e "$BATS_TEST_TMPDIR/ran" ]
	PATH=:$PATH PREFIX=$TO run "$TREE/install.sh"
	[ "$status" = 0 ]
	[ ! -e "$BATS_TEST_TMPDIR/ran" ]
}

@test "install.sh finds its folder in spite of CDPATH" {
	mkdir -p "$BATS_TEST_TMPDIR/other/tree"
	cd "$TREE/.."
	CDPATH=$BATS_TEST_TMPDIR/other PREFIX=$TO run tree/install.sh
	[ "$status" = 0 ]
	[ -x "$TO/bin/serve" ]
}

@test "install.sh ignores PATH if DESTDIR is set" {
	PREFIX=/opt DESTDIR=$TO run ./install.sh
	[ "${#lines[@]}" = 2 ]
}

@test "shellcheck finds no fault in install.sh" {
	need shellcheck
	shellcheck install.sh completions/serve.bash
}
