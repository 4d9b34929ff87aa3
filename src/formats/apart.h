/* A reader in a process of its own. */
#ifndef IP_FORMATS_APART_H
#define IP_FORMATS_APART_H

#include <stddef.h>
#include <iphase/bundle.h>

/*
 * For readers that stand on a library which damaged files bring down: what
 * read gives, its status and its messages come back through a pipe. If that
 * process dies, computes for longer than limit allows or takes more memory
 * (where the system can bound it), this is IP_EFORMAT like other damage.
 * what: the library's name. Fork's limits hold: no other thread of the program
 * may keep a lock that read needs.
 */
struct ip_apart {
	const char *what;
	unsigned seconds;	/* of the processor */
	size_t memory;		/* bytes, beside what the program has */
	size_t data;		/* bytes that the tensors may have in all */
};
int ip_read_apart(const struct ip_apart *limit, const char *path,
	int (*read)(const char *path, struct ip_bundle *b),
	struct ip_bundle *b);

#endif
