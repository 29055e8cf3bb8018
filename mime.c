#include "server/mime.h"

#include "server/ascii.h"

enum { EXTENSION_MAX = 24 };	/* bytes of the longest in the table */

/* In the table, one byte stands for a common prefix of types: its index in
 * prefixes. */
#define VND "\1"
#define X "\2"
#define APP "\3"
#define AUDIO "\4"
#define IMAGE "\5"
#define VIDEO "\6"
#define TEXT "\7"

/*
 * Marks types that browsers only download although people mostly read such
 * files.  The file is shown if its bytes are text.
 */
#define OR_TEXT "\10"
#define OR_JSON "\11"
enum { OR_TEXT_BYTE = 8, OR_JSON_BYTE };

static const char prefixes[][17] = {
	"", "application/vnd.", "application/x-", "application/", "audio/",
	"image/", "video/", "text/",
};

/* The row that contains position at; first: the start of an earlier row. */
static const char *
row_around(const char *first, const char *at)
{
	const char *end = memrchr(first, '\0', (size_t)(at - first));

	return end == NULL ? first : end + 1;
}

static const char *
row_after(const char *row)
{
	return row + strlen(row) + 1;
}

/* Rows start with the extension in lower case and a space, as key does. */
static size_t
make_key(struct slice extension, char key[EXTENSION_MAX + 1])
{
	size_t n = extension.n;

	if (n == 0 || n > EXTENSION_MAX)
		return 0;
	for (size_t i = 0; i < n; i++)
		key[i] = ascii_lower(extension.p[i]);
	key[n] = ' ';
	return n + 1;
}

/* The type of a row, without its mark and with its full prefix. */
static void
copy_type(char type[MIME_TYPE_MAX], const char *row)
{
	const char *rest = strchr(row, ' ') + 1;
	const char *prefix = prefixes[0];

	if (*rest == OR_TEXT_BYTE || *rest == OR_JSON_BYTE)
		rest++;
	if ((size_t)*rest < LENGTH_OF(prefixes))
		prefix = prefixes[(size_t)*rest++];
	stpcpy(stpcpy(type, prefix), rest);
}

/* Compare a row with a key of n bytes.  Not by strncmp(3): most rows differ in
 * their first byte. */
static int
compare(const char *row, const char *key, size_t n)
{
	size_t i = 0;

	while (i < n - 1 && row[i] == key[i])
		i++;
	return (unsigned char)row[i] - (unsigned char)key[i];
}

/* The row of an extension; NULL if it is not in the table. */
static const char *
find_row(struct slice extension)
{
	char key[EXTENSION_MAX + 1];
	size_t n = make_key(extension, key);
	struct slice rows = mime_extensions();
	const char *low = rows.p, *high = rows.p + rows.n;

	while (n > 0 && low < high) {
		const char *row = row_around(low, low + (high - low) / 2);
		int order = compare(row, key, n);

		if (order == 0)
			return row;
		if (order < 0)
			low = row_after(row);
		else
			high = row;
	}
	return NULL;
}

static bool
is_text_type(const struct mime *m)
{
	return strncmp(m->type, "text/", 5) == 0;
}

static bool
is_json(const struct mime *m)
{
	return slice_ends_nocase(slice_of(m->type), SLICE("json"));
}

bool
mime_names_gzip(struct slice name)
{
	static const struct slice endings[] = {
		SLICE(".svgz"), SLICE(".x3dvz"), SLICE(".x3dz"),
	};

	if (name.n == 0 || (name.p[name.n - 1] | 0x20) != 'z')
		return false;
	for (size_t i = 0; i < LENGTH_OF(endings); i++)
		if (slice_ends_nocase(name, endings[i]))
			return true;
	return false;
}

static void
set_by_row(struct mime *m, const char *row, struct slice name)
{
	char mark = strchr(row, ' ')[1];

	copy_type(m->type, row);
	m->shown = mark == OR_TEXT_BYTE ? MIME_OR_TEXT :
	    mark == OR_JSON_BYTE ? MIME_OR_JSON : MIME_AS_IT_IS;
	m->gzip = mime_names_gzip(name);
	m->needs_content = m->shown != MIME_AS_IT_IS || m->gzip ||
	    is_text_type(m) || is_json(m) ||
	    strcmp(m->type, "video/mp2t") == 0;
}

/* Leading dots (".gitignore") do not start an extension. */
bool
mime_by_name(struct slice name, struct mime *m)
{
	const char *dot, *row = NULL;

	while (slice_take_byte(&name, '.'))
		;
	dot = name.n == 0 ? NULL : memrchr(name.p, '.', name.n);
	if (dot != NULL)
		row = find_row(slice_between(dot + 1, name.p + name.n));
	m->type[0] = '\0';
	m->utf8 = m->guessed = m->gzip = false;
	m->shown = MIME_AS_IT_IS;
	m->needs_content = true;
	if (row != NULL)
		set_by_row(m, row, name);
	return row != NULL;
}

/*
 * The first match counts, and names an extension of the table.  '?' matches any
 * byte.  The fields are arrays because pointers would be relocated at start.
 *
 * No signature makes a file HTML, SVG or XML: a stranger may have written a
 * file without an extension, and those types run scripts.
 */
static const struct signature {
	uint16_t offset;
	uint8_t n;
	char bytes[22];
	char extension[8];
} signatures[] = {
#define SIGNATURE(offset, bytes, extension) \
	{ (offset), sizeof(bytes) - 1, bytes, extension }
	/* Images. */
	SIGNATURE(0, "\x89PNG\r\n\x1a\n", "png"),
	SIGNATURE(0, "\xff\xd8\xff", "jpg"),
	SIGNATURE(0, "GIF87a", "gif"),
	SIGNATURE(0, "GIF89a", "gif"),
	SIGNATURE(0, "RIFF????WEBPVP8", "webp"),
	SIGNATURE(0, "\0\0\0?ftypavif", "avif"),
	SIGNATURE(0, "\0\0\0?ftypavis", "avif"),
	SIGNATURE(0, "\0\0\0?ftyphei", "heic"),
	SIGNATURE(0, "\0\0\0?ftyphev", "heics"),
	SIGNATURE(0, "\0\0\0?ftypmif1", "heif"),
	SIGNATURE(0, "\0\0\0?ftypmsf1", "heifs"),
	SIGNATURE(0, "\0\0\0\x0cJXL \r\n\x87\n", "jxl"),
	SIGNATURE(0, "\xff\x0a", "jxl"),
	SIGNATURE(0, "\0\0\0\x0cjP  \r\n\x87\n", "jp2"),
	SIGNATURE(0, "BM????\0\0\0\0", "bmp"),
	SIGNATURE(0, "\0\0\1\0?\0", "ico"),
	SIGNATURE(0, "II*\0", "tif"),
	SIGNATURE(0, "MM\0*", "tif"),
	SIGNATURE(0, "II+\0\x08\0\0\0", "tif"),
	SIGNATURE(0, "MM\0+\0\x08\0\0", "tif"),
	SIGNATURE(0, "8BPS\0", "psd"),
	SIGNATURE(0, "gimp xcf ", "xcf"),
	SIGNATURE(0, "AT&TFORM????DJV", "djvu"),
	SIGNATURE(0, "\xabKTX 11\xbb\r\n\x1a\n", "ktx"),
	SIGNATURE(0, "\xabKTX 20\xbb\r\n\x1a\n", "ktx2"),
	SIGNATURE(0, "#?RADIANCE\n", "hdr"),

	/* Sound: MPEG audio by a tag or by a frame header of layer III. */
	SIGNATURE(0, "ID3\2", "mp3"),
	SIGNATURE(0, "ID3\3", "mp3"),
	SIGNATURE(0, "ID3\4", "mp3"),
	SIGNATURE(0, "\xff\xfb", "mp3"),
	SIGNATURE(0, "\xff\xfa", "mp3"),
	SIGNATURE(0, "\xff\xf3", "mp3"),
	SIGNATURE(0, "\xff\xf2", "mp3"),
	SIGNATURE(0, "\xff\xe3", "mp3"),
	SIGNATURE(0, "\xff\xe2", "mp3"),
	SIGNATURE(0, "\xff\xf1", "aac"),
	SIGNATURE(0, "\xff\xf9", "aac"),
	SIGNATURE(0, "fLaC\0", "flac"),
	SIGNATURE(28, "\x80theora", "ogv"),
	SIGNATURE(28, "fishead\0", "ogv"),
	SIGNATURE(0, "OggS\0", "ogg"),
	SIGNATURE(0, "RIFF????WAVE", "wav"),
	SIGNATURE(0, "\0\0\0?ftypM4A ", "m4a"),
	SIGNATURE(0, "\0\0\0?ftypM4B ", "m4a"),
	SIGNATURE(0, "MThd\0\0\0\6", "mid"),
	SIGNATURE(0, "FORM????AIFF", "aiff"),
	SIGNATURE(0, "FORM????AIFC", "aiff"),
	SIGNATURE(0, ".snd\0\0\0", "au"),
	SIGNATURE(0, "#!AMR\n", "amr"),
	SIGNATURE(0, "#!AMR-WB\n", "awb"),
	SIGNATURE(0, "caff\0\1\0\0", "caf"),

	/* Video.  Any other brand of this container is MP4. */
	SIGNATURE(0, "\0\0\0?ftypqt  ", "mov"),
	SIGNATURE(0, "\0\0\0?ftyp3gp", "3gp"),
	SIGNATURE(0, "\0\0\0?ftyp3g2", "3g2"),
	SIGNATURE(0, "\0\0\0?ftyp", "mp4"),
	SIGNATURE(0, "\0???moov", "mov"),
	SIGNATURE(0, "\0\0\0\x08wide", "mov"),
	SIGNATURE(0, "RIFF????AVI ", "avi"),
	SIGNATURE(0, "\x1a\x45\xdf\xa3", "mkv"),
	SIGNATURE(0, "FLV\1", "flv"),
	SIGNATURE(0, "\0\0\1\xba", "mpg"),
	SIGNATURE(0, "\0\0\1\xb3", "mpg"),
	SIGNATURE(0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),

	/* Fonts. */
	SIGNATURE(0, "wOFF\0\1\0\0", "woff"),
	SIGNATURE(0, "wOFFOTTO", "woff"),
	SIGNATURE(0, "wOFFtrue", "woff"),
	SIGNATURE(0, "wOF2\0\1\0\0", "woff2"),
	SIGNATURE(0, "wOF2OTTO", "woff2"),
	SIGNATURE(0, "wOF2true", "woff2"),
	SIGNATURE(0, "\0\1\0\0\0", "ttf"),
	SIGNATURE(0, "true\0", "ttf"),
	SIGNATURE(0, "OTTO\0", "otf"),
	SIGNATURE(0, "ttcf\0", "ttc"),

	/* Archives. */
	SIGNATURE(38, "application/epub+zip", "epub"),
	SIGNATURE(0, "PK\3\4", "zip"),
	SIGNATURE(0, "PK\5\6", "zip"),
	SIGNATURE(0, "\x1f\x8b", "gz"),
	SIGNATURE(0, "\xfd" "7zXZ\0", "xz"),
	SIGNATURE(0, "\x28\xb5\x2f\xfd", "zst"),
	SIGNATURE(0, "BZh?1AY&SY", "bz2"),
	SIGNATURE(0, "7z\xbc\xaf\x27\x1c", "7z"),
	SIGNATURE(0, "Rar!\x1a\7", "rar"),
	SIGNATURE(257, "ustar\0", "tar"),
	SIGNATURE(257, "ustar  \0", "tar"),
	SIGNATURE(0, "LZIP\1", "lz"),
	SIGNATURE(0, "\x04\x22\x4d\x18", "lz4"),
	SIGNATURE(0, "MSCF\0\0\0\0", "cab"),
	SIGNATURE(0, "Cr24?\0\0\0", "crx"),
	SIGNATURE(0, "!<arch>\ndebian-binary", "deb"),
	SIGNATURE(0, "\xed\xab\xee\xdb", "rpm"),

	/* Programs, documents, data. */
	SIGNATURE(0, "%PDF-", "pdf"),
	SIGNATURE(0, "%!PS-Adobe-", "ps"),
	SIGNATURE(0, "{\\rtf1", "rtf"),
	SIGNATURE(0, "\0asm", "wasm"),
	SIGNATURE(0, "\x7f" "ELF", "elf"),
	SIGNATURE(0, "MZ\x90\0", "exe"),
	SIGNATURE(0, "SQLite format 3\0", "sqlite"),
	SIGNATURE(0, "ARROW1\0\0", "arrow"),
	SIGNATURE(0, "PAR1\x15", "parquet"),
	SIGNATURE(0, "\x89HDF\r\n\x1a\n", "hdf"),
	SIGNATURE(0, "\xd4\xc3\xb2\xa1", "pcap"),
	SIGNATURE(0, "\xa1\xb2\xc3\xd4", "pcap"),
	SIGNATURE(0, "glTF\2\0\0\0", "glb"),
#undef SIGNATURE
};

