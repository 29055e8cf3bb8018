#include "server/key.h"

#include "server/accept.h"
#include "server/ascii.h"
#include "server/http_path.h"
#include "server/query.h"
#include "server/sha256.h"

enum {
	SHA256_BLOCK = 64,
	MESSAGE_MAX = 256,	/* bytes that hmac() takes */
	BASIC_MAX = 512,	/* bytes, decoded; longer ones are ignored */
};

/* ---- the key ---- */

bool
key_is_valid(struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (!ascii_is_letter(c) && !ascii_is_digit(c) && c != '-' &&
		    c != '_')
			return false;
	}
	return text.n >= KEY_MIN && text.n <= KEY_MAX;
}

void
key_generate(char text[KEY_GENERATED + 1],
    const unsigned char random[KEY_GENERATED_BYTES])
{
	/* Without 0, 1, l and o. */
	static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint64_t bits = 0;

	for (int i = 0; i < KEY_GENERATED_BYTES; i++)
		bits = bits << 8 | random[i];
	for (int i = 0; i < KEY_GENERATED; i++, bits >>= 5)
		text[i] = alphabet[bits & 31];
	text[KEY_GENERATED] = '\0';
}

/* RFC 2104, for a secret of up to a block and a message of MESSAGE_MAX. */
static void
hmac(struct slice secret, struct slice message,
    unsigned char digest[SHA256_BYTES])
{
	unsigned char space[SHA256_BLOCK + MESSAGE_MAX];
	struct slice text = { (const char *)space, SHA256_BLOCK + message.n };

	memset(space, 0x36, SHA256_BLOCK);
	for (size_t i = 0; i < secret.n; i++)
		space[i] ^= (unsigned char)secret.p[i];
	if (message.n > 0)
		memcpy(space + SHA256_BLOCK, message.p, message.n);
	sha256(text, digest);
	for (size_t i = 0; i < SHA256_BLOCK; i++)
		space[i] ^= 0x36 ^ 0x5c;
	memcpy(space + SHA256_BLOCK, digest, SHA256_BYTES);
	text.n = SHA256_BLOCK + SHA256_BYTES;
	sha256(text, digest);
}

static void
put_hex(char out[KEY_HEX + 1], const unsigned char *bytes)
{
	struct buf b = buf_over(out, KEY_HEX);

	buf_hex_bytes(&b, bytes, KEY_HEX / 2);
	out[KEY_HEX] = '\0';
}

/* ---- the keys of a request ---- */

/* Wrong keys are told apart by digests with a secret. */
static void
digest_of(const struct key *k, struct slice s,
    unsigned char digest[SHA256_BYTES])
{
	struct slice secret = { (const char *)k->secret, sizeof(k->secret) };

	if (s.n > MESSAGE_MAX)
		s.n = MESSAGE_MAX;	/* longer than any key */
	hmac(secret, s, digest);
}

void
key_init(struct key *k, struct slice text, bool given, bool once, int port,
    const unsigned char random[KEY_RANDOM])
{
	unsigned char digest[SHA256_BYTES];
	struct buf name = buf_over(k->cookie_name, sizeof(k->cookie_name) - 1);

	*k = (struct key){ 0 };
	memcpy(k->text, text.p, text.n);
	memcpy(k->secret, random, sizeof(k->secret));
	buf_lit(&name, "serve-");
	buf_number(&name, (uint64_t)port);
	if (once)
		put_hex(k->once, random + 16);
	put_hex(k->cookie, random + 32);
	if (!given)
		return;
	/* The secret of an HMAC has one block at most: hash a longer KEY first,
	 * as RFC 2104 requires. */
	if (text.n > SHA256_BLOCK) {
		sha256(text, digest);
		text = (struct slice){ (const char *)digest, SHA256_BYTES };
	}
	hmac(text, slice_of(k->cookie_name), digest);
	put_hex(k->cookie, digest);
}

static bool
is_same(const void *a, const void *b, size_t n)
{
	const unsigned char *left = a, *right = b;
	volatile unsigned char differ = 0;

	for (size_t i = 0; i < n; i++)
		differ |= left[i] ^ right[i];
	return differ == 0;
}

/*
 * Is s the key in text, which has zeros up to size?  The time depends neither
 * on how much of s is right nor on the length of the key.
 */
static bool
equals(struct slice s, const char *text, size_t size)
{
	char padded[KEY_MAX + 1] = { 0 };

	memcpy(padded, s.p, s.n < size ? s.n : size);
	return is_same(padded, text, size) && memchr(s.p, '\0', s.n) == NULL;
}

/* Check one key of the request.  True if it is the right one. */
static bool
try_key(const struct key *k, struct slice s, struct key_offer *o)
{
	unsigned char digest[SHA256_BYTES];

	if (s.n > 0 && equals(s, k->text, sizeof(k->text))) {
		o->key = true;
		return true;
	}
	if (s.n > 0 && k->once[0] != '\0')
		o->once |= equals(s, k->once, sizeof(k->once));
	digest_of(k, s, digest);
	memcpy(&o->wrong[o->wrongs++], digest, sizeof(o->wrong[0]));
	return false;
}

