load helper

# --help, the man page, the completions and the README have the same options and
# defaults. --help is the list that the others are compared with.  It lacks only
# --directory, which is for users of Python's http.server.

TOP=$BATS_TEST_DIRNAME/..

setup() {
	serve_setup
	"$SERVE" --help >"$BATS_TEST_TMPDIR/help"
	help_options >"$BATS_TEST_TMPDIR/options"
	long_names <"$BATS_TEST_TMPDIR/options" >"$BATS_TEST_TMPDIR/names"
	cd "$BATS_TEST_TMPDIR" || return
}

# "-p --port PORT": one line for each option, with --directory.
help_options() {
	{
		sed -nE 's/^ +((-., )?--.*)/\1/; T; s/  .*//; s/, / /; p' \
			"$BATS_TEST_TMPDIR/help"
		echo '-d --directory DIR'
	} | LC_ALL=C sort
}

long_names() {
	grep -oE -- '--[a-z-]+' | LC_ALL=C sort -u
}

man_options() {
	sed -nE '/^\.Sh DESCRIPTION/,/^\.Sh HOW/s/^\.It Fl/Fl/p' \
		"$TOP/man/serve.1" | sed -E "s/Fl /-/g; s/ , / /
			s/ Ns Op = Ns Ar (.*)/[=\1]/; s/ Ar / /; s/\\\\\(aq/'/g"
}

# NAME: print the man page's text for this option, on one line.
man_text() {
	sed -nE "/^\.It.* ${1#-}( |$)/,/^\.(It|El)/p" "$TOP/man/serve.1" |
		sed -E 's/^\.[A-Z][a-z] //; s/ ([.,:;])$/\1/' | tr '\n' ' '
}

# NAME: print the README's line for this option.
readme_line() {
	grep -E -- "^\|.*$1[^a-z-].* \|.* \|.* \|" "$TOP/README.md"
}

@test "--help fits a terminal and is written to stdout" {
	run --separate-stderr "$SERVE" --help
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	[ "$(wc -l <help)" -le 50 ]
	run ! grep -E '.{80}|	|[[:space:]]$' help
	[ "$(wc -l <options)" -gt 20 ]
}

@test "-h and -V are --help and --version" {
	"$SERVE" -h | cmp - help
	[ "$("$SERVE" -V)" = 'serve 1.0.0' ]
	[ "$("$SERVE" --version)" = 'serve 1.0.0' ]
}

@test "--help fails if it cannot be written" {
	run sh -c '"$0" --help >/dev/full' "$SERVE"
	[ "$status $output" = '1 serve: cannot write: No space left on device' ]
	run sh -c '"$0" --version >&-' "$SERVE"
	[ "$status $output" = '1 serve: cannot write: Bad file descriptor' ]
}

@test "serve accepts every option of --help with its value" {
	local long value

	while read -r long value; do
		[[ $long != -? ]] || read -r long value <<<"$value"
		long=${long%[*}
		[[ $long != --help && $long != --version ]] || continue
		case $value in
		'') set -- "$long" ;;
		PORT | SECONDS | N) set -- "$long" 1 "$long=1" ;;
		ADDR) set -- "$long" ::1 ;;
		DIR) set -- "$long" a ;;
		NAME) set -- "$long" a.example ;;
		FORMAT) set -- "$long" json ;;
		'[PREFIX=]URL') set -- "$long" /a=http://localhost:1 ;;
		/PREFIX/) set -- "$long" /a/ ;;
		WHEN) set -- "$long" never ;;
		*) set -- "$long" 'A: b' ;;
		esac
		run "$SERVE" "$@" -V
		[ "$output" = 'serve 1.0.0' ] || fail "$*: $output"
	done <options
	[ -s options ]
}

@test "serve has no option that --help lacks" {
	sed -nE "s/^	\{ ('.'|0), \"([a-z-]+)\",.*/--\2/p" \
		"$TOP/server/options.c" | LC_ALL=C sort | diff names -
}

@test "the man page has the options of --help" {
	man_options | LC_ALL=C sort | diff options -
}

@test "the man page has its options in alphabetical order" {
	man_options | sed -E 's/^--?//; s/[ [].*//' >order
	[ "$(wc -l <order)" = "$(wc -l <options)" ]
	LC_ALL=C sort -f -c order
}