static bool
matches(const struct signature *s, struct slice head)
{
	if (head.n < (size_t)s->offset + s->n)
		return false;
	for (size_t i = 0; i < s->n; i++)
		if (s->bytes[i] != '?' && s->bytes[i] != head.p[s->offset + i])
			return false;
	return true;
}

/*
 * Packets of 188 bytes that start with 0x47; on discs each has 4 bytes in
 * front.
 */
static bool
is_transport_stream(struct slice head)
{
	static const struct { size_t first, step; } forms[] = {
		{ 0, 188 }, { 4, 192 },
	};

	for (size_t i = 0; i < LENGTH_OF(forms); i++) {
		size_t at = forms[i].first, step = forms[i].step;

		if (head.n > at + 2 * step && head.p[at] == 0x47 &&
		    head.p[at + step] == 0x47 && head.p[at + 2 * step] == 0x47)
			return true;
	}
	return false;
}

/* The DocType may be anywhere in an EBML header. */
static bool
is_webm(struct slice head)
{
	return head.n >= 64 && slice_starts(head, SLICE("\x1a\x45\xdf\xa3")) &&
	    memmem(head.p, 64, "\x42\x82\x84webm", 7) != NULL;
}

static const char *
extension_of(struct slice head)
{
	if (is_webm(head))
		return "webm";
	for (size_t i = 0; i < LENGTH_OF(signatures); i++)
		if (matches(&signatures[i], head))
			return signatures[i].extension;
	return is_transport_stream(head) ? "ts" : "";
}

static bool
by_signature(struct slice head, char type[MIME_TYPE_MAX])
{
	const char *row = find_row(slice_of(extension_of(head)));

	if (row != NULL)
		copy_type(type, row);
	return row != NULL;
}

/*
 * Is head free of binary data bytes (MIME Sniffing Standard, section 3)?  The
 * only controls in text are tab, LF, form feed, CR and escape.
 */
static bool
is_text(struct slice head)
{
	const uint32_t binary = 0xf7ffc9ff;	/* bit n: byte n is binary */

	for (size_t i = 0; i < head.n; i++) {
		unsigned char c = (unsigned char)head.p[i];

		if (c < 0x20 && (binary >> c & 1) != 0)
			return false;
	}
	return true;
}

/* NULL if the bytes are not text. */
static const char *
text_type(struct slice head)
{
	if (slice_starts(head, SLICE("\xff\xfe")))
		return "text/plain; charset=utf-16le";
	if (slice_starts(head, SLICE("\xfe\xff")))
		return "text/plain; charset=utf-16be";
	return is_text(head) ? "text/plain" : NULL;
}

static inline uint64_t
load(const char *p)
{
	uint64_t eight;

	memcpy(&eight, p, sizeof(eight));
	return eight;
}

/* The length of the ASCII text at the start of s.  Tests 32 bytes at a time,
 * because every text file is checked when it is opened. */
static size_t
count_ascii(struct slice s)
{
	size_t i = 0;

	for (; s.n - i >= 32; i += 32) {
		const char *p = s.p + i;

		if (((load(p) | load(p + 8) | load(p + 16) | load(p + 24)) &
		    0x8080808080808080) != 0)
			break;
	}
	while (i < s.n && (unsigned char)s.p[i] < 0x80)
		i++;
	return i;
}

/*
 * Is s the beginning of a UTF-8 character?  If so, one of two paddings
 * completes it.  Two are needed: the second byte must be high after E0 and F0,
 * and low after ED and F4.
 */
static bool
is_cut_utf8(struct slice s)
{
	char low[] = "\x80\x80\x80\x80", high[] = "\xbf\xbf\xbf\xbf";
	uint32_t cp;

	if (s.n == 0 || s.n > 3)
		return false;
	memcpy(low, s.p, s.n);
	memcpy(high, s.p, s.n);
	return slice_utf8((struct slice){ low, sizeof(low) }, &cp) > s.n ||
	    slice_utf8((struct slice){ high, sizeof(high) }, &cp) > s.n;
}

static bool
is_utf8(struct slice s, bool whole)
{
	size_t at = 0, n;
	uint32_t cp;

	while (at < s.n) {
		struct slice rest = slice_skip(s, at);

		n = slice_utf8(rest, &cp);
		if (n == 0)
			return !whole && is_cut_utf8(rest);
		at += n;
	}
	return true;
}

/* Does value, which follows the '=', name an encoding that is not a UTF? */
static bool
is_other_encoding(struct slice value)
{
	value = slice_trim(value);
	if (value.n > 0 && (*value.p == '"' || *value.p == '\''))
		value = slice_skip(value, 1);
	return !slice_starts_nocase(value, SLICE("utf"));
}

/*
 * Does this page declare a charset other than UTF-8?  If its beginning is all
 * ASCII, only the declaration can tell; ISO-2022-JP uses no other bytes at all.
 */
static bool
names_other_encoding(struct slice page)
{
	const char *p = page.p, *end = page.p + page.n;

	for (; p < end && (p = memchr(p, '=', (size_t)(end - p))) != NULL;
	    p++) {
		struct slice name = slice_trim(slice_between(page.p, p));

		if (slice_ends_nocase(name, SLICE("charset")) &&
		    is_other_encoding(slice_between(p + 1, end)))
			return true;
	}
	return false;
}

/* Find the type of a file whose name does not tell it. */
static void
guess(struct mime *m, struct slice head)
{
	const char *text;

	if (by_signature(head, m->type))
		return;
	text = text_type(head);
	m->guessed = text != NULL;
	strcpy(m->type, text != NULL ? text : "application/octet-stream");
}

/* Check the type found by the name against the bytes. */
static void
revise(struct mime *m, struct slice head, bool whole)
{
	bool ts = strcmp(m->type, "video/mp2t") == 0;

	/* Video or TypeScript?  Test for text, not for packets: encrypted video
	 * has no visible packets. */
	if (ts && text_type(head) != NULL)
		strcpy(m->type, text_type(head));
	if (m->shown != MIME_AS_IT_IS && is_text(head) && is_utf8(head, whole))
		strcpy(m->type, m->shown == MIME_OR_TEXT ? "text/plain" :
		    "application/json");
	m->gzip = m->gzip && slice_starts(head, SLICE("\x1f\x8b"));
}

/* WebKit decodes JSON as Latin-1 unless the type names a charset. */
static bool
is_json_beyond_ascii(struct slice head, bool whole)
{
	size_t ascii = count_ascii(head);

	return ascii < head.n && is_utf8(slice_skip(head, ascii), whole);
}

static bool
is_utf8_text(const char *type, struct slice head, bool whole)
{
	size_t ascii = count_ascii(head);

	if (ascii == head.n)
		return head.n == 0 || strcmp(type, "text/html") != 0 ||
		    !names_other_encoding(head);
	return is_utf8(slice_skip(head, ascii), whole);
}

void
mime_by_content(struct mime *m, struct slice head, bool whole)
{
	bool all = whole && head.n <= MIME_WINDOW;
	struct slice window = slice_first(head,
	    head.n < MIME_WINDOW ? head.n : MIME_WINDOW);

	if (!m->needs_content)
		return;
	if (m->type[0] == '\0')
		guess(m, window);
	else
		revise(m, window, all);
	if (is_text_type(m))	/* XML declares its own encoding */
		m->utf8 = is_utf8_text(m->type, window, all);
	else if (is_json(m))
		m->utf8 = is_json_beyond_ascii(head, whole);
}

/*
 * Every extension of npm's mime-types 3.0.2 (mime-db 1.54.0: IANA's registry,
 * Apache's and nginx's tables), with its type, except for the few in
 * tests/MIME.md.  Then common additions of Debian's media-types 10.0.0 and
 * freedesktop's shared-mime-info.  Types are in lower case.
 *
 * Rows of "extension type" in the order of strcmp().  One string needs no
 * offsets and no pointers, which would have to be relocated at start.
 */
