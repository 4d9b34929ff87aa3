/* safetensors: a JSON header with its length before it, then the data. */
#ifndef IP_FORMATS_SAFETENSORS_H
#define IP_FORMATS_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>
#include <iphase/bundle.h>

/* The format's own bound. */
#define IP_SAFETENSORS_HEADER_MAX 100000000u
#define IP_SAFETENSORS_METADATA "__metadata__"
#define IP_SAFETENSORS_ATTRIBUTES "attributes"	/* of __metadata__ */

struct ip_safetensors_type {
	const char *name;	/* "F32" */
	enum ip_dtype dtype;	/* of the data; BF16 as its 16 bits */
	int write;		/* how this dtype is written */
};

/* Ends with name NULL. */
extern const struct ip_safetensors_type ip_safetensors_types[];

struct ip_safetensors_entry {
	char *name;
	const struct ip_safetensors_type *type;
	int ndim;
	size_t shape[IP_MAX_DIMS];
	uint64_t begin, end;	/* in the data */
};

struct ip_safetensors_header {
	size_t count, room;
	struct ip_safetensors_entry *entries;
	struct ip_attrs metadata;
};

/*
 * Parse text[0..n), the header of the file called path. h is {0}, and to be
 * freed also on failure. Where the tensors lie has not been checked.
 */
int ip_safetensors_parse(const char *path, const char *text, size_t n,
	struct ip_safetensors_header *h);
void ip_safetensors_header_free(struct ip_safetensors_header *h);

#endif
