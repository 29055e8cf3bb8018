#include "server/upstream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "server/http_body.h"
#include "server/http_response.h"
#include "server/link.h"

enum {
	BODY_SPACE = 64 << 10,	/* bytes of a request's body, buffered */
	RAW = 64 << 10,		/* bytes of a reply's body, per recv(2) */
	HEAD_RAW = 40 << 10,	/* bytes of its head and the body's start */
	FRAMING = 64,		/* bytes for the last lines of a head */
	CHUNK_LINE = 16,	/* bytes before the data of a chunk, at most */
	CHUNK_END = 8,		/* after the data, or at the end of the body */
};

static const int64_t HEAD_NS = 120ll * 1000000000;	/* for a reply's head */
static const int64_t UNREAD_NS = 250ll * 1000000;
static const int64_t TICK_NS = 500ll * 1000000;

enum reply_state {
	REPLY_HEAD,		/* not complete, or only 1xx so far */
	REPLY_BODY,
	REPLY_TUNNEL,		/* after 101: bytes, both ways */
	REPLY_ENDED,
};

struct upstream {
	struct upstreams *all;
	struct upstream *next, **back;	/* the loop's list */
	struct upstream_request request;	/* its slices are dangling */
	char *host;		/* of the request; after this structure */
	struct consumer consumer;
	struct source *client;	/* NULL: nothing to wake */
	struct link_user user;	/* link is NULL before and after use */

	/* The request, to the application. */
	char *head;		/* pool; NULL once a reply has begun */
	size_t head_n, head_sent;
	char *body;		/* pool; BODY_SPACE, or NULL */
	size_t body_n, body_sent;	/* both CHUNK_LINE if empty */
	bool body_ended;	/* the client has sent all of it */
	bool is_started;	/* framing is decided, a link was requested */
	bool is_chunked;	/* the request's body, to the application */
	bool is_deaf;		/* the application takes no more of the body */

	/* The reply, from the application. */
	enum reply_state state;
	struct http_response reply;	/* its slices are dangling */
	struct http_body framing;
	char *partial;		/* pool: the start of a head */
	size_t partial_n;
	bool out_chunked;	/* the client gets chunks */
	bool closes;		/* the client's connection ends with it */
	bool has_reply;		/* at least one byte has arrived */
	bool has_interim;	/* a 103 was sent to the client */
	size_t unasked;		/* bytes after the end of the reply */
	bool is_called;		/* the client is calling: do not wake it */
	bool is_over;		/* after upstream_end() */
	bool has_consumer;	/* an upload holds it */
	int failure;		/* status if there is no reply */
	int error;		/* errno of the failure */
	int64_t progress_ns;	/* when it was sent, or a link requested */
	int64_t sent_ns, received_ns;	/* first, last byte; 0: none */
};

struct upstreams {
	struct timer timer;	/* ticks while there are exchanges or links */
	struct worker *w;
	struct links *links;
	struct upstream *exchanges;
};

static void
wake(struct upstream *u)
{
	if (u->client != NULL && !u->is_called)
		source_wake(u->client, u->all->w);
}

static void
start_ticking(struct upstreams *all)
{
	if (all->timer.link != NULL)
		return;
	all->timer.deadline_ns = all->w->now_ns + TICK_NS;
	timer_add(&all->w->wheel, &all->timer);
}

/* ---- to the application ---- */

/* There is no reply: the client gets status. */
static void
refuse(struct upstream *u, int status, int error)
{
	u->failure = status;
	u->error = error;
	wake(u);
}

static bool
is_sent(const struct upstream *u)
{
	return u->head_sent == u->head_n && u->body_sent == u->body_n;
}

/* Keep room in front for the line before a chunk. */
static void
empty_body(struct upstream *u)
{
	u->body_n = u->body_sent = CHUNK_LINE;
}