static bool
is_key(struct slice parameter)
{
	return slice_starts(parameter, SLICE("key="));
}

static void
read_query(const struct key *k, struct slice query, struct key_offer *o)
{
	struct slice value = query_find(query, SLICE("key"));

	if (value.p != NULL)
		o->in_query = try_key(k, value, o);
}

bool
key_may_be_in_form(const struct http_request *req)
{
	return slice_equal(req->method_name, SLICE("POST")) &&
	    slice_starts_nocase(req->field[HTTP_CONTENT_TYPE],
	    SLICE("application/x-www-form-urlencoded")) &&
	    !req->chunked && req->content_length <= KEY_FORM_MAX;
}

/* Trim spaces, which a form sends as '+': keyboards of phones add one after a
 * word. */
static struct slice
trim_plus(struct slice s)
{
	while (s.n > 0 && s.p[s.n - 1] == '+')
		s.n--;
	return s;
}

static void
read_form(const struct key *k, const struct http_request *req,
    struct slice form, struct key_offer *o)
{
	struct slice value = query_find(form, SLICE("key"));

	if (key_may_be_in_form(req) && value.p != NULL)
		o->in_form = try_key(k, trim_plus(value), o);
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decode base64, RFC 4648 section 4.  False if it is invalid or too long. */
static bool
decode_base64(struct slice s, struct buf *out)
{
	unsigned bits = 0;
	int have = 0;

	while (s.n > 0 && s.p[s.n - 1] == '=')
		s.n--;
	for (size_t i = 0; i < s.n; i++) {
		int value = base64_value(s.p[i]);

		if (value == -1)
			return false;
		bits = (bits << 6 | (unsigned)value) & 0xffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf_byte(out, (char)(bits >> have & 0xff));
		}
	}
	return !out->full;
}

/* RFC 7617: the user name ends at the first colon.  Any name is accepted. */
static void
read_password(const struct key *k, struct slice value, struct key_offer *o)
{
	char space[BASIC_MAX];
	struct buf b = buf_over(space, sizeof(space));
	const char *colon;

	if (!slice_starts_nocase(value, SLICE("Basic ")) ||
	    !decode_base64(slice_trim(slice_skip(value, 6)), &b) ||
	    (colon = memchr(b.p, ':', b.n)) == NULL)
		return;
	o->in_password = try_key(k, slice_between(colon + 1, b.p + b.n), o);
}

/* Check our cookie.  Its length is no secret. */
static void
read_cookie(const struct key *k, struct slice rest, struct key_offer *o)
{
	struct slice name = slice_of(k->cookie_name);

	while (rest.n > 0) {
		/* Several Cookie fields have been joined with commas. */
		struct slice pair = slice_before_any(rest, ";,");

		rest = slice_skip(rest, pair.n < rest.n ? pair.n + 1 : pair.n);
		pair = slice_trim(pair);
		if (!slice_starts(pair, name) || pair.n == name.n ||
		    pair.p[name.n] != '=')
			continue;
		pair = slice_skip(pair, name.n + 1);
		o->cookie |= pair.n == KEY_HEX &&
		    is_same(pair.p, k->cookie, KEY_HEX);
	}
}

/* By Sec-Fetch-Mode, or by Accept for browsers that do not send it. */
static bool
is_navigation(const struct http_request *req)
{
	struct slice mode = req->field[HTTP_SEC_FETCH_MODE];

	if (req->method != HTTP_GET && req->method != HTTP_HEAD)
		return false;
	return mode.p != NULL ? slice_equal(mode, SLICE("navigate")) :
	    accept_names_html(req->field[HTTP_ACCEPT]);
}

void
key_read(const struct key *k, const struct http_request *req,
    struct slice form, struct key_offer *o)
{
	*o = (struct key_offer){ .navigates = is_navigation(req) };
	read_cookie(k, req->field[HTTP_COOKIE], o);
	read_query(k, req->query, o);
	read_form(k, req, form, o);
	read_password(k, req->field[HTTP_AUTHORIZATION], o);
}

enum key_decision
key_decide(const struct key_offer *o, bool once_left, bool limited)
{
	bool once = o->once && once_left && o->navigates;

	if (once || o->in_form || (o->in_query && o->navigates))
		return KEY_REDIRECT;
	if (o->cookie || o->key)
		return KEY_PASS;
	return limited && o->wrongs > 0 ? KEY_LIMIT : KEY_REFUSE;
}

/* ---- the response ---- */

void
key_put_query(struct buf *b, struct slice query)
{
	struct slice parameter;
	char before = '?';

	if (!slice_take_byte(&query, '?'))
		return;
	while (query_next(&query, &parameter)) {
		if (is_key(parameter))
			continue;
		buf_byte(b, before);
		buf_url_query(b, parameter);
		before = '&';
	}
}

/*
 * Append a segment as it was sent, with all bytes except the unreserved ones as
 * %XX: a colon would turn the text before it into a scheme.
 */
