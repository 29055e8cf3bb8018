#include "server/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/entries.h"
#include "server/http_path.h"
#include "server/resource.h"

enum {
	LEVELS_MAX = PATH_MAX / 2,	/* nested folders: "a/a/a/" */
	WINDOWS = 4,			/* folders open at a time */
	READ_SIZE = 4 << 10,		/* bytes: entries read ahead */
	LEFT_OUT_NAME = 256,		/* bytes of a name in the note */
};

/* A folder on the way to the current entry. */
struct level {
	dev_t dev;
	ino_t ino;
	int64_t next;		/* where to continue reading, for lseek(2) */
	uint32_t path_n;	/* bytes of its path, with the slash */
};

/* An open folder, and the entries that were read ahead. */
struct window {
	int fd;			/* -1: none */
	int level;
	size_t at, n;
	_Alignas(struct dirent64_head) char bytes[READ_SIZE];
};

struct tree {
	const struct options *opt;
	struct beneath root;
	bool started;
	bool lacks_nowait;	/* preadv2(2) cannot tell whether bytes are in
				   the page cache */
	int depth;		/* levels in use */
	size_t name_at;		/* of names, in space */
	size_t rel_at;		/* of paths beneath the root, in space */
	size_t rel_n;		/* bytes of the current path; its NUL follows */
	struct stat st;		/* of the current entry */
	uint64_t left_out;	/* number of entries */
	int left_out_error;	/* errno of the first entry left out */
	struct slice left_out_name;	/* the end of its name, in
					   left_out_space */
	char left_out_space[LEFT_OUT_NAME];
	/* The name of the root, which may be longer than NAME_MAX on some file
	 * systems (FUSE), and a path. */
	char space[2 * PATH_MAX];
	struct level level[LEVELS_MAX];
	struct window window[WINDOWS];
};

static char *
rel(struct tree *t)
{
	return t->space + t->rel_at;
}

/* The last name in a path, without its slash; empty in "/". */
static struct slice
last_name(struct slice path)
{
	if (path.n > 0 && path.p[path.n - 1] == '/')
		path.n--;
	return slice_after_last(path, '/');
}

struct slice
tree_folder_name(const struct tree_request *q)
{
	struct slice name = last_name(q->path.n > 1 ? q->path : q->root_name);

	return name.n > 0 ? name : SLICE("files");
}

/*
 * Fill space with the path of the folder beneath the root; for the root itself,
 * with its name and a slash.  All names start with the name of the folder.
 */
