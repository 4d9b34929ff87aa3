/* A writer of Digital Micrograph's files, of what tests need of it. */
#ifndef IP_TEST_DM_H
#define IP_TEST_DM_H

#include <stddef.h>

struct ip_test_dm {
	unsigned char *p;
	size_t n, room;
	int version, little;
	size_t open[16];	/* where lengths are to be put */
	int depth;
};

/* A file of that version (3 or 4) and byte order with a root of tags tags. */
void ip_test_dm_begin(struct ip_test_dm *d, int version, int little,
	unsigned tags);
/* The file, n bytes; free() it. */
unsigned char *ip_test_dm_end(struct ip_test_dm *d, size_t *n);
void ip_test_dm_group(struct ip_test_dm *d, const char *name, unsigned tags);
void ip_test_dm_close(struct ip_test_dm *d);
/* A number of DM's type 2 .. 12. */
void ip_test_dm_number(struct ip_test_dm *d, const char *name, int type,
	double v);
/* As an array of 16-bit characters. */
void ip_test_dm_text(struct ip_test_dm *d, const char *name,
	const unsigned short *text);
/* count numbers of size bytes in this machine's order; parts 2: a struct of
 * two of them each. */
void ip_test_dm_array(struct ip_test_dm *d, const char *name, int type,
	int parts, size_t count, const void *v, size_t size);

/*
 * A thumbnail in colours; "HAADF", uint16 (3, 2) of 10 x + y, pixels of
 * 0.02 nm; another "HAADF", float32 (2, 2, 2) of page + x / 2 + y / 4, pixels
 * of 3e-5 um; and "FFT", complex64 (2, 2), x + iy, in 1/nm. 200 kV.
 */
unsigned char *ip_test_dm_file(int version, int little, size_t *n);

#endif
