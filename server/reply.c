#include "server/reply.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/call.h"
#include "server/worker.h"

enum {
	RAW = 64 << 10,		/* bytes of a body, per recv(2) */
	HEAD_RAW = 40 << 10,	/* bytes of a head and the start of its body */
	MALFORMED_SHOWN = 1 << 10,	/* bytes, with -v=curl */
	SPLICE_MIN = 128 << 10,	/* bytes left of a body: for fewer, splice(2)
				   saves no time */
	PIPE_SIZE = 256 << 10,	/* more than RAW, because each page may hold
				   only one segment */
};

static enum reply_result
fail(struct reply *r, int error)
{
	r->error = error;
	return REPLY_FAILED;
}

/* Record the result of recv(2) or splice(2) on the link.  Returns the same as
 * receive(). */
static ssize_t
record_read(struct reply *r, ssize_t got)
{
	if (got > 0) {
		r->received_ns = worker_log_clock(r->w);
		return got;
	}
	if (got == -1 && errno == EAGAIN) {
		r->link->readable = false;
		return 0;
	}
	if (got == 0)
		errno = 0;
	return -1;
}

/*
 * Returns how many bytes were received, 0 if none have arrived yet, or -1 with
 * errno, which is 0 at the end of the stream.
 */
static ssize_t
receive(struct reply *r, char *p, size_t n)
{
	ssize_t got = recv(r->link->fd, p, n, 0);

	/* A short read has emptied the socket, and a new event will report
	 * more.  But the event of its end may have come already. */
	if (got > 0) {
		r->link->readable = (size_t)got == n || r->link->at_end ||
		    r->link->is_urgent;
		r->has_begun = true;
	}
	return record_read(r, got);
}

/* Write the fields that tell where the body ends (RFC 9112 section 6.3). */
static void
put_framing(struct reply *r, struct buf *b)
{
	const struct http_response *h = &r->parsed;
	/* RFC 9110 section 8.6: these never have a length. */
	bool has_length = h->has_length && h->status != 204 &&
	    h->status != 101;

	r->closes = !r->keep_alive || r->state == REPLY_TUNNEL ||
	    !r->request_ended;
	if (has_length) {
		buf_lit(b, "Content-Length: ");
		buf_number(b, h->content_length);
		buf_lit(b, "\r\n");
	} else if (h->framing != HTTP_FRAMING_NONE && r->minor == 1) {
		r->out_chunked = true;
		buf_lit(b, "Transfer-Encoding: chunked\r\n");
	} else if (h->framing != HTTP_FRAMING_NONE) {
		r->closes = r->until_close = true;
	}
	if (r->state == REPLY_TUNNEL)
		return;
	if (r->closes)
		buf_lit(b, "Connection: close\r\n");
	else if (r->minor == 0)
		buf_lit(b, "Connection: keep-alive\r\n");
}

static void
put_head(struct reply *r, struct buf *b)
{
	const struct http_response *h = &r->parsed;
	struct proxy_reply fields = {
		.app = r->app, .base = r->base,
		.head = h->head, .names_fields = h->names_fields,
		.host = r->host,
		.common = r->w->server->user_lines,
		.date = !http_is_interim(h) ? r->w->date_line :
		    (struct slice){ 0 },
		.upgrades = r->state == REPLY_TUNNEL,
	};

	buf_lit(b, "HTTP/1.1 ");
	buf_number(b, (uint64_t)h->status);
	buf_byte(b, ' ');
	buf_put(b, h->reason);
	buf_lit(b, "\r\n");
	proxy_head_put_reply(b, &fields);
	if (!http_is_interim(h))
		put_framing(r, b);
	buf_lit(b, "\r\n");
}

/* Write a complete head for the client.  False if it is not a valid reply. */
static bool
take_head(struct reply *r, struct buf *out)
{
	const struct http_response *h = &r->parsed;
	size_t from = out->n;

	if (http_is_interim(h)) {
		/* The client got its own 100 (Continue) when its body was read.
		 * HTTP/1.0 clients do not know interim responses. */
		if (h->status != 100 && r->minor == 1)
			put_head(r, out);
		log_trace_reply(r->w->log, h->head, buf_since(out, from));
		return true;
	}
	if (h->status == 101 && !r->upgrades)
		return false;
	r->state = h->status == 101 ? REPLY_TUNNEL : REPLY_BODY;
	http_body_start(&r->framing, h->framing, h->content_length);
	put_head(r, out);
	log_trace_reply(r->w->log, h->head, buf_since(out, from));
	return true;
}

/*
 * Remove the framing from n bytes of a body, in place.  Returns how many bytes
 * of data are left, or -1 if it is malformed.
 */
