// serve --live: reload the page, or exchange its style sheets, when a file
// that it uses changes.
//
// A browser opens at most six connections to a server, so all tabs share one
// event stream.  A shared worker, which runs this script too, holds it.  In a
// browser without shared workers (Chrome on Android), each tab has its own
// stream while it is visible.
((document) => {
	// The page loads this script by a relative URL, because a proxy may have
	// added a prefix; the server says how many folders up the root is.
	const script = document ? document.currentScript.src : location.href;
	const root = new URL('{{root}}', script);
	const streamUrl = `${root.origin}${root.pathname}.well-known/serve/live`;
	const entries = (type) => performance.getEntriesByType(type);
	// The page contains all changes before this time of the browser's clock.
	let since = Date.now() - performance.now() + 1;
	let retryDelay = 250;

	// Open the event stream, and open it again whenever it breaks.  Call report
	// with [time, paths, stamp] of each change.  Return a function that closes
	// the stream.  The id of an event is its age in milliseconds and its stamp,
	// which is its time by the server's clock.  A request names the age of the
	// oldest change that it needs, plus 2 s, because it takes a while to arrive.
	function follow(report) {
		let stream, timer;

		function open() {
			const reach = Math.ceil(Date.now() - since + 2000);

			stream = new EventSource(`${streamUrl}?${reach}`);
			stream.onopen = () => { retryDelay = 250; };
			stream.onmessage = (event) => {
				const [age, stamp] = event.lastEventId.split(' ');
				const time = Date.now() - age;

				if (time > since) {
					since = time;
					report([time, event.data, +stamp]);
				}
			};
			stream.onerror = () => {
				stream.close();
				retryDelay = Math.min(2 * retryDelay, 10000);
				timer = setTimeout(open, retryDelay);
			};
		}

		open();
		return () => {
			clearTimeout(timer);
			stream.close();
		};
	}

	// The worker's part.  A page sends it the time since which it needs changes,
	// or 0 when the page is closed.
	function serveTabs() {
		// The time of the last change that was sent to each port.
		const ports = new Map();
		const past = [];
		let start, close;

		function send(port, change) {
			if (change[0] > ports.get(port)) {
				ports.set(port, change[0]);
				port.postMessage(change);
			}
		}

		function add(port, time) {
			ports.set(port, time);
			past.forEach((change) => send(port, change));
			if (start <= time)
				return;
			close?.();
			start = since = time;
			close = follow((change) => {
				past.push(change);
				ports.forEach((_, each) => send(each, change));
			});
		}

		self.onconnect = ({ ports: [port] }) => {
			port.onmessage = ({ data: time }) => {
				if (time)
					add(port, time);
				else
					ports.delete(port);
			};
		};
	}

	if (!document) {
		serveTabs();
		return;
	}

	// The sources of the page besides its own path: "*" is all names in its
	// folder, "**" any file, "/index.html" the page that --spa sends.  A "!" in
	// front means an error page.
	const [, isError, source] = /^(!?)(.*)/.exec(script.split('?')[1] ?? '');
	const isListing = source === '*';
	// history.pushState() may have changed the location after loading.
	const loadedUrl = entries('navigation')[0]?.name ?? location.href;
	// The browser keeps 250 entries by default.
	const isIncomplete = entries('resource').length > 249;
	performance.setResourceTimingBufferSize(100000);

	// A reloaded page already contains the change that caused the reload, so
	// it ignores late repeats of that event, up to the stamp lastSeen.  After
	// Back, the browser shows the page as it was first loaded.
	let lastSeen = 0;
	const storageKey = () => `serve ${location}`;

	function restore() {
		const key = storageKey();

		if (entries('navigation')[0].type === 'back_forward')
			since = +sessionStorage[key] || since;
		else
			sessionStorage[key] = since;
		lastSeen = +sessionStorage[`${key} seen`] || 0;
		sessionStorage.removeItem(`${key} seen`);
	}

	// The URL that pageExists() fetched last; whether reload() is under way, and
	// must check again; whether a font has changed.
	let checkedUrl, isReloading, checkAgain, needsFonts;

	// Does the page exist?  During a build it may be missing, or be a listing,
	// which has no ranges: then keep the old page until the new one exists.
	async function pageExists() {
		if (isError || source.startsWith('*'))
			return true;
		try {
			checkedUrl = location.href;
			const { ok, headers } = await fetch(checkedUrl,
				{ method: 'HEAD', headers: { Accept: 'text/html' } });

			return ok && headers.has('Accept-Ranges');
		} catch {
			// The Content-Security-Policy of the page forbids fetch().
			return true;
		}
	}

	// Reload the page if it exists.  True if it is reloading.
	async function reload() {
		checkAgain = isReloading;
		if (isReloading)
			return false;
		isReloading = true;
		do {
			checkAgain = false;
			if (await pageExists()) {
				try {
					sessionStorage[`${storageKey()} seen`] = lastSeen;
				} catch {
					// Storage may be forbidden.
				}
				// Firefox keeps loaded fonts unless the cache is bypassed.
				location.reload(needsFonts);
				return true;
			}
		} while (checkAgain);
		isReloading = false;
		return false;
	}

	// The path of a URL as the server sees it, decoded; "" for other servers.
	// base is null for an inline style sheet, which has no URL.
	function cleanPath(url, base) {
		try {
			url = new URL(url, base ?? document.baseURI);
			return url.href.startsWith(root) ? `/${decodeURIComponent(
				url.pathname.slice(root.pathname.length))}`
				.replace(/\/+/g, '/') : '';
		} catch {
			return url.pathname || '';
		}
	}

	// The path in an event, in the form of cleanPath().
	const changedPath = (line) => cleanPath(`.${line}`, root);

	// Does the path used depend on the path changed, a file or a folder?
	function dependsOn(used, changed, isList) {
		if (changed === '/' || changed === `${used}.html` ||
			`${used}/`.startsWith(`${changed}/`))
			return true;
		if (!used.endsWith('/') || !changed.startsWith(used))
			return false;
		const name = changed.slice(used.length);

		return isList ? !name.includes('/') : /^index\.html?$/.test(name);
	}

	// The sources of the style sheets: the path and element of each sheet, and
	// of those that it imports, and the paths of fonts, because Firefox does not
	// list cached fonts as resources.
	function styleSheets() {
		const sheets = [], fonts = [];

		function read(sheet, element) {
			for (const rule of sheet.cssRules)
				if (rule.type === CSSRule.IMPORT_RULE)
					add(cleanPath(rule.href, sheet.href), rule.styleSheet,
						element, true);
				else if (rule.type === CSSRule.FONT_FACE_RULE)
					for (const [, url] of rule.style.getPropertyValue('src')
						.matchAll(/url\("?([^")]*)/g))
						fonts.push([cleanPath(url, sheet.href)]);
		}

		function add(path, sheet, element, isImported) {
			if (path)
				sheets.push({ path, element, isImported });
			try {
				read(sheet, element);
			} catch {
				// Rules of another origin cannot be read.
			}
		}

		for (const element of document.querySelectorAll(
			'link[rel~=stylesheet], style'))
			if (!element.isFresh)
				add(element.href && cleanPath(element.href), element.sheet,
					element, false);
		return { sheets, fonts };
	}

	// Does a frame with this URL have this script?  Then it reloads itself.
	function hasOwnScript(url) {
		return [...document.querySelectorAll('iframe, frame')].some((frame) => {
			try {
				return frame.contentWindow.location.href === url &&
					frame.contentDocument.querySelector(
						'script[src*="well-known/serve/live.js"]');
			} catch {
				return false;
			}
		});
	}

	// [path, isList] of each resource that the page uses.  isList: it may be a
	// listing that a script has fetched.
	function usedPaths() {
		// Firefox says "other" if a service worker has passed on the request
		// of a frame.
		const resources = entries('resource').filter(
			({ name, initiatorType }) => !(name === checkedUrl &&
				initiatorType === 'fetch') &&
				!(/frame$|^other$/.test(initiatorType) && hasOwnScript(name)));

		return [
			[cleanPath(location), isListing],
			[cleanPath(loadedUrl), isListing],
			[source.startsWith('/') ? changedPath(source) : ''],
			...resources.map(({ name, initiatorType }) =>
				[cleanPath(name), /^(f|x)/.test(initiatorType) &&
					!/frame$/.test(initiatorType)]),
		];
	}

	async function handleChange([, paths, stamp]) {
		// A much smaller stamp means that the server or its machine was
		// restarted.
		if (stamp <= lastSeen && lastSeen - stamp < 10000)
			return;
		lastSeen = stamp;
		const { sheets, fonts } = styleSheets();
		const used = [...usedPaths(), ...fonts];
		const stale = new Set();
		// Firefox would take an imported sheet from its cache: reload the page.
		const keepsImports = 'mozInnerScreenX' in window;
		let mustReload = source === '**';

		for (const changed of paths.split('\n').map(changedPath)) {
			let isKnown = !isIncomplete;

			needsFonts ||= fonts.some(([path]) => dependsOn(path, changed));
			for (const { path, element, isImported } of sheets)
				if (dependsOn(path, changed)) {
					stale.add(element);
					isKnown = true;
					mustReload ||= isImported && keepsImports;
				}
			mustReload ||= !isKnown || used.some(([path, isList]) =>
				dependsOn(path, changed, isList) &&
				!sheets.some((sheet) => sheet.path === path));
		}
		if (!mustReload || !await reload())
			stale.forEach(replaceSheet);
	}

	// Keep the old style sheet until the new one has loaded.
	function replaceSheet(old) {
		const fresh = old.cloneNode(true);

		old.successor?.remove();
		old.successor = fresh;
		fresh.isFresh = true;
		if (fresh.href)
			fresh.href = `${fresh.href.split('?')[0]}?${Date.now()}`;
		fresh.onload = () => {
			old.remove();
			fresh.isFresh = false;
		};
		fresh.onerror = () => fresh.remove();
		old.after(fresh);
	}

	function followWhileVisible() {
		let close;

		function update() {
			close?.();
			close = document.hidden ? null : follow(handleChange);
		}

		document.addEventListener('visibilitychange', update);
		update();
	}

	function followByWorker() {
		const worker = new SharedWorker(`${streamUrl}.js`);
		const { port } = worker;

		worker.onerror = followWhileVisible;
		port.onmessage = ({ data: change }) => handleChange(change);
		port.postMessage(since);
		addEventListener('pagehide', () => {
			since = Date.now();
			port.postMessage(0);
		});
		addEventListener('pageshow', (event) => {
			if (event.persisted)
				port.postMessage(since);
		});
	}

	try {
		restore();
	} catch {
		// Storage may be forbidden.
	}
	try {
		followByWorker();
	} catch {
		followWhileVisible();
	}
})(self.document);
