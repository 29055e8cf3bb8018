#include "server/http_response.h"

#include "server/ascii.h"
#include "server/head.h"

/* The framing fields that have been read so far. */
struct framing_fields {
	bool chunked;
	int codings, lengths;	/* how many lines of each */
	bool malformed;
};

/* Does the text match the start of the form, where 0 stands for a digit? */
static bool
fits(struct slice s, const char *form, size_t n)
{
	for (size_t i = 0; i < s.n && i < n; i++) {
		if (form[i] == '0' ? !ascii_is_digit(s.p[i]) :
		    s.p[i] != form[i])
			return false;
	}
	return true;
}

/*
 * HTTP-version SP status-code SP [reason-phrase], section 4.  Many applications
 * leave out the last space together with the reason.
 */
static int
take_status_line(struct head_reader *in, struct http_response *res)
{
	static const char form[] = "HTTP/1.0 000";
	const size_t n = sizeof(form) - 1;
	struct slice line = slice_between(in->p, in->end);
	int r;

	if (!fits(line, form, n))
		return -400;
	if (line.n <= n)
		return 0;
	res->minor = line.p[7] == '0' ? 0 : 1;
	res->status = (line.p[9] - '0') * 100 + (line.p[10] - '0') * 10 +
	    line.p[11] - '0';
	if (res->status < 100)
		return -400;
	in->p += n;
	if (*in->p == ' ')
		in->p++;
	else if (*in->p != '\r' && *in->p != '\n')
		return -400;
	r = head_take_text(in, &res->reason);
	res->reason = slice_trim(res->reason);
	return r;
}

/* Accept only chunked: without a TE field in the request, an application must
 * not use another coding. */
static void
read_field(struct head_reader *in, struct framing_fields *f,
    struct http_response *res, struct slice name, struct slice value)
{
	if (slice_equal_nocase(name, SLICE("Content-Length"))) {
		f->lengths++;
		f->malformed |= !head_parse_length(value,
		    &res->content_length);
	} else if (slice_equal_nocase(name, SLICE("Transfer-Encoding"))) {
		f->codings++;
		f->chunked = slice_equal_nocase(value, SLICE("chunked"));
		f->malformed |= !f->chunked;
	} else if (slice_equal_nocase(name, SLICE("Connection"))) {
		head_read_connection(in, value);
	}
}

static int
take_fields(struct head_reader *in, struct framing_fields *f,
    struct http_response *res)
{
	struct slice name, value;
	int r;

	while ((r = head_take_field(in, &name, &value)) == HEAD_FIELD)
		read_field(in, f, res, name, value);
	return r;
}

/* Section 6.3, rule 1: these have no body, whatever their fields say. */
static bool
has_no_body(int status, enum http_method method)
{
	return method == HTTP_HEAD || status < 200 || status == 204 ||
	    status == 304;
}

/*
 * Section 6.3.  Two lengths, or a length and a coding, may be an attempt to
 * make one response look like two.
 */
static int
interpret_framing(const struct framing_fields *f, enum http_method method,
    struct http_response *res)
{
	if (f->malformed || f->lengths > 1 || f->codings > 1 ||
	    (f->codings > 0 && (f->lengths > 0 || res->minor == 0)))
		return -400;
	res->has_length = f->lengths > 0;
	if (has_no_body(res->status, method))
		res->framing = HTTP_FRAMING_NONE;
	else if (f->chunked)
		res->framing = HTTP_FRAMING_CHUNKED;
	else if (res->has_length)
		res->framing = HTTP_FRAMING_LENGTH;
	else
		res->framing = HTTP_FRAMING_CLOSE;
	return 1;
}

/*
 * Could a body follow a response that must not have one?  A faulty application
 * sends it, perhaps much later, and it would pass for the next response.  Many
 * do so after HEAD; others announce it.
 */
static bool
may_have_stray_body(const struct framing_fields *f, enum http_method method,
    const struct http_response *res)
{
	return res->framing == HTTP_FRAMING_NONE && (method == HTTP_HEAD ||
	    f->codings > 0 || res->content_length > 0);
}

static int
take_head(struct head_reader *in, enum http_method method,
    struct http_response *res)
{
	struct framing_fields fields = { 0 };
	int r = take_status_line(in, res);

	if (r == 1)
		r = take_fields(in, &fields, res);
	if (r == 1)
		r = interpret_framing(&fields, method, res);
	res->keep_alive = !in->close && (res->minor == 1 || in->keep_alive) &&
	    res->framing != HTTP_FRAMING_CLOSE && res->status != 101 &&
	    !may_have_stray_body(&fields, method, res);
	res->names_fields = in->names_fields;
	return r;
}

ssize_t
http_parse_response(const char *p, size_t n, enum http_method method,
    struct http_response *res)
{
	struct head_reader in = {
		.p = p,
		.end = p + (n < HTTP_HEAD_MAX ? n : HTTP_HEAD_MAX),
	};
	int r;

	*res = (struct http_response){ 0 };
	r = take_head(&in, method, res);
	if (r == 1) {
		res->head = slice_between(p, in.p);
		return in.p - p;
	}
	*res = (struct http_response){ 0 };
	return r < 0 || n >= HTTP_HEAD_MAX ? -502 : 0;
}
