# Conditional requests: what the preconditions of a request come to.

load helper

# The representation: a strong tag, changed a minute ago.
setup() {
	serve_setup
	ETAG='"a"' MODIFIED=784111777 NOW=784111837
	AT='Sun, 06 Nov 1994 08:49:37 GMT'
	BEFORE='Sun, 06 Nov 1994 08:49:36 GMT'
	AFTER='Sun, 06 Nov 1994 08:49:38 GMT'
}

# METHOD RESULT FIELDS...: each request comes to RESULT; \ as in %b.
on() {
	local fields got

	for fields in "${@:3}"; do
		got=$(printf %b "$fields\r\n" |
			"$DRIVER" condition "$1" "$ETAG" "$MODIFIED" "$NOW")
		[ "${got% *}" = "$2" ] ||
			fail "$1 $fields: $got, not $2" || return
	done
}

# RESULT FIELDS...: for GET.
get() {
	on GET "$@"
}

# range|whole VALUE...: of If-Range.
if_range() {
	local value got

	for value in "${@:2}"; do
		got=$(printf %b "Range: bytes=0-1\r\nIf-Range: $value\r\n" |
			"$DRIVER" condition GET "$ETAG" "$MODIFIED" "$NOW")
		[ "$got" = "0 $1" ] || fail "$value: $got, not $1" || return
	done
}

@test "RFC 9110 13.2: without conditions a request goes on" {
	get 0 'Accept: */*'
}

@test "RFC 9110 13.1.1: If-Match lets those go on that name the tag" {
	get 0 'If-Match: "a"' 'If-Match: "x", "a"' 'If-Match: "a","x"' \
		'If-Match: *' 'If-Match: ,"x" ,, "a",' \
		'If-Match: "x"\r\nIf-Match: "a"'
	get 412 'If-Match: "x"' 'If-Match: "A"' 'If-Match: "a "' \
		'If-Match: ""' 'If-Match:' 'If-Match: ,'
}

@test "RFC 9110 13.1.1: If-Match compares strongly" {
	get 412 'If-Match: W/"a"' 'If-Match: W/"a", W/"x"'
	get 0 'If-Match: W/"a", "a"'
	ETAG='W/"a"'
	get 412 'If-Match: "a"' 'If-Match: W/"a"'
	get 0 'If-Match: *'
}

@test "RFC 9110 13.1.2: If-None-Match stops those that name the tag" {
	get 304 'If-None-Match: "a"' 'If-None-Match: "x", "a"' \
		'If-None-Match: *' 'If-None-Match: "a","x"' \
		'If-None-Match: ,, "a" ,' \
		'If-None-Match: "x"\r\nIf-None-Match: "a"'
	get 0 'If-None-Match: "x"' 'If-None-Match: "A"' 'If-None-Match: ""' \
		'If-None-Match:' 'If-None-Match: "aa"' 'If-None-Match: "x,a"'
}

@test "RFC 9110 13.1.2: If-None-Match compares weakly" {
	get 304 'If-None-Match: W/"a"' 'If-None-Match: W/"x",W/"a"'
	ETAG='W/"a"'
	get 304 'If-None-Match: "a"' 'If-None-Match: W/"a"'
	get 0 'If-None-Match: w/"x"'
}

@test "RFC 9110 13.2.2: If-None-Match is 304 for GET and HEAD, else 412" {
	on GET 304 'If-None-Match: "a"'
	on HEAD 304 'If-None-Match: "a"'
	on POST 412 'If-None-Match: "a"' 'If-None-Match: *'
	on DELETE 0 'If-None-Match: "x"'
}

@test "RFC 9110 8.8.3: a malformed list of tags names no tag" {
	get 0 'If-None-Match: a' 'If-None-Match: "a' 'If-None-Match: a"' \
		'If-None-Match: w/"a"' 'If-None-Match: W"a"' \
		'If-None-Match: W/a' 'If-None-Match: "a" "a"' \
		'If-None-Match: "a", a"' 'If-None-Match: "a"x' \
		'If-None-Match: "a", x' 'If-None-Match: x, "a"' \
		'If-None-Match: **' 'If-None-Match: *, "a"' \
		'If-None-Match: "a", *' 'If-None-Match: W/' 'If-None-Match: W' \
		'If-None-Match: W/ "a"' \
		'If-None-Match: "a"\r\nIf-None-Match: *' \
		'If-None-Match: "a b", "a"' 'If-None-Match: "a";"a"'
	get 412 'If-Match: a' 'If-Match: "a", x' 'If-Match: "a" "a"' \
		'If-Match: *, "a"' 'If-Match: "a'
}

@test "RFC 9110 8.8.3: commas and backslashes are bytes of a tag" {
	ETAG='"a,b\"'
	get 304 'If-None-Match: "a,b\\"' 'If-None-Match: "x\\", "a,b\\"' \
		'If-None-Match: "a,b\\", "x"'
	get 0 'If-None-Match: "a,b"' 'If-None-Match: "a", "b\\"'
	ETAG=$'"\xc3\xa4!#"'
	get 304 'If-None-Match: "\xc3\xa4!#"'
}

