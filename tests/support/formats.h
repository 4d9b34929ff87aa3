/* What formats refuse alike. */
#ifndef IP_TEST_FORMATS_H
#define IP_TEST_FORMATS_H

#include <iphase/bundle.h>

/* read says rc for path, with part in its one message, and leaves b empty. */
void ip_test_reader_refuses(int (*read)(const char *path, struct ip_bundle *b),
	const char *path, int rc, const char *part);

/* write refuses what is neither a picture nor a stack of real numbers, and
 * makes no file. */
void ip_test_writer_refuses(int (*write)(const char *path,
	const struct ip_tensor *t, const double *pixel_size),
	const char *path);

#endif