static void
count_sent(struct upstream *u, size_t n)
{
	size_t head = u->head_n - u->head_sent;

	u->progress_ns = worker_clock();
	if (u->sent_ns == 0)
		u->sent_ns = u->progress_ns;
	if (n < head) {
		u->head_sent += n;
		return;
	}
	u->head_sent = u->head_n;
	u->body_sent += n - head;
	if (u->body_sent == u->body_n)
		empty_body(u);
}

/* The application takes no more, but may have sent a reply. */
static void
give_up_sending(struct upstream *u)
{
	u->head_sent = u->head_n;
	empty_body(u);
	u->is_deaf = true;
	u->user.link->readable = true;
}

/* Send the buffered bytes of head and body together. */
static void
send_request(struct upstream *u)
{
	while (u->user.link->writable && !is_sent(u)) {
		struct iovec iov[] = {
			{ u->head + u->head_sent, u->head_n - u->head_sent },
			{ u->body + u->body_sent, u->body_n - u->body_sent },
		};
		/* The filter refuses sendmsg(2); SIGPIPE is ignored. */
		ssize_t n = writev(u->user.link->fd, iov,
		    u->body != NULL ? 2 : 1);

		if (n >= 0)
			count_sent(u, (size_t)n);
		else if (errno == EAGAIN)
			u->user.link->writable = false;
		else
			give_up_sending(u);
	}
}

static void
pump(struct upstream *u)
{
	if (u->user.link == NULL)
		return;
	send_request(u);
	/* The client has closed its half of the tunnel. */
	if (u->state == REPLY_TUNNEL && u->body_ended && is_sent(u))
		shutdown(u->user.link->fd, SHUT_WR);
}

/* The link is connected, or has room for more. */
static void
user_ready(struct link_user *user, int error)
{
	struct upstream *u = SOURCE_OWNER(user, struct upstream, user);

	if (user->link == NULL) {
		refuse(u, 502, error);
		return;
	}
	pump(u);
	wake(u);
}

static void
find_link(struct upstream *u)
{
	u->progress_ns = u->all->w->now_ns;
	start_ticking(u->all);
	link_find(u->all->links, &u->user);
}

/* The bytes gathered so far become the first chunk. */
static void
frame_first_chunk(struct upstream *u)
{
	size_t n = u->body_n - u->body_sent;
	char text[CHUNK_LINE];
	struct buf line = buf_over(text, sizeof(text));
	struct buf rest = buf_over(u->body + u->body_n, CHUNK_END);

	if (n == 0)
		return;
	buf_hex(&line, n);
	buf_lit(&line, "\r\n");
	u->body_sent -= line.n;
	memcpy(u->body + u->body_sent, line.p, line.n);
	buf_lit(&rest, "\r\n");
	u->body_n += rest.n;
}

/*
 * Decide how the body is framed, and request a connection.  A short body is
 * complete by now, so it is sent with its length.  Then a slow client does not
 * block an application that serves one request at a time.
 */
static void
start(struct upstream *u)
{
	struct buf b = buf_over(u->head + u->head_n, FRAMING);

	u->is_started = true;
	if (u->request.chunked && !u->body_ended) {
		u->is_chunked = true;
		buf_lit(&b, "Transfer-Encoding: chunked\r\n");
		frame_first_chunk(u);
	} else if (u->request.chunked || u->request.length > 0) {
		buf_lit(&b, "Content-Length: ");
		buf_number(&b, u->request.chunked ? u->body_n - u->body_sent :
		    u->request.length);
		buf_lit(&b, "\r\n");
	}
	buf_lit(&b, "\r\n");
	u->head_n += b.n;
	find_link(u);
}

/* How many bytes of data fit, besides the framing of a chunk. */
static size_t
body_room(const struct upstream *u)
{
	size_t used = u->body_n - CHUNK_LINE +
	    (u->is_chunked ? CHUNK_LINE : 0);

	return used < BODY_SPACE ? BODY_SPACE - used : 0;
}

