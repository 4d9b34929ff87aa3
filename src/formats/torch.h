/* What a PyTorch checkpoint's pickle says of a tensor. */
#ifndef IP_FORMATS_TORCH_H
#define IP_FORMATS_TORCH_H

#include <iphase/tensor.h>
#include "pickle.h"

struct ip_torch_type {
	const char *storage;	/* "FloatStorage" */
	enum ip_dtype dtype;	/* of the storage; bfloat16 as its 16 bits */
	int bfloat;
};

/* name and tensor are owned; size, stride and offset count elements. */
struct ip_torch_entry {
	char *name;
	const struct ip_torch_type *type;
	const unsigned char *key;	/* of the storage, within the pickle */
	size_t key_length, storage_count;
	size_t offset, shape[IP_MAX_DIMS], stride[IP_MAX_DIMS];
	int ndim;
	size_t count;			/* elements, checked for overflow */
	struct ip_tensor tensor;	/* once its storage has been read */
};

extern const struct ip_pickle_global ip_torch_globals[];

/*
 * Fill in e (whose name is set) from the call that builds a tensor. That the
 * tensor lies within its storage has then been checked.
 */
int ip_torch_describe(const struct ip_pickle *p,
	const struct ip_pickle_object *o, struct ip_torch_entry *e);

#endif
