/* A reader in a process of its own: what it found comes through a pipe. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../core/core.h"
#include "apart.h"

#define COUNT_MAX (1u << 20)	/* of tensors, of attributes, of messages */
#define TEXT_MAX (64u << 20)
enum { END = 0x1d7e };		/* the last word: all has come */

/* ---- the child: into the pipe ---- */

static void put(FILE *f, const void *p, size_t n)
{
	if (n && fwrite(p, 1, n, f) != n)
		_exit(1);
}

static void put_size(FILE *f, size_t n)
{
	put(f, &n, sizeof n);
}

static void put_text(FILE *f, const char *s)
{
	put_size(f, strlen(s));
	put(f, s, strlen(s));
}

static size_t word(enum ip_attr_type type)
{
	return type == IP_ATTR_TEXT ? 1 : 8;
}

static void put_attrs(FILE *f, const struct ip_attrs *attrs)
{
	const struct ip_attr *a = attrs->items;
	size_t i;

	put_size(f, attrs->count);
	for (i = 0; i < attrs->count; i++, a++) {
		put_text(f, a->key);
		put_size(f, a->type);
		put_size(f, a->count);
		put(f, a->v.text, a->count * word(a->type));
	}
}

static void put_bundle(FILE *f, const struct ip_bundle *b)
{
	const struct ip_tensor *t;
	size_t i;

	put_attrs(f, &b->attrs);
	put_size(f, b->count);
	for (i = 0; i < b->count; i++) {
		t = &b->items[i].tensor;
		put_text(f, b->items[i].name);
		put_size(f, t->dtype);
		put_size(f, (size_t)t->ndim);
		put(f, t->shape, sizeof t->shape);
		put(f, t->data, ip_tensor_count(t) * ip_dtype_size(t->dtype));
		put_attrs(f, &b->items[i].attrs);
	}
}

static void put_messages(FILE *f, const struct ip_kept *k)
{
	const struct ip_kept_line *line;

	for (line = k->first; line; line = line->next) {
		put_size(f, 1);
		put_size(f, line->level);
		put_text(f, line->text);
	}
	put_size(f, 0);
}

/* ---- the child: what it may take ---- */

static void bound(int what, rlim_t most)
{
	struct rlimit r;

	if (getrlimit(what, &r) == 0 && (r.rlim_cur == RLIM_INFINITY ||
	    r.rlim_cur > most)) {
		r.rlim_cur = most;
		setrlimit(what, &r);
	}
}

/* Only Linux tells how much there is already; a sanitizer has terabytes. */
static void bound_memory(size_t more)
{
#ifndef __SANITIZE_ADDRESS__
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f && fscanf(f, "%lu", &pages) == 1)
		bound(RLIMIT_AS, (rlim_t)pages * (rlim_t)sysconf(
			_SC_PAGESIZE) + more);
	if (f)
		fclose(f);
#else
	(void)more;
#endif
}

/* It dies without a word: the parent tells of it, once. */
static void be_quiet(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE,
		SIGILL, SIGXCPU };
	int fd = open("/dev/null", O_WRONLY);
	size_t i;

	for (i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], SIG_DFL);
	if (fd >= 0) {
		dup2(fd, 1);
		dup2(fd, 2);
	}
}

static void child(const struct ip_apart *limit, const char *path,
	int (*read)(const char *path, struct ip_bundle *b), int to)
{
	struct ip_bundle b = { 0 };
	struct ip_kept k = { 0 };
	FILE *f;
	int rc;

	be_quiet();
	bound(RLIMIT_CORE, 0);
	bound(RLIMIT_CPU, limit->seconds);
	bound_memory(limit->memory);
	ip_log_keep(&k);
	rc = read(path, &b);
	f = fdopen(to, "wb");
	if (!f)
		_exit(1);
	put_messages(f, &k);
	put(f, &rc, sizeof rc);
	if (rc == 0)
		put_bundle(f, &b);
	put_size(f, END);
	_exit(fflush(f) != 0);
}

/* ---- the parent: out of the pipe, believing nothing ---- */

enum { BROKEN = 1 };	/* the pipe ended, or holds nonsense */

struct pipe {
	FILE *f;
	size_t left;	/* bytes that tensors may still have */
};

static int get(struct pipe *p, void *to, size_t n)
{
	return n && fread(to, 1, n, p->f) != n ? BROKEN : 0;
}

static int get_size(struct pipe *p, size_t *n, size_t most)
{
	return get(p, n, sizeof *n) || *n > most ? BROKEN : 0;
}

static int get_text(struct pipe *p, char **s)
{
	size_t n;

	*s = NULL;
	if (get_size(p, &n, TEXT_MAX))
		return BROKEN;
	*s = ip_alloc(n + 1);
	if (!*s)
		return IP_ENOMEM;
	return get(p, *s, n);
}

