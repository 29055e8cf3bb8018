#include "server/rules_lines.h"

#include "server/ascii.h"
#include "server/authority.h"

enum {
	FAULTS_NAMED = 20,	/* of one file; further ones are only counted */
	SHOWN_MAX = 80,		/* bytes of a wrong word in a message */
};

void
rules_begin(struct rules_reader *f, const char *name, struct slice text,
    struct buf *messages)
{
	*f = (struct rules_reader){
		.name = name, .rest = text, .messages = messages,
	};
	if (slice_starts(text, SLICE("\xef\xbb\xbf")))	/* byte order mark */
		f->rest = slice_skip(text, 3);
}

bool
rules_next_line(struct rules_reader *f)
{
	while (f->rest.n > 0) {
		f->text = slice_take_until(&f->rest, '\n');
		f->line++;
		if (f->text.n > 0 && f->text.p[f->text.n - 1] == '\r')
			f->text.n--;
		f->text = slice_trim(f->text);
		if (f->text.n > 0 && f->text.p[0] != '#')
			return true;
	}
	return false;
}

static void
put_shown(struct buf *b, struct slice word)
{
	bool cut = word.n > SHOWN_MAX;

	if (cut)
		word.n = SHOWN_MAX;
	buf_byte(b, '\'');
	buf_visible(b, word);
	buf_text(b, cut ? "...'" : "'");
}

/* "_redirects line 7: "; false if enough faults were reported. */
static bool
begin_fault(struct rules_reader *f, int line)
{
	struct buf *b = f->messages;

	if (f->faults++ >= FAULTS_NAMED)
		return false;
	buf_text(b, f->name);
	buf_lit(b, " line ");
	buf_number(b, (uint64_t)line);
	buf_lit(b, ": ");
	return true;
}

void
rules_fault(struct rules_reader *f, const char *what, struct slice word,
    const char *more)
{
	struct buf *b = f->messages;

	if (!begin_fault(f, f->line))
		return;
	buf_text(b, what);
	if (word.n > 0) {
		buf_byte(b, ' ');
		put_shown(b, word);
	}
	buf_text(b, more);
	buf_lit(b, ", line left out\n");
}

void
rules_warn_of_circle(struct rules_reader *f, int line, int last)
{
	struct buf *b = f->messages;

	if (!begin_fault(f, line))
		return;
	buf_lit(b, "leads in a circle, by line ");
	buf_number(b, (uint64_t)last);
	buf_byte(b, '\n');
}

void
rules_end(struct rules_reader *f)
{
	struct buf *b = f->messages;

	if (f->faults > FAULTS_NAMED) {
		buf_text(b, f->name);
		buf_lit(b, ": ");
		buf_count(b, f->faults - FAULTS_NAMED, "more wrong line");
		buf_lit(b, "\n");
	}
	if (f->first_surplus > 0) {
		buf_text(b, f->name);
		buf_lit(b, " line ");
		buf_number(b, (uint64_t)f->first_surplus);
		buf_lit(b, ": only the first 1,000 rules count, those from "
		    "here on are left out\n");
	}
}

bool
rules_take(struct rules_reader *f)
{
	if (f->rules == RULES_MAX) {
		if (f->first_surplus == 0)
			f->first_surplus = f->line;
		return false;
	}
	f->rules++;
	return true;
}

struct slice
rules_authority(struct slice url)
{
	const char *slash = memchr(url.p, '/', url.n);

	return slice_before_any(slice_between(slash + 2, url.p + url.n), "/?#");
}

bool
rules_has_control(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') ||
		    s.p[i] == 0x7f)
			return true;
	return false;
}

struct slice
rules_next_word(struct slice *rest)
{
	struct slice word;
	size_t n = 0;

	while (rest->n > 0 && ascii_is_blank(rest->p[0]))
		*rest = slice_skip(*rest, 1);
	if (rest->n > 0 && rest->p[0] == '#')
		rest->n = 0;
	while (n < rest->n && !ascii_is_blank(rest->p[n]))
		n++;
	word = slice_first(*rest, n);
	*rest = slice_skip(*rest, n);
	return word;
}

bool
rules_has_scheme(struct slice s)
{
	return authority_scheme_length(s) > 0;
}