@test "the README has the options of --help" {
	sed -nE 's/^\| `(-[^|]*)` \|.*/\1/; T; s/`, `/ /; p' \
		"$TOP/README.md" | LC_ALL=C sort | diff options -
}

@test "the completions have the long options of --help" {
	cd "$TOP/completions"
	sed -n '/^_serve_options/,/^}/p' serve.bash | long_names |
		diff "$BATS_TEST_TMPDIR/names" -
	sed -n '/^_arguments/,$p' _serve | long_names |
		diff "$BATS_TEST_TMPDIR/names" -
	sed -nE 's/^complete.* -l ([a-z-]+) .*/--\1/p' serve.fish | long_names |
		diff "$BATS_TEST_TMPDIR/names" -
}

@test "the completions have the short options of --help" {
	local letters

	letters=$(sed -nE 's/^(-.) .*/\1/p' options | LC_ALL=C sort)
	diff <(echo "$letters") <(grep -oE -- ' -s .' \
		"$TOP/completions/serve.fish" | sed 's/ -s /-/' |
		LC_ALL=C sort)
	diff <(echo "$letters") <(grep -oE -- '\{-.' \
		"$TOP/completions/_serve" | tr -d '{' | LC_ALL=C sort)
}

@test "the defaults of --help are in the man page and the README" {
	local name default

	awk '
		match($0, /^ +(-., )?--[a-z-]+/) {
			name = substr($0, 1, RLENGTH)
			sub(/.* /, "", name)
		}
		match($0, /\(default:? .*\)/) {
			text = substr($0, RSTART + 1, RLENGTH - 2)
			sub(/default:? /, "", text)
			print name "\t" text
		}' help >defaults
	[ "$(wc -l <defaults)" = 6 ]
	while IFS=$'\t' read -r name default; do
		readme_line "$name" | grep -F "$default |" ||
			fail "README: $name: $default"
		man_text "$name" | grep -F " $default" ||
			fail "man page: $name: $default"
	done <defaults
}

@test "the defaults in the code are those of --help" {
	grep -F '.timeout = 30' "$TOP/server/options.c"
	grep -- '--timeout .*(default 30)$' help
	grep 'OPTIONS_PORT_FIRST = 8000,' "$TOP/server/options.h"
	grep '(default 8000, or the next free one)$' help
}

@test "the words that an option accepts are the same in all documents" {
	local words

	for words in auto,always,never pretty,common,combined,json \
		raw,numbered,curl; do
		grep -F "${words//,/, }" help
		grep -F "${words//,/, }" "$TOP/README.md"
		grep -F "echo ${words//,/ } ;;" "$TOP/completions/serve.bash"
		grep -F "(${words//,/ })" "$TOP/completions/_serve"
		grep -F "'${words//,/ }'" "$TOP/completions/serve.fish"
	done
}

@test "the examples use only options that exist" {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh DIAGNOSTICS/s/.*[$#] serve//p' \
		"$TOP/man/serve.1" | sed 's/\\-/-/g' >examples
	[ "$(wc -l <examples)" -gt 10 ]
	sed -n 's/^serve//p; s/^`serve//p' "$TOP/README.md" >>examples
	[ "$(wc -l <examples)" -gt 25 ]
	sed 's/|.*//; s/ -- .*//; s/docker.*//' examples | long_names |
		comm -13 names - >unknown
	diff /dev/null unknown
}

@test "the manual lists the keys of json in order" {
	need jq
	sed -n '/^\.It Cm json/,/^\.El/s/^\.It Cm //p' "$TOP/man/serve.1" |
		tail -n +2 >documented
	serve_start --log-format json
	status_of "$URL"
	wait_until grep -q . "$OUT"
	jq -r 'keys_unsorted[]' "$OUT" | diff - documented
}

@test "mandoc gives no warning about the man page" {
	need mandoc
	run mandoc -Tlint -Wall "$TOP/man/serve.1"
	[ "$status" = 0 ]
	# Its index of the manuals of this machine may be older than some of
	# them.
	[ -z "$(grep -v ': outdated mandoc.db lacks ' <<<"$output")" ]
}
