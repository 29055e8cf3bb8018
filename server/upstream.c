#include "server/upstream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "server/container_of.h"
#include "server/link.h"

enum {
	BODY_SPACE = 64 << 10,	/* bytes of a request's body, buffered */
	FRAMING = 64,		/* bytes for the last lines of a head */
	CHUNK_END = 8,		/* after the data, or at the end of the body */
	READS_MAX = 2,		/* per wake-up, if they have nothing for the
				   client */
};

static const int64_t HEAD_NS = 120ll * 1000000000;	/* for a reply's head */
static const int64_t UNREAD_NS = 250ll * 1000000;	/* is_unread() */
static const int64_t TICK_NS = 500ll * 1000000;
/* A tick that is later than this means that serve was stopped (SIGSTOP). */
static const int64_t STOPPED_NS = 5ll * 1000000000;

struct upstream {
	struct upstreams *all;
	struct upstream *next, **back;	/* the loop's list */
	struct consumer consumer;
	struct source *client;	/* NULL: nothing to wake */
	struct link_user user;	/* link is NULL before and after use */

	/* The request, to the application. */
	size_t head_n, head_sent;	/* of text */
	uint64_t length;	/* of the client's body */
	bool chunked;		/* the client's body is; otherwise see length */
	bool has_length;
	bool upgrades;		/* to a WebSocket */
	char *body;		/* from the pool, or NULL */
	size_t body_n, body_sent;	/* both REPLY_CHUNK_LINE if empty */
	bool body_ended;	/* the client has sent all of it */
	bool tunnel_ended;	/* the client sends nothing after an upgrade */
	bool is_started;	/* framing is decided, a link was requested */
	bool out_chunked;	/* the application gets chunks */
	bool send_failed;	/* the application takes no more bytes */

	struct reply reply;	/* from the application */
	bool is_over;		/* after upstream_end() */
	bool has_consumer;	/* an upload holds the exchange */
	int failure;		/* status if there is no reply */
	int error;		/* errno of the failure */
	int64_t progress_ns;	/* when bytes were last sent, or a link was
				   requested */
	int64_t sent_ns;	/* its first byte, worker_log_clock(); or 0 */
	char text[];		/* the head; then the Host of the request */
};

struct upstreams {
	struct timer timer;	/* ticks while there are exchanges or links */
	struct worker *w;
	struct links *links;
	struct upstream *exchanges;
	struct reply_pipe pipe;
};

