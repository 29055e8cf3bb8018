#include "server/accept.h"
#include "server/reload.h"

bool
reload_is_for(const struct http_request *req)
{
	static const struct slice frames[] = {
		{ "document", 8 }, { "iframe", 6 }, { "frame", 5 },
	};
	struct slice dest = req->field[HTTP_SEC_FETCH_DEST];

	/* Browsers leave it out where neither TLS nor localhost is. */
	if (dest.p == NULL)
		return accept_names_html(req->field[HTTP_ACCEPT]);
	for (size_t i = 0; i < sizeof frames / sizeof *frames; i++)
		if (slice_equal(dest, frames[i]))
			return true;
	return false;
}

bool
reload_suits(struct slice type, struct slice start)
{
	struct slice html = SLICE("text/html");

	return type.n >= html.n && slice_equal_nocase(html,
	    (struct slice){ type.p, html.n }) &&
	    !(start.n > 0 && (start.p[0] & 0xfe) == 0xfe);
}

int64_t
reload_age_ms(struct slice query)
{
	int64_t ms = 0;

	for (size_t i = 1; i < query.n && ms < INT32_MAX; i++)
		ms = ms * 10 + (query.p[i] & 0xf);
	return ms;
}

#define TAIL(query) \
	SLICE("<script src=\"" RELOAD_PATH ".js" query "\" async></script>\n")

struct slice
reload_tail(enum reload_page page)
{
	switch (page) {
	case RELOAD_FILE:
		return TAIL("");
	case RELOAD_LISTING:
		return TAIL("?*");
	case RELOAD_SPA:
		return TAIL("?/index.html");
	case RELOAD_MISSING:
		return TAIL("?/404.html");
	}
	return TAIL("");
}

/*
 * All tabs of a browser share one stream, by a worker that runs this script
 * too: it allows six connections to a server.  Where there is none (Chrome on
 * Android), each tab has a stream while it is looked at.
 */
const char reload_script[] =
"// serve --live: reload when a file changes that this page is made of\n"
"(function (d) {\n"
"var path = '" RELOAD_PATH "', wait = 250, port,\n"
" since = Date.now() - performance.now() + 1; // all earlier is in the page\n"
"\n"
"function follow(tell) {\n"
" var stream, timer;\n"
" function open() {\n"
"  stream = new EventSource(path + '?' + Math.ceil(Date.now() - since));\n"
"  stream.onopen = function () { wait = 250 };\n"
"  stream.onmessage = function (e) { since = Date.now(); tell(e.data) };\n"
"  stream.onerror = function () {\n"
"   stream.close();\n"
"   timer = setTimeout(open, wait);\n"
"   wait = Math.min(2 * wait, 1e4) };\n"
" }\n"
" open();\n"
" return function () { clearTimeout(timer); stream.close() };\n"
"}\n"
"\n"
"if (!d) { // in the worker\n"
" var ports = new Set, past = [], on;\n"
" self.onconnect = function (e) {\n"
"  var p = e.ports[0];\n"
"  p.onmessage = function (m) {\n"
"   if (!m.data) return ports.delete(p);\n"
"   ports.add(p);\n"
"   past.forEach(function (x) { if (x[0] > m.data) p.postMessage(x[1]) });\n"
"   if (on) return;\n"
"   on = since = m.data;\n"
"   follow(function (text) {\n"
"    past.push([since, text]);\n"
"    ports.forEach(function (q) { q.postMessage(text) }) });\n"
"  }\n"
" };\n"
" return;\n"
"}\n"
"\n"
"var from = d.currentScript.src.split('?')[1],\n"
" full = performance.getEntriesByType('resource').length > 249;\n"
"performance.setResourceTimingBufferSize(1e5);\n"
"\n"
"function clean(url, base) {\n"
" try {\n"
"  url = new URL(url, base || d.baseURI);\n"
"  return url.origin != location.origin ? '' :\n"
"   decodeURIComponent(url.pathname).replace(/\\/+/g, '/');\n"
" } catch (e) { return url.pathname || '' }\n"
"}\n"
"\n"
"// Is u made of p, which may be a folder on the way?\n"
"function uses(u, p, all) {\n"
" return p == '/' || (u + '/').indexOf(p + '/') == 0 || p == u + '.html' ||\n"
"  u.slice(-1) == '/' && p.indexOf(u) == 0 && (all ?\n"
"  p.indexOf('/', u.length) < 0 : /^index\\.html?$/.test(p.slice(u.length)));\n"
"}\n"
"\n"
"function hear(text) {\n"
" var sheets = [], stale = new Set,\n"
"  used = [[clean(location), from == '*'], [from || '']];\n"
" function imports(sheet, node) {\n"
"  try {\n"
"   [].forEach.call(sheet.cssRules, function (r) {\n"
"    if (r.type != 3) return;\n"
"    sheets.push([clean(r.href, sheet.href), node]);\n"
"    imports(r.styleSheet, node) });\n"
"  } catch (e) {} // of another origin, or not there\n"
" }\n"
" d.querySelectorAll('link,style').forEach(function (e) {\n"
"  if (e.fresh) return;\n"
"  if (/\\bstylesheet\\b/i.test(e.rel)) sheets.push([clean(e.href), e]);\n"
"  imports(e.sheet, e) });\n"
" d.querySelectorAll('[src]').forEach(function (e) {\n"
"  used.push([clean(e.src)]) });\n"
" performance.getEntriesByType('resource').forEach(function (e) {\n"
"  used.push([clean(e.name), /^(fetch|xml)/.test(e.initiatorType)]) });\n"
" if (text.split('\\n').some(function (p) {\n"
"  var found;\n"
"  p = clean(p, location);\n"
"  sheets.forEach(function (s) {\n"
"   if (uses(s[0], p)) stale.add(found = s[1]) });\n"
"  return full && !found || used.some(function (u) {\n"
"   return uses(u[0], p, u[1]) && !sheets.some(function (s) {\n"
"    return s[0] == u[0] }) });\n"
" })) location.reload();\n"
" else stale.forEach(swap);\n"
"}\n"
"\n"
"// The old one holds until the new one is there.\n"
"function swap(old) {\n"
" var e = old.cloneNode(true), url;\n"
" if (old.next) old.next.remove();\n"
" old.next = e;\n"
" e.fresh = 1;\n"
" if (e.href) {\n"
"  url = new URL(e.href);\n"
"  url.searchParams.set('live', Date.now());\n"
"  e.href = url;\n"
" }\n"
" e.onload = function () { old.remove(); e.fresh = 0 };\n"
" e.onerror = function () { e.remove() };\n"
" old.after(e);\n"
"}\n"
"\n"
"function alone() {\n"
" var stop;\n"
" function look() {\n"
"  if (stop) stop();\n"
"  stop = d.hidden ? 0 : follow(hear);\n"
" }\n"
" d.addEventListener('visibilitychange', look);\n"
" look();\n"
"}\n"
"\n"
"try {\n"
" var worker = new SharedWorker(path + '.js');\n"
" port = worker.port;\n"
" worker.onerror = alone;\n"
" port.onmessage = function (e) { hear(e.data) };\n"
" port.postMessage(since);\n"
" addEventListener('pagehide', function () {\n"
"  since = Date.now();\n"
"  port.postMessage(0) });\n"
" addEventListener('pageshow', function (e) {\n"
"  if (e.persisted) port.postMessage(since) });\n"
"} catch (e) { alone() }\n"
"})(self.document)\n";
