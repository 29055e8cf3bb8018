#include "server/note.h"

#include <errno.h>
#include <string.h>

#include "server/site.h"

/* A note in the scratch buffer; without space if the log has no notes. */
static struct buf
begin(const struct worker *w)
{
	const struct buf *b = &w->scratch;

	return w->server->notes ? buf_over(b->p + b->n, b->cap - b->n) :
	    buf_over(NULL, 0);
}

static void
end(struct worker *w, struct response *r, const struct buf *b)
{
	if (!w->server->notes)
		return;
	r->note = buf_slice(b);
	w->scratch.n += b->n;
}

void
note_text(const struct worker *w, struct response *r, struct slice text)
{
	if (w->server->notes)
		r->note = text;
}

void
note_single_file(struct worker *w, struct response *r)
{
	const struct docroot *docroot = w->server->docroot;
	struct buf b;

	if (docroot->single_file == NULL)
		return;
	b = begin(w);
	buf_lit(&b, "(only ");
	buf_visible(&b, slice_of(docroot->url_name));
	buf_lit(&b, " is served; 'serve");
	if (!docroot->reopen_optional) {
		buf_lit(&b, " ");
		buf_visible(&b, slice_of(docroot->reopen_path));
	}
	buf_lit(&b, "' serves its folder)");
	end(w, r, &b);
}

void
note_reason(struct worker *w, struct response *r, const struct resource *res)
{
	struct buf b;

	if (res->reason == RESOURCE_HIDDEN)
		note_text(w, r, SLICE("(hidden; --hidden serves it)"));
	if (res->reason == RESOURCE_OUTSIDE)
		note_text(w, r, SLICE("(leaves the folder; "
		    "--follow-symlinks serves it)"));
	if (res->reason != RESOURCE_ERROR)
		return;
	b = begin(w);
	buf_byte(&b, '(');
	if (res->error == EACCES && w->server->reader != NULL) {
		buf_text(&b, w->server->reader);
		buf_lit(&b, " may not read it");
	} else {
		buf_text(&b, strerror(res->error));
	}
	buf_byte(&b, ')');
	end(w, r, &b);
}

/* A page without an origin is let in only by --cors without a value. */
static void
put_cors_option(struct buf *b, struct slice origin)
{
	buf_lit(b, "; --cors");
	if (origin.n > 0 && !slice_equal(origin, SLICE("null"))) {
		buf_byte(b, '=');
		buf_visible(b, origin);
	}
	buf_lit(b, " lets it in)");
}

void
note_refused_site(struct worker *w, struct response *r, struct slice origin)
{
	struct buf b = begin(w);

	if (origin.n > 0) {
		buf_lit(&b, "(a page of ");
		buf_visible(&b, origin);
	} else {
		buf_lit(&b, "(a page of another site");
	}
	put_cors_option(&b, origin);
	end(w, r, &b);
}

void
note_other_site(struct worker *w, struct response *r,
    const struct http_request *req, struct slice origin)
{
	struct buf b = begin(w);

	if (!w->server->notes || !site_may_be_kept_out(req, origin))
		return;
	buf_lit(&b, "(for a page of ");
	buf_visible(&b, origin);
	put_cors_option(&b, origin);
	end(w, r, &b);
}

void
note_application(struct worker *w, struct response *r, struct slice url)
{
	struct buf b = begin(w);

	buf_byte(&b, '(');
	buf_visible(&b, url);
	buf_byte(&b, ')');
	end(w, r, &b);
}

void
note_host(struct worker *w, struct response *r, struct slice host)
{
	struct buf b = begin(w);

	buf_lit(&b, "(host ");
	buf_visible(&b, host);
	buf_lit(&b, "; --allow-host ");
	buf_visible(&b, host);
	buf_lit(&b, " lets it in)");
	end(w, r, &b);
}

void
note_target(struct worker *w, struct response *r, struct slice target)
{
	struct buf b = begin(w);

	buf_lit(&b, "-> ");
	buf_visible_path(&b, target);
	end(w, r, &b);
}

void
note_range(struct worker *w, struct response *r, struct range range)
{
	struct buf b = begin(w);

	buf_lit(&b, "(bytes ");
	buf_number(&b, (uint64_t)range.first);
	buf_byte(&b, '-');
	buf_number(&b, (uint64_t)range.last);
	buf_byte(&b, ')');
	end(w, r, &b);
}

void
note_missing_base(struct worker *w, struct response *r, struct slice path,
    struct slice base)
{
	struct buf b = begin(w);

	buf_byte(&b, '(');
	buf_visible(&b, path);
	buf_lit(&b, " is here; --base ");
	buf_visible(&b, base);
	buf_lit(&b, " serves it there)");
	end(w, r, &b);
}

void
note_outside_base(struct worker *w, struct response *r, struct slice base)
{
	struct buf b = begin(w);

	buf_lit(&b, "(not beneath --base ");
	buf_visible(&b, base);
	buf_byte(&b, ')');
	end(w, r, &b);
}

/* Keep a note that exists already, such as the target of a redirect. */
void
note_rule(struct worker *w, struct response *r, int line)
{
	struct slice before = r->note;
	struct buf b = begin(w);

	if (before.n > 0) {
		buf_put(&b, before);
		buf_lit(&b, "  ");
	}
	buf_lit(&b, "(_redirects line ");
	buf_number(&b, (uint64_t)line);
	buf_byte(&b, ')');
	end(w, r, &b);
}
