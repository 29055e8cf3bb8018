# Negotiation: the format and the content coding that a client prefers.

load helper

# FORMAT VALUE...: a listing has this format for each value of Accept.
listing() {
	local value got

	for value in "${@:2}"; do
		got=$(printf %b "$value" | "$DRIVER" accept)
		[[ $got == "listing $1,"* ]] ||
			fail "$value: $got, not $1" || return
	done
}

# FORMAT VALUE...: an error has this format for each value of Accept.
error() {
	local value got

	for value in "${@:2}"; do
		got=$(printf %b "$value" | "$DRIVER" accept)
		[[ $got == *", error $1,"* ]] ||
			fail "$value: $got, not $1" || return
	done
}

# yes|no VALUE...: does the value name text/html?
names_html() {
	local value got

	for value in "${@:2}"; do
		got=$(printf %b "$value" | "$DRIVER" accept)
		[[ $got == *", html $1" ]] ||
			fail "$value: $got, not $1" || return
	done
}

# CODINGS VALUE...: the codings to try, in this order, for each Accept-Encoding.
codings() {
	local value got

	for value in "${@:2}"; do
		got=$(printf %b "$value" | "$DRIVER" accept-encoding)
		[ "$got" = "$1" ] || fail "$value: $got, not $1" || return
	done
}

# The values that clients send by themselves.
CHROMIUM='text/html,application/xhtml+xml,application/xml;q=0.9,image/webp'
CHROMIUM+=',*/*;q=0.8,application/signed-exchange;v=b3;q=0.7'
FIREFOX='text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
AXIOS='application/json, text/plain, */*'
JAVA='text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2'

@test "among equal weights, a named type comes before a wildcard" {
	listing json "$AXIOS" 'application/json, */*' '*/*, application/json' \
		'text/*, application/json'
	listing text 'text/plain, */*' 'text/*, text/plain'
	listing html 'application/json;q=0.9, */*' "text/html, $AXIOS" \
		'application/*, */*'
	listing json 'text/html;q=0.9, application/json, */*'
}

@test "a listing is HTML unless the client prefers another format" {
	listing html '' '*/*' 'text/html' "$CHROMIUM" "$FIREFOX" "$JAVA" \
		'text/*' 'image/png' 'text/html;q=0.5' '*/*;q=0.1' \
		'application/json, text/html' 'text/plain, text/html' \
		'application/json;q=0.5, text/html;q=0.5' 'TEXT/HTML' \
		'application/json;q=0' 'text/plain;q=0, image/png'
	listing json application/json 'application/json;q=0.001' \
		'APPLICATION/JSON' 'application/*' \
		'application/json, */*;q=0.5' \
		'text/html;q=0.9, application/json' \
		'application/json, text/plain' \
		'text/html;q=0, application/json;q=0.1' \
		'*/*;q=0.5, application/json;q=0.6'
	listing text text/plain 'text/plain, */*;q=0.1' \
		'text/plain, text/html;q=0.9' 'text/*;q=0.5, text/plain;q=0.6' \
		'text/plain;q=0.3, application/json;q=0.2'
}

@test "an error is text unless HTML or JSON is named with the highest weight" {
	error text '' '*/*' 'text/*' 'application/*' \
		'image/avif,image/webp,*/*' 'text/plain' \
		'text/plain, text/html;q=0.9' 'text/html;q=0.5, */*' \
		'text/html;q=0' 'application/json;q=0' \
		'application/json;q=0.1, */*'
	error html text/html 'text/html;q=0.001' "$CHROMIUM" "$FIREFOX" \
		"$JAVA" 'text/html, */*' 'text/html, application/json' \
		'text/html, application/json;q=0.9'
	error json application/json 'application/json;q=0.001' "$AXIOS" \
		'application/json, */*' 'text/html;q=0.5, application/json' \
		'text/html;q=0, application/json'
}

@test "text/html is named only by its own name, not by a wildcard" {
	names_html yes text/html TEXT/html "$CHROMIUM" "$FIREFOX" "$JAVA" \
		'a/b, text/html;q=0.001' 'text/html;level=1'
	names_html no '' '*/*' 'text/*' "$AXIOS" 'text/html;q=0' \
		'text/html;q=0.000' 'text/htm' 'text/htmlx' 'text / html' \
		'x-text/html' '"text/html"' 'application/xhtml+xml'
}

