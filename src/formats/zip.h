/*
 * Zip archives: PKWARE's APPNOTE 6.3, as far as NumPy uses it: members stored
 * or deflated, in one file, with zip64.
 */
#ifndef IP_FORMATS_ZIP_H
#define IP_FORMATS_ZIP_H

#include "stream.h"

struct ip_zip_entry {
	char *name;
	unsigned flags, method;
	uint32_t crc;
	uint64_t packed, size, offset;	/* offset of the local header */
};

struct ip_zip {
	const char *path;	/* the caller's, must outlive it */
	FILE *file;
	uint64_t size, directory;	/* of the file; start of the directory */
	size_t count;
	struct ip_zip_entry *entries;
};

/* Read and check the directory. */
int ip_zip_open(struct ip_zip **z, const char *path);
void ip_zip_close(struct ip_zip *z);

/*
 * Member i as a source. what names it in messages and must outlive it.
 * finish says whether the whole member had been read and its checksum held;
 * to be called only after successful reads. drop frees in any case.
 */
int ip_zip_begin(struct ip_zip *z, size_t i, const char *what,
	struct ip_source *s);
int ip_zip_finish(struct ip_source *s);
void ip_zip_drop(struct ip_source *s);

struct ip_outfile;
struct ip_zip_writer;

/*
 * Write an archive into o, which stays the caller's. Sizes and offsets from
 * limit on are written in zip64 (0: only those that need it). Names must be
 * unique; the bytes written depend only on what is put in.
 */
int ip_zip_create(struct ip_zip_writer **w, struct ip_outfile *o,
	uint64_t limit);
/* A member of size bytes in all; deflated if compress. Ends the last one. */
int ip_zip_member(struct ip_zip_writer *w, const char *name, uint64_t size,
	int compress, struct ip_sink *s);
/* The directory. Frees w, also on failure. */
int ip_zip_end(struct ip_zip_writer *w);
void ip_zip_abandon(struct ip_zip_writer *w);	/* NULL is fine */

#endif
