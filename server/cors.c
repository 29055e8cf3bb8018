#include "server/cors.h"

#include "server/fields.h"
#include "server/head.h"
#include "server/list.h"

bool
cors_is_preflight(const struct options *opt, const struct http_request *req)
{
	return opt->cors_count > 0 && req->method == HTTP_OPTIONS &&
	    req->field[HTTP_ORIGIN].p != NULL &&
	    req->field[HTTP_CORS_METHOD].p != NULL && !http_has_body(req);
}

struct slice
cors_allowed_origin(const struct options *opt, const struct http_request *req)
{
	struct slice origin = req != NULL ? req->field[HTTP_ORIGIN] :
	    (struct slice){ 0 };
	int at = 0;

	for (int i = 0; i < opt->cors_count; i++) {
		if (strcmp(opt->cors[i], "*") == 0)
			return SLICE("*");
		if (slice_equal(slice_of(opt->cors[i]), origin))
			at = i;
	}
	return slice_of(opt->cors[at]);
}

/* Is it a list of field names?  Only such a list may be sent back. */
static bool
is_name_list(struct slice list)
{
	struct slice name;

	while (list_next(&list, &name))
		if (!head_is_token(name))
			return false;
	return true;
}

void
cors_put_preflight_lines(const struct server *server, struct buf *b,
    const struct http_request *req)
{
	struct slice names = req->field[HTTP_CORS_HEADERS];

	fields_put(server, b, FIELDS_CORS_METHODS, SLICE(FIELDS_METHODS));
	if (names.n > 0 && is_name_list(names))
		fields_put(server, b, FIELDS_CORS_HEADERS, names);
	if (slice_equal_nocase(req->field[HTTP_CORS_PRIVATE_NETWORK],
	    SLICE("true")))
		fields_put(server, b, FIELDS_CORS_PRIVATE_NETWORK,
		    SLICE("true"));
	fields_put(server, b, FIELDS_CORS_MAX_AGE, SLICE("600"));
}