static void
wake(struct upstream *u)
{
	if (u->client != NULL)
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

/* Empty the buffer, with room at its start for the first line of a chunk. */
static void
empty_body(struct upstream *u)
{
	u->body_n = u->body_sent = REPLY_CHUNK_LINE;
}

static void
count_sent(struct upstream *u, size_t n)
{
	size_t head = u->head_n - u->head_sent;

	u->progress_ns = u->all->w->now_ns;
	if (u->sent_ns == 0)
		u->sent_ns = worker_log_clock(u->all->w);
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
	u->send_failed = true;
	u->user.link->readable = true;
}

/* Send buffered bytes of the head, the body, or both together. */
static ssize_t
send_some(const struct upstream *u)
{
	int fd = u->user.link->fd;
	struct iovec iov[] = {
		{ (char *)u->text + u->head_sent, u->head_n - u->head_sent },
		{ u->body + u->body_sent, u->body_n - u->body_sent },
	};

	if (iov[1].iov_len == 0)
		return send(fd, iov[0].iov_base, iov[0].iov_len, MSG_NOSIGNAL);
	/* The filter refuses sendmsg(2); SIGPIPE is ignored. */
	return writev(fd, iov, 2);
}

static void
send_request(struct upstream *u)
{
	while (u->user.link->writable && !is_sent(u)) {
		ssize_t n = send_some(u);

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
	if (u->reply.state == REPLY_TUNNEL && u->body_ended && is_sent(u))
		shutdown(u->user.link->fd, SHUT_WR);
}

/* The link is connected, or has room for more. */
static void
user_ready(struct link_user *user, int error)
{
	struct upstream *u = CONTAINER_OF(user, struct upstream, user);

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
	/* An idle connection: the caller reads from it, so do not wake the
	 * client. */
	pump(u);
}

/* The bytes gathered so far become the first chunk. */
static void
frame_first_chunk(struct upstream *u)
{
	size_t n = u->body_n - u->body_sent;
	char *data;

	if (n == 0)
		return;
	data = u->body + u->body_sent;
	u->body_sent = (size_t)(reply_put_chunk_line(data, n) - u->body);
	memcpy(data + n, "\r\n", 2);
	u->body_n += 2;
}

/*
 * Decide how the body is framed, and request a connection.  A short body is
 * complete by now, so it is sent with its length.  Then a slow client does not
 * block an application that serves one request at a time.
 */
static void
start(struct upstream *u)
{
	struct buf b = buf_over(u->text + u->head_n, FRAMING);

	u->is_started = true;
	if (u->chunked && !u->body_ended) {
		u->out_chunked = true;
		buf_lit(&b, "Transfer-Encoding: chunked\r\n");
		frame_first_chunk(u);
	} else if (u->chunked || u->has_length) {
		buf_lit(&b, "Content-Length: ");
		buf_number(&b, u->chunked ? u->body_n - u->body_sent :
		    u->length);
		buf_lit(&b, "\r\n");
	}
	buf_lit(&b, "\r\n");
	u->head_n += b.n;
	log_trace_passed(u->all->w->log, (struct slice){ u->text, u->head_n });
	find_link(u);
}

/* How many bytes of data fit, besides the framing of a chunk. */
static size_t
body_room(const struct upstream *u)
{
	size_t used = u->body_n - REPLY_CHUNK_LINE +
	    (u->out_chunked ? REPLY_CHUNK_LINE : 0);

	return used < BODY_SPACE ? BODY_SPACE - used : 0;
}

static void
add_body(struct upstream *u, struct slice data, bool is_end)
{
	struct buf b = buf_over(u->body,
	    REPLY_CHUNK_LINE + BODY_SPACE + CHUNK_END);

	b.n = u->body_n;
	if (u->out_chunked && data.n > 0) {
		buf_hex(&b, data.n);
		buf_lit(&b, "\r\n");
	}
	buf_put(&b, data);
	if (u->out_chunked && data.n > 0)
		buf_lit(&b, "\r\n");
	if (u->out_chunked && is_end)
		buf_lit(&b, "0\r\n\r\n");
	u->body_n = b.n;
}

static int
get_body_space(struct upstream *u)
{
	if (u->body != NULL)
		return 0;
	u->body = pool_get(&u->all->w->pool,
	    REPLY_CHUNK_LINE + BODY_SPACE + CHUNK_END);
	empty_body(u);
	return u->body != NULL ? 0 : -1;
}

/* Start once there is enough of the body or all of it; later, pump. */
static void
start_or_pump(struct upstream *u, bool is_full)
{
	if (u->is_started)
		pump(u);
	else if (u->body_ended || is_full || u->length > BODY_SPACE)
		start(u);
}

static ssize_t
take_body(struct consumer *self, const char *p, size_t n)
{
	struct upstream *u = CONTAINER_OF(self, struct upstream, consumer);
	bool is_end = n == 0;
	size_t taken = 0, some;

	/* Drop the body: the reply is complete, or there will be no reply. */
	if (u->is_over || u->failure != 0 || u->reply.state == REPLY_ENDED ||
	    u->send_failed) {
		u->body_ended |= is_end;
		return (ssize_t)n;
	}
	/* Before the application agrees to upgrade, send only the head. */
	if (u->upgrades && u->reply.state != REPLY_TUNNEL) {
		u->tunnel_ended = is_end;
		return 0;
	}
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
		pool_put(&u->all->w->pool, u);
}

static void
free_consumer(struct consumer *self)
{
	struct upstream *u = CONTAINER_OF(self, struct upstream, consumer);

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
 * Has no reply to this request begun?  On a connection that was used, bytes
 * without a head may be surplus of the reply before.
 */
static bool
is_unanswered(const struct upstream *u)
{
	return !u->reply.has_begun ||
	    (u->user.link->was_used && !u->reply.has_head);
}

/*
 * The connection closed before a reply: send the request once more, on a new
 * connection.  An idle one may have been closing, and a new one is reset if the
 * application had no room for it.
 */
static bool
retry(struct upstream *u)
{
	if (!u->user.may_reuse || !is_unanswered(u))
		return false;
	link_leave(u->all->links, &u->user);
	u->user.may_reuse = false;
	u->send_failed = false;
	u->head_sent = 0;
	u->reply.has_begun = false;
	u->reply.partial_n = 0;
	find_link(u);
	return true;
}

/* Release the connection for another request, or close it. */
static void
end_reply(struct upstream *u)
{
	const struct reply *r = &u->reply;
	bool is_clean = r->state == REPLY_BODY && r->parsed.keep_alive &&
	    r->surplus == 0 && is_sent(u) && !u->send_failed &&
	    u->length == 0 && !u->chunked;

	u->reply.state = REPLY_ENDED;
	if (u->user.link == NULL)
		return;
	if (is_clean)
		link_release(&u->user, u->all->w->now_ns);
	else
		link_leave(u->all->links, &u->user);
}

/* The reply is missing or incomplete. */
static enum upstream_state
fail(struct upstream *u)
{
	if (retry(u))
		return UPSTREAM_WAITS;
	link_leave(u->all->links, &u->user);
	u->error = u->reply.error;
	if (u->reply.state != REPLY_HEAD)
		return UPSTREAM_BROKEN;
	u->failure = 502;
	return UPSTREAM_REFUSED;
}

static enum upstream_state
read_reply(struct upstream *u, int to, size_t limit, char *p,
    struct reply_piece *piece)
{
	bool was_tunnel = u->reply.state == REPLY_TUNNEL;
	struct reply_pipe *pipe = &u->all->pipe;

	switch (!u->user.link->is_urgent && reply_can_splice(&u->reply, pipe) ?
	    reply_splice(&u->reply, u->user.link, pipe, to, limit, p, piece) :
	    reply_read(&u->reply, u->user.link, u->body_ended, p, piece)) {
	case REPLY_WAITS:
		return UPSTREAM_WAITS;
	case REPLY_FAILED:
		return fail(u);
	case REPLY_PIECE:
		break;
	}
	/* From now on the client may send bytes, unless it has ended. */
	if (!was_tunnel && u->reply.state == REPLY_TUNNEL) {
		u->body_ended = u->tunnel_ended;
		pump(u);
	}
	if (piece->is_end)
		end_reply(u);
	return UPSTREAM_PIECE;
}

enum upstream_state
upstream_read(struct upstream *u, int to, size_t limit, char *p,
    struct reply_piece *piece, int *status)
{
	enum upstream_state r = UPSTREAM_WAITS;
	int reads = 0;

	/* Do not buffer a body whose known length exceeds the buffer. */
	if (!u->is_started && u->failure == 0 &&
	    (u->body_ended || u->length > BODY_SPACE))
		start(u);
	if (u->failure == 0 && u->reply.state == REPLY_ENDED) {
		*piece = (struct reply_piece){ .is_end = true };
		return UPSTREAM_PIECE;
	}
	while (r == UPSTREAM_WAITS && u->failure == 0 && u->user.link != NULL &&
	    u->user.link->readable && reads++ < READS_MAX)
		r = read_reply(u, to, limit, p, piece);
	/* An application may send 100 (Continue) without end: serve other
	 * clients first. */
	if (reads > READS_MAX)
		wake(u);
	if (u->failure != 0) {
		*status = u->failure;
		r = UPSTREAM_REFUSED;
	}
	return r;
}

bool
upstream_refuse(struct upstream *u, int status)
{
	if (u->reply.state != REPLY_HEAD)
		return false;
	link_leave(u->all->links, &u->user);
	u->failure = status;
	return true;
}

size_t
upstream_memory(const struct upstream *u)
{
	return pool_size(u) + pool_size(u->body) +
	    pool_size(u->reply.partial);
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

/* head: without the framing fields, which start() adds. */
static struct upstream *
new_exchange(struct upstreams *all, const struct upstream_request *r,
    struct slice head)
{
	struct slice host = r->proxy.host;
	size_t host_at = head.n + FRAMING;
	size_t size = sizeof(struct upstream) + host_at + host.n;
	struct upstream *u = size <= POOL_MAX ?
	    pool_get(&all->w->pool, size) : NULL;

	if (u == NULL)
		return NULL;
	*u = (struct upstream){
		.all = all, .head_n = head.n,
		.length = r->length, .chunked = r->chunked,
		.has_length = r->has_length,
		.upgrades = r->proxy.upgrades,
		.body_ended = !r->chunked && r->length == 0,
		.reply = {
			.w = all->w, .app = r->proxy.app, .base = r->proxy.base,
			.host = { u->text + host_at, host.n },
			.minor = r->minor,
			.is_head = r->is_head, .keep_alive = r->keep_alive,
			.upgrades = r->proxy.upgrades,
		},
		.consumer = { .take = take_body, .free = free_consumer },
		.user = {
			.app = r->app, .ready = user_ready,
			.may_reuse = r->may_repeat && !r->chunked &&
			    r->length == 0,
		},
	};
	memcpy(u->text, head.p, head.n);
	memcpy(u->text + host_at, host.p, host.n);
	empty_body(u);
	return u;
}

struct upstream *
upstream_begin(struct upstreams *all, const struct upstream_request *r)
{
	struct buf b = all->w->scratch;
	size_t from = b.n;
	struct upstream *u;

	proxy_head_put_request(&b, &r->proxy);
	if (b.full)
		return NULL;
	u = new_exchange(all, r, buf_since(&b, from));
	if (u != NULL)
		link_exchange(u);
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

	link_leave(u->all->links, &u->user);
	*u->back = u->next;
	if (u->next != NULL)
		u->next->back = u->back;
	pool_put(&w->pool, u->body);
	pool_put(&w->pool, u->reply.partial);
	u->is_over = true;
	free_if_unused(u);
}

bool
upstream_upgrades(const struct upstream *u)
{
	return u->upgrades;
}

bool
upstream_is_tunnel(const struct upstream *u)
{
	return u->reply.state == REPLY_TUNNEL;
}

struct slice
upstream_url(const struct upstream *u)
{
	return u->reply.app->url;
}

struct slice
upstream_accept(const struct upstream *u, struct buf *b)
{
	size_t from = b->n;

	proxy_head_put_values(b, (struct slice){ u->text, u->head_n },
	    SLICE("Accept"));
	return buf_since(b, from);
}

int
upstream_status(const struct upstream *u)
{
	return u->failure != 0 ? u->failure :
	    u->reply.state == REPLY_HEAD ? 0 : u->reply.parsed.status;
}

bool
upstream_closes(const struct upstream *u)
{
	return u->reply.closes;
}

bool
upstream_until_close(const struct upstream *u)
{
	return u->reply.until_close;
}

int
upstream_error(const struct upstream *u)
{
	return u->error;
}

int64_t
upstream_duration(const struct upstream *u)
{
	return u->sent_ns == 0 ? -1 : u->reply.received_ns > u->sent_ns ?
	    u->reply.received_ns - u->sent_ns : 0;
}

/* ---- time ---- */

static bool
is_late(const struct upstream *u, int64_t now)
{
	return u->is_started && u->reply.state == REPLY_HEAD &&
	    u->failure == 0 && now - u->progress_ns > HEAD_NS;
}

/* Has the application not replied for some time, on a new connection? */
static bool
is_unread(const struct upstream *u, int64_t now)
{
	return u->user.link != NULL && !u->user.link->was_used &&
	    u->head_sent > 0 && !u->reply.has_begun &&
	    now - u->progress_ns > UNREAD_NS;
}

/*
 * The time for which serve was stopped does not count for the applications:
 * their replies may wait to be read, or they were stopped as well.
 */
static void
excuse_applications(struct upstreams *all, int64_t stopped_ns)
{
	int64_t now = all->w->now_ns;

	for (struct upstream *u = all->exchanges; u != NULL; u = u->next)
		u->progress_ns = now - u->progress_ns < stopped_ns ? now :
		    u->progress_ns + stopped_ns;
}

static void
tick(struct source *s, struct worker *w, uint32_t events)
{
	struct upstreams *all = CONTAINER_OF(CONTAINER_OF(s, struct timer,
	    source), struct upstreams, timer);
	int64_t late_ns = w->now_ns - all->timer.deadline_ns;
	bool any = links_expire(all->links, w->now_ns);

	(void)events;
	if (late_ns > STOPPED_NS)
		excuse_applications(all, late_ns);
	for (struct upstream *u = all->exchanges; u != NULL; u = u->next) {
		any = true;
		if (is_unread(u, w->now_ns))
			links_disable_reuse(all->links, u->user.app);
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
	reply_pipe_init(&all->pipe);
	return all;
}

void
upstreams_free(struct upstreams *all)
{
	links_free(all->links);
	reply_pipe_free(&all->pipe);
	free(all);
}
