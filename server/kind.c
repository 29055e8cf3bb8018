#include "server/kind.h"

#include <stdlib.h>

#include "server/ascii.h"

enum { EXTENSION_MAX = 8 };

/* In alphabetical order. */
static const struct extension {
	char name[EXTENSION_MAX];
	unsigned char kind;
} extensions[] = {
	{ "7z", KIND_ARCHIVE },
	{ "aac", KIND_AUDIO },
	{ "apk", KIND_ARCHIVE },
	{ "apng", KIND_PICTURE },
	{ "avi", KIND_VIDEO },
	{ "avif", KIND_PICTURE },
	{ "bash", KIND_CODE },
	{ "bmp", KIND_PICTURE },
	{ "bz2", KIND_ARCHIVE },
	{ "c", KIND_CODE },
	{ "cc", KIND_CODE },
	{ "cjs", KIND_CODE },
	{ "conf", KIND_TEXT },
	{ "cpp", KIND_CODE },
	{ "cs", KIND_CODE },
	{ "css", KIND_CODE },
	{ "csv", KIND_TEXT },
	{ "deb", KIND_ARCHIVE },
	{ "doc", KIND_DOCUMENT },
	{ "docx", KIND_DOCUMENT },
	{ "epub", KIND_DOCUMENT },
	{ "flac", KIND_AUDIO },
	{ "gif", KIND_PICTURE },
	{ "go", KIND_CODE },
	{ "gz", KIND_ARCHIVE },
	{ "h", KIND_CODE },
	{ "hpp", KIND_CODE },
	{ "htm", KIND_CODE },
	{ "html", KIND_CODE },
	{ "ico", KIND_PICTURE },
	{ "ini", KIND_TEXT },
	{ "iso", KIND_ARCHIVE },
	{ "jar", KIND_ARCHIVE },
	{ "java", KIND_CODE },
	{ "jpeg", KIND_PICTURE },
	{ "jpg", KIND_PICTURE },
	{ "js", KIND_CODE },
	{ "json", KIND_CODE },
	{ "jsx", KIND_CODE },
	{ "kt", KIND_CODE },
	{ "log", KIND_TEXT },
	{ "lua", KIND_CODE },
	{ "m4a", KIND_AUDIO },
	{ "m4v", KIND_VIDEO },
	{ "map", KIND_CODE },
	{ "md", KIND_TEXT },
	{ "mid", KIND_AUDIO },
	{ "mjs", KIND_CODE },
	{ "mkv", KIND_VIDEO },
	{ "mov", KIND_VIDEO },
	{ "mp3", KIND_AUDIO },
	{ "mp4", KIND_VIDEO },
	{ "mpeg", KIND_VIDEO },
	{ "mpg", KIND_VIDEO },
	{ "odp", KIND_DOCUMENT },
	{ "ods", KIND_DOCUMENT },
	{ "odt", KIND_DOCUMENT },
	{ "oga", KIND_AUDIO },
	{ "ogg", KIND_AUDIO },
	{ "ogv", KIND_VIDEO },
	{ "opus", KIND_AUDIO },
	{ "pdf", KIND_DOCUMENT },
	{ "php", KIND_CODE },
	{ "pl", KIND_CODE },
	{ "png", KIND_PICTURE },
	{ "ppt", KIND_DOCUMENT },
	{ "pptx", KIND_DOCUMENT },
	{ "ps", KIND_DOCUMENT },
	{ "py", KIND_CODE },
	{ "rar", KIND_ARCHIVE },
	{ "rb", KIND_CODE },
	{ "rpm", KIND_ARCHIVE },
	{ "rs", KIND_CODE },
	{ "rst", KIND_TEXT },
	{ "rtf", KIND_DOCUMENT },
	{ "scss", KIND_CODE },
	{ "sh", KIND_CODE },
	{ "sql", KIND_CODE },
	{ "svg", KIND_PICTURE },
	{ "svgz", KIND_PICTURE },
	{ "swift", KIND_CODE },
	{ "tar", KIND_ARCHIVE },
	{ "tex", KIND_TEXT },
	{ "tgz", KIND_ARCHIVE },
	{ "toml", KIND_CODE },
	{ "ts", KIND_CODE },
	{ "tsv", KIND_TEXT },
	{ "tsx", KIND_CODE },
	{ "txt", KIND_TEXT },
	{ "vue", KIND_CODE },
	{ "wasm", KIND_CODE },
	{ "wav", KIND_AUDIO },
	{ "webm", KIND_VIDEO },
	{ "webp", KIND_PICTURE },
	{ "whl", KIND_ARCHIVE },
	{ "wmv", KIND_VIDEO },
	{ "xls", KIND_DOCUMENT },
	{ "xlsx", KIND_DOCUMENT },
	{ "xml", KIND_CODE },
	{ "xz", KIND_ARCHIVE },
	{ "yaml", KIND_CODE },
	{ "yml", KIND_CODE },
	{ "zip", KIND_ARCHIVE },
	{ "zst", KIND_ARCHIVE },
};

static int
compare(const void *key, const void *row)
{
	return strncmp(key, ((const struct extension *)row)->name,
	    EXTENSION_MAX);
}

enum kind
kind_of_name(struct slice name)
{
	const char *dot = memrchr(name.p, '.', name.n);
	char key[EXTENSION_MAX] = "";
	const struct extension *found;
	struct slice ending;

	if (dot == NULL)
		return KIND_FILE;
	ending = slice_between(dot + 1, name.p + name.n);
	if (ending.n >= EXTENSION_MAX)
		return KIND_FILE;
	for (size_t i = 0; i < ending.n; i++)
		key[i] = ascii_lower(ending.p[i]);
	found = bsearch(key, extensions, LENGTH_OF(extensions),
	    sizeof(extensions[0]), compare);
	return found != NULL ? (enum kind)found->kind : KIND_FILE;
}
