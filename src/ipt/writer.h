/* A file being written: shared by write.c and commit.c. */
#ifndef IP_IPT_WRITER_H
#define IP_IPT_WRITER_H

#include <stdio.h>
#include <iphase/ipt.h>
#include "format.h"

/* A tensor that the file has or will have. */
struct ip_ipt_entry {
	char *name;
	struct ip_tensor head;	/* no data */
	int flags;
	uint64_t elements;	/* written so far */
	unsigned char *pending;	/* growing: less than a chunk */
	size_t pending_count;	/* its elements */
};

struct ip_ipt_writer {
	char *path;
	FILE *file;
	struct ip_outfile *out;	/* a file that does not yet exist */
	int store, failed;
	int keep;		/* what lies behind the end is not ours to cut */
	uint64_t at;		/* where the next block goes */
	struct ip_ipt_commit commit;	/* the last; serial 0: none */
	struct ip_ipt_entry *entries;
	size_t count, entries_cap;
	unsigned char *index;	/* headers since the last commit */
	size_t index_count, index_cap;
};

/* Each reports, notes the failure in w, and returns its status. */
int ip_ipt_fail_io(struct ip_ipt_writer *w);
int ip_ipt_write(struct ip_ipt_writer *w, const void *p, uint64_t n);
/* One block; fills in offset and crc of b. */
int ip_ipt_write_block(struct ip_ipt_writer *w, struct ip_ipt_block *b,
	const void *payload);
/* A new entry, in memory only. */
int ip_ipt_add_entry(struct ip_ipt_writer *w, const char *name,
	const struct ip_tensor *head, int flags);
/* Write the rows of growing tensor id that wait for more. */
int ip_ipt_flush(struct ip_ipt_writer *w, uint32_t id);
/* Status of a failure before, reported again; 0 if there was none. */
int ip_ipt_check_writer(const struct ip_ipt_writer *w);

#endif