@test "without a tag only * matches" {
	ETAG=-
	get 412 'If-Match: "a"' 'If-Match: ""'
	get 0 'If-Match: *' 'If-None-Match: "a"' 'If-None-Match: ""'
	get 304 'If-None-Match: *'
	if_range whole '"a"' '""' ''
}

@test "RFC 9110 13.1.3: If-Modified-Since" {
	get 304 "If-Modified-Since: $AT" "If-Modified-Since: $AFTER" \
		'If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT' \
		'If-Modified-Since: Sun Nov  6 08:49:37 1994'
	get 0 "If-Modified-Since: $BEFORE"
	on HEAD 304 "If-Modified-Since: $AT"
}

@test "RFC 9110 13.1.3: If-Modified-Since in the future is a date as well" {
	get 304 'If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT'
}

@test "RFC 9110 13.1.3: If-Modified-Since is ignored if it is no date" {
	get 0 'If-Modified-Since: now' 'If-Modified-Since:' \
		'If-Modified-Since: 0' "If-Modified-Since: $AT, $AT" \
		"If-Modified-Since: $AT; length=3" \
		"If-Modified-Since: $AT\r\nIf-Modified-Since: $AT"
}

@test "RFC 9110 13.1.3: If-Modified-Since is for GET and HEAD" {
	on POST 0 "If-Modified-Since: $AT"
	on DELETE 0 "If-Modified-Since: $AT"
}

@test "RFC 9110 13.1.3: If-Modified-Since is ignored beside If-None-Match" {
	get 0 "If-Modified-Since: $AT\r\nIf-None-Match: \"x\"" \
		"If-None-Match: \"x\"\r\nIf-Modified-Since: $AT" \
		"If-None-Match: malformed\r\nIf-Modified-Since: $AT" \
		"If-None-Match:\r\nIf-Modified-Since: $AT"
	get 304 "If-Modified-Since: $BEFORE\r\nIf-None-Match: \"a\""
}

@test "RFC 9110 13.1.4: If-Unmodified-Since" {
	get 0 "If-Unmodified-Since: $AT" "If-Unmodified-Since: $AFTER" \
		'If-Unmodified-Since: now' 'If-Unmodified-Since:' \
		"If-Unmodified-Since: $BEFORE, $BEFORE"
	get 412 "If-Unmodified-Since: $BEFORE"
	on POST 412 "If-Unmodified-Since: $BEFORE"
}

@test "RFC 9110 13.1.4: If-Unmodified-Since is ignored beside If-Match" {
	get 0 "If-Unmodified-Since: $BEFORE\r\nIf-Match: \"a\""
	get 412 "If-Unmodified-Since: $AFTER\r\nIf-Match: \"x\""
}

@test "without a time of change dates are ignored" {
	MODIFIED=-
	get 0 "If-Modified-Since: $AT" "If-Unmodified-Since: $BEFORE"
	if_range whole "$AT" 'Wed, 31 Dec 1969 23:59:59 GMT'
}

@test "RFC 9110 13.2.2: 412 comes before 304" {
	get 412 'If-Match: "x"\r\nIf-None-Match: "a"' \
		"If-Unmodified-Since: $BEFORE\r\nIf-None-Match: \"a\"" \
		"If-Unmodified-Since: $BEFORE\r\nIf-Modified-Since: $AT"
	get 304 'If-Match: "a"\r\nIf-None-Match: "a"' \
		"If-Unmodified-Since: $AT\r\nIf-Modified-Since: $AT"
}

@test "RFC 9110 13.2.1: OPTIONS has no conditions" {
	on OPTIONS 0 'If-Match: "x"' 'If-None-Match: *' \
		"If-Unmodified-Since: $BEFORE" "If-Modified-Since: $AT"
}

@test "RFC 9110 13.1.5: If-Range with the same strong tag" {
	if_range range '"a"'
	if_range whole '"x"' 'W/"a"' '"a", "x"' '"a"x' a '' '*' '"a' 'w/"a"'
	ETAG='W/"a"'
	if_range whole '"a"' 'W/"a"'
}

@test "RFC 9110 13.1.5: If-Range with exactly the time of change" {
	if_range range "$AT" 'Sunday, 06-Nov-94 08:49:37 GMT'
	if_range whole "$BEFORE" "$AFTER" "$AT, $AT"
}

@test "RFC 9110 8.8.2.2: a time of change is strong a second later" {
	NOW=$MODIFIED
	if_range whole "$AT"
	if_range range '"a"'
	NOW=$((MODIFIED + 1))
	if_range range "$AT"
	NOW=$((MODIFIED - 1))
	if_range whole "$AT"
}

@test "RFC 9110 13.1.5: without If-Range a range counts" {
	run "$DRIVER" condition GET '"a"' 0 0 <<<$'Range: bytes=0-1\r'
	[ "$output" = '0 range' ]
}
