#!/usr/bin/env bash
# make check: run every tests/*.bats, or those named, and end with one line,
# "N passed, N failed".  Fails if a test failed or none ran.
#
#	tests/check.sh [--tools | --packages] [FILE]...
#
# --tools only installs the programs that the tests need, --packages prints the
# packages that have them.
#
# SERVE and DRIVER are the programs under test, JOBS is the number of files that
# run at a time, FILE_TIMEOUT the seconds that a file may take, BATS_FLAGS
# further options for bats.  With OFFLINE nothing is installed.  With TIMES the
# seconds of each file, and those of the processor, are printed at the end.
#
# Tests in a browser also need modules of npm: they run if BROWSERS is set, or
# if their files are named.
set -u
cd "$(dirname "$0")/.." || exit

# No test runs without these.  Other tools belong to single tests: see "need".
required=(bats curl nc readelf python3)
# Large packages: the tests that need one are skipped where it is missing.
heavy='^(chromium|firefox-esr|WebKitWebDriver|Xvfb|node|npm|clang|makepkg|musl-gcc|nix-build|valgrind|wrk)$'
# These take longest, so they start first.
long=(timeouts faults disk load live sandbox slow sharing proxy signals archive
	attack completions proxy-exchange eviction terminal rules symlink)

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

main() {
	local only=

	[[ ${1-} != --@(tools|packages) ]] || { only=$1 && shift; }
	files=("$@")
	if [ $# -gt 0 ]; then
		export BROWSERS=${BROWSERS-1}
	else
		choose_files
	fi
	if [ "$only" = --packages ]; then
		needed | packages_of
		exit
	fi
	get_tools
	check_bats
	[ -z "$only" ] || exit 0
	find_python
	run_all | report
}

choose_files() {
	local file

	for file in "${long[@]/#/tests/}" tests/*.bats; do
		file=${file%.bats}.bats
		[[ -z ${BROWSERS-} && $file == tests/browser* ]] && continue
		[[ ! -e $file || " ${files[*]-} " == *" $file "* ]] ||
			files+=("$file")
	done
}

# The output of each file appears as a whole when it has ended.  bats itself
# would need GNU parallel for this, and waits a second for each free slot.
# Tests wait for half of their time, so four files keep a processor busy.
run_all() {
	local file running=0 most=${JOBS:-$((4 * $(nproc)))}

	for file in "${files[@]}"; do
		[ "$running" -lt "$most" ] || {
			wait -n
			running=$((running - 1))
		}
		run_file "$file" &
		running=$((running + 1))
	done
	wait
}

# FILE: print its TAP between two lines of ours.  One limit for the file: with
# BATS_TEST_TIMEOUT bats 1.8 may leave a "sleep" behind after a short test, and
# then waits for it.
run_file() {
	local out status=0 start=$SECONDS

	out=$(mktemp "$tmp/XXXXXX")
	run_bats "${FILE_TIMEOUT:-600}" "$1" >"$out" || status=$?
	times >"$out.times"
	{
		echo "# begin $1"
		cat "$out"
		echo "# end $status $((SECONDS - start)) $(processor_s "$out.times")"
	} | flock "$tmp" cat
}

# FILE: the sum of what "times" has printed, in seconds
processor_s() {
	tr 'ms' '  ' <"$1" |
		awk '{ s += 60 * ($1 + $3) + $2 + $4 } END { print int(s + 0.5) }'
}

# SECONDS ARGUMENT...: timeout(1) makes a process group of its own, which gets no
# signal that is sent to ours.
run_bats() {
	trap 'kill $!; wait; exit 143' TERM
	# shellcheck disable=SC2086
	timeout -k 5 "$1" bats --tap ${BATS_FLAGS-} "${@:2}" 2>&1 </dev/null &
	wait $!
}

# As root, install missing programs with the package manager.  Otherwise print
# the command that does it, and skip the tests that need them.
get_tools() {
	local tool packages

	mapfile -t packages < <(needed | missing | packages_of)
	[ ${#packages[@]} -gt 0 ] || return 0
	if [[ -z ${OFFLINE-} && $EUID = 0 && $(installer) != install ]]; then
		echo "Installing what the tests need: ${packages[*]}"
		install_packages "${packages[@]}"
	else
		echo "Some tests need more: sudo $(installer) ${packages[*]}"
	fi
	for tool in "${required[@]}"; do
		command -v "$tool" >/dev/null || {
			echo "Without $tool there are no tests." >&2
			exit 1
		}
	done
}

check_bats() {
	[ "$(printf '%s\n' 1.5.0 "$(bats --version | sed 's/.* //')" |
		sort -V | head -n 1)" = 1.5.0 ] || {
		echo "The tests need bats 1.5 or newer: $(bats --version)" >&2
		exit 1
	}
}

# Most tests start python3.  That of pyenv is a shell script, and what it starts
# has more to load: ten times what the system's own takes.
find_python() {
	[ -x /usr/bin/python3 ] || return 0
	mkdir "$tmp/bin"
	ln -s /usr/bin/python3 "$tmp/bin"
	PATH=$tmp/bin:$PATH
}

# PACKAGE...: install all at once, or one by one if this system lacks one
install_packages() {
	local package

	[[ $(installer) != apt-get* ]] || apt-get update -qq
	install "$@" && return
	for package; do
		install "$package" || echo "There is no package $package."
	done
}

install() {
	# shellcheck disable=SC2046
	DEBIAN_FRONTEND=noninteractive $(installer) "$@" >/dev/null 2>&1 </dev/null
}

# All commands that are not in large packages
needed() {
	printf '%s\n' "${required[@]}"
	wanted | grep -Ev "$heavy"
}

missing() {
	local tool

	while read -r tool; do
		command -v "$tool" >/dev/null || echo "$tool"
	done
}

packages_of() {
	local tool

	while read -r tool; do
		package "$tool"
	done | sort -u
}

# The commands that tests, and the files that they load, name after "need".
wanted() {
	sed -n 's/^[[:space:]]*need //p' "${files[@]}" tests/*.bash |
		tr ' ' '\n' | sort -u
}

installer() {
	local manager

	for manager in apt-get dnf apk pacman zypper; do
		command -v $manager >/dev/null && break
		manager=
	done
	case $manager in
	apt-get) echo "apt-get install -y --no-install-recommends" ;;
	apk) echo "apk add" ;;
	pacman) echo "pacman -S --noconfirm" ;;
	dnf | zypper) echo "$manager install -y" ;;
	*) echo "install" ;;
	esac
}

# COMMAND: print the package that has it.
package() {
	local manager

	manager=$(installer)
	case $1@${manager%% *} in
	bats@pacman) echo bash-bats ;;
	nc@pacman) echo openbsd-netcat ;;
	nc@dnf) echo netcat ;;
	nc@*) echo netcat-openbsd ;;
	readelf@*) echo binutils ;;
	cc@*) echo gcc ;;
	setpriv@apk) echo setpriv ;;
	script@apt-get) echo bsdutils ;;
	prlimit@* | setarch@* | setpriv@* | unshare@* | script@*)
		echo util-linux ;;
	pgrep@* | ps@* | sysctl@*) echo procps ;;
	ip@apt-get | ss@apt-get) echo iproute2 ;;
	nginx@apt-get) echo nginx-light ;;
	ab@apt-get | ab@apk) echo apache2-utils ;;
	ab@dnf) echo httpd-tools ;;
	ssh@apt-get | ssh-keygen@apt-get) echo openssh-client ;;
	sshd@apt-get) echo openssh-server ;;
	ssh@* | ssh-keygen@* | sshd@*) echo openssh ;;
	musl-gcc@apt-get) echo musl-tools ;;
	xdg-open@*) echo xdg-utils ;;
	bsdtar@apt-get) echo libarchive-tools ;;
	7z@apt-get) echo p7zip-full ;;
	zbarimg@apt-get) echo zbar-tools ;;
	fusermount3@apt-get) echo fuse3 ;;
	debugfs@* | mkfs.ext4@*) echo e2fsprogs ;;
	date@*) echo coreutils ;;
	systemd-*) echo systemd ;;
	*) echo "$1" ;;
	esac
}

# The output of run_all on stdin: show failures as they come, then the reasons
# of skipped tests, and the sum.
report() {
	local line file status seconds processor times=
	local plan seen passed=0 failed=0 skipped=0 show reasons=()
	local failures=() fatal=()

	while IFS= read -r line; do
		case $line in
		"# begin "*) file=${line#\# begin } plan=0 seen=0 show=1 ;;
		"# end "*)
			read -r _ _ status seconds processor <<<"$line"
			check_end "$status"
			[ -z "${TIMES-}" ] ||
				times+="$seconds s, $processor s, $file"$'\n'
			;;
		1..*) plan=${line#1..} show= ;;
		"ok "*" # skip"*)
			seen=$((seen + 1)) skipped=$((skipped + 1)) show=
			reasons+=("${line##* # skip }")
			;;
		"ok "*) seen=$((seen + 1)) passed=$((passed + 1)) show= ;;
		"not ok "*)
			seen=$((seen + 1)) failed=$((failed + 1)) show=1
			failures+=("$file: ${line#not ok * }") fatal+=('')
			line="not ok ${failures[-1]}"
			;;
		"# "*)
			[[ ${#failures[@]} = 0 || ! $line =~ $fault ]] ||
				fatal[-1]=1
			;;
		esac
		[[ ! $show || $line == "# "@(begin|end)* ]] ||
			tell '%.500s\n' "$line"
		[ ! -t 1 ] || tell '%s tests' $((passed + failed + skipped))
	done
	tell ''
	try_again
	printf %s "$times" | sort -rn
	[ "$skipped" = 0 ] ||
		printf 'skipped: %s\n' "${reasons[@]}" | sort | uniq -c
	printf '%s passed, %s failed' "$passed" "$failed"
	[ "$skipped" = 0 ] || printf ', %s skipped' "$skipped"
	echo
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

# On a busy machine a client, or a tool beside serve, may wait for longer than a
# test does.  So a few tests that failed run once more, alone, and are named.  A
# crash, or what a sanitizer found, is a fault even if it happens once.
fault='ended with status 1(3[0-9]|5[0-9])|Sanitizer|runtime error:'

try_again() {
	local i

	[ ${#failures[@]} -le 5 ] || return 0
	for i in "${!failures[@]}"; do
		[ -z "${fatal[i]}" ] || continue
		run_test "${failures[i]%%: *}" "${failures[i]#*: }" || continue
		passed=$((passed + 1)) failed=$((failed - 1))
		echo "ok when run again: ${failures[i]}"
	done
}

# FILE TITLE: does this test pass?
run_test() {
	local title=$2 i pattern=

	for ((i = 0; i < ${#title}; i++)); do
		case ${title:i:1} in
		[[:alnum:]] | ' ') pattern+=${title:i:1} ;;
		*) pattern+='.{1,2}' ;; # it may be escaped
		esac
	done
	run_bats 300 -f "^$pattern\$" "$1" >"$tmp/again" &&
		grep -q '^ok ' "$tmp/again"
}

# FORMAT [ARGUMENT]...: print it in the place of the count, if this is a terminal
tell() {
	[ ! -t 1 ] || printf '\r\033[K'
	# shellcheck disable=SC2059
	printf "$@"
}

# STATUS: of a file that has ended.  Tests that were announced and did not run
# have failed, and so has a file that bats cannot read.
check_end() {
	local missing=$((plan - seen))

	[ "$missing" -gt 0 ] || [[ $1 != 0 && $seen = 0 ]] || return
	[ "$missing" -gt 0 ] || missing=1
	failed=$((failed + missing))
	tell 'not ok %s: ended with status %s after %s of %s tests\n' \
		"$file" "$1" "$seen" "$plan"
}

# A shell handles a signal only when its foreground command has ended.  So it
# waits for a process group, which a signal stops as a whole.
set -m
main "$@" &
trap 'kill -- -$!; wait; exit 130' HUP INT TERM
wait $!