static void
add_body(struct upstream *u, struct slice data, bool is_end)
{
	struct buf b = buf_over(u->body, CHUNK_LINE + BODY_SPACE + CHUNK_END);

	b.n = u->body_n;
	if (u->is_chunked && data.n > 0) {
		buf_hex(&b, data.n);
		buf_lit(&b, "\r\n");
	}
	buf_put(&b, data);
	if (u->is_chunked && data.n > 0)
		buf_lit(&b, "\r\n");
	if (u->is_chunked && is_end)
		buf_lit(&b, "0\r\n\r\n");
	u->body_n = b.n;
}

static int
get_body_space(struct upstream *u)
{
	if (u->body != NULL)
		return 0;
	u->body = pool_get(&u->all->w->pool, CHUNK_LINE + BODY_SPACE + CHUNK_END);
	empty_body(u);
	return u->body != NULL ? 0 : -1;
}

/* Start once there is enough of the body or all of it; later, pump. */
static void
start_or_pump(struct upstream *u, bool is_full)
{
	if (u->is_started)
		pump(u);
	else if (u->body_ended || is_full || u->request.length > BODY_SPACE)
		start(u);
}

static ssize_t
take_body(struct consumer *self, const char *p, size_t n)
{
	struct upstream *u = SOURCE_OWNER(self, struct upstream, consumer);
	bool is_end = n == 0;
	size_t taken = 0, some;

	/* Drop the body: the reply is complete, or there will be no reply. */
	if (u->is_over || u->failure != 0 || u->state == REPLY_ENDED ||
	    u->is_deaf) {
		u->body_ended |= is_end;
		return (ssize_t)n;
	}
	/* Before the application agrees to upgrade, send only the head. */
	if (u->request.proxy.upgrades && u->state != REPLY_TUNNEL)
		return 0;
	if (get_body_space(u) == -1)
		return -1;
	/* If bytes are left, there is room only after the application has read
	 * more: then its link wakes the client. */
	do {
		some = n - taken < body_room(u) ? n - taken : body_room(u);
		add_body(u, (struct slice){ p + taken, some }, is_end);
		taken += some;
		u->body_ended |= is_end;
		start_or_pump(u, taken < n);
	} while (taken < n && body_room(u) > 0);
	return (ssize_t)taken;
}

/* The transfer and the upload share the exchange: the last one frees it. */
static void
free_if_unused(struct upstream *u)
{
	if (u->is_over && !u->has_consumer)
		free(u);
}

static void
free_consumer(struct consumer *self)
{
	struct upstream *u = SOURCE_OWNER(self, struct upstream, consumer);

	u->has_consumer = false;
	free_if_unused(u);
}

struct consumer *
upstream_consumer(struct upstream *u)
{
	u->has_consumer = true;
	return &u->consumer;
}

/* ---- from the application ---- */

/*
 * A reused connection closed before any byte of a reply: send the request once
 * more, on a new connection.
 */
static bool
retry(struct upstream *u)
{
	if (!u->user.link->was_used || u->has_reply || !u->user.may_reuse)
		return false;
	link_leave(u->all->links, &u->user);
	u->user.may_reuse = false;
	u->is_deaf = false;
	u->head_sent = 0;
	find_link(u);
	return true;
}

/* The reply is missing or incomplete. */
static enum upstream_state
fail(struct upstream *u, int error)
{
	bool head_left = u->state != REPLY_HEAD || u->has_interim;

	if (u->user.link != NULL && retry(u))
		return UPSTREAM_WAITS;
	link_leave(u->all->links, &u->user);
	u->error = error;
	if (head_left)
		return UPSTREAM_BROKEN;
	u->failure = 502;
	return UPSTREAM_REFUSED;
}

/*
 * Returns how many bytes were received, 0 if none are there yet, or -1 with
 * errno, which is 0 at the end of the stream.
 */
