#!/bin/sh
# Build serve and install it, with the rules of the Makefile.

set -eu

usage() {
	cat <<'END'
Usage: [PREFIX=DIR] [DESTDIR=DIR] ./install.sh [--uninstall]
Build serve and install it with its man page and completions.

  PREFIX       where to install (default /usr/local as root, else ~/.local)
  DESTDIR      put in front of PREFIX, for packagers
  --uninstall  remove what was installed there
  -h, --help   this text

make and a C compiler are needed.  If they are missing, root installs them with
the system's package manager; other users are told what to type.
END
}

say() {
	printf '%s\n' "$*"
}

die() {
	printf 'install.sh: %s\n' "$*" >&2
	exit 1
}

# PATH: the same without empty and relative folders
absolute_only() (
	IFS=:
	set -f
	kept=
	for dir in $1; do
		case $dir in
		/*) kept=$kept${kept:+:}$dir ;;
		esac
	done
	say "$kept"
)

is_root() {
	[ "$(id -u)" = 0 ]
}

read_arguments() {
	uninstall=
	for arg; do
		case $arg in
		--uninstall) uninstall=yes ;;
		-h | --help)
			usage
			exit 0
			;;
		*)
			printf "install.sh: unknown option '%s'\n" "$arg" >&2
			printf "Try './install.sh --help'.\n" >&2
			exit 2
			;;
		esac
	done
}

choose_places() {
	if [ -z "${PREFIX:-}" ]; then
		if is_root; then
			PREFIX=/usr/local
		else
			[ -n "${HOME:-}" ] || die "HOME is not set, give PREFIX"
			PREFIX=$HOME/.local
		fi
	fi
	DESTDIR=${DESTDIR:-}
	case $PREFIX in
	/*) ;;
	*) die "bad PREFIX '$PREFIX', want a path that starts with '/'" ;;
	esac
	case $DESTDIR in
	'' | /*) ;;
	*) die "bad DESTDIR '$DESTDIR', want a path that starts with '/'" ;;
	esac
	# Characters that mean something to make or to its shell.
	case $DESTDIR$PREFIX in
	*[\'\"\$\#\\\`]* | *'
'*) die "bad path '$DESTDIR$PREFIX', want one without quotes, \$ and #" ;;
	esac
	root=$DESTDIR$PREFIX
}

# FOLDER: can files be made in it, or can it be made?
is_writable() {
	dir=$1
	while [ ! -e "$dir" ] && [ ! -L "$dir" ]; do
		dir=$(dirname "$dir")
	done
	[ -d "$dir" ] && [ -w "$dir" ] && [ -x "$dir" ]
}

check_places() {
	for place in bin share/man/man1 share/bash-completion/completions \
		share/zsh/site-functions share/fish/vendor_completions.d; do
		is_writable "$root/$place" && continue
		if is_root; then
			die "cannot write to $root/$place," \
				"choose another PREFIX"
		fi
		die "cannot write to $root/$place," \
			"try 'sudo ./install.sh' or another PREFIX"
	done
	if [ -d "$root/bin/serve" ]; then
		die "$root/bin/serve is a folder, choose another PREFIX"
	fi
}

# A compiler without the headers of libc is of no use.
can_compile() {
	dir=$(mktemp -d)
	printf '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n' \
		>"$dir/try.c"
	status=0
	${CC:-cc} -o "$dir/try" "$dir/try.c" 2>/dev/null || status=1
	rm -r "$dir"
	return $status
}

has_tools() {
	make --version >/dev/null 2>&1 || return
	[ -n "$uninstall" ] || can_compile
}

# The command that installs what is missing; empty if we do not know it.
package_command() {
	if command -v apt-get >/dev/null; then
		say 'apt-get update && apt-get install -y' \
			'--no-install-recommends make gcc libc6-dev'
	elif command -v dnf >/dev/null; then
		say 'dnf install -y make gcc glibc-devel'
	elif command -v pacman >/dev/null; then
		say 'pacman -Sy --needed --noconfirm make gcc'
	elif command -v apk >/dev/null; then
		say 'apk add make gcc musl-dev'
	elif command -v zypper >/dev/null; then
		say 'zypper --non-interactive install make gcc glibc-devel'
	fi
}

get_tools() {
	has_tools && return
	if [ -n "${CC:-}" ]; then
		say "install.sh: needs make, and CC='$CC' to make programs" >&2
		exit 1
	fi
	command=$(package_command)
	if [ -z "$command" ]; then
		die "needs make and a C compiler, install them first"
	fi
	if ! is_root; then
		become='su -c'
		! command -v sudo >/dev/null || become='sudo sh -c'
		say "install.sh: needs make and a C compiler, type this:" >&2
		say "    $become '$command'" >&2
		exit 1
	fi
	say "serve needs make and a C compiler.  Installing them:"
	say "    $command"
	DEBIAN_FRONTEND=noninteractive sh -c "$command" ||
		die "that failed, install make and a C compiler first"
	has_tools || die "there is still no make or no C compiler"
}

run_make() {
	make -s PREFIX="$PREFIX" DESTDIR="$DESTDIR" "$@"
}

# FILE: its real path
real_path() {
	readlink -f "$1" 2>/dev/null || say "$1"
}

# npm's serve is a script for node, in a folder node_modules.
whose() {
	case $(real_path "$1") in
	*/node_modules/*) say "npm's serve, $1" ;;
	*) say "$1" ;;
	esac
}

# End with the command that starts the installed program: the user may have
# another serve, or a PATH without this one.
say_start() {
	bin=$PREFIX/bin
	found=$(PATH=$user_path /bin/sh -c 'command -v serve' || :)

	if [ -n "$found" ]; then
		if [ "$(real_path "$found")" = "$(real_path "$bin/serve")" ]; then
			say "To start it, type:"
			say "    serve"
			return
		fi
		found=$(whose "$found")
	fi
	case :$user_path: in
	*:"$bin":*) say "On your PATH another serve comes first: $found" ;;
	*)
		say "$bin is not on your PATH."
		[ -z "$found" ] || say "There, 'serve' means $found"
		;;
	esac
	say "Add this line to the start-up file of your shell:"
	say "    export PATH=\"$bin:\$PATH\""
	say "To start it now, type:"
	case $bin in
	*\ *) say "    '$bin/serve'" ;;
	*) say "    $bin/serve" ;;
	esac
}

umask 022	# all users may read what is installed
# With CDPATH, cd may go elsewhere.  With "." in PATH, a file of the current
# folder could pass for make or cc.
unset CDPATH
user_path=${PATH:-}
PATH=$(absolute_only "$user_path")
cd -- "$(dirname -- "$0")"
read_arguments "$@"
choose_places
if [ -n "$uninstall" ]; then
	[ -e "$root/bin/serve" ] || die "there is no $root/bin/serve"
	check_places
	get_tools
	run_make uninstall
	say "Removed $root/bin/serve, its man page and completions."
	exit 0
fi
[ -w . ] || die "cannot build here, this folder is not writable"
check_places
get_tools
say "Building serve ..."
run_make -j"$(getconf _NPROCESSORS_ONLN || echo 1)"
run_make install
say "Installed $root/bin/serve, its man page and completions."
[ -n "$DESTDIR" ] || say_start