static ssize_t
decode(struct reply *r, char *p, size_t n)
{
	size_t at = 0, kept = 0;

	while (at < n && !http_body_ended(&r->framing)) {
		struct slice data;
		ssize_t taken = http_body_next(&r->framing, p + at, n - at,
		    &data);

		if (taken < 0)
			return -1;
		at += (size_t)taken;
		if (data.p != p + kept)
			memmove(p + kept, data.p, data.n);
		kept += data.n;
	}
	r->surplus += n - at;
	return (ssize_t)kept;
}

char *
reply_put_chunk_line(char *data, size_t n)
{
	char text[REPLY_CHUNK_LINE];
	struct buf line = buf_over(text, sizeof(text));

	buf_hex(&line, n);
	buf_lit(&line, "\r\n");
	return memcpy(data - line.n, line.p, line.n);
}

/* Write the end of a chunk of n bytes, and the last chunk at the body's end. */
static void
put_chunk_end(const struct reply *r, struct buf *b, size_t n)
{
	if (r->out_chunked && n > 0)
		buf_lit(b, "\r\n");
	if (r->out_chunked && http_body_ended(&r->framing))
		buf_lit(b, "0\r\n\r\n");
}

static enum reply_result
read_tunnel(struct reply *r, char *p, struct reply_piece *piece)
{
	ssize_t n = receive(r, p, RAW);

	if (n == 0)
		return REPLY_WAITS;
	if (n == -1 && errno != 0)
		return fail(r, errno);
	*piece = (struct reply_piece){
		.p = p, .n = n > 0 ? (size_t)n : 0, .is_end = n == -1,
	};
	piece->body_to = piece->n;
	return REPLY_PIECE;
}

static enum reply_result
read_body(struct reply *r, char *p, struct reply_piece *piece)
{
	char *data = p + REPLY_CHUNK_LINE;
	struct buf b = buf_over(data, REPLY_SPACE - REPLY_CHUNK_LINE);
	ssize_t n = 0, got;

	while (n == 0 && !http_body_ended(&r->framing)) {
		got = receive(r, data, RAW);
		if (got == 0)
			return REPLY_WAITS;
		if (got == -1 && (errno != 0 ||
		    !http_body_may_close(&r->framing)))
			return fail(r, errno);
		if (got == -1)
			http_body_start(&r->framing, HTTP_FRAMING_NONE, 0);
		else
			n = decode(r, data, (size_t)got);
	}
	if (n < 0)
		return fail(r, EPROTO);
	*piece = (struct reply_piece){ .p = data };
	if (r->out_chunked && n > 0)
		piece->p = reply_put_chunk_line(data, (size_t)n);
	b.n = (size_t)n;
	put_chunk_end(r, &b, (size_t)n);
	piece->n = (size_t)(data + b.n - piece->p);
	piece->body_from = (size_t)(data - piece->p);
	piece->body_to = piece->body_from + (size_t)n;
	piece->is_end = http_body_ended(&r->framing);
	return REPLY_PIECE;
}

/* ---- long bodies ---- */

void
reply_pipe_init(struct reply_pipe *pipe)
{
	int fd[2];

	*pipe = (struct reply_pipe){ -1, -1 };
	if (pipe2(fd, O_NONBLOCK | O_CLOEXEC) == -1)
		return;
	*pipe = (struct reply_pipe){ .in = fd[1], .out = fd[0] };
	/* If the user may not have so large a pipe, each call moves less. */
	fcntl(pipe->in, F_SETPIPE_SZ, PIPE_SIZE);
}

void
reply_pipe_free(struct reply_pipe *pipe)
{
	if (pipe->in == -1)
		return;
	close(pipe->in);
	close(pipe->out);
	*pipe = (struct reply_pipe){ -1, -1 };
}

bool
reply_can_splice(const struct reply *r, const struct reply_pipe *pipe)
{
	return pipe->in != -1 && r->state == REPLY_BODY && !r->out_chunked &&
	    http_body_left(&r->framing) >= SPLICE_MIN;
}

/* receive() into the pipe. */
static ssize_t
fill(struct reply *r, const struct reply_pipe *pipe, size_t n)
{
	ssize_t got = splice(r->link->fd, NULL, pipe->in, NULL, n,
	    SPLICE_F_NONBLOCK);

	return record_read(r, got);
}

enum reply_result
reply_splice(struct reply *r, struct link *link, struct reply_pipe *pipe,
    int to, size_t limit, char *p, struct reply_piece *piece)
{
	struct slice data;
	ssize_t n, sent;

	r->link = link;
	*piece = (struct reply_piece){ .p = p };
	n = fill(r, pipe, limit < RAW ? limit : RAW);
	if (n == 0)
		return REPLY_WAITS;
	if (n == -1 && (errno == EINVAL || call_is_refused(errno))) {
		reply_pipe_free(pipe);
		return REPLY_PIECE;
	}
	if (n == -1)
		return fail(r, errno);
	/* The bytes of a body of known length are only counted. */
	http_body_next(&r->framing, p, (size_t)n, &data);
	sent = splice(pipe->out, NULL, to, NULL, (size_t)n, SPLICE_F_NONBLOCK);
	piece->sent = sent > 0 ? (size_t)sent : 0;
	piece->n = piece->body_to = (size_t)n - piece->sent;
	piece->is_end = http_body_ended(&r->framing);
	/* Empty the pipe for the next reply.  If the client has gone, sending
	 * these bytes will say so. */
	if (piece->n > 0 && read(pipe->out, p, piece->n) != (ssize_t)piece->n) {
		reply_pipe_free(pipe);
		return fail(r, EIO);
	}
	return REPLY_PIECE;
}

