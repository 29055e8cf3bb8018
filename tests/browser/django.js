// URL FILE: Django's admin, from the login to an upload and the logout.
'use strict';
const assert = require('node:assert/strict');
const { browse } = require('./browse');

module.exports = (url, file) => browse(async (page) => {
	const press = (name) => page.getByRole('button', { name }).click();
	const shows = (text) => page.getByText(text).first().waitFor();

	await page.goto(`${url}admin/admin_site/picture/add/`);
	await page.fill('[name=username]', 'ann');
	await page.fill('[name=password]', 'wrong');
	await press('Log in');
	await shows('Please enter the correct username and password');
	await page.fill('[name=username]', 'ann');
	await page.fill('[name=password]', 'secret');
	await press('Log in');
	// The login leads to the page that was asked for.
	await page.waitForURL(`${url}admin/admin_site/picture/add/`);
	await page.fill('[name=title]', 'A picture');
	await page.setInputFiles('[name=file]', file);
	await page.click('[name=_save]');
	await shows('was added successfully');
	await page.waitForURL(`${url}admin/admin_site/picture/`);
	await page.getByRole('link', { name: 'Picture object (1)' }).first()
		.click();
	assert.equal(await page.inputValue('[name=title]'), 'A picture');
	await page.getByRole('link', { name: 'Log out' }).click();
	await shows('Logged out');
	await page.goto(`${url}admin/`);
	await page.locator('[name=password]').waitFor();
}, { allow: /favicon\.ico/ });
