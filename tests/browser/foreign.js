// ENGINE URL: open a page that loads what another server has, and print what
// became of it.
'use strict';
const { start, until } = require('./engines');

const [engine, url] = process.argv.slice(2);

(async () => {
	const b = await start[engine]();

	try {
		await b.open(url);
		console.log(await until('the end', async () => {
			const text = await b.run('document.body?.innerText');

			return text?.trim().endsWith('end') && text;
		}));
	} finally {
		await b.close();
	}
})().catch((e) => {
	console.error(e);
	process.exitCode = 1;
});
