/* Outputs that appear whole or not at all. */
#define _XOPEN_SOURCE 700	/* realpath */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core.h"

/*
 * Open outputs of this process: POSIX record locks do not keep a process from
 * itself.
 */
static struct ip_outfile *open_list;

static void release(struct ip_outfile *o)
{
	struct ip_outfile **p;

	for (p = &open_list; *p; p = &(*p)->next)
		if (*p == o) {
			*p = o->next;
			break;
		}
	if (o->file)
		fclose(o->file);
	if (o->dir >= 0)
		close(o->dir);
	ip_free(o->path);
	ip_free(o->temp);
	ip_free(o);
}

/* The file that path means: a symbolic link is written through. */
static int target(const char *path, char **out)
{
	struct stat st;
	char *real;

	if (stat(path, &st) != 0) {
		if (errno != ENOENT || lstat(path, &st) == 0)
			return ip_fail_errno(IP_EIO, "%s: cannot be written",
				path);
		*out = ip_strdup(path);
		return *out ? 0 : IP_ENOMEM;
	}
	if (!S_ISREG(st.st_mode))
		return ip_fail(IP_EINVAL, "%s: not a regular file, and outputs"
			" replace their file as a whole; give a file name",
			path);
	real = realpath(path, NULL);
	if (!real)
		return ip_fail_errno(IP_EIO, "%s: cannot be written", path);
	*out = ip_strdup(real);
	free(real);
	return *out ? 0 : IP_ENOMEM;
}

/* To make the new name durable; -1 where that cannot be done. */
static int open_dir(const char *path, int *fd)
{
	const char *slash = strrchr(path, '/');
	char *dir;

	dir = slash ? ip_format("%.*s", (int)(slash - path) + 1, path) :
		ip_strdup(".");
	if (!dir)
		return IP_ENOMEM;
	*fd = open(dir, O_RDONLY | O_CLOEXEC);
	ip_free(dir);
	return 0;
}

static char *temp_name(const char *path)
{
	const char *base = strrchr(path, '/');

	base = base ? base + 1 : path;
	return ip_format("%.*s.%s.tmp", (int)(base - path), path, base);
}

/*
 * Open and lock the temporary. Between open and lock its owner may have
 * renamed it: then ours is the finished output of another, and we try again.
 * A file system without locks is used without.
 */
static int open_temp(const char *temp, const char *path)
{
	struct flock lock;
	struct stat ours, there;
	int fd, tries;

	for (tries = 0; tries < 100; tries++) {
		fd = open(temp, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			0666);
		if (fd < 0)
			return ip_fail_errno(IP_EIO, "%s: cannot be written"
				" (temporary file beside it)", path);
		memset(&lock, 0, sizeof lock);
		lock.l_type = F_WRLCK;
		lock.l_whence = SEEK_SET;
		if (fcntl(fd, F_SETLK, &lock) != 0 &&
		    (errno == EACCES || errno == EAGAIN)) {
			close(fd);
			return ip_fail(IP_EIO, "%s: another process is writing"
				" it (%s)", path, temp);
		}
		if (fstat(fd, &ours) == 0 && stat(temp, &there) == 0 &&
		    ours.st_ino == there.st_ino &&
		    ours.st_dev == there.st_dev)
			return fd;
		close(fd);
	}
	return ip_fail(IP_EIO, "%s: %s keeps changing under us", path, temp);
}

int ip_outfile_open(struct ip_outfile **out, const char *path)
{
	struct ip_outfile *o, *p;
	size_t n = strlen(path);
	struct stat st;
	int fd, rc;

	*out = NULL;
	if (n == 0 || path[n - 1] == '/')
		return ip_fail(IP_EINVAL, "'%s': no name for an output file",
			path);
	o = ip_alloc(sizeof *o);
	if (!o)
		return IP_ENOMEM;
	o->dir = -1;
	rc = target(path, &o->path);
	if (rc == 0)
		rc = open_dir(o->path, &o->dir);
	if (rc < 0)
		goto fail;
	rc = IP_ENOMEM;
	o->temp = temp_name(o->path);
	if (!o->temp)
		goto fail;
	for (p = open_list; p; p = p->next)
		if (strcmp(p->temp, o->temp) == 0) {
			rc = ip_fail(IP_EINVAL, "%s: already being written",
				path);
			goto fail;
		}
	rc = fd = open_temp(o->temp, path);
	if (rc < 0)
		goto fail;
	if (ftruncate(fd, 0) != 0 || !(o->file = fdopen(fd, "w+b"))) {
		rc = ip_fail_errno(IP_EIO, "%s: cannot be written", path);
		close(fd);
		goto fail;
	}
	if (stat(o->path, &st) == 0)	/* keep who may read it; no matter */
		(void)!fchmod(fd, st.st_mode & 0777);
	o->next = open_list;
	open_list = o;
	*out = o;
	return 0;
fail:
	release(o);
	return rc;
}

int ip_outfile_write(struct ip_outfile *o, const void *p, size_t n)
{
	if (n && fwrite(p, 1, n, o->file) != n)
		return ip_fail_errno(IP_EIO, "%s: cannot be written", o->path);
	return 0;
}

int ip_outfile_printf(struct ip_outfile *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vfprintf(o->file, fmt, ap);
	va_end(ap);
	if (n < 0)
		return ip_fail_errno(IP_EIO, "%s: cannot be written", o->path);
	return 0;
}

int ip_outfile_commit(struct ip_outfile *o)
{
	int rc = 0;

	/* the lock goes with the close, so the rename comes first */
	if (fflush(o->file) != 0 || ferror(o->file) ||
	    fsync(fileno(o->file)) != 0 || rename(o->temp, o->path) != 0) {
		rc = ip_fail_errno(IP_EIO, "%s: cannot be written", o->path);
		unlink(o->temp);
	} else if (o->dir >= 0) {
		fsync(o->dir);
	}
	release(o);
	return rc;
}

void ip_outfile_abort(struct ip_outfile *o)
{
	if (!o)
		return;
	unlink(o->temp);
	release(o);
}

int ip_file_read(const char *path, size_t limit, char **data, size_t *n)
{
	struct stat st;
	char *p = NULL;
	FILE *f;
	int rc;

	*data = NULL;
	*n = 0;
	f = fopen(path, "rb");
	if (!f)
		return ip_fail_errno(IP_EIO, "%s: cannot be opened", path);
	if (fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode)) {
		rc = ip_fail(IP_EIO, "%s: not a regular file", path);
		goto out;
	}
	if ((unsigned long long)st.st_size > limit) {
		rc = ip_fail(IP_ELIMIT, "%s: %lld bytes, at most %zu can be"
			" right", path, (long long)st.st_size, limit);
		goto out;
	}
	p = ip_alloc((size_t)st.st_size + 1);
	if (!p) {
		rc = IP_ENOMEM;
		goto out;
	}
	if (fread(p, 1, (size_t)st.st_size, f) != (size_t)st.st_size) {
		rc = ferror(f) ?
			ip_fail_errno(IP_EIO, "%s: cannot be read", path) :
			ip_fail(IP_EIO, "%s: shrank while it was read", path);
		goto out;
	}
	*data = p;
	*n = (size_t)st.st_size;
	p = NULL;
	rc = 0;
out:
	ip_free(p);
	fclose(f);
	return rc;
}
