// ENGINE URL: open a page that loads files of another server, and print the
// results.
'use strict';
const { run, until } = require('./engines');

const [engine, url] = process.argv.slice(2);

run(engine, async (b) => {
	await b.open(url);
	console.log(await until('the end', async () => {
		const text = await b.run('document.body?.innerText');

		return text?.trim().endsWith('end') && text;
	}));
});
