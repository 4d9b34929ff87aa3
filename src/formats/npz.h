/* A part of an .npz. */
#ifndef IP_FORMATS_NPZ_H
#define IP_FORMATS_NPZ_H

#include <stddef.h>
#include <iphase/tensor.h>

/*
 * t[k]: the array called name[k], or {0} where there is none; with heads, its
 * type and shape alone, data NULL, for which little of the file is read.
 * Messages go to the log as of ip_npz_read; t is all {0} after a failure.
 */
int ip_npz_some(const char *path, const char *const *name, size_t n, int heads,
	struct ip_tensor *t);

#endif