static int
set_path(struct tree *t, const struct tree_request *q)
{
	struct slice path = slice_skip(q->path, 1);
	struct slice name = tree_folder_name(q);
	struct buf b = buf_over(t->space, sizeof(t->space) - 1);

	if (path.n == 0) {
		buf_put(&b, name);
		buf_byte(&b, '/');
	}
	t->rel_at = b.n;
	t->rel_n = path.n;
	buf_put(&b, path);
	t->name_at = b.n - name.n - 1;
	if (b.full || path.n >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	t->space[b.n] = '\0';
	t->level[0].path_n = (uint32_t)path.n;
	return 0;
}

struct tree *
tree_open(const struct tree_request *q)
{
	/* Not zeroed: most of its pages are never touched. */
	struct tree *t = malloc(sizeof(*t));

	if (t == NULL)
		return NULL;
	t->opt = q->opt;
	t->left_out = 0;
	t->depth = 0;
	t->started = t->lacks_nowait = false;
	for (int i = 0; i < WINDOWS; i++)
		t->window[i].fd = -1;
	if (set_path(t, q) == 0 && beneath_copy(&t->root, q->root) == 0)
		return t;
	free(t);
	return NULL;
}

static void
close_window(struct window *w)
{
	if (w->fd != -1)
		close(w->fd);
	w->fd = -1;
}

void
tree_close(struct tree *t)
{
	for (int i = 0; i < WINDOWS; i++)
		close_window(&t->window[i]);
	beneath_close(&t->root);
	free(t);
}

void
tree_allow_wait(struct tree *t, dev_t mount, struct mount_set *mounts)
{
	if (mount != 0) {
		t->root.stopped.dev = mount;
		t->root.cold = false;
	}
	beneath_allow_wait(&t->root, mounts);
}

void
tree_rewind(struct tree *t)
{
	for (int i = 0; i < WINDOWS; i++)
		close_window(&t->window[i]);
	t->depth = 0;
	t->started = false;
	t->left_out = 0;
	t->rel_n = t->level[0].path_n;
	rel(t)[t->rel_n] = '\0';
}

struct slice
tree_name(const struct tree *t)
{
	return (struct slice){ t->space + t->name_at,
		t->rel_at + t->rel_n - t->name_at };
}

const struct stat *
tree_stat(const struct tree *t)
{
	return &t->st;
}

void
tree_leave_out(struct tree *t, int error)
{
	struct slice name = tree_name(t);

	if (t->left_out++ > 0)
		return;
	t->left_out_error = error;
	if (name.n > LEFT_OUT_NAME)
		name = slice_skip(name, name.n - LEFT_OUT_NAME);
	memcpy(t->left_out_space, name.p, name.n);
	t->left_out_name = (struct slice){ t->left_out_space, name.n };
}

void
tree_put_note(const struct tree *t, struct buf *b)
{
	if (t->left_out == 0)
		return;
	buf_byte(b, '(');
	buf_number(b, t->left_out);
	buf_lit(b, " left out: ");
	buf_visible(b, t->left_out_name);
	buf_lit(b, ": ");
	buf_text(b, strerror(t->left_out_error));
	buf_byte(b, ')');
}

bool
tree_is_unrelated(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	    error == EINPROGRESS;
}

/* An entry that cannot be shown. */
static enum tree_step
leave_out(struct tree *t, int error)
{
	errno = error;
	if (tree_is_unrelated(error))
		return TREE_FAILED;
	tree_leave_out(t, error);
	return TREE_BUSY;
}

static int
open_folder(struct tree *t, struct stat *st)
{
	/* A link may have replaced it, and links are not followed. */
	int fd = beneath_open(&t->root, t->rel_n > 0 ? rel(t) : ".",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd != -1 && fstat(fd, st) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static struct window *
window_of(struct tree *t, int level)
{
	return &t->window[level % WINDOWS];
}

static void
set_window(struct tree *t, int level, int fd)
{
	struct window *w = window_of(t, level);

	close_window(w);
	w->fd = fd;
	w->level = level;
	w->at = w->n = 0;
}

/* Add a level for the current path; fd is its folder. */
static void
push_level(struct tree *t, int fd)
{
	struct level *l = &t->level[t->depth];

	l->dev = t->st.st_dev;
	l->ino = t->st.st_ino;
	l->next = 0;
	l->path_n = (uint32_t)t->rel_n;
	set_window(t, t->depth++, fd);
}

/* The first step: the folder itself, which existed when the request arrived. */
static enum tree_step
start(struct tree *t)
{
	int fd = open_folder(t, &t->st);

	if (fd == -1)
		return TREE_FAILED;
	t->started = true;
	push_level(t, fd);
	return TREE_FOLDER;
}

/* Shorten the current path to that of the last level. */
static void
cut_path(struct tree *t)
{
	t->rel_n = t->level[t->depth - 1].path_n;
	rel(t)[t->rel_n] = '\0';
}

/*
 * The window of the last level.  If deeper folders have used the window, open
 * the folder again.  NULL with errno; ENOENT: it was removed, ESTALE: its name
 * now belongs to another folder.
 */
static struct window *
find_window(struct tree *t)
{
	struct level *l = &t->level[t->depth - 1];
	struct window *w = window_of(t, t->depth - 1);
	struct stat st;
	int fd;

	if (w->fd != -1 && w->level == t->depth - 1)
		return w;
	fd = open_folder(t, &st);
	if (fd == -1)
		return NULL;
	set_window(t, t->depth - 1, fd);
	if (st.st_dev != l->dev || st.st_ino != l->ino) {
		errno = ESTALE;
		return NULL;
	}
	return lseek(fd, l->next, SEEK_SET) == -1 ? NULL : w;
}

/* Returns 1, 0 at the end of the folder, or -1 with errno. */
static int
fill_window(struct window *w)
{
	long got = syscall(SYS_getdents64, w->fd, w->bytes, sizeof(w->bytes));

	/* A folder that was removed is empty. */
	if (got == 0 || (got == -1 && errno == ENOENT))
		return 0;
	w->at = 0;
	w->n = got > 0 ? (size_t)got : 0;
	return got > 0 ? 1 : -1;
}

static unsigned char
type_of(mode_t mode)
{
	return S_ISREG(mode) ? DT_REG : S_ISDIR(mode) ? DT_DIR :
	    S_ISLNK(mode) ? DT_LNK : DT_UNKNOWN;
}

static enum tree_step
enter_folder(struct tree *t)
{
	int fd;

	if (t->depth == LEVELS_MAX || t->rel_n + 1 >= PATH_MAX)
		return leave_out(t, ENAMETOOLONG);
	fd = open_folder(t, &t->st);
	if (fd == -1)
		return leave_out(t, errno);
	rel(t)[t->rel_n++] = '/';
	rel(t)[t->rel_n] = '\0';
	push_level(t, fd);
	return TREE_FOLDER;
}

/* Skip a link that is broken or leads out, as listings do. */
static enum tree_step
follow_link(struct tree *t, const struct window *w, const char *name)
{
	int fd = beneath_open(&t->root, rel(t), O_PATH | O_CLOEXEC);
	struct stat st;
	int status;

	if (fd == -1)
		return tree_is_unrelated(errno) ? TREE_FAILED : TREE_BUSY;
	status = fstat(fd, &st);
	close(fd);
	if (status == 0 && S_ISREG(st.st_mode))
		return TREE_FILE;
	if (status == 0 && S_ISDIR(st.st_mode) &&
	    fstatat(w->fd, name, &t->st, AT_SYMLINK_NOFOLLOW) == 0)
		return TREE_FOLDER_LINK;
	return TREE_BUSY;
}

static enum tree_step
show(struct tree *t, struct window *w, const char *name, unsigned char type)
{
	size_t n = strlen(name);

	if (t->rel_n + n >= PATH_MAX)
		return leave_out(t, ENAMETOOLONG);
	memcpy(rel(t) + t->rel_n, name, n + 1);
	t->rel_n += n;
	if (type == DT_UNKNOWN) {
		if (fstatat(w->fd, name, &t->st, AT_SYMLINK_NOFOLLOW) == -1)
			return leave_out(t, errno);
		type = type_of(t->st.st_mode);
	}
	switch (type) {
	case DT_REG:
		return TREE_FILE;
	case DT_DIR:
		return enter_folder(t);
	case DT_LNK:
		return follow_link(t, w, name);
	default:
		return TREE_BUSY;	/* a FIFO, a socket or a device */
	}
}

enum tree_step
tree_next(struct tree *t)
{
	struct dirent64_head head;
	struct level *level;
	struct window *w;
	enum tree_step step;
	const char *name;

	if (!t->started)
		return start(t);
	if (t->depth == 0)
		return TREE_END;
	level = &t->level[t->depth - 1];
	cut_path(t);
	w = find_window(t);
	if (w == NULL && errno == ENOENT) {
		t->depth--;
		return leave_out(t, ENOENT);
	}
	if (w == NULL)
		return TREE_FAILED;
	if (w->at == w->n) {
		int status = fill_window(w);

		if (status == 0) {
			close_window(w);
			t->depth--;
		}
		return status == -1 ? TREE_FAILED : TREE_BUSY;
	}
	memcpy(&head, w->bytes + w->at, offsetof(struct dirent64_head, name));
	name = w->bytes + w->at + offsetof(struct dirent64_head, name);
	step = entries_show(t->opt, slice_of(name), level->path_n == 0) ?
	    show(t, w, name, head.type) : TREE_BUSY;
	if (step == TREE_FAILED && errno == EINPROGRESS)
		return step;
	w->at += head.length;
	level->next = head.off;
	return step;
}

int
tree_open_file(struct tree *t, struct stat *st)
{
	/* O_NONBLOCK: a FIFO in its place would block the whole loop. */
	int fd = beneath_open(&t->root, rel(t),
	    O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd == -1)
		return -1;
	if (fstat(fd, st) == -1 || !S_ISREG(st->st_mode)) {
		close(fd);
		errno = ESTALE;
		return -1;
	}
	if (tree_has_bytes(t, fd, 0, st->st_size - 1))
		return fd;
	close(fd);
	errno = EINPROGRESS;
	return -1;
}

bool
tree_has_bytes(struct tree *t, int fd, off_t first, off_t last)
{
	if (!t->root.cached || t->lacks_nowait || last < first ||
	    resource_probe(fd, first, last) == 0)
		return true;
	if (errno == EAGAIN) {
		beneath_stop(&t->root);
		return false;
	}
	t->lacks_nowait = true;
	return true;
}

/*
 * Does target, resolved as text from the link's folder, stay in the archive and
 * avoid hidden names?  Not with a ".." after a name: the name may be a link, so
 * that ".." leads to another folder than the text shows.
 */
static bool
stays_inside(const struct tree *t, struct slice target)
{
	/* How many levels the link's folder is below the requested folder. */
	int above = t->depth - 1;
	bool named = false;
	struct slice name;

	while (http_next_segment(&target, &name)) {
		if (slice_equal(name, SLICE(".")))
			continue;
		if (!slice_equal(name, SLICE(".."))) {
			if (resource_is_hidden(t->opt, name, false))
				return false;
			named = true;
		} else if (named || --above < 0) {
			return false;
		}
	}
	return true;
}

bool
tree_read_link(struct tree *t, char target[static PATH_MAX])
{
	const struct window *w = window_of(t, t->depth - 1);
	const char *name = rel(t) + t->level[t->depth - 1].path_n;
	ssize_t n = readlinkat(w->fd, name, target, PATH_MAX - 1);

	if (n < 1)
		return false;
	target[n] = '\0';
	return target[0] != '/' &&
	    stays_inside(t, (struct slice){ target, (size_t)n });
}
