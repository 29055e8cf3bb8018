#!/usr/bin/env bash
# make check: runs every tests/*.bats, or those named, and ends with one line,
# "N passed, N failed".  Fails if a test failed or none ran.
#
# SERVE and DRIVER are the programs under test, JOBS how many tests run at a
# time, BATS_FLAGS more for bats.
set -u
cd "$(dirname "$0")/.." || exit

# Without these there is no test; what one test alone needs it names by "need".
required=(bats curl nc readelf)
# These are heavy: who has none skips their tests.
heavy='^(chromium|node|npm|clang|musl-gcc)$'

main() {
	local tests=("$@") jobs=${JOBS:-$(nproc)} parallel=()

	[ $# -gt 0 ] || tests=(tests/*.bats)
	get_tools
	# A test that hangs fails instead.
	export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-120}
	# Without "across files" bats would need GNU parallel.
	[ "$jobs" = 1 ] ||
		parallel=(--jobs "$jobs" --no-parallelize-across-files)
	# shellcheck disable=SC2086
	bats --tap "${parallel[@]}" ${BATS_FLAGS-} "${tests[@]}" 2>&1 | report
}

# What is missing comes from the package manager if we are root; otherwise the
# command that brings it is named, and tests that need it are skipped.
get_tools() {
	local tool install packages=() essential=

	for tool in "${required[@]}" $(wanted | grep -Ev "$heavy"); do
		command -v "$tool" >/dev/null && continue
		packages+=("$(package "$tool")")
		[[ " ${required[*]} " != *" $tool "* ]] || essential=$tool
	done
	[ ${#packages[@]} -gt 0 ] || return 0
	install="$(installer) ${packages[*]}"
	if [ "$EUID" = 0 ] && [ "$(installer)" != install ]; then
		echo "Getting what the tests need: $install"
		[[ $install != apt-get* ]] || apt-get update -qq
		DEBIAN_FRONTEND=noninteractive $install >/dev/null </dev/null &&
			return
		echo "That failed."
	else
		echo "Not all that the tests need is here: sudo $install"
	fi
	[ -z "$essential" ] || {
		echo "Without $essential there are no tests." >&2
		exit 1
	}
}

# The commands that tests name after "need".
wanted() {
	sed -n 's/^[[:space:]]*need //p' tests/*.bats | tr ' ' '\n' | sort -u
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

# COMMAND: the package that has it, where the name is another.
package() {
	local manager

	manager=$(installer)
	case $1@${manager%% *} in
	bats@pacman) echo bash-bats ;;
	nc@pacman) echo openbsd-netcat ;;
	nc@dnf) echo netcat ;;
	nc@*) echo netcat-openbsd ;;
	readelf@*) echo binutils ;;
	setpriv@apk) echo setpriv ;;
	script@apt-get) echo bsdutils ;;
	prlimit@* | setarch@* | setpriv@* | unshare@* | script@*)
		echo util-linux ;;
	pgrep@* | ps@* | sysctl@*) echo procps ;;
	ip@apt-get) echo iproute2 ;;
	nginx@apt-get) echo nginx-light ;;
	musl-gcc@apt-get) echo musl-tools ;;
	xdg-open@*) echo xdg-utils ;;
	*) echo "$1" ;;
	esac
}

# TAP on stdin: failures as they come, then why tests were skipped, the sum.
report() {
	local line plan=0 passed=0 failed=0 skipped=0 seen show=1 reasons=()

	while IFS= read -r line; do
		case $line in
		1..*) plan=${line#1..} show= ;;
		"ok "*" # skip"*)
			skipped=$((skipped + 1)) show=
			reasons+=("${line##* # skip }")
			;;
		"ok "*) passed=$((passed + 1)) show= ;;
		"not ok "*) failed=$((failed + 1)) show=1 ;;
		esac
		seen=$((passed + failed + skipped))
		[ ! -t 1 ] || printf '\r\033[K'
		[ -z "$show" ] || printf '%.500s\n' "$line"
		[ ! -t 1 ] || printf '%s of %s' "$seen" "$plan"
	done
	[ ! -t 1 ] || printf '\r\033[K'
	[ "$skipped" = 0 ] ||
		printf 'skipped: %s\n' "${reasons[@]}" | sort | uniq -c
	# what was announced and did not run is no success
	failed=$((failed + plan - seen))
	printf '%s passed, %s failed' "$passed" "$failed"
	[ "$skipped" = 0 ] || printf ', %s skipped' "$skipped"
	echo
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

main "$@"