static void
put_segment(struct buf *b, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (http_decode_escape(slice_skip(s, i)) != -1)
			buf_byte(b, '%');
		else
			buf_url(b, (struct slice){ s.p + i, 1 });
	}
}

void
key_put_location(struct buf *b, const struct http_request *req)
{
	struct slice last = slice_after_last(req->path, '/');

	if (last.n > 0)
		put_segment(b, last);
	else
		buf_lit(b, "./");
	key_put_query(b, req->query);
}

void
key_put_cookie(struct buf *b, const struct key *k)
{
	buf_text(b, k->cookie_name);
	buf_byte(b, '=');
	buf_text(b, k->cookie);
	buf_lit(b, "; Path=/; HttpOnly; SameSite=Lax");
}

struct slice
key_challenge(const struct http_request *req)
{
	bool browser = req->field[HTTP_SEC_FETCH_DEST].p != NULL ||
	    req->field[HTTP_SEC_FETCH_MODE].p != NULL ||
	    req->field[HTTP_SEC_FETCH_SITE].p != NULL ||
	    accept_names_html(req->field[HTTP_ACCEPT]) ||
	    slice_starts(req->field[HTTP_USER_AGENT], SLICE("Mozilla/"));

	return browser ? SLICE("Key realm=\"serve\"") :
	    SLICE("Basic realm=\"serve\"");
}

/* ---- for the log ---- */

/* The number of blanks, and of line ends before a blank, at the start of s. */
static size_t
span_blanks(struct slice s)
{
	size_t n = 0;

	while (n < s.n) {
		if (ascii_is_blank(s.p[n]))
			n++;
		else if (slice_starts(slice_skip(s, n), SLICE("\r\n ")) ||
		    slice_starts(slice_skip(s, n), SLICE("\r\n\t")))
			n += 3;
		else
			break;
	}
	return n;
}

/*
 * Does a marker of a secret start at i?  Returns the length of the marker, and
 * that of the secret after it in *secret; or 0.
 */
static size_t
match_parameter(struct slice text, size_t i, size_t *secret)
{
	struct slice s = slice_skip(text, i);

	if (!is_key(s) || i == 0 ||
	    (text.p[i - 1] != '?' && text.p[i - 1] != '&'))
		return 0;
	s = slice_skip(s, strlen("key="));
	*secret = slice_before_any(s, "&# \t\r\n\"").n;
	return strlen("key=");
}

static size_t
match_cookie(const struct key *k, struct slice text, size_t i, size_t *secret)
{
	struct slice s = slice_skip(text, i), name = slice_of(k->cookie_name);

	if (!slice_starts(s, name) || s.n == name.n || s.p[name.n] != '=' ||
	    (i > 0 && strchr(" \t;,:\n", text.p[i - 1]) == NULL))
		return 0;
	*secret = slice_before_any(slice_skip(s, name.n + 1), ";, \t\r\n").n;
	return name.n + 1;
}

static size_t
match_basic(struct slice text, size_t i, size_t *secret)
{
	static const struct slice names[] = {
		SLICE("authorization"), SLICE("proxy-authorization"),
	};
	struct slice s = slice_skip(text, i);
	size_t n = 0;

	if (i > 0 && text.p[i - 1] != '\n')
		return 0;
	for (size_t k = 0; k < LENGTH_OF(names); k++)
		if (slice_starts_nocase(s, names[k]))
			n = names[k].n;
	if (n == 0)
		return 0;
	/* A head with blanks before the colon is refused, but shown by -v. */
	n += span_blanks(slice_skip(s, n));
	if (!slice_starts(slice_skip(s, n), SLICE(":")))
		return 0;
	n++;
	n += span_blanks(slice_skip(s, n));
	if (!slice_starts_nocase(slice_skip(s, n), SLICE("Basic")))
		return 0;
	n += strlen("Basic");
	n += span_blanks(slice_skip(s, n));
	*secret = slice_before_any(slice_skip(s, n), "\r\n").n;
	return n;
}

/* The length of a secret at the start of s, or 0.  It has no marker where its
 * URL is a value in another one: "?to=%2F%3Fkey%3DSECRET". */
static size_t
match_secret(const struct key *k, struct slice s)
{
	const char *const secrets[] = { k->text, k->once, k->cookie };

	for (size_t i = 0; i < LENGTH_OF(secrets); i++) {
		struct slice secret = slice_of(secrets[i]);

		if (secret.n > 0 && slice_starts(s, secret))
			return secret.n;
	}
	return 0;
}

void
key_put_masked(struct buf *b, const struct key *k, struct slice text)
{
	size_t from = 0, i = 0;

	while (i < text.n) {
		size_t secret = 0, n = match_parameter(text, i, &secret);

		if (n == 0)
			n = match_cookie(k, text, i, &secret);
		if (n == 0)
			n = match_basic(text, i, &secret);
		if (n == 0)
			secret = match_secret(k, slice_skip(text, i));
		if (n + secret == 0) {
			i++;
			continue;
		}
		buf_add(b, text.p + from, i + n - from);
		buf_lit(b, "***");
		from = i += n + secret;
	}
	if (i > from)
		buf_add(b, text.p + from, i - from);
}
