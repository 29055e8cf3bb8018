#include "server/metadata.h"

#include <string.h>

#include "server/date.h"
#include "server/fields.h"
#include "server/mime.h"
#include "server/mount.h"

/* Do the times of f change only once a tick?  A slow disk, which could not be
 * asked without waiting, counts as one. */
static bool
has_coarse_times(const struct worker *w, const struct file *f)
{
	return w->server->coarse_times || f->mount != 0 ||
	    !mount_has_fine_times(f->fd);
}

/* May the file change again without a change of its times?  Use ctime: cp -p
 * and touch can set mtime. */
static bool
is_fresh(const struct worker *w, const struct file *f)
{
	const struct stat *st = &f->st;
	int64_t age = w->wall_ns - clock_ns(st->st_ctim);

	if (st->st_ctim.tv_nsec == 0 && st->st_mtim.tv_nsec == 0)
		return age < CLOCK_FILE_UNIT_NS;
	return age < CLOCK_FILE_TICK_NS && has_coarse_times(w, f);
}

static void
put_etag(struct buf *b, const struct stat *st, struct resource *res)
{
	size_t from;

	buf_lit(b, "ETag: ");
	from = b->n;
	buf_byte(b, '"');
	buf_hex(b, (uint64_t)st->st_ino);
	buf_byte(b, '-');
	buf_hex(b, (uint64_t)st->st_size);
	buf_byte(b, '-');
	buf_hex(b, (uint64_t)clock_ns(st->st_mtim));
	buf_byte(b, '-');
	buf_hex(b, (uint64_t)clock_ns(st->st_ctim));
	if (res->live)
		buf_lit(b, "-live");
	buf_byte(b, '"');
	res->etag = buf_since(b, from);
	buf_lit(b, "\r\n");
}

void
metadata_validators(struct worker *w, struct resource *res)
{
	const struct stat *st = &res->file->st;
	struct buf b = buf_over(res->space, sizeof(res->space));
	bool fresh;

	if (res->lines_304.p != NULL)
		return;
	fresh = is_fresh(w, res->file);
	res->etag = (struct slice){ 0 };
	res->modified = DATE_NONE;
	buf_put(&b, w->server->cache);
	if (!fresh && !fields_overridden(w->server, FIELDS_ETAG))
		put_etag(&b, st, res);
	/* Section 8.8.2.1: never later than Date. */
	if (!fresh && !fields_overridden(w->server, FIELDS_LAST_MODIFIED))
		res->modified = st->st_mtime < w->date_second ?
		    st->st_mtime : w->date_second;
	res->lines_304 = buf_slice(&b);
}

/* The media type of the file, by its name or else by its first bytes. */
static int
find_type(struct worker *w, struct resource *res, struct mime *m)
{
	struct file *f = res->original;

	/* Images need only the extension; text is read to detect UTF-8. */
	mime_by_name(res->name, m);
	if (!f->loaded &&
	    (m->needs_content || f->st.st_size <= RESOURCE_SMALL) &&
	    resource_load(w->cache, f) == -1)
		return -1;
	mime_by_content(m, f->start, resource_is_whole(f));
	return 0;
}

/* Add the lines that only a response with the whole file has. */
static void
put_content_lines(const struct server *server, struct resource *res,
    const struct mime *m, struct buf *b)
{
	size_t from;

	buf_lit(b, "Content-Type: ");
	from = b->n;
	buf_text(b, m->type);
	if (m->utf8)
		buf_lit(b, "; charset=utf-8");
	res->type = buf_since(b, from);
	if (server->content_type.n > 0) {
		res->type = server->content_type;
		b->n = from;
		buf_put(b, res->type);
	}
	buf_lit(b, "\r\n");
	if (res->coding != ACCEPT_IDENTITY)
		fields_put(server, b, FIELDS_CONTENT_ENCODING,
		    accept_coding_name(res->coding));
	buf_lit(b, "Content-Length: ");
	buf_number(b, (uint64_t)res->file->st.st_size);
	buf_lit(b, "\r\n");
	/* A long type of -H may not fit. */
	if (!b->full)
		res->whole = buf_slice(b);
}

static int
make_lines(struct worker *w, struct resource *res)
{
	struct buf b = buf_over(res->space, sizeof(res->space));
	char date[DATE_LEN + 1];
	struct mime m;

	if (find_type(w, res, &m) == -1)
		return -1;
	b.n = res->lines_304.n;
	if (res->modified != DATE_NONE) {
		date_format(res->modified, date);
		buf_lit(&b, "Last-Modified: ");
		buf_add(&b, date, DATE_LEN);
		buf_lit(&b, "\r\n");
	}
	buf_put(&b, w->server->accept_ranges);
	if (m.gzip && res->coding == ACCEPT_IDENTITY)
		fields_put(w->server, &b, FIELDS_CONTENT_ENCODING,
		    SLICE("gzip"));
	/* After a reload Chromium goes on showing a cached font, even if
	 * revalidating it has fetched a new one. */
	if (w->server->opt->live && strncmp(m.type, "font/", 5) == 0)
		fields_put(w->server, &b, FIELDS_CACHE_CONTROL,
		    SLICE("no-store"));
	res->lines = buf_slice(&b);
	res->guessed = m.guessed && w->server->content_type.n == 0;
	put_content_lines(w->server, res, &m, &b);
	return 0;
}

int
metadata_complete(struct worker *w, struct resource *res)
{
	if (res->file->st.st_size <= RESOURCE_SMALL &&
	    resource_load(w->cache, res->file) == -1)
		return -1;
	return res->lines.p != NULL ? 0 : make_lines(w, res);
}