static ssize_t
receive(struct upstream *u, char *p, size_t n)
{
	ssize_t got = recv(u->user.link->fd, p, n, 0);

	if (got > 0) {
		/* A short read has emptied the socket, and a new event will
		 * report more.  But the event of its end may have come
		 * already. */
		u->user.link->readable = (size_t)got == n ||
		    u->user.link->at_end;
		u->has_reply = true;
		u->received_ns = worker_clock();
		return got;
	}
	if (got == -1 && errno == EAGAIN) {
		u->user.link->readable = false;
		return 0;
	}
	errno = got == 0 ? 0 : errno;
	return -1;
}

/* Release the connection for another request, or close it. */
static void
end_reply(struct upstream *u)
{
	bool is_clean = u->state == REPLY_BODY && u->reply.keep_alive &&
	    u->unasked == 0 && is_sent(u) && !u->is_deaf &&
	    u->request.length == 0 && !u->request.chunked;

	u->state = REPLY_ENDED;
	if (u->user.link == NULL)
		return;
	if (is_clean)
		link_release(&u->user, u->all->w->now_ns);
	else
		link_leave(u->all->links, &u->user);
}

/* Write the fields that tell where the body ends (RFC 9112 section 6.3). */
static void
put_framing(struct upstream *u, struct buf *b)
{
	const struct http_response *r = &u->reply;

	u->closes = !u->request.keep_alive || u->state == REPLY_TUNNEL ||
	    !u->body_ended;
	if (r->has_length) {
		buf_lit(b, "Content-Length: ");
		buf_number(b, r->content_length);
		buf_lit(b, "\r\n");
	} else if (r->framing != HTTP_FRAMING_NONE && u->request.minor == 1) {
		u->out_chunked = true;
		buf_lit(b, "Transfer-Encoding: chunked\r\n");
	} else if (r->framing != HTTP_FRAMING_NONE) {
		u->closes = true;
	}
	if (u->state == REPLY_TUNNEL)
		return;
	if (u->closes)
		buf_lit(b, "Connection: close\r\n");
	else if (u->request.minor == 0)
		buf_lit(b, "Connection: keep-alive\r\n");
}

static void
put_head(struct upstream *u, struct buf *b)
{
	const struct http_response *r = &u->reply;
	struct proxy_reply fields = {
		.app = u->request.proxy.app, .base = u->request.proxy.base,
		.head = r->head, .host = slice_of(u->host),
		.common = u->all->w->server->user_lines,
		.upgrades = u->state == REPLY_TUNNEL,
	};

	buf_lit(b, "HTTP/1.1 ");
	buf_number(b, (uint64_t)r->status);
	buf_byte(b, ' ');
	buf_put(b, r->reason);
	buf_lit(b, "\r\n");
	proxy_put_reply_fields(b, &fields);
	if (!http_is_interim(r))
		put_framing(u, b);
	buf_lit(b, "\r\n");
}

/* Write a complete head for the client.  False if it is not a valid reply. */
static bool
take_head(struct upstream *u, struct buf *out)
{
	const struct http_response *r = &u->reply;

	if (http_is_interim(r)) {
		/* The client got its own 100 (Continue) when its body was read.
		 * HTTP/1.0 clients do not know interim responses. */
		if (r->status != 100 && u->request.minor == 1) {
			put_head(u, out);
			u->has_interim = true;
		}
		return true;
	}
	if (r->status == 101 && !u->request.proxy.upgrades)
		return false;
	u->state = r->status == 101 ? REPLY_TUNNEL : REPLY_BODY;
	/* From now on the client may send bytes. */
	if (u->state == REPLY_TUNNEL)
		u->body_ended = false;
	http_body_start(&u->framing, r->framing, r->content_length);
	put_head(u, out);
	return true;
}

/*
 * Remove the framing from n bytes of a body, in place.  Returns how many bytes
 * of data are left, or -1 if it is malformed.
 */
static ssize_t
decode(struct upstream *u, char *p, size_t n)
{
	size_t at = 0, kept = 0;

	while (at < n && !http_body_ended(&u->framing)) {
		struct slice data;
		ssize_t taken = http_body_next(&u->framing, p + at, n - at,
		    &data);

		if (taken < 0)
			return -1;
		at += (size_t)taken;
		if (data.p != p + kept)
			memmove(p + kept, data.p, data.n);
		kept += data.n;
	}
	u->unasked += n - at;
	return (ssize_t)kept;
}

