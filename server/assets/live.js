// serve --live: reload the page, or exchange its style sheets, when a file
// that it uses changes.
//
// A browser opens at most six connections to a server, so all tabs share one
// event stream: a shared worker, which runs this script too, holds it.  Where
// there are no shared workers (Chrome on Android), each tab has a stream of its
// own while it is visible.
((document) => {
	const streamPath = '/.well-known/serve/live';
	const entries = (type) => performance.getEntriesByType(type);
	// By the browser's clock: the page contains all earlier changes.
	let since = Date.now() - performance.now() + 1;
	let retryDelay = 250;

	// Open the event stream, and again whenever it breaks; call report with
	// [time, paths, stamp] of each change.  Return a function that closes it.
	// The id of an event is its age in milliseconds and its time by the
	// server's clock, the stamp.  The request takes a while to arrive, so it
	// asks for 2 s more than needed.
	function follow(report) {
		let stream, timer;

		function open() {
			const reach = Math.ceil(Date.now() - since + 2000);

			stream = new EventSource(`${streamPath}?${reach}`);
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

	// In the worker: a page sends the time since which it wants changes, or 0
	// when it goes.
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

	// What the page is built from beside its own path: "*" is all names in its
	// folder, "**" any file, "/index.html" the page that --spa sends.
	const source = document.currentScript.src.split('?')[1];
	// The browser keeps 250 entries unless told otherwise.
	const isIncomplete = entries('resource').length > 249;
	performance.setResourceTimingBufferSize(100000);

	// A reloaded page already contains the change that caused the reload, so
	// it ignores late repeats of that event, up to the stamp lastSeen.  After
	// Back the browser shows a page as it was when it was loaded first.
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

	function reload() {
		try {
			sessionStorage[`${storageKey()} seen`] = lastSeen;
		} catch {
			// Storage may be forbidden.
		}
		location.reload();
	}

	// The path of a URL as on disk, "" for other origins.  An inline style
	// sheet has no URL that could be the base.
	function cleanPath(url, base) {
		try {
			url = new URL(url, base ?? document.baseURI);
			return url.origin === location.origin ?
				decodeURIComponent(url.pathname).replace(/\/+/g, '/') : '';
		} catch {
			return url.pathname || '';
		}
	}

	// Is used made from changed, or from something in the folder changed?
	// A listing is made from all names in its folder.
	function dependsOn(used, changed, isListing) {
		if (changed === '/' || changed === `${used}.html` ||
			`${used}/`.startsWith(`${changed}/`))
			return true;
		if (!used.endsWith('/') || !changed.startsWith(used))
			return false;
		const name = changed.slice(used.length);

		return isListing ? !name.includes('/') : /^index\.html?$/.test(name);
	}

	// [path, element] of each style sheet, those that it imports included.
	function styleSheets() {
		const sheets = [];

		function addImports(sheet, element) {
			try {
				for (const rule of sheet.cssRules)
					if (rule.type === CSSRule.IMPORT_RULE) {
						sheets.push([cleanPath(rule.href, sheet.href), element]);
						addImports(rule.styleSheet, element);
					}
			} catch {
				// Rules of another origin cannot be read.
			}
		}

		for (const element of document.querySelectorAll(
			'link[rel~=stylesheet], style')) {
			if (element.isFresh)
				continue;
			if (element.href)
				sheets.push([cleanPath(element.href), element]);
			addImports(element.sheet, element);
		}
		return sheets;
	}

	// [path, isListing] of all that the page uses; a script may have fetched a
	// listing.
	function usedPaths() {
		return [
			[cleanPath(location), source === '*'],
			[source?.startsWith('/') ? cleanPath(source) : ''],
			...entries('resource').map((entry) => [cleanPath(entry.name),
				/^(f|x)/.test(entry.initiatorType)]),
		];
	}

	function handleChange([, paths, stamp]) {
		// A much smaller stamp is of a server or a machine that was restarted.
		if (stamp <= lastSeen && lastSeen - stamp < 10000)
			return;
		lastSeen = stamp;
		const sheets = styleSheets(), used = usedPaths(), stale = new Set();

		for (const line of paths.split('\n')) {
			const changed = cleanPath(line, location);
			let isKnown = !isIncomplete;

			for (const [path, element] of sheets)
				if (dependsOn(path, changed)) {
					stale.add(element);
					isKnown = true;
				}
			if (!isKnown || source === '**' || used.some(([path, isListing]) =>
				dependsOn(path, changed, isListing) &&
				!sheets.some((sheet) => sheet[0] === path))) {
				reload();
				return;
			}
		}
		stale.forEach(replaceSheet);
	}

	// The old style sheet stays until the new one has loaded.
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
		const worker = new SharedWorker(`${streamPath}.js`);
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