/* ---- heads ---- */

/* Keep an incomplete head until the next event. */
static enum reply_result
keep_partial(struct reply *r, const char *p, size_t n)
{
	if (r->partial == NULL)
		r->partial = pool_get(&r->w->pool, HEAD_RAW);
	if (r->partial == NULL)
		return fail(r, ENOMEM);
	memcpy(r->partial, p, n);
	r->partial_n = n;
	return REPLY_WAITS;
}

/* Append the first data of the body to the piece with the head. */
static bool
put_first_data(struct reply *r, struct buf *out, char *p, size_t n,
    struct reply_piece *piece)
{
	ssize_t data = r->state == REPLY_TUNNEL ? (ssize_t)n :
	    decode(r, p, n);

	if (data < 0)
		return false;
	if (r->out_chunked && data > 0) {
		buf_hex(out, (uint64_t)data);
		buf_lit(out, "\r\n");
	}
	piece->body_from = out->n;
	buf_add(out, p, (size_t)data);
	piece->body_to = out->n;
	put_chunk_end(r, out, (size_t)data);
	return !out->full;
}

static void
trace_malformed(const struct reply *r, const char *p, size_t n)
{
	log_trace_reply(r->w->log, (struct slice){ p, n < MALFORMED_SHOWN ? n :
	    MALFORMED_SHOWN }, (struct slice){ 0 });
}

/* Take the complete heads at the start of raw[0..n).  Returns their length, or
 * -1 if one is malformed. */
static ssize_t
take_heads(struct reply *r, const char *raw, size_t n, struct buf *out)
{
	size_t at = 0;
	ssize_t head = 1;

	while (r->state == REPLY_HEAD && head > 0 && at < n) {
		head = http_parse_response(raw + at, n - at,
		    r->is_head ? HTTP_HEAD : HTTP_GET, &r->parsed);
		r->has_head |= head > 0;
		if (head < 0 || (head > 0 && !take_head(r, out))) {
			trace_malformed(r, raw + at, n - at);
			return -1;
		}
		at += (size_t)head;
	}
	return (ssize_t)at;
}

/* Write the complete heads, and the data that came with the last one. */
static enum reply_result
read_head(struct reply *r, char *p, struct reply_piece *piece)
{
	char *raw = p + REPLY_SPACE - HEAD_RAW;
	struct buf out = buf_over(p, REPLY_SPACE - HEAD_RAW);
	size_t n = r->partial_n;
	ssize_t got, heads_n;

	if (n > 0)
		memcpy(raw, r->partial, n);
	got = receive(r, raw + n, HEAD_RAW - n);
	if (got == 0)
		return REPLY_WAITS;
	if (got == -1)
		return fail(r, errno);
	n += (size_t)got;
	r->partial_n = 0;
	*piece = (struct reply_piece){ .p = p };
	heads_n = take_heads(r, raw, n, &out);
	if (heads_n == -1)
		return fail(r, EPROTO);
	raw += heads_n;
	n -= (size_t)heads_n;
	if (r->state == REPLY_HEAD && n > 0 &&
	    keep_partial(r, raw, n) != REPLY_WAITS)
		return REPLY_FAILED;
	if (r->state != REPLY_HEAD &&
	    !put_first_data(r, &out, raw, n, piece))
		return fail(r, EPROTO);
	if (out.full)
		return fail(r, EMSGSIZE);
	piece->n = out.n;
	if (r->state == REPLY_BODY)
		piece->is_end = http_body_ended(&r->framing);
	return piece->n > 0 ? REPLY_PIECE : REPLY_WAITS;
}

/* If a head fails, this call has sent nothing yet: the client gets an error. */
static enum reply_result
read_heads(struct reply *r, char *p, struct reply_piece *piece)
{
	enum reply_result result = read_head(r, p, piece);

	if (result == REPLY_FAILED)
		r->state = REPLY_HEAD;
	return result;
}

enum reply_result
reply_read(struct reply *r, struct link *link, bool request_ended, char *p,
    struct reply_piece *piece)
{
	r->link = link;
	r->request_ended = request_ended;
	return r->state == REPLY_HEAD ? read_heads(r, p, piece) :
	    r->state == REPLY_BODY ? read_body(r, p, piece) :
	    read_tunnel(r, p, piece);
}
