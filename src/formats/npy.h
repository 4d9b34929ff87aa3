/* The header of NumPy's array format. */
#ifndef IP_FORMATS_NPY_H
#define IP_FORMATS_NPY_H

#include <stddef.h>
#include <stdint.h>
#include <iphase/tensor.h>

struct ip_npy_head {
	char kind;		/* 'f' 'i' 'u' 'b' 'c' 'U' 'S' */
	char order;		/* '<' '>' '|' */
	size_t item;		/* bytes of an element */
	int fortran;
	int ndim;
	size_t shape[IP_MAX_DIMS];
};

/*
 * Parse the dictionary text[0..n), which starts at offset of what. Types that
 * hold Python objects, records, dates and long doubles are refused.
 */
int ip_npy_parse(const char *what, size_t offset, const char *text, size_t n,
	struct ip_npy_head *h);

#endif
