#include "server/suggest.h"

#include <stdbool.h>
#include <string.h>

/*
 * Are a and b at most k edits apart?  An edit inserts, deletes or replaces one
 * character, or swaps two neighbours.  With k at most 2, a matrix is not
 * needed: the recursion skips equal beginnings and branches only at a
 * difference.
 */
static bool
is_near(const char *a, const char *b, int k)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b)
		return true;
	if (k == 0)
		return false;
	if (*a != '\0' && is_near(a + 1, b, k - 1))
		return true;
	if (*b != '\0' && is_near(a, b + 1, k - 1))
		return true;
	if (*a == '\0' || *b == '\0')
		return false;
	if (a[0] == b[1] && a[1] == b[0] && is_near(a + 2, b + 2, k - 1))
		return true;
	return is_near(a + 1, b + 1, k - 1);
}

static const char *
only_completion(const char *typed, const char *const *names, size_t n)
{
	const char *found = NULL;

	for (size_t i = 0; i < n; i++) {
		if (strncmp(names[i], typed, strlen(typed)) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = names[i];
	}
	return found;
}

const char *
suggest(const char *typed, const char *const *names, size_t n)
{
	size_t len = strlen(typed);
	const char *found;

	if (len == 0)
		return NULL;
	found = only_completion(typed, names, n);
	if (found != NULL)
		return found;
	/* With as many edits as letters, every name would be near.  Of equally
	 * near names take the first by bytes: a folder has its names in no
	 * order that a user knows. */
	for (int k = 1; k <= 2 && (size_t)k < len && found == NULL; k++)
		for (size_t i = 0; i < n; i++)
			if (is_near(typed, names[i], k) && (found == NULL ||
			    strcmp(names[i], found) < 0))
				found = names[i];
	return found;
}
