// URL: of a page whose two frames are of another origin.
'use strict';
const { browse } = require('./browse');

browse(async (page) => {
	await page.goto(process.argv[2]);
	await page.frameLocator('iframe >> nth=0')
		.getByText('This folder is empty').waitFor();
	await page.frameLocator('iframe >> nth=1').getByText('Not Found').waitFor();
}, { allow: /404/ }).catch((e) => {
	console.error(e);
	process.exitCode = 1;
});