/*
 * Write a chunk's first line, at the end of the CHUNK_LINE bytes before data.
 */
static char *
put_chunk_line(char *data, size_t n)
{
	char text[CHUNK_LINE];
	struct buf line = buf_over(text, sizeof(text));

	buf_hex(&line, n);
	buf_lit(&line, "\r\n");
	return memcpy(data - line.n, line.p, line.n);
}

/* Write the end of a chunk of n bytes, and the last chunk at the body's end. */
static void
put_chunk_end(const struct upstream *u, struct buf *b, size_t n)
{
	if (u->out_chunked && n > 0)
		buf_lit(b, "\r\n");
	if (u->out_chunked && http_body_ended(&u->framing))
		buf_lit(b, "0\r\n\r\n");
}

/* Is the reply complete?  If so, release its connection. */
static bool
check_end(struct upstream *u)
{
	if (!http_body_ended(&u->framing))
		return false;
	end_reply(u);
	return true;
}

/* ---- to the client ---- */

static enum upstream_state
read_tunnel(struct upstream *u, char *p, struct upstream_piece *piece)
{
	ssize_t n = receive(u, p, RAW);

	if (n == 0)
		return UPSTREAM_WAITS;
	if (n == -1 && errno != 0)
		return fail(u, errno);
	*piece = (struct upstream_piece){
		.p = p, .n = n > 0 ? (size_t)n : 0, .is_end = n == -1,
	};
	piece->body_to = piece->n;
	if (piece->is_end)
		end_reply(u);
	return UPSTREAM_PIECE;
}

static enum upstream_state
read_body(struct upstream *u, char *p, struct upstream_piece *piece)
{
	char *data = p + CHUNK_LINE;
	struct buf b = buf_over(data, UPSTREAM_SPACE - CHUNK_LINE);
	ssize_t n = 0, got;

	while (n == 0 && !http_body_ended(&u->framing)) {
		got = receive(u, data, RAW);
		if (got == 0)
			return UPSTREAM_WAITS;
		if (got == -1 && (errno != 0 ||
		    !http_body_may_close(&u->framing)))
			return fail(u, errno);
		if (got == -1)
			http_body_start(&u->framing, HTTP_FRAMING_NONE, 0);
		else
			n = decode(u, data, (size_t)got);
	}
	if (n < 0)
		return fail(u, EPROTO);
	*piece = (struct upstream_piece){ .p = data };
	if (u->out_chunked && n > 0)
		piece->p = put_chunk_line(data, (size_t)n);
	b.n = (size_t)n;
	put_chunk_end(u, &b, (size_t)n);
	piece->n = (size_t)(data + b.n - piece->p);
	piece->body_from = (size_t)(data - piece->p);
	piece->body_to = piece->body_from + (size_t)n;
	piece->is_end = check_end(u);
	return UPSTREAM_PIECE;
}

/* Keep an incomplete head until the next event. */
static enum upstream_state
keep_partial(struct upstream *u, const char *p, size_t n)
{
	if (u->partial == NULL)
		u->partial = pool_get(&u->all->w->pool, HEAD_RAW);
	if (u->partial == NULL)
		return fail(u, ENOMEM);
	memcpy(u->partial, p, n);
	u->partial_n = n;
	return UPSTREAM_WAITS;
}

/* Append the first data of the body to the piece with the head. */
static bool
put_first_data(struct upstream *u, struct buf *out, char *p, size_t n,
    struct upstream_piece *piece)
{
	ssize_t data = u->state == REPLY_TUNNEL ? (ssize_t)n :
	    decode(u, p, n);

