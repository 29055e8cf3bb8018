// ENGINE URL: open a page that loads files of another server, and return its
// text.
'use strict';
const { run, until } = require('./engines');

module.exports = (engine, url) => run(engine, async (b) => {
	await b.open(url);
	return until('the end', async () => {
		const text = await b.run('document.body?.innerText');

		return text?.trim().endsWith('end') && text;
	});
});
