# Conditional requests: the result of a request's preconditions.

load helper

# The representation: it has a strong tag and was changed a minute ago.
setup() {
	serve_setup
	ETAG='"a"' MODIFIED=784111777 NOW=784111837
	AT='Sun, 06 Nov 1994 08:49:37 GMT'
	BEFORE='Sun, 06 Nov 1994 08:49:36 GMT'
	AFTER='Sun, 06 Nov 1994 08:49:38 GMT'
}

# METHOD RESULT FIELDS...: the result for each value of FIELDS; \ as in %b.
on() {
	local fields got

	for fields in "${@:3}"; do
		got=$(printf %b "$fields\r\n" |
			"$DRIVER" condition "$1" "$ETAG" "$MODIFIED" "$NOW")
		[ "${got% *}" = "$2" ] ||
			fail "$1 $fields: $got, not $2" || return
	done
}

# RESULT FIELDS...: the result for GET.
get() {
	on GET "$@"
}

# range|whole VALUE...: the result of If-Range.
if_range() {
	local value got

	for value in "${@:2}"; do
		got=$(printf %b "Range: bytes=0-1\r\nIf-Range: $value\r\n" |
			"$DRIVER" condition GET "$ETAG" "$MODIFIED" "$NOW")
		[ "$got" = "0 $1" ] || fail "$value: $got, not $1" || return
	done
}

@test "RFC 9110 13.2: a request without preconditions proceeds" {
	get 0 'Accept: */*'
}

@test "RFC 9110 13.1.1: If-Match lets requests proceed that list the tag" {
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

@test "RFC 9110 13.1.2: If-None-Match stops requests that list the tag" {
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

@test "RFC 9110 8.8.3: a malformed list of tags matches nothing" {
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

@test "RFC 9110 8.8.3: a tag may contain commas and backslashes" {
	ETAG='"a,b\"'
	get 304 'If-None-Match: "a,b\\"' 'If-None-Match: "x\\", "a,b\\"' \
		'If-None-Match: "a,b\\", "x"'
	get 0 'If-None-Match: "a,b"' 'If-None-Match: "a", "b\\"'
	ETAG=$'"\xc3\xa4!#"'
	get 304 'If-None-Match: "\xc3\xa4!#"'
}

@test "without a tag only '*' matches" {
	ETAG=-
	get 412 'If-Match: "a"' 'If-Match: ""'
	get 0 'If-Match: *' 'If-None-Match: "a"' 'If-None-Match: ""'
	get 304 'If-None-Match: *'
	if_range whole '"a"' '""' ''
}

@test "RFC 9110 13.1.3: If-Modified-Since compares with the time of the last change" {
	get 304 "If-Modified-Since: $AT" "If-Modified-Since: $AFTER" \
		'If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT' \
		'If-Modified-Since: Sun Nov  6 08:49:37 1994'
	get 0 "If-Modified-Since: $BEFORE"
	on HEAD 304 "If-Modified-Since: $AT"
}

@test "RFC 9110 13.1.3: If-Modified-Since may be in the future" {
	get 304 'If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT'
}

@test "RFC 9110 13.1.3: If-Modified-Since is ignored if it is not a date" {
	get 0 'If-Modified-Since: now' 'If-Modified-Since:' \
		'If-Modified-Since: 0' "If-Modified-Since: $AT, $AT" \
		"If-Modified-Since: $AT; length=3" \
		"If-Modified-Since: $AT\r\nIf-Modified-Since: $AT"
}

@test "RFC 9110 13.1.3: If-Modified-Since applies only to GET and HEAD" {
	on POST 0 "If-Modified-Since: $AT"
	on DELETE 0 "If-Modified-Since: $AT"
}

@test "RFC 9110 13.1.3: If-Modified-Since is ignored if there is an If-None-Match" {
	get 0 "If-Modified-Since: $AT\r\nIf-None-Match: \"x\"" \
		"If-None-Match: \"x\"\r\nIf-Modified-Since: $AT" \
		"If-None-Match: malformed\r\nIf-Modified-Since: $AT" \
		"If-None-Match:\r\nIf-Modified-Since: $AT"
	get 304 "If-Modified-Since: $BEFORE\r\nIf-None-Match: \"a\""
}

@test "RFC 9110 13.1.4: If-Unmodified-Since compares with the time of the last change" {
	get 0 "If-Unmodified-Since: $AT" "If-Unmodified-Since: $AFTER" \
		'If-Unmodified-Since: now' 'If-Unmodified-Since:' \
		"If-Unmodified-Since: $BEFORE, $BEFORE"
	get 412 "If-Unmodified-Since: $BEFORE"
	on POST 412 "If-Unmodified-Since: $BEFORE"
}

@test "RFC 9110 13.1.4: If-Unmodified-Since is ignored if there is an If-Match" {
	get 0 "If-Unmodified-Since: $BEFORE\r\nIf-Match: \"a\""
	get 412 "If-Unmodified-Since: $AFTER\r\nIf-Match: \"x\""
}

@test "dates are ignored if the time of the last change is unknown" {
	MODIFIED=-
	get 0 "If-Modified-Since: $AT" "If-Unmodified-Since: $BEFORE"
	if_range whole "$AT" 'Wed, 31 Dec 1969 23:59:59 GMT'
}

@test "RFC 9110 13.2.2: 412 takes precedence over 304" {
	get 412 'If-Match: "x"\r\nIf-None-Match: "a"' \
		"If-Unmodified-Since: $BEFORE\r\nIf-None-Match: \"a\"" \
		"If-Unmodified-Since: $BEFORE\r\nIf-Modified-Since: $AT"
	get 304 'If-Match: "a"\r\nIf-None-Match: "a"' \
		"If-Unmodified-Since: $AT\r\nIf-Modified-Since: $AT"
}

@test "RFC 9110 13.2.1: OPTIONS ignores preconditions" {
	on OPTIONS 0 'If-Match: "x"' 'If-None-Match: *' \
		"If-Unmodified-Since: $BEFORE" "If-Modified-Since: $AT"
}

@test "RFC 9110 13.1.5: If-Range matches the same strong tag" {
	if_range range '"a"'
	if_range whole '"x"' 'W/"a"' '"a", "x"' '"a"x' a '' '*' '"a' 'w/"a"'
	ETAG='W/"a"'
	if_range whole '"a"' 'W/"a"'
}

@test "RFC 9110 13.1.5: If-Range matches exactly the time of the last change" {
	if_range range "$AT" 'Sunday, 06-Nov-94 08:49:37 GMT'
	if_range whole "$BEFORE" "$AFTER" "$AT, $AT"
}

@test "RFC 9110 8.8.2.2: a time of change is a strong validator one second later" {
	NOW=$MODIFIED
	if_range whole "$AT"
	if_range range '"a"'
	NOW=$((MODIFIED + 1))
	if_range range "$AT"
	NOW=$((MODIFIED - 1))
	if_range whole "$AT"
}

@test "RFC 9110 13.1.5: a range without If-Range applies" {
	run "$DRIVER" condition GET '"a"' 0 0 <<<$'Range: bytes=0-1\r'
	[ "$output" = '0 range' ]
}