	if (data < 0)
		return false;
	if (u->out_chunked && data > 0) {
		buf_hex(out, (uint64_t)data);
		buf_lit(out, "\r\n");
	}
	piece->body_from = out->n;
	buf_add(out, p, (size_t)data);
	piece->body_to = out->n;
	put_chunk_end(u, out, (size_t)data);
	return !out->full;
}

/* Write the complete heads, and the data that came with the last one. */
static enum upstream_state
read_head(struct upstream *u, char *p, struct upstream_piece *piece)
{
	char *raw = p + UPSTREAM_SPACE - HEAD_RAW;
	struct buf out = buf_over(p, UPSTREAM_SPACE - HEAD_RAW);
	size_t n = u->partial_n, at = 0;
	ssize_t got, head = 1;

	if (n > 0)
		memcpy(raw, u->partial, n);
	got = receive(u, raw + n, HEAD_RAW - n);
	if (got == 0)
		return UPSTREAM_WAITS;
	if (got == -1)
		return fail(u, errno);
	n += (size_t)got;
	u->partial_n = 0;
	while (u->state == REPLY_HEAD && head > 0 && at < n) {
		head = http_parse_response(raw + at, n - at,
		    u->request.is_head ? HTTP_HEAD : HTTP_GET, &u->reply);
		if (head > 0 && !take_head(u, &out))
			head = -502;
		at += head > 0 ? (size_t)head : 0;
	}
	*piece = (struct upstream_piece){ .p = p };
	if (head < 0)
		return fail(u, EPROTO);
	if (u->state == REPLY_HEAD && n > at &&
	    keep_partial(u, raw + at, n - at) != UPSTREAM_WAITS)
		return UPSTREAM_REFUSED;
	if (u->state != REPLY_HEAD &&
	    !put_first_data(u, &out, raw + at, n - at, piece))
		return fail(u, EPROTO);
	if (out.full)
		return fail(u, EMSGSIZE);
	piece->n = out.n;
	if (u->state == REPLY_BODY)
		piece->is_end = check_end(u);
	return piece->n > 0 ? UPSTREAM_PIECE : UPSTREAM_WAITS;
}

enum upstream_state
upstream_read(struct upstream *u, char *p, struct upstream_piece *piece,
    int *status)
{
	enum upstream_state r = UPSTREAM_WAITS;

	/* Do not buffer a body whose known length exceeds the buffer. */
	if (!u->is_started && u->failure == 0 &&
	    (u->body_ended || u->request.length > BODY_SPACE))
		start(u);
	if (u->failure == 0 && u->state == REPLY_ENDED) {
		*piece = (struct upstream_piece){ .is_end = true };
		return UPSTREAM_PIECE;
	}
	while (r == UPSTREAM_WAITS && u->failure == 0 && u->user.link != NULL &&
	    u->user.link->readable)
		r = u->state == REPLY_HEAD ? read_head(u, p, piece) :
		    u->state == REPLY_BODY ? read_body(u, p, piece) :
		    read_tunnel(u, p, piece);
	if (u->failure != 0) {
		*status = u->failure;
		r = UPSTREAM_REFUSED;
	}
	return r;
}

/* ---- an exchange ---- */

static void
link_exchange(struct upstream *u)
{
	struct upstreams *all = u->all;

	u->next = all->exchanges;
	u->back = &all->exchanges;
	if (u->next != NULL)
		u->next->back = &u->next;
	all->exchanges = u;
}

static struct upstream *
new_exchange(struct upstreams *all, const struct upstream_request *r)
{
	struct slice host = r->proxy.host;
	struct upstream *u = malloc(sizeof(*u) + host.n + 1);

	if (u == NULL)
		return NULL;
	*u = (struct upstream){
		.all = all, .request = *r,
		.host = (char *)(u + 1),
		.consumer = { .take = take_body, .free = free_consumer },
		.user = {
			.app = r->app, .ready = user_ready,
			.may_reuse = r->may_repeat && !r->chunked &&
			    r->length == 0,
		},
	};
	memcpy(u->host, host.p, host.n);
	u->host[host.n] = '\0';
	empty_body(u);
	return u;
}

