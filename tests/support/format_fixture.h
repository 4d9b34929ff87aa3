/* A small file of each foreign format that this build reads, for fuzzing. */
#ifndef IP_TEST_FORMAT_FIXTURE_H
#define IP_TEST_FORMAT_FIXTURE_H

#include <iphase/formats.h>

struct ip_test_output {
	struct ip_bundle bundle;
	struct ip_cube cube;
	struct ip_structure structure;
	struct ip_tensor tensor;
};

extern const struct ip_test_format {
	const char *name;
	size_t flips;		/* how often to change it */
	int (*read)(const char *path, struct ip_test_output *o);
	void (*make)(const char *path);
	int sure;		/* every change of a bit must be noticed */
	/* From where on it may be cut with a warning; NULL: nowhere. */
	size_t (*tail)(const unsigned char *p, size_t size);
	/* Make its checksums right; or NULL. */
	void (*mend)(unsigned char *p, size_t size);
} ip_test_formats[];
extern const size_t ip_test_format_count;

#endif