static int get_attr(struct pipe *p, struct ip_attrs *a)
{
	struct ip_attr at = { 0 };
	const struct ip_attrs one = { .items = &at, .count = 1 };
	size_t type = 0;
	int rc = get_text(p, &at.key);

	if (rc == 0 && (get_size(p, &type, IP_ATTR_I64) || type == 0 ||
	    get_size(p, &at.count, TEXT_MAX)))
		rc = BROKEN;
	at.type = (enum ip_attr_type)type;
	if (rc == 0) {
		at.v.text = ip_alloc(at.count * word(at.type) + 1);
		rc = at.v.text ? get(p, at.v.text, at.count * word(at.type)) :
			IP_ENOMEM;
	}
	if (rc == 0)
		rc = ip_attrs_copy(a, &one);
	ip_free(at.v.text);
	ip_free(at.key);
	return rc;
}

static int get_attrs(struct pipe *p, struct ip_attrs *a)
{
	size_t n, i;
	int rc = get_size(p, &n, COUNT_MAX);

	for (i = 0; rc == 0 && i < n; i++)
		rc = get_attr(p, a);
	return rc;
}

static int get_tensor(struct pipe *p, struct ip_tensor *t)
{
	size_t dtype, ndim, shape[IP_MAX_DIMS], n, d;
	int rc;

	if (get_size(p, &dtype, IP_TEXT) || dtype == 0 ||
	    get_size(p, &ndim, IP_MAX_DIMS) || get(p, shape, sizeof shape))
		return BROKEN;
	n = ip_dtype_size((enum ip_dtype)dtype);
	for (d = 0; d < ndim; d++)
		if (ip_mul_size(n, shape[d], &n))
			return BROKEN;
	if (n > p->left)
		return BROKEN;
	p->left -= n;
	rc = ip_tensor_new(t, (enum ip_dtype)dtype, (int)ndim, shape);
	return rc < 0 ? rc : get(p, t->data, n);
}

static int get_item(struct pipe *p, struct ip_bundle *b)
{
	struct ip_tensor t = { 0 };
	struct ip_item *item;
	char *name;
	int rc = get_text(p, &name);

	if (rc == 0)
		rc = get_tensor(p, &t);
	if (rc == 0 && (!name[0] || ip_bundle_find(b, name)))
		rc = BROKEN;
	if (rc == 0)
		rc = ip_bundle_add(b, name, &t, &item);
	if (rc == 0)
		rc = get_attrs(p, &item->attrs);
	ip_tensor_free(&t);
	ip_free(name);
	return rc;
}

static int get_bundle(struct pipe *p, struct ip_bundle *b)
{
	size_t n, i;
	int rc = get_attrs(p, &b->attrs);

	if (rc == 0)
		rc = get_size(p, &n, COUNT_MAX);
	for (i = 0; rc == 0 && i < n; i++)
		rc = get_item(p, b);
	return rc;
}

/* To be told when all has come. */
static int get_messages(struct pipe *p, struct ip_kept *k)
{
	size_t more, level, count;
	char *text;
	int rc;

	for (count = 0; count < COUNT_MAX; count++) {
		if (get_size(p, &more, 1))
			return BROKEN;
		if (!more)
			return 0;
		if (get_size(p, &level, IP_LOG_DEBUG))
			return BROKEN;
		rc = get_text(p, &text);
		if (rc == 0)
			ip_log_add(k, (enum ip_level)level, text);
		ip_free(text);
		if (rc != 0)
			return rc;
	}
	return BROKEN;
}

static int get_all(struct pipe *p, struct ip_kept *k, struct ip_bundle *b)
{
	size_t end;
	int rc, said = 0;

	rc = get_messages(p, k);
	if (rc == 0)
		rc = get(p, &said, sizeof said);
	if (rc == 0 && said > 0)
		rc = BROKEN;
	if (rc == 0 && said == 0)
		rc = get_bundle(p, b);
	if (rc == 0 && (get_size(p, &end, END) || end != END))
		rc = BROKEN;
	return rc ? rc : said;
}

static int tell(const struct ip_apart *limit, const char *path, int status)
{
	const char *how = WIFSIGNALED(status) ? (WTERMSIG(status) == SIGXCPU ||
		WTERMSIG(status) == SIGKILL ? "takes too long over it" :
		"breaks down over it") : "gives up on it";

	return ip_fail(IP_EFORMAT, "%s: damaged: %s %s", path, limit->what,
		how);
}

int ip_read_apart(const struct ip_apart *limit, const char *path,
	int (*read)(const char *path, struct ip_bundle *b),
	struct ip_bundle *b)
{
	struct pipe p = { NULL, limit->data };
	struct ip_bundle result = { 0 };
	struct ip_kept k = { 0 };
	int ends[2], status = 0, rc;
	pid_t pid;

	if (pipe(ends) != 0)
		return ip_fail_errno(IP_EIO, "%s: no pipe", path);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		child(limit, path, read, ends[1]);
	}
	close(ends[1]);
	p.f = pid > 0 ? fdopen(ends[0], "rb") : NULL;
	if (!p.f) {
		rc = ip_fail_errno(IP_EIO, "%s: no process to read it", path);
		close(ends[0]);
	} else {
		rc = get_all(&p, &k, &result);
		fclose(p.f);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc == BROKEN) {
		ip_log_forget(&k);
		rc = tell(limit, path, status);
	}
	ip_log_tell(&k);
	if (rc < 0)
		ip_bundle_free(&result);
	else
		*b = result;
	return rc;
}
