#include "server/accept.h"
#include "server/reload.h"

bool
reload_is_navigation(const struct http_request *req)
{
	struct slice dest = req->field[HTTP_SEC_FETCH_DEST];

	/* Browsers leave it out where neither TLS nor localhost is. */
	if (dest.p == NULL)
		return accept_names_html(req->field[HTTP_ACCEPT]);
	return slice_equal(dest, SLICE("document")) ||
	    slice_equal(dest, SLICE("iframe")) ||
	    slice_equal(dest, SLICE("frame"));
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

	for (size_t i = 1; i < query.n && ms < INT32_MAX; i++) {
		int digit = query.p[i] - '0';

		if (digit < 0 || digit > 9)
			break;
		ms = ms * 10 + digit;
	}
	return ms;
}

#define TAIL(query) \
	SLICE("<script src=\"" RELOAD_PATH ".js" query "\" async></script>\n")

struct slice
reload_snippet(enum reload_page page)
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
 * too: it allows six connections to a server.  Where there are no workers
 * (Chrome on Android), each tab has a stream while it is looked at.
 */
const char reload_script[] =
"// serve --live\n"
"(d => {\n"
/* What changed before this is in the page. */
"let since = Date.now() - performance.now() + 1, wait = 250;\n"
"const path = '" RELOAD_PATH "', find = type => "
"performance.getEntriesByType(type);\n"
/*
 * One stream.  The id of an event is how long ago that was, and when by the
 * server's clock.  What is asked for takes a while to arrive, so it reaches
 * back further than needed.
 */
"function follow(tell) {\n"
"let stream, timer;\n"
"function open() {\n"
"stream = new EventSource(path + '?' + "
"Math.ceil(Date.now() - since + 2e3));\n"
"stream.onopen = () => wait = 250;\n"
"stream.onmessage = e => {\n"
"const [age, stamp] = e.lastEventId.split(' '), at = Date.now() - age;\n"
"if (at > since) { since = at; tell([at, e.data, +stamp]) } };\n"
"stream.onerror = () => { stream.close(); timer = setTimeout(open, wait = "
"Math.min(2 * wait, 1e4)) }\n"
"}\n"
"open();\n"
"return () => { clearTimeout(timer); stream.close() }\n"
"}\n"
/* The worker: pages say since when they are, or 0 when they go. */
"if (!d) {\n"
"const ports = new Map, past = [];\n"
"let start, stop;\n"
"function give(p, x) {\n"
"if (x[0] > ports.get(p)) { ports.set(p, x[0]); p.postMessage(x) }\n"
"}\n"
"onconnect = ({ports: [p]}) => p.onmessage = ({data}) => {\n"
"if (!data) return ports.delete(p);\n"
"ports.set(p, data);\n"
"past.forEach(x => give(p, x));\n"
"if (start <= data) return;\n"
"if (stop) stop();\n"
"start = since = data;\n"
"stop = follow(x => {\n"
"past.push(x);\n"
"for (const [q] of ports) give(q, x) }) };\n"
"return\n"
"}\n"
/* Of the page, beside its path; are there more entries than were kept? */
"const from = d.currentScript.src.split('?')[1], full = "
"find('resource').length > 249;\n"
"performance.setResourceTimingBufferSize(1e5);\n"
/*
 * Going back, the browser shows what it has.  What the page is loaded again
 * for is in it, however late that is told once more.
 */
"let told = 0;\n"
"const key = () => 'serve ' + location;\n"
"try {\n"
"const k = key(), s = sessionStorage;\n"
"if (find('navigation')[0].type[0] == 'b') since = +s[k] || since;\n"
"else s[k] = since;\n"
"told = +s[k + ' told'] || 0;\n"
"s.removeItem(k + ' told')\n"
"} catch (e) {}\n"
"function reload() {\n"
"try { sessionStorage[key() + ' told'] = told } catch (e) {}\n"
"location.reload()\n"
"}\n"
/* The path of a URL as it is on disk, "" for other origins. */
"function clean(url, base) {\n"
"try {\n"
"url = new URL(url, base || d.baseURI);\n"
"return url.origin == location.origin ? "
"decodeURIComponent(url.pathname).replace(/\\/+/g, '/') : ''\n"
"} catch (e) { return url.pathname || '' }\n"
"}\n"
/* Does u come from p, or from the folder p?  all: it is a listing. */
"const uses = (u, p, all) => p == '/' || (u + '/').startsWith(p + '/') || p "
"== u + '.html' || u.endsWith('/') && p.startsWith(u) && (all ? "
"p.indexOf('/', u.length) < 0 : /^index\\.html?$/.test(p.slice(u.length)));\n"
/* The clock goes back only where it is another machine's, or was started. */
"function hear([, text, stamp]) {\n"
"if (stamp <= told && told - stamp < 1e4) return;\n"
"told = stamp;\n"
"const sheets = [], stale = new Set, used = [[clean(location), from == '*'], "
"[from || '']];\n"
"function imports(sheet, e) {\n"
"try {\n"
"for (const r of sheet.cssRules) if (r.type == 3) { "
"sheets.push([clean(r.href, sheet.href), e]); imports(r.styleSheet, e) }\n"
"} catch (e) {}\n"
"}\n"
"for (const e of d.querySelectorAll('link[rel~=stylesheet],style')) "
"if (!e.fresh) {\n"
"if (e.href) sheets.push([clean(e.href), e]);\n"
"imports(e.sheet, e)\n"
"}\n"
"for (const e of find('resource')) used.push([clean(e.name), "
"/^(f|x)/.test(e.initiatorType)]);\n"
"for (let p of text.split('\\n')) {\n"
"let found = !full;\n"
"p = clean(p, location);\n"
"for (const [u, e] of sheets) if (uses(u, p)) stale.add(found = e);\n"
"if (!found || used.some(([u, all]) => uses(u, p, all) && !sheets.some(s => "
"s[0] == u))) return reload()\n"
"}\n"
"stale.forEach(swap)\n"
"}\n"
/* The old style sheet holds until the new one is there. */
"function swap(old) {\n"
"const e = old.cloneNode(true);\n"
"if (old.next) old.next.remove();\n"
"old.next = e;\n"
"e.fresh = 1;\n"
"if (e.href) e.href = e.href.split('?')[0] + '?' + Date.now();\n"
"e.onload = () => { old.remove(); e.fresh = 0 };\n"
"e.onerror = () => e.remove();\n"
"old.after(e)\n"
"}\n"
"function alone() {\n"
"let stop;\n"
"const look = () => { if (stop) stop(); stop = d.hidden ? 0 : follow(hear) "
"};\n"
"d.addEventListener('visibilitychange', look);\n"
"look()\n"
"}\n"
"try {\n"
"const worker = new SharedWorker(path + '.js'), {port} = worker;\n"
"worker.onerror = alone;\n"
"port.onmessage = e => hear(e.data);\n"
"port.postMessage(since);\n"
"addEventListener('pagehide', () => { since = Date.now(); "
"port.postMessage(0) });\n"
"addEventListener('pageshow', e => e.persisted && port.postMessage(since))\n"
"} catch (e) { alone() }\n"
"})(self.document)\n";