static const char extension_rows[] =
	"123 " VND "lotus-1-2-3\0"
	"1km " VND "1000minds.decision-model+xml\0"
	"210 model/step\0"
	"3dml " TEXT "vnd.in3d.3dml\0"
	"3ds " IMAGE "x-3ds\0"
	"3g2 " VIDEO "3gpp2\0"
	"3gp " VIDEO "3gpp\0"
	"3gpp " VIDEO "3gpp\0"
	"3mf model/3mf\0"
	"7z " X "7z-compressed\0"
	"aab " X "authorware-bin\0"
	"aac " AUDIO "aac\0"
	"aam " X "authorware-map\0"
	"aas " X "authorware-seg\0"
	"abw " X "abiword\0"
	"ac " OR_TEXT APP "pkix-attr-cert\0"
	"ac3 " AUDIO "ac3\0"
	"acc " VND "americandynamics.acc\0"
	"ace " X "ace-compressed\0"
	"acu " VND "acucobol\0"
	"acutc " VND "acucorp\0"
	"adp " AUDIO "adpcm\0"
	"adts " AUDIO "aac\0"
	"aep " VND "audiograph\0"
	"afm " X "font-type1\0"
	"afp " VND "ibm.modcap\0"
	"age " VND "age\0"
	"ahead " VND "ahead.space\0"
	"ai " APP "postscript\0"
	"aif " AUDIO "x-aiff\0"
	"aifc " AUDIO "x-aiff\0"
	"aiff " AUDIO "x-aiff\0"
	"air " VND "adobe"
	    ".air-application-installer-package+zip\0"
	"ait " VND "dvb.ait\0"
	"ami " VND "amiga.ami\0"
	"aml " APP "automationml-aml+xml\0"
	"amlx " APP "automationml-amlx+zip\0"
	"amr " AUDIO "amr\0"
	"apk " VND "android.package-archive\0"
	"apng " IMAGE "apng\0"
	"appcache " TEXT "cache-manifest\0"
	"appinstaller " APP "appinstaller\0"
	"application " X "ms-application\0"
	"appx " APP "appx\0"
	"appxbundle " APP "appxbundle\0"
	"apr " VND "lotus-approach\0"
	"arc " X "freearc\0"
	"arj " X "arj\0"
	"arrow " VND "apache.arrow.file\0"
	"asc " APP "pgp-keys\0"
	"asf " VIDEO "x-ms-asf\0"
	"asm " OR_TEXT TEXT "x-asm\0"
	"aso " VND "accpac.simply.aso\0"
	"asx " VIDEO "x-ms-asf\0"
	"atc " VND "acucorp\0"
	"atom " APP "atom+xml\0"
	"atomcat " APP "atomcat+xml\0"
	"atomdeleted " APP "atomdeleted+xml\0"
	"atomsvc " APP "atomsvc+xml\0"
	"atx " VND "antix.game-component\0"
	"au " AUDIO "basic\0"
	"avci " IMAGE "avci\0"
	"avcs " IMAGE "avcs\0"
	"avi " VIDEO "x-msvideo\0"
	"avif " IMAGE "avif\0"
	"aw " APP "applixware\0"
	"awb " AUDIO "amr-wb\0"
	"azf " VND "airzip.filesecure.azf\0"
	"azs " VND "airzip.filesecure.azs\0"
	"azv " IMAGE "vnd.airzip.accelerator.azv\0"
	"azw " VND "amazon.ebook\0"
	"azw3 " VND "amazon.mobi8-ebook\0"
	"b16 " IMAGE "vnd.pco.b16\0"
	"bary model/vnd.bary\0"
	"bat " OR_TEXT X "msdownload\0"
	"bcpio " X "bcpio\0"
	"bdf " X "font-bdf\0"
	"bdm " VND "syncml.dm+wbxml\0"
	"bdo " VND "nato.bindingdataobject+xml\0"
	"bdoc " APP "bdoc\0"
	"bed " VND "realvnc.bed\0"
	"bh2 " VND "fujitsu.oasysprs\0"
	"bin " APP "octet-stream\0"
	"blb " X "blorb\0"
	"blend " X "blender\0"
	"blorb " X "blorb\0"
	"bmi " VND "bmi\0"
	"bmml " VND "balsamiq.bmml+xml\0"
	"bmp " IMAGE "bmp\0"
	"book " VND "framemaker\0"
	"box " VND "previewsystems.box\0"
	"boz " X "bzip2\0"
	"bpk " APP "octet-stream\0"
	"brush " VND "procreate.brush\0"
	"brushset " VND "procrate.brushset\0"
	"bsp model/vnd.valve.source.compiled-map\0"
	"btf " IMAGE "prs.btif\0"
	"btif " IMAGE "prs.btif\0"
	"buffer " APP "octet-stream\0"
	"bz " X "bzip\0"
	"bz2 " X "bzip2\0"
	"c " TEXT "plain\0"
	"c11amc " VND "cluetrust.cartomobile-config\0"
	"c11amz " VND "cluetrust.cartomobile-config-pkg\0"
	"c4d " VND "clonk.c4group\0"
	"c4f " VND "clonk.c4group\0"
	"c4g " VND "clonk.c4group\0"
	"c4p " VND "clonk.c4group\0"
	"c4u " VND "clonk.c4group\0"
	"cab " VND "ms-cab-compressed\0"
	"caf " AUDIO "x-caf\0"
	"cap " VND "tcpdump.pcap\0"
	"car " VND "curl.car\0"
	"cat " VND "ms-pki.seccat\0"
	"cb7 " X "cbr\0"
	"cba " X "cbr\0"
	"cbor " APP "cbor\0"
	"cbr " X "cbr\0"
	"cbt " X "cbr\0"
	"cbz " X "cbr\0"
	"cc " TEXT "plain\0"
	"cco " X "cocoa\0"
	"cct " X "director\0"
	"ccxml " APP "ccxml+xml\0"
	"cdbcmsg " VND "contact.cmsg\0"
	"cdf " X "netcdf\0"
	"cdfx " APP "cdfx+xml\0"
	"cdkey " VND "mediastation.cdkey\0"
	"cdmia " APP "cdmi-capability\0"
	"cdmic " APP "cdmi-container\0"
	"cdmid " APP "cdmi-domain\0"
	"cdmio " APP "cdmi-object\0"
	"cdmiq " APP "cdmi-queue\0"
	"cdx chemical/x-cdx\0"
	"cdxml " VND "chemdraw+xml\0"
	"cdy " VND "cinderella\0"
	"cer " APP "pkix-cert\0"
	"cfs " X "cfs-compressed\0"
	"cgm " IMAGE "cgm\0"
	"chat " X "chat\0"
	"chm " VND "ms-htmlhelp\0"
	"chrt " VND "kde.kchart\0"
	"cif chemical/x-cif\0"
	"cii " VND "anser-web-certificate-issue-initiation\0"
	"cil " VND "ms-artgalry\0"
	"cjs " TEXT "javascript\0"
	"cla " VND "claymore\0"
	"class " APP "java-vm\0"
	"cld model/vnd.cld\0"
	"clkk " VND "crick.clicker.keyboard\0"
	"clkp " VND "crick.clicker.palette\0"
	"clkt " VND "crick.clicker.template\0"
	"clkw " VND "crick.clicker.wordbank\0"
	"clkx " VND "crick.clicker\0"
	"clp " X "msclip\0"
	"cmc " VND "cosmocaller\0"
	"cmdf chemical/x-cmdf\0"
	"cml chemical/x-cml\0"
	"cmp " VND "yellowriver-custom-menu\0"
	"cmx " IMAGE "x-cmx\0"
	"cod " VND "rim.cod\0"
	"coffee " OR_TEXT TEXT "coffeescript\0"
	"com " X "msdownload\0"
	"conf " TEXT "plain\0"
	"cpio " X "cpio\0"
	"cpl " APP "cpl+xml\0"
	"cpp " TEXT "plain\0"
	"cpt " APP "mac-compactpro\0"
	"cr2 " IMAGE "x-canon-cr2\0"
	"crd " X "mscardfile\0"
	"crl " APP "pkix-crl\0"
	"crt " X "x509-ca-cert\0"
	"crw " IMAGE "x-canon-crw\0"
	"crx " X "chrome-extension\0"
	"cryptonote " VND "rig.cryptonote\0"
	"csh " OR_TEXT X "csh\0"
	"csl " VND "citationstyles.style+xml\0"
	"csml chemical/x-csml\0"
	"csp " VND "commonspace\0"
	"css " TEXT "css\0"
	"cst " X "director\0"
	"csv " OR_TEXT TEXT "csv\0"
	"cu " OR_TEXT APP "cu-seeme\0"
	"curl " TEXT "vnd.curl\0"
	"cwl " APP "cwl\0"
	"cww " APP "prs.cww\0"
	"cxt " X "director\0"
	"cxx " TEXT "plain\0"
	"dae model/vnd.collada+xml\0"
	"daf " VND "mobius.daf\0"
	"dart " OR_TEXT VND "dart\0"
	"dataless " VND "fdsn.seed\0"
	"davmount " APP "davmount+xml\0"
	"dbf " VND "dbf\0"
	"dbk " APP "docbook+xml\0"
	"dcm " APP "dicom\0"
	"dcmp " VND "dcmp+xml\0"
	"dcr " X "director\0"
	"dcurl " TEXT "vnd.curl.dcurl\0"
	"dd2 " VND "oma.dd2+xml\0"
	"ddd " VND "fujixerox.ddd\0"
	"ddf " VND "syncml.dmddf+xml\0"
	"dds " IMAGE "vnd.ms-dds\0"
	"deb " X "debian-package\0"
	"def " TEXT "plain\0"
	"deploy " APP "octet-stream\0"
	"der " X "x509-ca-cert\0"
	"dfac " VND "dreamfactory\0"
	"dgc " X "dgc-compressed\0"
	"dib " IMAGE "bmp\0"
	"dic " OR_TEXT TEXT "x-c\0"
	"dir " X "director\0"
	"dis " VND "mobius.dis\0"
	"disposition-notification message/disposition-notification\0"
	"dist " APP "octet-stream\0"
	"distz " APP "octet-stream\0"
	"djv " IMAGE "vnd.djvu\0"
	"djvu " IMAGE "vnd.djvu\0"
	"dll " X "msdownload\0"
	"dmg " X "apple-diskimage\0"
	"dmp " VND "tcpdump.pcap\0"
	"dms " APP "octet-stream\0"
	"dna " VND "dna\0"
	"dng " IMAGE "x-adobe-dng\0"
	"doc " APP "msword\0"
	"docm " VND "ms-word.document.macroenabled.12\0"
	"docx " VND "openxmlformats-officedocument"
	    ".wordprocessingml.document\0"
	"dot " OR_TEXT APP "msword\0"
	"dotm " VND "ms-word.template.macroenabled.12\0"
	"dotx " VND "openxmlformats-officedocument"
	    ".wordprocessingml.template\0"
	"dp " VND "osgi.dp\0"
	"dpg " VND "dpgraph\0"
	"dpx " IMAGE "dpx\0"
	"dra " AUDIO "vnd.dra\0"
	"drle " IMAGE "dicom-rle\0"
	"drm " VND "procreate.dream\0"
	"dsc " TEXT "prs.lines.tag\0"
	"dssc " APP "dssc+der\0"
	"dtb " X "dtbook+xml\0"
	"dtd " OR_TEXT APP "xml-dtd\0"
	"dts " OR_TEXT AUDIO "vnd.dts\0"
	"dtshd " AUDIO "vnd.dts.hd\0"
	"dump " OR_TEXT APP "octet-stream\0"
	"dv " VIDEO "dv\0"
	"dvb " VIDEO "vnd.dvb.file\0"
	"dvi " X "dvi\0"
	"dwd " APP "atsc-dwd+xml\0"
	"dwf model/vnd.dwf\0"
	"dwg " IMAGE "vnd.dwg\0"
	"dxf " IMAGE "vnd.dxf\0"
	"dxp " VND "spotfire.dxp\0"
	"dxr " X "director\0"
	"ear " APP "java-archive\0"
	"ecelp4800 " AUDIO "vnd.nuera.ecelp4800\0"
	"ecelp7470 " AUDIO "vnd.nuera.ecelp7470\0"
	"ecelp9600 " AUDIO "vnd.nuera.ecelp9600\0"
	"ecma " APP "ecmascript\0"
	"edm " VND "novadigm.edm\0"
	"edx " VND "novadigm.edx\0"
	"efif " VND "picsel\0"
	"ei6 " VND "pg.osasli\0"
	"elc " APP "octet-stream\0"
	"elf " X "executable\0"
	"emf " IMAGE "emf\0"
	"eml " OR_TEXT "message/rfc822\0"
	"emma " APP "emma+xml\0"
	"emotionml " APP "emotionml+xml\0"
	"emz " X "msmetafile\0"
	"eol " AUDIO "vnd.digital-winds\0"
	"eot " VND "ms-fontobject\0"
	"eps " APP "postscript\0"
	"epsf " APP "postscript\0"
	"epsi " APP "postscript\0"
	"epub " APP "epub+zip\0"
	"es3 " VND "eszigno3+xml\0"
	"esa " VND "osgi.subsystem\0"
	"esf " VND "epson.esf\0"
	"et3 " VND "eszigno3+xml\0"
	"etx " OR_TEXT TEXT "x-setext\0"
	"eva " X "eva\0"
	"evy " X "envoy\0"
	"exe " X "msdos-program\0"
	"exi " APP "exi\0"
	"exp " APP "express\0"
	"exr " IMAGE "aces\0"
	"ext " VND "novadigm.ext\0"
	"ez " APP "andrew-inset\0"
	"ez2 " VND "ezpix-album\0"
	"ez3 " VND "ezpix-package\0"
	"f " OR_TEXT TEXT "x-fortran\0"
	"f4v " VIDEO "x-f4v\0"
	"f77 " OR_TEXT TEXT "x-fortran\0"
	"f90 " OR_TEXT TEXT "x-fortran\0"
	"fbs " IMAGE "vnd.fastbidsheet\0"
	"fbx " VND "autodesk.fbx\0"
	"fcdt " VND "adobe.formscentral.fcdt\0"
	"fcs " VND "isac.fcs\0"
	"fdf " APP "fdf\0"
	"fdt " APP "fdt+xml\0"
	"fe_launch " VND "denovo.fcselayout-link\0"
	"fg5 " VND "fujitsu.oasysgp\0"
	"fgd " X "director\0"
	"fh " IMAGE "x-freehand\0"
	"fh4 " IMAGE "x-freehand\0"
	"fh5 " IMAGE "x-freehand\0"
	"fh7 " IMAGE "x-freehand\0"
	"fhc " IMAGE "x-freehand\0"
	"fig " X "xfig\0"
	"fit " IMAGE "fits\0"
	"fits " IMAGE "fits\0"
	"flac " AUDIO "flac\0"
	"fli " VIDEO "x-fli\0"
	"flo " VND "micrografx.flo\0"
	"flv " VIDEO "x-flv\0"
	"flw " VND "kde.kivio\0"
	"flx " TEXT "vnd.fmi.flexstor\0"
	"fly " TEXT "vnd.fly\0"
	"fm " VND "framemaker\0"
	"fnc " VND "frogans.fnc\0"
	"fo " VND "software602.filler.form+xml\0"
	"for " OR_TEXT TEXT "x-fortran\0"
	"fpx " IMAGE "vnd.fpx\0"
	"frame " VND "framemaker\0"
	"fsc " VND "fsc.weblaunch\0"
	"fst " IMAGE "vnd.fst\0"
	"ftc " VND "fluxtime.clip\0"
	"fti " VND "anser-web-funds-transfer-initiation\0"
	"fts " IMAGE "fits\0"
	"fvt " VIDEO "vnd.fvt\0"
	"fxp " VND "adobe.fxp\0"
	"fxpl " VND "adobe.fxp\0"
	"fzs " VND "fuzzysheet\0"
	"g2w " VND "geoplan\0"
	"g3 " IMAGE "g3fax\0"
	"g3w " VND "geospace\0"
	"gac " VND "groove-account\0"
	"gam " X "tads\0"
	"gbr " APP "rpki-ghostbusters\0"
	"gca " X "gca-compressed\0"
	"gdl model/vnd.gdl\0"
	"gdoc " VND "google-apps.document\0"
	"gdraw " VND "google-apps.drawing\0"
	"ged " OR_TEXT TEXT "vnd.familysearch.gedcom\0"
	"geo " VND "dynageo\0"
	"geojson " OR_JSON APP "geo+json\0"
	"gex " VND "geometry-explorer\0"
	"gform " VND "google-apps.form\0"
	"ggb " VND "geogebra.file\0"
	"ggs " VND "geogebra.slides\0"
	"ggt " VND "geogebra.tool\0"
	"ghf " VND "groove-help\0"
	"gif " IMAGE "gif\0"
	"gim " VND "groove-identity-message\0"
	"gjam " VND "google-apps.jam\0"
	"glb model/gltf-binary\0"
	"gltf model/gltf+json\0"
	"gmap " VND "google-apps.map\0"
	"gml " APP "gml+xml\0"
	"gmx " VND "gmx\0"
	"gnumeric " X "gnumeric\0"
	"gph " VND "flographit\0"
	"gpkg " APP "geopackage+sqlite3\0"
	"gpx " OR_TEXT APP "gpx+xml\0"
	"gqf " VND "grafeq\0"
	"gqs " VND "grafeq\0"
	"gram " APP "srgs\0"
	"gramps " X "gramps-xml\0"
	"gre " VND "geometry-explorer\0"
	"grv " VND "groove-injector\0"
	"grxml " APP "srgs+xml\0"
	"gscript " VND "google-apps.script\0"
	"gsf " X "font-ghostscript\0"
	"gsheet " VND "google-apps.spreadsheet\0"
	"gsite " VND "google-apps.site\0"
	"gslides " VND "google-apps.presentation\0"
	"gtar " X "gtar\0"
	"gtm " VND "groove-tool-message\0"
	"gtw model/vnd.gtw\0"
	"gv " OR_TEXT TEXT "vnd.graphviz\0"
	"gxf " APP "gxf\0"
	"gxt " VND "geonext\0"
	"gz " APP "gzip\0"
	"h " TEXT "plain\0"
	"h261 " VIDEO "h261\0"
	"h263 " VIDEO "h263\0"
	"h264 " VIDEO "h264\0"
	"hal " VND "hal+xml\0"
	"hbci " VND "hbci\0"
	"hbs " OR_TEXT TEXT "x-handlebars-template\0"
	"hdd " X "virtualbox-hdd\0"
	"hdf " X "hdf\0"
	"hdr " IMAGE "vnd.radiance\0"
	"heic " IMAGE "heic\0"
	"heics " IMAGE "heic-sequence\0"
	"heif " IMAGE "heif\0"
	"heifs " IMAGE "heif-sequence\0"
	"hej2 " IMAGE "hej2k\0"
	"held " APP "atsc-held+xml\0"
	"hh " TEXT "plain\0"
	"hjson " OR_TEXT APP "hjson\0"
	"hlp " APP "winhlp\0"
	"hpgl " VND "hp-hpgl\0"
	"hpid " VND "hp-hpid\0"
	"hps " VND "hp-hps\0"
	"hqx " APP "mac-binhex40\0"
	"htc " TEXT "x-component\0"
	"htke " VND "kenameaapp\0"
	"htm " TEXT "html\0"
	"html " TEXT "html\0"
	"hvd " VND "yamaha.hv-dic\0"
	"hvp " VND "yamaha.hv-voice\0"
	"hvs " VND "yamaha.hv-script\0"
	"hwp " X "hwp\0"
	"i2g " VND "intergeo\0"
	"icc " VND "iccprofile\0"
	"ice x-conference/x-cooltalk\0"
	"icm " VND "iccprofile\0"
	"ico " IMAGE "vnd.microsoft.icon\0"
	"ics " OR_TEXT TEXT "calendar\0"
	"ief " IMAGE "ief\0"
	"ifb " OR_TEXT TEXT "calendar\0"
	"ifm " VND "shana.informed.formdata\0"
	"iges model/iges\0"
	"igl " VND "igloader\0"
	"igm " VND "insors.igm\0"
	"ign " OR_JSON VND "coreos.ignition+json\0"
	"igs model/iges\0"
	"igx " VND "micrografx.igx\0"
	"iif " VND "shana.informed.interchange\0"
	"img " APP "octet-stream\0"
	"imp " VND "accpac.simply.imp\0"
	"ims " VND "ms-ims\0"
	"in " TEXT "plain\0"
	"ini " TEXT "plain\0"
	"ink " APP "inkml+xml\0"
	"inkml " APP "inkml+xml\0"
	"install " OR_TEXT X "install-instructions\0"
	"iota " VND "astraea-software.iota\0"
	"ipfix " APP "ipfix\0"
	"ipk " VND "shana.informed.package\0"
	"ipynb " OR_JSON X "ipynb+json\0"
	"irm " VND "ibm.rights-management\0"
	"irp " VND "irepository.package+xml\0"
	"iso " X "iso9660-image\0"
	"itp " VND "shana.informed.formtemplate\0"
	"its " APP "its+xml\0"
	"ivp " VND "immervision-ivp\0"
	"ivu " VND "immervision-ivu\0"
	"jad " TEXT "vnd.sun.j2me.app-descriptor\0"
	"jade " OR_TEXT TEXT "jade\0"
	"jaii " IMAGE "jaii\0"
	"jais " IMAGE "jais\0"
	"jam " VND "jam\0"
	"jar " APP "java-archive\0"
	"jardiff " X "java-archive-diff\0"
	"java " TEXT "plain\0"
	"jfif " IMAGE "pjpeg\0"
	"jhc " IMAGE "jphc\0"
	"jisp " VND "jisp\0"
	"jls " IMAGE "jls\0"
	"jlt " VND "hp-jlyt\0"
	"jng " IMAGE "x-jng\0"
	"jnlp " X "java-jnlp-file\0"
	"joda " VND "joost.joda-archive\0"
	"jp2 " IMAGE "jp2\0"
	"jpe " IMAGE "jpeg\0"
	"jpeg " IMAGE "jpeg\0"
	"jpf " IMAGE "jpx\0"
	"jpg " IMAGE "jpeg\0"
	"jpg2 " IMAGE "jp2\0"
	"jpgm " IMAGE "jpm\0"
	"jpgv " VIDEO "jpeg\0"
	"jph " IMAGE "jph\0"
	"jphc " IMAGE "jphc\0"
	"jpm " IMAGE "jpm\0"
	"jpx " IMAGE "jpx\0"
	"js " TEXT "javascript\0"
	"json " APP "json\0"
	"json-patch " OR_JSON APP "json-patch+json\0"
	"json5 " OR_TEXT APP "json5\0"
	"jsonld " APP "ld+json\0"
	"jsonml " OR_JSON APP "jsonml+json\0"
	"jsx " TEXT "jsx\0"
	"jt model/jt\0"
	"jxl " IMAGE "jxl\0"
	"jxr " IMAGE "jxr\0"
	"jxra " IMAGE "jxra\0"
	"jxrs " IMAGE "jxrs\0"
	"jxs " IMAGE "jxs\0"
	"jxsc " IMAGE "jxsc\0"
	"jxsi " IMAGE "jxsi\0"
	"jxss " IMAGE "jxss\0"
	"kar " AUDIO "midi\0"
	"karbon " VND "kde.karbon\0"
	"kdbx " X "keepass2\0"
	"key " VND "apple.keynote\0"
	"kfo " VND "kde.kformula\0"
	"kia " VND "kidspiration\0"
	"kml " VND "google-earth.kml+xml\0"
	"kmz " VND "google-earth.kmz\0"
	"kne " VND "kinar\0"
	"knp " VND "kinar\0"
	"kon " VND "kde.kontour\0"
	"kpr " VND "kde.kpresenter\0"
	"kpt " VND "kde.kpresenter\0"
	"kpxx " VND "ds-keypoint\0"
	"ksp " VND "kde.kspread\0"
	"ktr " VND "kahootz\0"
	"ktx " IMAGE "ktx\0"
	"ktx2 " IMAGE "ktx2\0"
	"ktz " VND "kahootz\0"
	"kwd " VND "kde.kword\0"
	"kwt " VND "kde.kword\0"
	"lasxml " VND "las.las+xml\0"
	"latex " OR_TEXT X "latex\0"
	"lbd " VND "llamagraphics.life-balance.desktop\0"
	"lbe " VND "llamagraphics.life-balance.exchange+xml\0"
	"les " VND "hhe.lesson-player\0"
	"less " OR_TEXT TEXT "less\0"
	"lgr " APP "lgr+xml\0"
	"lha " X "lzh-compressed\0"
	"link66 " VND "route66.link66+xml\0"
	"list " TEXT "plain\0"
	"list3820 " VND "ibm.modcap\0"
	"listafp " VND "ibm.modcap\0"
	"litcoffee " OR_TEXT TEXT "coffeescript\0"
	"lnk " X "ms-shortcut\0"
	"log " TEXT "plain\0"
	"lostxml " APP "lost+xml\0"
	"lottie " APP "zip+dotlottie\0"
	"lrf " APP "octet-stream\0"
	"lrm " VND "ms-lrm\0"
	"ltf " VND "frogans.ltf\0"
	"lua " OR_TEXT TEXT "x-lua\0"
	"luac " X "lua-bytecode\0"
	"lvp " AUDIO "vnd.lucent.voice\0"
	"lwp " VND "lotus-wordpro\0"
	"lz " X "lzip\0"
	"lz4 " X "lz4\0"
	"lzh " X "lzh-compressed\0"
	"m13 " X "msmediaview\0"
	"m14 " X "msmediaview\0"
	"m1v " VIDEO "mpeg\0"
	"m21 " APP "mp21\0"
	"m2a " AUDIO "mpeg\0"
	"m2t " VIDEO "mp2t\0"
	"m2ts " VIDEO "mp2t\0"
	"m2v " VIDEO "mpeg\0"
	"m3a " AUDIO "mpeg\0"
	"m3u " AUDIO "x-mpegurl\0"
	"m3u8 " VND "apple.mpegurl\0"
	"m4a " AUDIO "mp4\0"
	"m4b " AUDIO "mp4\0"
	"m4p " APP "mp4\0"
	"m4s " VIDEO "iso.segment\0"
	"m4u " VIDEO "vnd.mpegurl\0"
	"m4v " VIDEO "x-m4v\0"
	"ma " APP "mathematica\0"
	"mads " APP "mads+xml\0"
	"maei " APP "mmt-aei+xml\0"
	"mag " VND "ecowin.chart\0"
	"maker " VND "framemaker\0"
	"man " OR_TEXT TEXT "troff\0"
	"manifest " TEXT "cache-manifest\0"
	"map " APP "json\0"
	"mar " APP "octet-stream\0"
	"markdown " TEXT "markdown\0"
	"mathml " APP "mathml+xml\0"
	"mb " APP "mathematica\0"
	"mbk " VND "mobius.mbk\0"
	"mbox " OR_TEXT APP "mbox\0"
	"mc1 " VND "medcalcdata\0"
	"mcd " VND "mcd\0"
	"mcurl " TEXT "vnd.curl.mcurl\0"
	"md " TEXT "markdown\0"
	"mdb " X "msaccess\0"
	"mdi " IMAGE "vnd.ms-modi\0"
	"mdx " OR_TEXT TEXT "mdx\0"
	"me " OR_TEXT TEXT "troff\0"
	"mesh model/mesh\0"
	"meta4 " APP "metalink4+xml\0"
	"metalink " APP "metalink+xml\0"
	"mets " APP "mets+xml\0"
	"mfm " VND "mfmp\0"
	"mft " APP "rpki-manifest\0"
	"mgp " VND "osgeo.mapguide.package\0"
	"mgz " VND "proteus.magazine\0"
	"mht message/rfc822\0"
	"mhtml message/rfc822\0"
	"mid " AUDIO "midi\0"
	"midi " AUDIO "midi\0"
	"mie " X "mie\0"
	"mif " VND "mif\0"
	"mime message/rfc822\0"
	"mj2 " VIDEO "mj2\0"
	"mjp2 " VIDEO "mj2\0"
	"mjs " TEXT "javascript\0"
	"mk3d " VIDEO "x-matroska\0"
	"mka " AUDIO "x-matroska\0"
	"mkd " OR_TEXT TEXT "x-markdown\0"
	"mks " VIDEO "x-matroska\0"
	"mkv " VIDEO "x-matroska\0"
	"mlp " VND "dolby.mlp\0"
	"mmd " VND "chipnuts.karaoke-mmd\0"
	"mmdb " VND "maxmind.maxmind-db\0"
	"mmf " VND "smaf\0"
	"mml " TEXT "mathml\0"
	"mmr " IMAGE "vnd.fujixerox.edmics-mmr\0"
	"mng " VIDEO "x-mng\0"
	"mny " X "msmoney\0"
	"mobi " X "mobipocket-ebook\0"
	"mods " APP "mods+xml\0"
	"mov " VIDEO "quicktime\0"
	"movie " VIDEO "x-sgi-movie\0"
	"mp1 " AUDIO "mpeg\0"
	"mp2 " AUDIO "mpeg\0"
	"mp21 " APP "mp21\0"
	"mp2a " AUDIO "mpeg\0"
	"mp3 " AUDIO "mpeg\0"
	"mp4 " VIDEO "mp4\0"
	"mp4a " AUDIO "mp4\0"
	"mp4s " APP "mp4\0"
	"mp4v " VIDEO "mp4\0"
	"mpc " VND "mophun.certificate\0"
	"mpd " APP "dash+xml\0"
	"mpe " VIDEO "mpeg\0"
	"mpeg " VIDEO "mpeg\0"
	"mpega " AUDIO "mpeg\0"
	"mpf " APP "media-policy-dataset+xml\0"
	"mpg " VIDEO "mpeg\0"
	"mpg4 " VIDEO "mp4\0"
	"mpga " AUDIO "mpeg\0"
	"mpkg " VND "apple.installer+xml\0"
	"mpm " VND "blueice.multipass\0"
	"mpn " VND "mophun.application\0"
	"mpp " APP "dash-patch+xml\0"
	"mpt " VND "ms-project\0"
	"mpy " VND "ibm.minipay\0"
	"mqy " VND "mobius.mqy\0"
	"mrc " APP "marc\0"
	"mrcx " APP "marcxml+xml\0"
	"ms " OR_TEXT TEXT "troff\0"
	"mscml " APP "mediaservercontrol+xml\0"
	"mseed " VND "fdsn.mseed\0"
	"mseq " VND "mseq\0"
	"msf " VND "epson.msf\0"
	"msg " VND "ms-outlook\0"
	"msh model/mesh\0"
	"msi " X "msdownload\0"
	"msix " APP "msix\0"
	"msixbundle " APP "msixbundle\0"
	"msl " VND "mobius.msl\0"
	"msm " APP "octet-stream\0"
	"msp " APP "octet-stream\0"
	"msty " VND "muvee.style\0"
	"mtl model/mtl\0"
	"mts " VIDEO "mp2t\0"
	"mus " VND "musician\0"
	"musd " APP "mmt-usd+xml\0"
	"musicxml " VND "recordare.musicxml+xml\0"
	"mvb " X "msmediaview\0"
	"mvt " VND "mapbox-vector-tile\0"
	"mwf " VND "mfer\0"
	"mxf " APP "mxf\0"
	"mxl " VND "recordare.musicxml\0"
	"mxmf " AUDIO "mobile-xmf\0"
	"mxml " APP "xv+xml\0"
	"mxs " VND "triscape.mxs\0"
	"mxu " VIDEO "vnd.mpegurl\0"
	"n-gage " VND "nokia.n-gage.symbian.install\0"
	"n3 " TEXT "n3\0"
	"nb " APP "mathematica\0"
	"nbp " VND "wolfram.player\0"
	"nc " X "netcdf\0"
	"ncx " X "dtbncx+xml\0"
	"nef " IMAGE "x-nikon-nef\0"
	"nfo " OR_TEXT TEXT "x-nfo\0"
	"ngdat " VND "nokia.n-gage.data\0"
	"nitf " VND "nitf\0"
	"nlu " VND "neurolanguage.nlu\0"
	"nml " VND "enliven\0"
	"nnd " VND "noblenet-directory\0"
	"nns " VND "noblenet-sealer\0"
	"nnw " VND "noblenet-web\0"
	"npx " IMAGE "vnd.net-fpx\0"
	"nq " APP "n-quads\0"
	"nsc " X "conference\0"
	"nsf " VND "lotus-notes\0"
	"nt " APP "n-triples\0"
	"ntf " VND "nitf\0"
	"numbers " VND "apple.numbers\0"
	"nzb " X "nzb\0"
	"oa2 " VND "fujitsu.oasys2\0"
	"oa3 " VND "fujitsu.oasys3\0"
	"oas " VND "fujitsu.oasys\0"
	"obd " X "msbinder\0"
	"obgx " VND "openblox.game+xml\0"
	"obj model/obj\0"
	"oda " APP "oda\0"
	"odb " VND "oasis.opendocument.database\0"
	"odc " VND "oasis.opendocument.chart\0"
	"odf " VND "oasis.opendocument.formula\0"
	"odft " VND "oasis.opendocument.formula-template\0"
	"odg " VND "oasis.opendocument.graphics\0"
	"odi " VND "oasis.opendocument.image\0"
	"odm " VND "oasis.opendocument.text-master\0"
	"odp " VND "oasis.opendocument.presentation\0"
	"ods " VND "oasis.opendocument.spreadsheet\0"
	"odt " VND "oasis.opendocument.text\0"
	"oga " AUDIO "ogg\0"
	"ogex model/vnd.opengex\0"
	"ogg " AUDIO "ogg\0"
	"ogv " VIDEO "ogg\0"
	"ogx " APP "ogg\0"
	"omdoc " APP "omdoc+xml\0"
	"one " APP "onenote\0"
	"onea " APP "onenote\0"
	"onepkg " APP "onenote\0"
	"onetmp " APP "onenote\0"
	"onetoc " APP "onenote\0"
	"onetoc2 " APP "onenote\0"
	"opf " APP "oebps-package+xml\0"
	"opml " OR_TEXT TEXT "x-opml\0"
	"oprc " VND "palm\0"
	"opus " AUDIO "ogg\0"
	"orf " IMAGE "x-olympus-orf\0"
	"org " TEXT "plain\0"
	"osf " VND "yamaha.openscoreformat\0"
	"osfpvg " VND "yamaha.openscoreformat.osfpvg+xml\0"
	"osm " VND "openstreetmap.data+xml\0"
	"otc " VND "oasis.opendocument.chart-template\0"
	"otf font/otf\0"
	"otg " VND "oasis.opendocument.graphics-template\0"
	"oth " VND "oasis.opendocument.text-web\0"
	"oti " VND "oasis.opendocument.image-template\0"
	"otp " VND "oasis.opendocument.presentation-template\0"
	"ots " VND "oasis.opendocument.spreadsheet-template\0"
	"ott " VND "oasis.opendocument.text-template\0"
	"ova " X "virtualbox-ova\0"
	"ovf " X "virtualbox-ovf\0"
	"owl " APP "rdf+xml\0"
	"oxps " APP "oxps\0"
	"oxt " VND "openofficeorg.extension\0"
	"p " OR_TEXT TEXT "x-pascal\0"
	"p10 " APP "pkcs10\0"
	"p12 " X "pkcs12\0"
	"p21 model/step\0"
	"p7b " X "pkcs7-certificates\0"
	"p7c " APP "pkcs7-mime\0"
	"p7m " APP "pkcs7-mime\0"
	"p7r " X "pkcs7-certreqresp\0"
	"p7s " APP "pkcs7-signature\0"
	"p8 " APP "pkcs8\0"
	"pac " X "ns-proxy-autoconfig\0"
	"pages " VND "apple.pages\0"
	"parquet " VND "apache.parquet\0"
	"pas " OR_TEXT TEXT "x-pascal\0"
	"paw " VND "pawaafile\0"
	"pbd " VND "powerbuilder6\0"
	"pbm " IMAGE "x-portable-bitmap\0"
	"pcap " VND "tcpdump.pcap\0"
	"pcf " X "font-pcf\0"
	"pcl " VND "hp-pcl\0"
	"pclxl " VND "hp-pclxl\0"
	"pct " IMAGE "x-pict\0"
	"pcurl " VND "curl.pcurl\0"
	"pcx " IMAGE "vnd.zbrush.pcx\0"
	"pdb " VND "palm\0"
	"pde " OR_TEXT TEXT "x-processing\0"
	"pdf " APP "pdf\0"
	"pem " X "x509-ca-cert\0"
	"pfa " X "font-type1\0"
	"pfb " X "font-type1\0"
	"pfm " X "font-type1\0"
	"pfr " APP "font-tdpfr\0"
	"pfx " X "pkcs12\0"
	"pgm " IMAGE "x-portable-graymap\0"
	"pgn " OR_TEXT X "chess-pgn\0"
	"pgp " APP "pgp-encrypted\0"
	"php " OR_TEXT X "httpd-php\0"
	"pic " IMAGE "x-pict\0"
	"pkg " APP "octet-stream\0"
	"pki " APP "pkixcmp\0"
	"pkipath " APP "pkix-pkipath\0"
	"pkpass " VND "apple.pkpass\0"
	"pl " OR_TEXT X "perl\0"
	"plb " VND "3gpp.pic-bw-large\0"
	"plc " VND "mobius.plc\0"
	"plf " VND "pocketlearn\0"
	"pls " APP "pls+xml\0"
	"pm " OR_TEXT X "perl\0"
	"pml " VND "ctc-posml\0"
	"png " IMAGE "png\0"
	"pnm " IMAGE "x-portable-anymap\0"
	"portpkg " VND "macports.portpkg\0"
	"pot " OR_TEXT VND "ms-powerpoint\0"
	"potm " VND "ms-powerpoint.template.macroenabled.12\0"
	"potx " VND "openxmlformats-officedocument"
	    ".presentationml.template\0"
	"ppam " VND "ms-powerpoint.addin.macroenabled.12\0"
	"ppd " VND "cups-ppd\0"
	"ppm " IMAGE "x-portable-pixmap\0"
	"pps " VND "ms-powerpoint\0"
	"ppsm " VND "ms-powerpoint.slideshow.macroenabled.12\0"
	"ppsx " VND "openxmlformats-officedocument"
	    ".presentationml.slideshow\0"
	"ppt " VND "ms-powerpoint\0"
	"pptm " VND "ms-powerpoint.presentation.macroenabled"
	    ".12\0"
	"pptx " VND "openxmlformats-officedocument"
	    ".presentationml.presentation\0"
	"pqa " VND "palm\0"
	"prc model/prc\0"
	"pre " VND "lotus-freelance\0"
	"prf " APP "pics-rules\0"
	"provx " APP "provenance+xml\0"
	"ps " APP "postscript\0"
	"psb " VND "3gpp.pic-bw-small\0"
	"psd " IMAGE "vnd.adobe.photoshop\0"
	"psf " X "font-linux-psf\0"
	"pskcxml " APP "pskc+xml\0"
	"pti " IMAGE "prs.pti\0"
	"ptid " VND "pvi.ptid1\0"
	"pub " OR_TEXT X "mspublisher\0"
	"pvb " VND "3gpp.pic-bw-var\0"
	"pwn " VND "3m.post-it-notes\0"
	"pya " AUDIO "vnd.ms-playready.media.pya\0"
	"pyc " X "python-code\0"
	"pyo model/vnd.pytha.pyox\0"
	"pyox model/vnd.pytha.pyox\0"
	"pyv " VIDEO "vnd.ms-playready.media.pyv\0"
	"qam " VND "epson.quickanime\0"
	"qbo " VND "intu.qbo\0"
	"qfx " VND "intu.qfx\0"
	"qps " VND "publishare-delta-tree\0"
	"qt " VIDEO "quicktime\0"
	"qwd " VND "quark.quarkxpress\0"
	"qwt " VND "quark.quarkxpress\0"
	"qxb " VND "quark.quarkxpress\0"
	"qxd " VND "quark.quarkxpress\0"
	"qxl " VND "quark.quarkxpress\0"
	"qxt " VND "quark.quarkxpress\0"
	"ra " AUDIO "x-pn-realaudio\0"
	"ram " AUDIO "x-pn-realaudio\0"
	"raml " OR_TEXT APP "raml+yaml\0"
	"rapd " APP "route-apd+xml\0"
	"rar " VND "rar\0"
	"ras " IMAGE "x-cmu-raster\0"
	"rcprofile " VND "ipunplugged.rcprofile\0"
	"rdf " APP "rdf+xml\0"
	"rdp " X "rdp\0"
	"rdz " VND "data-vision.rdz\0"
	"relo " APP "p2p-overlay+xml\0"
	"rep " VND "businessobjects\0"
	"res " X "dtbresource+xml\0"
	"rgb " IMAGE "x-rgb\0"
	"rif " APP "reginfo+xml\0"
	"rip " AUDIO "vnd.rip\0"
	"ris " OR_TEXT X "research-info-systems\0"
	"rl " APP "resource-lists+xml\0"
	"rlc " IMAGE "vnd.fujixerox.edmics-rlc\0"
	"rld " APP "resource-lists-diff+xml\0"
	"rm " VND "rn-realmedia\0"
	"rmi " AUDIO "midi\0"
	"rmp " AUDIO "x-pn-realaudio-plugin\0"
	"rms " VND "jcp.javame.midlet-rms\0"
	"rmvb " VND "rn-realmedia-vbr\0"
	"rnc " OR_TEXT APP "relax-ng-compact-syntax\0"
	"rng " APP "xml\0"
	"roa " APP "rpki-roa\0"
	"roff " OR_TEXT TEXT "troff\0"
	"rp9 " VND "cloanto.rp9\0"
	"rpm " X "redhat-package-manager\0"
	"rpss " VND "nokia.radio-presets\0"
	"rpst " VND "nokia.radio-preset\0"
	"rq " OR_TEXT APP "sparql-query\0"
	"rs " TEXT "plain\0"
	"rsat " APP "atsc-rsat+xml\0"
	"rsd " APP "rsd+xml\0"
	"rsheet " APP "urc-ressheet+xml\0"
	"rss " APP "rss+xml\0"
	"rtf " APP "rtf\0"
	"rtx " TEXT "richtext\0"
	"run " X "makeself\0"
	"rusd " APP "route-usd+xml\0"
	"s " OR_TEXT TEXT "x-asm\0"
	"s3m " AUDIO "s3m\0"
	"saf " VND "yamaha.smaf-audio\0"
	"sarif " OR_JSON APP "sarif+json\0"
	"sass " OR_TEXT TEXT "x-sass\0"
	"sbml " APP "sbml+xml\0"
	"sc " OR_TEXT VND "ibm.secure-container\0"
	"scd " X "msschedule\0"
	"scm " OR_TEXT VND "lotus-screencam\0"
	"scq " APP "scvp-cv-request\0"
	"scs " APP "scvp-cv-response\0"
	"scss " OR_TEXT TEXT "x-scss\0"
	"scurl " TEXT "vnd.curl.scurl\0"
	"sda " VND "stardivision.draw\0"
	"sdc " VND "stardivision.calc\0"
	"sdd " VND "stardivision.impress\0"
	"sdkd " VND "solent.sdkm+xml\0"
	"sdkm " VND "solent.sdkm+xml\0"
	"sdp " APP "sdp\0"
	"sdw " VND "stardivision.writer\0"
	"sea " X "sea\0"
	"see " VND "seemail\0"
	"seed " VND "fdsn.seed\0"
	"sema " VND "sema\0"
	"semd " VND "semd\0"
	"semf " VND "semf\0"
	"senmlx " APP "senml+xml\0"
	"sensmlx " APP "sensml+xml\0"
	"ser " APP "java-serialized-object\0"
	"setpay " APP "set-payment-initiation\0"
	"setreg " APP "set-registration-initiation\0"
	"sfd-hdstx " VND "hydrostatix.sof-data\0"
	"sfs " VND "spotfire.sfs\0"
	"sfv " OR_TEXT TEXT "x-sfv\0"
	"sgi " IMAGE "sgi\0"
	"sgl " VND "stardivision.writer-global\0"
	"sgm " OR_TEXT TEXT "sgml\0"
	"sgml " OR_TEXT TEXT "sgml\0"
	"sh " OR_TEXT X "sh\0"
	"shar " X "shar\0"
	"shex " TEXT "shex\0"
	"shf " APP "shf+xml\0"
	"shp " VND "shp\0"
	"shtml " TEXT "html\0"
	"shx " VND "shx\0"
	"sid " IMAGE "x-mrsid-image\0"
	"sieve " OR_TEXT APP "sieve\0"
	"sig " APP "pgp-signature\0"
	"sil " AUDIO "silk\0"
	"silo model/mesh\0"
	"sis " VND "symbian.install\0"
	"sisx " VND "symbian.install\0"
	"sit " X "stuffit\0"
	"sitx " X "stuffitx\0"
	"siv " OR_TEXT APP "sieve\0"
	"skd " VND "koan\0"
	"skm " VND "koan\0"
	"skp " VND "koan\0"
	"skt " VND "koan\0"
	"sldm " VND "ms-powerpoint.slide.macroenabled.12\0"
	"sldx " VND "openxmlformats-officedocument"
	    ".presentationml.slide\0"
	"slim " TEXT "slim\0"
	"slm " TEXT "slim\0"
	"sls " OR_TEXT APP "route-s-tsid+xml\0"
	"slt " VND "epson.salt\0"
	"sm " VND "stepmania.stepchart\0"
	"smf " VND "stardivision.math\0"
	"smi " APP "smil+xml\0"
	"smil " APP "smil+xml\0"
	"smv " VIDEO "x-smv\0"
	"smzip " VND "stepmania.package\0"
	"snd " AUDIO "basic\0"
	"snf " X "font-snf\0"
	"so " APP "octet-stream\0"
	"spc " X "pkcs7-certificates\0"
	"spdx " TEXT "spdx\0"
	"spf " VND "yamaha.smaf-phrase\0"
	"spl " X "futuresplash\0"
	"spot " TEXT "vnd.in3d.spot\0"
	"spp " APP "scvp-vp-response\0"
	"spq " APP "scvp-vp-request\0"
	"spx " AUDIO "ogg\0"
	"sql " OR_TEXT APP "sql\0"
	"sqlite " VND "sqlite3\0"
	"sqlite3 " VND "sqlite3\0"
	"src " OR_TEXT X "wais-source\0"
	"srt " OR_TEXT X "subrip\0"
	"sru " APP "sru+xml\0"
	"srx " APP "sparql-results+xml\0"
	"ssdl " APP "ssdl+xml\0"
	"sse " VND "kodak-descriptor\0"
	"ssf " VND "epson.ssf\0"
	"ssml " APP "ssml+xml\0"
	"st " OR_TEXT VND "sailingtracker.track\0"
	"stc " VND "sun.xml.calc.template\0"
	"std " VND "sun.xml.draw.template\0"
	"step model/step\0"
	"stf " VND "wt.stf\0"
	"sti " VND "sun.xml.impress.template\0"
	"stix " OR_JSON APP "stix+json\0"
	"stk " APP "hyperstudio\0"
	"stl model/stl\0"
	"stp model/step\0"
	"stpnc model/step\0"
	"stpx model/step+xml\0"
	"stpxz model/step-xml+zip\0"
	"stpz model/step+zip\0"
	"str " VND "pg.format\0"
	"stw " VND "sun.xml.writer.template\0"
	"styl " OR_TEXT TEXT "stylus\0"
	"stylus " OR_TEXT TEXT "stylus\0"
	"sub " TEXT "vnd.dvb.subtitle\0"
	"sus " VND "sus-calendar\0"
	"susp " VND "sus-calendar\0"
	"sv4cpio " X "sv4cpio\0"
	"sv4crc " X "sv4crc\0"
	"svc " VND "dvb.service\0"
	"svd " VND "svd\0"
	"svg " IMAGE "svg+xml\0"
	"svgz " IMAGE "svg+xml\0"
	"swa " X "director\0"
	"swf " X "shockwave-flash\0"
	"swi " VND "aristanetworks.swi\0"
	"swidtag " APP "swid+xml\0"
	"sxc " VND "sun.xml.calc\0"
	"sxd " VND "sun.xml.draw\0"
	"sxg " VND "sun.xml.writer.global\0"
	"sxi " VND "sun.xml.impress\0"
	"sxm " VND "sun.xml.math\0"
	"sxw " VND "sun.xml.writer\0"
	"t " OR_TEXT TEXT "troff\0"
	"t3 " X "t3vm-image\0"
	"t38 " IMAGE "t38\0"
	"taglet " VND "mynfc\0"
	"tao " VND "tao.intent-module-archive\0"
	"tap " IMAGE "vnd.tencent.tap\0"
	"tar " X "tar\0"
	"tcap " VND "3gpp2.tcap\0"
	"tcl " OR_TEXT X "tcl\0"
	"td " APP "urc-targetdesc+xml\0"
	"teacher " VND "smart.teacher\0"
	"tei " APP "tei+xml\0"
	"teicorpus " APP "tei+xml\0"
	"tex " OR_TEXT X "tex\0"
	"texi " OR_TEXT X "texinfo\0"
	"texinfo " OR_TEXT X "texinfo\0"
	"text " TEXT "plain\0"
	"tfi " APP "thraud+xml\0"
	"tfm " X "tex-tfm\0"
	"tfx " IMAGE "tiff-fx\0"
	"tga " IMAGE "x-tga\0"
	"tgz " APP "gzip\0"
	"thmx " VND "ms-officetheme\0"
	"tif " IMAGE "tiff\0"
	"tiff " IMAGE "tiff\0"
	"tk " OR_TEXT X "tcl\0"
	"tmo " VND "tmobile-livetv\0"
	"toml " OR_TEXT APP "toml\0"
	"torrent " X "bittorrent\0"
	"tpl " VND "groove-tool-template\0"
	"tpt " VND "trid.tpt\0"
	"tr " OR_TEXT TEXT "troff\0"
	"tra " VND "trueapp\0"
	"trig " APP "trig\0"
	"trm " X "msterminal\0"
	"ts " VIDEO "mp2t\0"
	"tsd " APP "timestamped-data\0"
	"tsq " APP "timestamp-query\0"
	"tsr " APP "timestamp-reply\0"
	"tsv " OR_TEXT TEXT "tab-separated-values\0"
	"ttc font/collection\0"
	"ttf font/ttf\0"
	"ttl " TEXT "turtle\0"
	"ttml " APP "ttml+xml\0"
	"twd " VND "simtech-mindmapper\0"
	"twds " VND "simtech-mindmapper\0"
	"txd " VND "genomatix.tuxedo\0"
	"txf " VND "mobius.txf\0"
	"txt " TEXT "plain\0"
	"u32 " X "authorware-bin\0"
	"u3d model/u3d\0"
	"u8dsn message/global-delivery-status\0"
	"u8hdr message/global-headers\0"
	"u8mdn message/global-disposition-notification\0"
	"u8msg message/global\0"
	"ubj " APP "ubjson\0"
	"udeb " X "debian-package\0"
	"ufd " VND "ufdl\0"
	"ufdl " VND "ufdl\0"
	"ulx " X "glulx\0"
	"umj " VND "umajin\0"
	"unityweb " VND "unity\0"
	"uo " VND "uoml+xml\0"
	"uoml " VND "uoml+xml\0"
	"uri " TEXT "uri-list\0"
	"uris " TEXT "uri-list\0"
	"urls " TEXT "uri-list\0"
	"usda model/vnd.usda\0"
	"usdz model/vnd.usdz+zip\0"
	"ustar " X "ustar\0"
	"utz " VND "uiq.theme\0"
	"uu " OR_TEXT TEXT "x-uuencode\0"
	"uva " AUDIO "vnd.dece.audio\0"
	"uvd " VND "dece.data\0"
	"uvf " VND "dece.data\0"
	"uvg " IMAGE "vnd.dece.graphic\0"
	"uvh " VIDEO "vnd.dece.hd\0"
	"uvi " IMAGE "vnd.dece.graphic\0"
	"uvm " VIDEO "vnd.dece.mobile\0"
	"uvp " VIDEO "vnd.dece.pd\0"
	"uvs " VIDEO "vnd.dece.sd\0"
	"uvt " VND "dece.ttml+xml\0"
	"uvu " VIDEO "vnd.uvvu.mp4\0"
	"uvv " VIDEO "vnd.dece.video\0"
	"uvva " AUDIO "vnd.dece.audio\0"
	"uvvd " VND "dece.data\0"
	"uvvf " VND "dece.data\0"
	"uvvg " IMAGE "vnd.dece.graphic\0"
	"uvvh " VIDEO "vnd.dece.hd\0"
	"uvvi " IMAGE "vnd.dece.graphic\0"
	"uvvm " VIDEO "vnd.dece.mobile\0"
	"uvvp " VIDEO "vnd.dece.pd\0"
	"uvvs " VIDEO "vnd.dece.sd\0"
	"uvvt " VND "dece.ttml+xml\0"
	"uvvu " VIDEO "vnd.uvvu.mp4\0"
	"uvvv " VIDEO "vnd.dece.video\0"
	"uvvx " VND "dece.unspecified\0"
	"uvvz " VND "dece.zip\0"
	"uvx " VND "dece.unspecified\0"
	"uvz " VND "dece.zip\0"
	"vbox " X "virtualbox-vbox\0"
	"vbox-extpack " X "virtualbox-vbox-extpack\0"
	"vcard " OR_TEXT TEXT "vcard\0"
	"vcd " X "cdlink\0"
	"vcf " OR_TEXT TEXT "x-vcard\0"
	"vcg " VND "groove-vcard\0"
	"vcs " OR_TEXT TEXT "x-vcalendar\0"
	"vcx " VND "vcx\0"
	"vdi " X "virtualbox-vdi\0"
	"vds model/vnd.sap.vds\0"
	"vdx " VND "ms-visio.viewer\0"
	"vhd " OR_TEXT X "virtualbox-vhd\0"
	"vis " VND "visionary\0"
	"viv " VIDEO "vnd.vivo\0"
	"vmdk " X "virtualbox-vmdk\0"
	"vob " VIDEO "x-ms-vob\0"
	"vor " VND "stardivision.writer\0"
	"vox " X "authorware-bin\0"
	"vrml model/vrml\0"
	"vsd " VND "visio\0"
	"vsdx " VND "visio\0"
	"vsf " VND "vsf\0"
	"vss " VND "visio\0"
	"vst " VND "visio\0"
	"vsw " VND "visio\0"
	"vtf " IMAGE "vnd.valve.source.texture\0"
	"vtt " TEXT "vtt\0"
	"vtu model/vnd.vtu\0"
	"vtx " VND "visio\0"
	"vxml " APP "voicexml+xml\0"
	"w3d " X "director\0"
	"wad " X "doom\0"
	"wadl " VND "sun.wadl+xml\0"
	"war " APP "java-archive\0"
	"wasm " APP "wasm\0"
	"wav " AUDIO "wav\0"
	"wax " AUDIO "x-ms-wax\0"
	"wbmp " IMAGE "vnd.wap.wbmp\0"
	"wbs " VND "criticaltools.wbs+xml\0"
	"wbxml " VND "wap.wbxml\0"
	"wcm " VND "ms-works\0"
	"wdb " VND "ms-works\0"
	"wdp " IMAGE "vnd.ms-photo\0"
	"weba " AUDIO "webm\0"
	"webapp " X "web-app-manifest+json\0"
	"webm " VIDEO "webm\0"
	"webmanifest " OR_JSON APP "manifest+json\0"
	"webp " IMAGE "webp\0"
	"wg " VND "pmi.widget\0"
	"wgsl " TEXT "wgsl\0"
	"wgt " APP "widget\0"
	"wif " APP "watcherinfo+xml\0"
	"wks " VND "ms-works\0"
	"wm " VIDEO "x-ms-wm\0"
	"wma " AUDIO "x-ms-wma\0"
	"wmd " X "ms-wmd\0"
	"wmf " IMAGE "wmf\0"
	"wml " TEXT "vnd.wap.wml\0"
	"wmlc " VND "wap.wmlc\0"
	"wmls " TEXT "vnd.wap.wmlscript\0"
	"wmlsc " VND "wap.wmlscriptc\0"
	"wmv " VIDEO "x-ms-wmv\0"
	"wmx " VIDEO "x-ms-wmx\0"
	"wmz " X "ms-wmz\0"
	"woff font/woff\0"
	"woff2 font/woff2\0"
	"wpd " VND "wordperfect\0"
	"wpl " VND "ms-wpl\0"
	"wps " VND "ms-works\0"
	"wqd " VND "wqd\0"
	"wri " X "mswrite\0"
	"wrl model/vrml\0"
	"wsc message/vnd.wfa.wsc\0"
	"wsdl " APP "wsdl+xml\0"
	"wspolicy " APP "wspolicy+xml\0"
	"wtb " VND "webturbo\0"
	"wvx " VIDEO "x-ms-wvx\0"
	"x32 " X "authorware-bin\0"
	"x3d model/x3d+xml\0"
	"x3db model/x3d+fastinfoset\0"
	"x3dbz model/x3d+binary\0"
	"x3dv model/x3d-vrml\0"
	"x3dvz model/x3d+vrml\0"
	"x3dz model/x3d+xml\0"
	"x_b model/vnd.parasolid.transmit.binary\0"
	"x_t model/vnd.parasolid.transmit.text\0"
	"xaml " APP "xaml+xml\0"
	"xap " X "silverlight-app\0"
	"xar " VND "xara\0"
	"xav " APP "xcap-att+xml\0"
	"xbap " X "ms-xbap\0"
	"xbd " VND "fujixerox.docuworks.binder\0"
	"xbm " IMAGE "x-xbitmap\0"
	"xca " APP "xcap-caps+xml\0"
	"xcf " IMAGE "x-xcf\0"
	"xcs " APP "calendar+xml\0"
	"xdcf " VND "gov.sk.xmldatacontainer+xml\0"
	"xdf " APP "xcap-diff+xml\0"
	"xdm " VND "syncml.dm+xml\0"
	"xdp " VND "adobe.xdp+xml\0"
	"xdssc " APP "dssc+xml\0"
	"xdw " VND "fujixerox.docuworks\0"
	"xel " APP "xcap-el+xml\0"
	"xenc " APP "xenc+xml\0"
	"xer " APP "patch-ops-error+xml\0"
	"xfdf " APP "xfdf\0"
	"xfdl " VND "xfdl\0"
	"xht " APP "xhtml+xml\0"
	"xhtm " VND "pwg-xhtml-print+xml\0"
	"xhtml " APP "xhtml+xml\0"
	"xhvml " APP "xv+xml\0"
	"xif " IMAGE "vnd.xiff\0"
	"xla " VND "ms-excel\0"
	"xlam " VND "ms-excel.addin.macroenabled.12\0"
	"xlc " VND "ms-excel\0"
	"xlf " APP "xliff+xml\0"
	"xlm " VND "ms-excel\0"
	"xls " VND "ms-excel\0"
	"xlsb " VND "ms-excel.sheet.binary.macroenabled.12\0"
	"xlsm " VND "ms-excel.sheet.macroenabled.12\0"
	"xlsx " VND "openxmlformats-officedocument"
	    ".spreadsheetml.sheet\0"
	"xlt " VND "ms-excel\0"
	"xltm " VND "ms-excel.template.macroenabled.12\0"
	"xltx " VND "openxmlformats-officedocument"
	    ".spreadsheetml.template\0"
	"xlw " VND "ms-excel\0"
	"xm " AUDIO "xm\0"
	"xml " APP "xml\0"
	"xns " APP "xcap-ns+xml\0"
	"xo " VND "olpc-sugar\0"
	"xop " APP "xop+xml\0"
	"xpi " X "xpinstall\0"
	"xpl " APP "xproc+xml\0"
	"xpm " IMAGE "x-xpixmap\0"
	"xpr " VND "is-xpr\0"
	"xps " VND "ms-xpsdocument\0"
	"xpw " VND "intercon.formnet\0"
	"xpx " VND "intercon.formnet\0"
	"xsd " APP "xml\0"
	"xsf " APP "prs.xsf+xml\0"
	"xsl " APP "xml\0"
	"xslt " APP "xslt+xml\0"
	"xsm " VND "syncml+xml\0"
	"xspf " APP "xspf+xml\0"
	"xul " VND "mozilla.xul+xml\0"
	"xvm " APP "xv+xml\0"
	"xvml " APP "xv+xml\0"
	"xwd " IMAGE "x-xwindowdump\0"
	"xyz chemical/x-xyz\0"
	"xz " X "xz\0"
	"yaml " TEXT "yaml\0"
	"yang " OR_TEXT APP "yang\0"
	"yin " APP "yin+xml\0"
	"yml " TEXT "yaml\0"
	"ymp " TEXT "x-suse-ymp\0"
	"z1 " X "zmachine\0"
	"z2 " X "zmachine\0"
	"z3 " X "zmachine\0"
	"z4 " X "zmachine\0"
	"z5 " X "zmachine\0"
	"z6 " X "zmachine\0"
	"z7 " X "zmachine\0"
	"z8 " X "zmachine\0"
	"zaz " VND "zzazz.deck+xml\0"
	"zip " APP "zip\0"
	"zir " VND "zul\0"
	"zirz " VND "zul\0"
	"zmm " VND "handheld-entertainment+xml\0"
	"zst " APP "zstd\0";

struct slice
mime_extensions(void)
{
	return SLICE(extension_rows);
}
