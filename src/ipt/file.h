/* An open .ipt file: what reader, recovery and writer share. */
#ifndef IP_IPT_FILE_H
#define IP_IPT_FILE_H

#include <iphase/ipt.h>
#include "format.h"

struct ip_ipt_chunk {
	uint64_t offset;	/* of its block header */
	uint64_t size, raw, first, count;
	uint32_t codec, crc;
	int checked;		/* a stored chunk whose checksum was right */
};

/* Beside item i of the file. */
struct ip_ipt_tensor {
	struct ip_ipt_chunk *chunks;
	size_t count, cap;
	uint64_t elements;	/* in the chunks */
	int flags;
};

struct ip_ipt_blocks {
	struct ip_ipt_block *b;
	size_t count, cap;
};

/*
 * How to take damage. PLAIN: an error. TRY: recovery was allowed, but first
 * the index is tried: a warning, then everything starts again with SCAN,
 * where a tensor may lack its end.
 */
enum ip_ipt_phase { IP_IPT_PLAIN, IP_IPT_TRY, IP_IPT_SCAN };

struct ip_ipt {
	char *path;
	int fd, keep_fd;	/* keep_fd: the writer's, not closed here */
	enum ip_ipt_phase phase;
	uint64_t size;		/* of the file */
	struct ip_ipt_commit commit;
	struct ip_ipt_blocks blocks;
	struct ip_attrs attrs;
	struct ip_item *items;
	struct ip_ipt_tensor *tensors;
	size_t count, items_cap, tensors_cap;
	void *map;
};

/* Report damage as the phase wants it; returns status. */
int ip_ipt_damage(const struct ip_ipt *f, int status, const char *fmt, ...);

/* n bytes at offset; silent, for workers. IP_EIO or IP_ETRUNCATED. */
int ip_ipt_pread(int fd, void *p, uint64_t n, uint64_t offset);
/* A block's payload, its checksum checked; ip_free it. Reports. */
int ip_ipt_payload(const struct ip_ipt *f, const struct ip_ipt_block *b,
	unsigned char **p);
/* The CRC of size bytes at offset, read in pieces; silent. */
int ip_ipt_crc_at(int fd, uint64_t offset, uint64_t size, uint32_t *crc);

/* Every whole block from the file header on, into f->blocks. */
int ip_ipt_scan(struct ip_ipt *f);

/* ip_ipt_open on a descriptor that the caller keeps. */
int ip_ipt_open_fd(struct ip_ipt **f, const char *path, int fd, int flags);

/* Rows of a tensor: elements of all axes but the first. */
uint64_t ip_ipt_row(const struct ip_tensor *t);

#endif
