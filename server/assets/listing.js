// The filter of a listing: hides the rows whose name does not contain the text.
// The text is kept in the fragment of the URL, so that it survives sorting, a
// reload, and Back.
(() => {
	const bodies = [...document.querySelectorAll('tbody')].map((element) => ({
		element,
		rows: [...element.rows],
	}));
	const rowHeight = bodies[0].rows[0].offsetHeight;
	const filter = document.createElement('input');
	const matches = document.createElement('output');
	const fold = (text) => text.normalize('NFKC').toLowerCase();

	// The link to the parent folder never matches: its name is empty.
	function nameOf(row) {
		row.name ??= row.className === 'up' ? '' : fold(row.cells[0].textContent);
		return row.name;
	}

	// Counts the calls of apply(): a new one ends those before it.
	let turn = 0;

	// Firefox takes 2 s to show 20,000 rows again: show some in each frame.
	async function apply() {
		const text = fold(filter.value.trim());
		const mine = ++turn;
		let total = 0, shown = 0;

		for (const body of bodies) {
			body.hits = new Set(body.rows.filter((row) =>
				!text || nameOf(row).includes(text)));
			total += body.hits.size;
		}
		matches.textContent =
			text && `${total} ${total === 1 ? 'match' : 'matches'}`;
		for (const { element, rows, hits } of bodies) {
			if (shown > 500) {
				await new Promise(requestAnimationFrame);
				if (mine !== turn)
					return;
				shown = 0;
			}
			for (const row of rows) {
				shown += row.hidden && hits.has(row);
				row.hidden = !hits.has(row);
			}
			// The browser uses this height while the body is out of sight.
			element.style.containIntrinsicHeight = `${hits.size * rowHeight}px`;
			element.hidden = hits.size === 0;
		}
	}

	let timer;

	function save() {
		const hash = filter.value && `#${encodeURIComponent(filter.value)}`;

		clearTimeout(timer);
		if (hash !== location.hash)
			history.replaceState(null, '', hash || location.search || './');
		for (const form of document.forms)
			form.action = hash;
	}

	function restore() {
		try {
			filter.value = decodeURIComponent(location.hash.slice(1));
		} catch {
			// A malformed fragment is not ours.
		}
		apply();
		save();
	}

	// No autocomplete=off: with it, WebKit would empty the field after Back.
	filter.type = 'search';
	filter.placeholder = 'Filter';
	filter.ariaLabel = 'Filter by name';
	filter.oninput = () => {
		apply();
		// Save later: browsers limit the rate of URL changes.
		clearTimeout(timer);
		timer = setTimeout(save, 300);
	};
	filter.onkeydown = (event) => {
		// Ignore keys of an input method.  Safari does not set isComposing.
		if (event.keyCode === 229)
			return;
		if (event.key === 'Escape') {
			filter.value = '';
			apply();
			save();
		}
		if (event.key === 'Enter' && filter.value)
			bodies.flatMap(({ hits }) => [...hits])[0]
				?.querySelector('a').click();
	};
	document.querySelector('.bar').append(matches, filter);
	restore();

	addEventListener('click', save, true);
	addEventListener('hashchange', restore);
	// The page comes from the back/forward cache.
	addEventListener('pageshow', (event) => event.persisted && restore());
	addEventListener('keydown', (event) => {
		if (event.key === '/' && event.target !== filter &&
			!event.ctrlKey && !event.altKey && !event.metaKey) {
			event.preventDefault();
			filter.focus();
		}
	});
})();
