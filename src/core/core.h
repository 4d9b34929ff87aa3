/* What every part of the library stands on: messages, memory, outputs. */
#ifndef IP_CORE_H
#define IP_CORE_H

#include <stddef.h>
#include <stdio.h>
#include <iphase/log.h>
#include <iphase/status.h>

#if defined(__GNUC__)
#define IP_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define IP_PRINTF(f, a)
#endif

/* ---- messages ---- */

/*
 * Report an error where it arises and return its status: once a failure;
 * callers only forward the status. Not from a worker thread: workers note
 * their status, and the calling thread reports it.
 */
int ip_fail(int status, const char *fmt, ...) IP_PRINTF(2, 3);
/* The same, with ": " and the text of errno as it was at the call. */
int ip_fail_errno(int status, const char *fmt, ...) IP_PRINTF(2, 3);
void ip_warn(const char *fmt, ...) IP_PRINTF(1, 2);
void ip_info(const char *fmt, ...) IP_PRINTF(1, 2);
void ip_debug(const char *fmt, ...) IP_PRINTF(1, 2);

/*
 * The messages of a thread of our own, for which the log callback is not: from
 * ip_log_keep on they are kept in k instead (NULL: no more), to be told by the
 * thread that called the library. {0} is empty; only what tell or forget has
 * been given is freed.
 */
struct ip_kept_line {
	struct ip_kept_line *next;
	enum ip_level level;
	char text[];
};
struct ip_kept {
	struct ip_kept_line *first, *last;
};
void ip_log_keep(struct ip_kept *k);
/* One that was kept elsewhere; it is lost where there is no memory. */
void ip_log_add(struct ip_kept *k, enum ip_level level, const char *text);
void ip_log_tell(struct ip_kept *k);	/* {0} then */
void ip_log_forget(struct ip_kept *k);

/*
 * Progress of one long call, from the calling thread. Calls may nest: only
 * the outermost is shown. Reports come at most ten times a second.
 */
void ip_progress_begin(const char *what, unsigned long total);
void ip_progress_step(unsigned long done);	/* in all so far */
void ip_progress_end(void);

/* ---- memory ---- */

/*
 * Zeroed, 64-byte aligned; to be freed by ip_free. NULL when there is no
 * memory, which has then been reported: return IP_ENOMEM. Size 0 gives a
 * pointer. Big blocks come zeroed from the system and cost nothing until used.
 */
void *ip_alloc(size_t size);
void *ip_alloc_array(size_t n, size_t size);	/* refuses n * size overflow */
void ip_free(void *p);				/* NULL is fine */
char *ip_strdup(const char *s);
int ip_ends_with(const char *s, const char *end);
char *ip_format(const char *fmt, ...) IP_PRINTF(1, 2);	/* a new string */
/*
 * Make room for need elements in *p (ip_alloc'ed or NULL, *cap elements),
 * at least doubling; new elements are zero.
 */
int ip_grow(void *p, size_t *cap, size_t need, size_t size);
/* *r = a * b, a + b; nonzero on overflow. */
int ip_mul_size(size_t a, size_t b, size_t *r);
int ip_add_size(size_t a, size_t b, size_t *r);
/* Tests: let n more ip_alloc succeed, then fail all; n < 0 never fails. */
void ip_alloc_fail_after(long n);

/*
 * A stack of 64-byte aligned blocks in memory that the caller owns. With
 * base NULL it only measures: the same code runs once to learn peak, then
 * for real. {0} measures without a bound.
 */
struct ip_arena {
	char *base;
	size_t size, used, peak;
};
void ip_arena_init(struct ip_arena *a, void *base, size_t size);
/* The next block (NULL while measuring), not zeroed; IP_ELIMIT past size. */
int ip_arena_take(struct ip_arena *a, size_t n, void **p);
size_t ip_arena_mark(const struct ip_arena *a);
void ip_arena_release(struct ip_arena *a, size_t mark);	/* back to mark */

/* ---- outputs: whole or not at all ---- */

/*
 * Bytes go to a hidden file beside path, which takes path's place on commit.
 * After kill -9 that file may stay; the next run of the same output empties
 * and uses it, or says that another process is writing it. Not for threads.
 */
struct ip_outfile {
	FILE *file;	/* write here; seekable */
	char *path;	/* the final name, for messages */
	char *temp;
	int dir;	/* the folder, to make the name durable */
	struct ip_outfile *next;
};
int ip_outfile_open(struct ip_outfile **o, const char *path);
int ip_outfile_write(struct ip_outfile *o, const void *p, size_t n);
int ip_outfile_printf(struct ip_outfile *o, const char *fmt, ...)
	IP_PRINTF(2, 3);
/* flush, fsync, rename, fsync of the directory. Frees o, also on failure. */
int ip_outfile_commit(struct ip_outfile *o);
void ip_outfile_abort(struct ip_outfile *o);	/* NULL is fine */

/* The whole file at path, at most limit bytes, plus a closing NUL that n does
 * not count. */
int ip_file_read(const char *path, size_t limit, char **data, size_t *n);

#endif
