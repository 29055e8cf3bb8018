// The filter of a listing: hides the rows whose name does not contain the text.
(() => {
	const filter = document.querySelector('input');
	const matches = document.querySelector('output');
	const rows = [...document.querySelectorAll('tbody tr')];
	const fold = (text) => text.normalize('NFKC').toLowerCase();
	// The link to the parent folder has no name that could match.
	const names = rows.map((row) =>
		row.querySelector('.up') ? '' : fold(row.cells[0].textContent));

	function apply() {
		const text = fold(filter.value.trim());
		let count = 0;

		rows.forEach((row, i) => {
			row.hidden = !names[i].includes(text);
			count += !row.hidden;
		});
		matches.textContent =
			text && `${count} ${count === 1 ? 'match' : 'matches'}`;
	}

	filter.hidden = false;
	filter.oninput = apply;
	filter.onkeydown = (event) => {
		// This key belongs to an input method; Safari does not set isComposing.
		if (event.keyCode === 229)
			return;
		if (event.key === 'Escape') {
			filter.value = '';
			apply();
		}
		if (event.key === 'Enter' && filter.value)
			document.querySelector('tbody tr:not([hidden]) a')?.click();
	};
	// The browser may have kept the text of an earlier visit.
	apply();
})();
