/*
 * --key for the driver.  The key is K2345678 and the port 8000.  All random
 * bytes are 0x5a: -o's key and the cookie are 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a.
 *   key [once] [limited]   for a request and its body: the key in it, the
 *                     decision, the target of a 303, the challenge of a 401
 *   key-mask          the text as in the log
 *   key-query         the query without keys
 *   key-valid         may the user choose this key?
 *   key-generated     the key generated from five bytes
 *   key-cookie PORT   the cookie for a given key
 */
#include "server/key.h"
#include "tests/driver.h"

static const struct slice right = { "K2345678", 8 };

static struct key
a_key(bool once)
{
	unsigned char random[KEY_RANDOM];
	struct key k;

	memset(random, 0x5a, sizeof(random));
	key_init(&k, right, false, once, 8000, random);
	return k;
}

static void
print_offer(const struct key_offer *o)
{
	const struct {
		bool is;
		const char *name;
	} words[] = {
		{ o->cookie, "cookie" }, { o->key, "key" },
		{ o->in_query, "query" }, { o->in_form, "form" },
		{ o->in_password, "password" }, { o->once, "once" },
		{ o->navigates, "navigates" },
	};

	for (size_t i = 0; i < LENGTH_OF(words); i++)
		if (words[i].is)
			printf("%s ", words[i].name);
	printf("wrong %d\n", o->wrongs);
}

static int
print_request(struct slice in, bool once, bool limited)
{
	static const char *const decisions[] = {
		"pass", "redirect", "refuse", "limit",
	};
	struct key k = a_key(true);
	struct http_request req;
	struct key_offer o;
	ssize_t n = http_parse_request(in.p, in.n, &req);
	char *space = guard_end(HTTP_HEAD_MAX) - HTTP_HEAD_MAX;
	struct buf b = buf_over(space, HTTP_HEAD_MAX);
	struct slice challenge;

	if (n <= 0) {
		puts("bad request");
		return 0;
	}
	key_read(&k, &req, slice_skip(in, (size_t)n), &o);
	print_offer(&o);
	puts(decisions[key_decide(&o, once, limited)]);
	key_put_location(&b, &req);
	driver_print(buf_slice(&b));
	challenge = key_challenge(&req);
	printf("\n%.*s\n", (int)challenge.n, challenge.p);
	return 0;
}

static bool
has(int argc, char **argv, const char *word)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], word) == 0)
			return true;
	return false;
}

static void
print_cookie(int port, struct slice in)
{
	static const unsigned char random[KEY_RANDOM];
	struct key k;
	char space[256];
	struct buf b = buf_over(space, sizeof(space));

	key_init(&k, in, true, false, port, random);
	key_put_cookie(&b, &k);
	driver_print(buf_slice(&b));
	putchar('\n');
}

static void
print_text(const char *what, struct slice in)
{
	struct key k = a_key(false);
	size_t cap = 3 * in.n + 16;
	struct buf b = buf_over(guard_end(cap) - cap, cap);

	if (strcmp(what, "key-mask") == 0)
		key_put_masked(&b, &k, in);
	else
		key_put_query(&b, in);
	fwrite(b.p, 1, b.n, stdout);
	puts(b.full ? " (full)" : "");
}

int
driver_key(int argc, char **argv, struct slice in)
{
	const char *what = argv[0];
	char generated[KEY_GENERATED + 1];

	if (strcmp(what, "key") == 0)
		return print_request(in, has(argc, argv, "once"),
		    has(argc, argv, "limited"));
	if (strcmp(what, "key-valid") == 0) {
		puts(key_is_valid(in) ? "yes" : "no");
	} else if (strcmp(what, "key-generated") == 0 &&
	    in.n >= KEY_GENERATED_BYTES) {
		key_generate(generated, (const unsigned char *)in.p);
		puts(generated);
	} else if (strcmp(what, "key-cookie") == 0 && argc >= 2) {
		print_cookie((int)strtol(argv[1], NULL, 10), in);
	} else if (strcmp(what, "key-mask") == 0 ||
	    strcmp(what, "key-query") == 0) {
		print_text(what, in);
	} else {
		return 2;
	}
	return 0;
}