/* Write the head, without the framing fields, which start() adds. */
static int
make_head(struct upstream *u, const struct upstream_request *r)
{
	struct worker *w = u->all->w;
	struct buf b = w->scratch;
	size_t from = b.n;

	proxy_put_request(&b, &r->proxy);
	if (b.full)
		return -1;
	u->head_n = b.n - from;
	u->head = pool_get(&w->pool, u->head_n + FRAMING);
	if (u->head == NULL)
		return -1;
	memcpy(u->head, b.p + from, u->head_n);
	return 0;
}

struct upstream *
upstream_begin(struct upstreams *all, const struct upstream_request *r)
{
	struct upstream *u = new_exchange(all, r);

	if (u == NULL)
		return NULL;
	if (make_head(u, r) == -1) {
		free(u);
		return NULL;
	}
	link_exchange(u);
	u->body_ended = !r->chunked && r->length == 0;
	return u;
}

void
upstream_set_client(struct upstream *u, struct source *client)
{
	u->client = client;
}

void
upstream_end(struct upstream *u)
{
	struct worker *w = u->all->w;
	char *held[] = { u->head, u->body, u->partial };

	link_leave(u->all->links, &u->user);
	*u->back = u->next;
	if (u->next != NULL)
		u->next->back = u->back;
	for (size_t i = 0; i < LENGTH_OF(held); i++)
		if (held[i] != NULL)
			pool_put(&w->pool, held[i]);
	u->is_over = true;
	free_if_unused(u);
}

bool
upstream_upgrades(const struct upstream *u)
{
	return u->request.proxy.upgrades;
}

bool
upstream_is_tunnel(const struct upstream *u)
{
	return u->state == REPLY_TUNNEL;
}

struct slice
upstream_url(const struct upstream *u)
{
	return u->request.proxy.app->url;
}

int
upstream_status(const struct upstream *u)
{
	return u->failure != 0 ? u->failure : u->reply.status;
}

bool
upstream_closes(const struct upstream *u)
{
	return u->closes;
}

int
upstream_error(const struct upstream *u)
{
	return u->error;
}

int64_t
upstream_duration(const struct upstream *u)
{
	return u->sent_ns == 0 ? -1 : u->received_ns > u->sent_ns ?
	    u->received_ns - u->sent_ns : 0;
}

/* ---- time ---- */

static bool
is_late(const struct upstream *u, int64_t now)
{
	return u->is_started && u->state == REPLY_HEAD && u->failure == 0 &&
	    is_sent(u) && now - u->progress_ns > HEAD_NS;
}

/* Has the application not replied for some time? */
static bool
is_unread(const struct upstream *u, int64_t now)
{
	return u->sent_ns != 0 && !u->has_reply && now - u->sent_ns > UNREAD_NS;
}

static void
tick(struct source *s, struct worker *w, uint32_t events)
{
	struct upstreams *all = SOURCE_OWNER(SOURCE_OWNER(s, struct timer,
	    source), struct upstreams, timer);
	bool any = links_expire(all->links, w->now_ns);

	(void)events;
	for (struct upstream *u = all->exchanges; u != NULL; u = u->next) {
		any = true;
		if (is_unread(u, w->now_ns))
			links_keep_none(all->links, u->request.app);
		if (is_late(u, w->now_ns)) {
			link_leave(all->links, &u->user);
			refuse(u, 504, ETIMEDOUT);
		}
	}
	if (any)
		start_ticking(all);
}

/* ---- all exchanges of a loop ---- */

struct upstreams *
upstreams_new(struct worker *w, int connector_fd, int loop_count)
{
	struct upstreams *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return NULL;
	all->timer.source.ready = tick;
	all->w = w;
	all->links = links_new(w, connector_fd, loop_count);
	if (all->links == NULL) {
		free(all);
		return NULL;
	}
	return all;
}

void
upstreams_free(struct upstreams *all)
{
	links_free(all->links);
	free(all);
}
