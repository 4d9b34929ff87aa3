/* The tree of tags in a DM3 or DM4 file. */
#ifndef IP_FORMATS_DM_H
#define IP_FORMATS_DM_H

#include <stdint.h>
#include <stdio.h>

#define IP_DM_DEPTH 64		/* groups in groups */
#define IP_DM_NAME 24		/* no longer one is looked for */

/* One step of the path to a tag. */
struct ip_dm_level {
	char name[IP_DM_NAME];	/* "" if it is longer */
	uint64_t index;		/* among its siblings, from 0 */
	uint64_t left;		/* of a group: tags to come */
};

struct ip_dm_tree {
	const char *path;
	FILE *f;
	uint64_t pos, size;	/* of the file */
	int version;		/* 3 or 4 */
	int little;		/* byte order of values; counts are big */
	struct ip_dm_level level[IP_DM_DEPTH];
	int depth;		/* levels of the tag at hand */
};

/* The value at hand, which begins at offset. */
struct ip_dm_value {
	uint64_t offset, bytes;
	uint64_t count;		/* elements of an array, or 1 */
	int type;		/* of a number or of an array's; 15: a struct */
	int array;
};

/*
 * Walk the whole tree and hand each value to visit, which may read it by
 * ip_dm_number, ip_dm_text, or later from the file.
 */
int ip_dm_walk(struct ip_dm_tree *t,
	int (*visit)(struct ip_dm_tree *t, const struct ip_dm_value *v,
	void *ctx), void *ctx);
/* Whether the tag's path is this one: its groups and its own name, with a
 * slash between; * stands for any name. */
int ip_dm_at(const struct ip_dm_tree *t, const char *path);
/* A number; IP_EFORMAT if it is none. */
int ip_dm_number(struct ip_dm_tree *t, const struct ip_dm_value *v, double *d);
/* Text (UTF-16 or bytes) as UTF-8, cut to size bytes; "" if it is none. */
int ip_dm_text(struct ip_dm_tree *t, const struct ip_dm_value *v, char *s,
	size_t size);

#endif
