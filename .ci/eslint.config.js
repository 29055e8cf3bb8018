// What is checked in our scripts: those of the pages, and of the browser tests.
'use strict';
const js = require('@eslint/js');
const globals = require('globals');

module.exports = [
	js.configs.recommended,
	{
		rules: {
			'eqeqeq': 'error',
			'no-implicit-globals': 'error',
			'no-shadow': 'error',
			'no-var': 'error',
			'prefer-const': 'error',
			'semi': 'error',
		},
	},
	{
		files: ['server/assets/*.js'],
		languageOptions: { sourceType: 'script', globals: globals.browser },
	},
	{
		// Parts of them run in the page.
		files: ['tests/browser/*.js'],
		languageOptions: {
			sourceType: 'commonjs',
			globals: { ...globals.node, ...globals.browser },
		},
		rules: { 'no-control-regex': 'off' },
	},
];
