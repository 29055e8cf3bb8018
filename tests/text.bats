# Slices, lists and tokens, and text escaped for each context.

load helper

# WHAT INPUT OUTPUT: the driver makes OUTPUT of INPUT; \ as in %b.
makes() {
	local got

	got=$(printf %b "$2" | "$DRIVER" "$1")
	[ "$got" = "$(printf %b "$3")" ] || fail "$1 $2: $got, not $3"
}

@test "RFC 9110 5.6.1: a list has elements, and empty ones are ignored" {
	makes list 'a' '[a]'
	makes list 'a,b , c' '[a]\n[b]\n[c]'
	makes list ' , a,\t,b c,,' '[a]\n[b c]'
	makes list '' ''
	makes list ' ,\t, ' ''
}

@test "RFC 9110 5.6.4: commas in quoted strings do not separate elements" {
	makes list 'a="b,c",d' '[a="b,c"]\n[d]'
	makes list '"a\\",b",c' '["a\\x5c",b"]\n[c]'
	makes list '"a\\\\",b' '["a\\x5c\\x5c"]\n[b]'
	makes list '"a,b' '["a,b]'
	makes list '"a\\' '["a\\x5c]'
	makes list 'a\\,b' '[a\\x5c]\n[b]'
}

@test "RFC 9110 5.6.3: blanks at both ends are removed" {
	makes trim ' \t a b\t ' '[a b]'
	makes trim ' \t ' '[]'
	makes trim '' '[]'
	makes trim '\na\r' '[\\x0aa\\x0d]'
}

@test "RFC 9110 5.6.2: a token has only the permitted characters" {
	makes token "!#\$%&'*+-.^_\`|~09azAZ" yes
	for c in '' ' ' 'a ' ' a' 'a:' '"a"' 'a(' ')' , / ';' '<' = '>' '?' @ \
		'[' '\\' ']' '{' '}' \
		'\x00' '\x1f' '\x7f' '\x80' '\xc3\xa4' 'a\n'
	do
		makes token "$c" no
	done
}

@test "RFC 9110 5.5: a field value has no control characters" {
	makes value '' yes
	makes value ' a\tb\x80\xff~!' yes
	for c in '\r' '\n' '\x00' '\x01' '\x1f' '\x7f' 'a\r\nB: c' '\x0b'; do
		makes value "$c" no
	done
}

@test "RFC 3629: UTF-8 has no overlong forms and no surrogates" {
	makes utf8 'a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80' \
		'U+0061 U+00E4 U+20AC U+1F600 '
	makes utf8 '\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80' \
		'U+007F U+0080 U+07FF U+0800 '
	makes utf8 '\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf' \
		'U+FFFF U+10000 U+10FFFF '
	makes utf8 '\xed\x9f\xbf\xee\x80\x80' 'U+D7FF U+E000 '
	makes utf8 '\xc0\x80' 'bad bad '
	makes utf8 '\xc1\xbf' 'bad bad '
	makes utf8 '\xe0\x9f\xbf' 'bad bad bad '
	makes utf8 '\xed\xa0\x80' 'bad bad bad '
	makes utf8 '\xf0\x8f\xbf\xbf' 'bad bad bad bad '
	makes utf8 '\xf4\x90\x80\x80' 'bad bad bad bad '
	makes utf8 '\xf8\x88\x80\x80\x80' 'bad bad bad bad bad '
	makes utf8 '\x80\xbf\xfe\xff' 'bad bad bad bad '
	makes utf8 '\xc3' 'bad '
	makes utf8 '\xe2\x82' 'bad bad '
	makes utf8 '\xf0\x9f\x98' 'bad bad bad '
	makes utf8 '\xc3a' 'bad U+0061 '
	makes utf8 '\xe2\x82a' 'bad bad U+0061 '
}

@test "RFC 9110 15: every status that serve sends has a reason" {
	local status

	for status in 200 204 206 301 302 303 304 307 308 408 414 431 505 \
		$(sed -n 's/^\t{ \([0-9]*\), PAGE_.*/\1/p' \
		"$BATS_TEST_DIRNAME/../server/page.c"); do
		run -0 "$DRIVER" reason "$status" </dev/null
		[ "$output" != Unknown ]
	done
	[ "$("$DRIVER" reason 404 </dev/null)" = 'Not Found' ]
	[ "$("$DRIVER" reason 421 </dev/null)" = 'Misdirected Request' ]
	[ "$("$DRIVER" reason 299 </dev/null)" = Unknown ]
}

@test "HTML: markup, control characters and invalid UTF-8 are replaced" {
	makes html '<a href="b">&' '&lt;a href="b"&gt;&amp;'
	makes html '\x1b\x7f\xff\xc3\xa4' \
		'\xe2\x90\x9b\xe2\x90\xa1\xef\xbf\xbd\xc3\xa4'
}

@test "RFC 3986 2.3: unreserved bytes of a segment are not encoded" {
	makes url 'aZ0-._~' 'aZ0-._~'
	makes url "/?#&'\"<% \xc3\xa4" '%2F%3F%23%26%27%22%3C%25%20%C3%A4'
	makes url-path '/a b/%\xff;:@' '/a%20b/%25%FF;:@'
	makes url-query '?a=b%20c|\x22\xc3' '?a=b%20c%7C%22%C3'
}

@test "RFC 8259 7: JSON strings are escaped" {
	makes json 'a"b\\c' 'a\\"b\\\\c'
	makes json '\xff\xc3\xa4' '\xef\xbf\xbd\xc3\xa4'
	makes json '\u00ad\u200b\u202e\ufeff\U0001f600\U000e0041' \
		'\\u00ad\\u200b\\u202e\\ufeff\U0001f600\\udb40\\udc41'
	printf '\001\033\177\302\237\342\200\250\t' | "$DRIVER" json >"$OUT"
	run -1 grep -aP '[\x00-\x09\x0b-\x1f\x7f]|\xc2\x9f|\xe2\x80\xa8' "$OUT"
}

@test "text for a terminal has no raw control characters" {
	makes visible 'a\x1b[31m\x7f\xff\xc3\xa4' 'a\\x1b[31m\\x7f\\xff\xc3\xa4'
	makes visible '\xc2\x9b\xe2\x80\xae' '\\xc2\\x9b\\xe2\\x80\\xae'
	makes visible-path '/%e4%bd%a0%41%1b%e2%80%ae' \
		'/\xe4\xbd\xa0%41%1b%e2%80%ae'
}

@test "sizes use powers of 1000, with one decimal below 100" {
	for pair in '0:0 B' '999:999 B' '1000:1.0 kB' '1234:1.2 kB' \
		'99949:99.9 kB' '99950:100 kB' '999499:999 kB' '999950:1.0 MB' \
		'999500000:1.0 GB' '350000000:350 MB' '4700000000:4.7 GB' \
		'18446744073709551615:18.4 EB'
	do
		makes size "${pair%%:*}" "${pair#*:}"
	done
	makes grouped 1234567 1,234,567
	makes grouped 999 999
	makes files 0 '0 files'
	makes files 1 '1 file'
	makes files 21 '21 files'
	makes hex 3735928559 deadbeef
}

@test "text that does not fit is left out, and that is reported" {
	[ "$("$DRIVER" fit 3 abc </dev/null)" = abc ]
	[ "$("$DRIVER" fit 3 abcd </dev/null)" = ' (full)' ]
	[ "$("$DRIVER" fit 3 ab cd e </dev/null)" = 'abe (full)' ]
	[ "$("$DRIVER" fit 0 </dev/null)" = '' ]
}
