/* Opening for writing, the index and commit record, closing. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../core/core.h"
#include "file.h"
#include "writer.h"

static struct ip_ipt_writer *writer_new(const char *path, int store)
{
	struct ip_ipt_writer *w = ip_alloc(sizeof *w);

	if (!w)
		return NULL;
	w->store = store;
	w->path = ip_strdup(path);
	if (!w->path) {
		ip_free(w);
		return NULL;
	}
	return w;
}

int ip_ipt_create(struct ip_ipt_writer **out, const char *path, int store)
{
	unsigned char header[IP_IPT_HEADER];
	struct ip_ipt_writer *w;
	int rc;

	*out = NULL;
	w = writer_new(path, store);
	if (!w)
		return IP_ENOMEM;
	rc = ip_outfile_open(&w->out, path);
	if (rc == 0) {
		w->file = w->out->file;
		ip_ipt_header_put(header);
		rc = ip_ipt_write(w, header, sizeof header);
	}
	if (rc < 0) {
		ip_ipt_writer_close(w);
		return rc;
	}
	*out = w;
	return 0;
}

/* Take over what the file holds, and go behind its last commit. */
static int adopt(struct ip_ipt_writer *w, const struct ip_ipt *f)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < f->count && rc == 0; i++) {
		rc = ip_ipt_add_entry(w, f->items[i].name, &f->items[i].tensor,
			f->tensors[i].flags);
		if (rc == 0)
			w->entries[i].elements = f->tensors[i].elements;
	}
	w->commit = f->commit;
	w->at = f->commit.end;
	if (rc == 0 && (ftruncate(fileno(w->file), (off_t)w->at) != 0 ||
	    fseeko(w->file, (off_t)w->at, SEEK_SET) != 0))
		rc = ip_ipt_fail_io(w);
	return rc;
}

/* Open path for writing, alone among those who do. */
static int open_locked(const char *path, FILE **file)
{
	struct flock lock;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return ip_fail_errno(IP_EIO, "%s: cannot be opened for"
			" writing", path);
	memset(&lock, 0, sizeof lock);
	lock.l_type = F_WRLCK;
	lock.l_whence = SEEK_SET;
	if (fcntl(fd, F_SETLK, &lock) != 0 &&
	    (errno == EACCES || errno == EAGAIN)) {
		close(fd);
		return ip_fail(IP_EIO, "%s: another process is adding to it",
			path);
	}
	*file = fdopen(fd, "r+b");
	if (!*file) {
		close(fd);
		return ip_fail_errno(IP_EIO, "%s: cannot be opened", path);
	}
	return 0;
}

int ip_ipt_append(struct ip_ipt_writer **out, const char *path)
{
	struct ip_ipt_writer *w;
	struct ip_ipt *f = NULL;
	int rc;

	*out = NULL;
	w = writer_new(path, 0);
	if (!w)
		return IP_ENOMEM;
	rc = open_locked(path, &w->file);
	if (rc == 0)
		rc = ip_ipt_open_fd(&f, path, fileno(w->file), 0);
	if (rc == 0)
		rc = adopt(w, f);
	ip_ipt_close(f);
	if (rc < 0) {
		w->keep = 1;
		ip_ipt_writer_close(w);
		return rc;
	}
	*out = w;
	return 0;
}

static int write_index(struct ip_ipt_writer *w, uint64_t *offset)
{
	struct ip_ipt_block b = { 0 };

	b.type = IP_IPT_INDEX;
	b.size = b.raw = w->index_count * IP_IPT_BLOCK;
	b.count = w->index_count;
	b.first = w->commit.index;
	*offset = w->at;
	return ip_ipt_write_block(w, &b, w->index);
}

/*
 * The commit record that is not in use is overwritten, and only when all that
 * it names is on the disk: at any moment one of the two is good.
 */
static int write_commit(struct ip_ipt_writer *w, struct ip_ipt_commit *c)
{
	unsigned char slot[IP_IPT_SLOT];
	int fd = fileno(w->file);

	c->serial = w->commit.serial + 1;
	c->end = w->at;
	ip_ipt_slot_put(slot, c);
	if (fflush(w->file) != 0 || (!w->out && fsync(fd) != 0))
		return ip_ipt_fail_io(w);
	w->keep = 1;	/* should this fail, nobody knows which record holds */
	if (pwrite(fd, slot, sizeof slot, (off_t)(IP_IPT_FIXED +
	    c->serial % 2 * IP_IPT_SLOT)) != (ssize_t)sizeof slot ||
	    (!w->out && fsync(fd) != 0))
		return ip_ipt_fail_io(w);
	w->keep = 0;
	return 0;
}

/* The new file is in place: from now on it is added to. */
static int publish(struct ip_ipt_writer *w)
{
	struct ip_outfile *o = w->out;
	int rc;

	w->out = NULL;
	w->file = NULL;
	rc = ip_outfile_commit(o);
	if (rc == 0)
		rc = open_locked(w->path, &w->file);
	if (rc == 0 && fseeko(w->file, (off_t)w->at, SEEK_SET) != 0)
		return ip_ipt_fail_io(w);
	return w->failed = rc;
}

int ip_ipt_commit(struct ip_ipt_writer *w)
{
	struct ip_ipt_commit c;
	size_t i;
	int rc;

	rc = ip_ipt_check_writer(w);
	for (i = 0; i < w->count && rc == 0; i++)
		rc = ip_ipt_flush(w, (uint32_t)i);
	if (rc < 0 || (w->index_count == 0 && w->commit.serial))
		return rc;
	rc = write_index(w, &c.index);
	if (rc == 0)
		rc = write_commit(w, &c);
	if (rc == 0 && w->out)
		rc = publish(w);
	if (rc < 0)
		return rc;
	w->commit = c;
	w->index_count = 0;
	return 0;
}

void ip_ipt_writer_close(struct ip_ipt_writer *w)
{
	size_t i;

	if (!w)
		return;
	if (w->out) {
		ip_outfile_abort(w->out);
	} else if (w->file) {
		fflush(w->file);
		if (!w->keep && w->at > w->commit.end)
			(void)!ftruncate(fileno(w->file),
				(off_t)w->commit.end);
		fclose(w->file);
	}
	for (i = 0; i < w->count; i++) {
		ip_free(w->entries[i].name);
		ip_free(w->entries[i].pending);
	}
	ip_free(w->entries);
	ip_free(w->index);
	ip_free(w->path);
	ip_free(w);
}

int ip_ipt_save(const char *path, const struct ip_bundle *b, int store)
{
	struct ip_ipt_writer *w;
	size_t i;
	int rc;

	rc = ip_ipt_create(&w, path, store);
	if (rc < 0)
		return rc;
	if (b->attrs.count)
		rc = ip_ipt_put_attrs(w, &b->attrs);
	for (i = 0; i < b->count && rc == 0; i++)
		rc = ip_ipt_put(w, b->items[i].name, &b->items[i].tensor,
			&b->items[i].attrs);
	if (rc == 0)
		rc = ip_ipt_commit(w);
	ip_ipt_writer_close(w);
	return rc;
}
