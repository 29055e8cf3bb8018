// URL: of a page whose two frames are of another origin.
'use strict';
const { browse } = require('./browse');

module.exports = (url) => browse(async (page) => {
	await page.goto(url);
	await page.frameLocator('iframe >> nth=0')
		.getByText('This folder is empty').waitFor();
	await page.frameLocator('iframe >> nth=1').getByText('Not Found').waitFor();
}, { allow: /404/ });
