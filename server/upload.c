#include "server/upload.h"

/* The slowest permitted body: any in the first 10 s, then 1 KiB/s. */
static const int64_t GRACE_NS = 10ll * 1000000000;
static const int64_t BYTE_NS = 1000000000 / 1024;

enum { MALFORMED = -1, CONSUMER_FAILED = -2 };	/* errors of offer() */

static ssize_t
discard_take(struct consumer *self, const char *p, size_t n)
{
	(void)self;
	(void)p;
	return (ssize_t)n;
}

static void
discard_free(struct consumer *self)
{
	(void)self;
}

struct consumer upload_discard = { discard_take, discard_free, NULL };

void
upload_begin(struct upload *u, const struct http_request *req, size_t head_n,
    struct consumer *consumer, uint64_t limit, int64_t now_ns)
{
	*u = (struct upload){
		.consumer = consumer, .limit = limit, .head_n = head_n,
		.started_ns = now_ns,
	};
	http_body_start(&u->body, http_request_framing(req),
	    req->content_length);
}

/* Offer the next piece of data.  Returns how many bytes of p it used, or an
 * error. */
static ssize_t
offer(struct upload *u, const char *p, size_t n)
{
	struct http_body before = u->body;
	struct slice data;
	ssize_t used = http_body_next(&u->body, p, n, &data), took;

	if (used < 0)
		return MALFORMED;
	if (data.n == 0)
		return used;
	took = u->consumer->take(u->consumer, data.p, data.n);
	if (took == -1)
		return CONSUMER_FAILED;
	if ((size_t)took == data.n)
		return used;
	/* Parse again, only up to the bytes that were taken. */
	u->full = true;
	used -= (ssize_t)data.n - took;
	u->body = before;
	http_body_next(&u->body, p, (size_t)used, &data);
	return used;
}

enum upload_state
upload_take(struct upload *u, const char *p, size_t n, size_t *taken,
    int64_t now_ns)
{
	*taken = 0;
	/* Time during which the consumer had no room does not count. */
	if (u->full)
		u->started_ns += now_ns - u->full_ns;
	u->full_ns = now_ns;
	u->full = false;
	while (!u->full && *taken < n && !http_body_ended(&u->body)) {
		ssize_t used = offer(u, p + *taken, n - *taken);

		if (used < 0)
			return used == MALFORMED ? UPLOAD_BAD : UPLOAD_FAILED;
		*taken += (size_t)used;
	}
	u->taken += *taken;
	if (u->full)
		return UPLOAD_FULL;
	if (http_body_ended(&u->body))
		return u->consumer->take(u->consumer, NULL, 0) == -1 ?
		    UPLOAD_FAILED : UPLOAD_ENDED;
	return u->taken > u->limit ? UPLOAD_TOO_LARGE : UPLOAD_MORE;
}

int64_t
upload_deadline(const struct upload *u, size_t kept)
{
	uint64_t n = u->taken + kept;
	int64_t due = n < INT64_MAX / 2 / (uint64_t)BYTE_NS ?
	    (int64_t)n * BYTE_NS : INT64_MAX / 2;

	if (u->full || u->tunnel)
		return INT64_MAX;
	return u->started_ns + (due > GRACE_NS ? due : GRACE_NS);
}

void
upload_excuse(struct upload *u, size_t kept, int64_t now_ns)
{
	u->started_ns += now_ns + GRACE_NS - upload_deadline(u, kept);
}

void
upload_end(struct upload *u)
{
	u->consumer->free(u->consumer);
}