@test "RFC 9110 12.5.1: the most precise range has precedence" {
	listing json 'text/html;q=0.1, */*, text/*;q=0.5'
	listing json 'text/*;q=0.1, */*'
	listing html \
		'text/*;q=0.1, */*;q=0.5, text/html, application/json;q=0.6'
	listing text 'text/html;level=1, text/html;q=0.2, text/plain;q=0.5'
	listing text 'text/html;q=0.2, text/html;level=1, text/plain;q=0.5'
	listing text 'text/html;a, text/html;q=0.2, text/plain;q=0.5'
	names_html no 'text/html;q=0, */*'
}

@test "RFC 9110 12.4.2: the highest weight wins, wherever the parameter stands" {
	listing json 'text/html;q=0.998, application/json;q=0.999'
	listing json 'text/html;q=0, application/json;q=0.001'
	listing html 'text/html;q=1, application/json;q=1.000'
	listing html 'text/html;q=1., application/json;q=0.9'
	listing json 'text/html ; Q=0.4 , application/json ; q=0.5'
	listing json 'text/html;a=b;q=0.4, application/json;q=0.5'
	listing json 'text/html;q=0.4;a=b, application/json;q=0.5'
	listing html 'text/html;q=0.6;a=";q=0.1;", application/json;q=0.5'
	listing html 'text/html;q=0.6;a="\\";q=0.1;", application/json;q=0.5'
	listing html 'text/html;q=0.6;a=",", application/json;q=0.5'
	listing json 'text/html;q=0.33333333, application/json;q=0.3343'
}

@test "an element with a malformed weight is ignored" {
	for weight in 2 1.1 1.001 -1 +1 a .5 '' 0.a 0,5 01 1e0 '"1"' 00.5; do
		listing json "text/html;q=$weight, application/json;q=0.5"
		codings 'br identity' "gzip;q=$weight, br"
	done
}

@test "RFC 9110 12.5.3: codings are tried in the order of their weights" {
	codings 'br zstd gzip identity' 'gzip, br, zstd' 'zstd,br,gzip' \
		'gzip, deflate, br, zstd' 'br;q=0.5,zstd;q=0.5,gzip;q=0.5'
	codings 'gzip identity' gzip GZIP 'gzip;q=0.001' 'gzip, deflate' \
		x-gzip X-Gzip
	codings 'gzip br identity' 'gzip, br;q=0.9' 'br;q=0.1, gzip;q=0.2'
	codings 'zstd gzip br identity' 'br;q=0.1,gzip;q=0.5,zstd;q=0.9'
	codings 'br identity' 'gzip;q=0, br' 'gzip;q=0.000,br'
}

@test "RFC 9110 12.5.3: identity is tried in the order of its weight" {
	codings identity '' , identity 'deflate, compress' 'identity;q=0.1' '*'
	codings 'identity gzip' 'gzip;q=0.5, identity' \
		'identity;q=0.6,gzip;q=0.5'
	codings 'gzip identity' 'gzip, identity' 'gzip, identity;q=0.5' \
		'gzip;q=0.5, identity;q=0.5'
	codings 'br identity gzip' 'br, identity;q=0.5, gzip;q=0.4'
}

@test "RFC 9110 12.5.3: identity can be excluded" {
	codings none 'identity;q=0' '*;q=0' 'identity;q=0, deflate' \
		'gzip;q=0,*;q=0' 'identity;q=0, *'
	codings gzip 'gzip, identity;q=0' 'gzip, *;q=0' \
		'gzip;q=0.1,identity;q=0.0'
	codings 'gzip identity' 'gzip, *;q=0, identity;q=0.1'
	codings identity '*;q=0, identity'
}

@test "RFC 9110 12.5.3: a wildcard gives identity its weight, and selects no coding" {
	codings 'identity gzip' 'gzip;q=0.5, *' 'gzip;q=0.5, *;q=0.8'
	codings 'gzip identity' 'gzip, *' 'gzip;q=0.5, *;q=0.1'
	codings identity '*;q=0.5' '*, gzip;q=0'
}

@test "RFC 9110 12.5.3: the highest weight counts if a coding is named twice" {
	codings 'gzip br identity' 'gzip;q=0.1, br;q=0.5, gzip' \
		'gzip, br;q=0.5, gzip;q=0.1' 'x-gzip, gzip;q=0.1, br;q=0.5'
}

@test "only the start of a very long list is read" {
	many=$(printf 'a/b,%.0s' {1..127})
	listing json "$many application/json"
	listing html "$many a/b, application/json"
	codings 'br identity' "$many br"
	codings identity "$many a, br"
}

@test "without Accept-Encoding only identity is sent" {
	[ "$("$DRIVER" accept-encoding absent </dev/null)" = identity ]
}
