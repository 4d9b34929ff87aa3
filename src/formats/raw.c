/* Bare little-endian arrays in C order. */
#include <iphase/formats.h>
#include "../core/core.h"
#include "bytes.h"
#include "stream.h"

int ip_raw_read(const char *path, enum ip_dtype dtype, int ndim,
	const size_t *shape, struct ip_tensor *t)
{
	size_t want = ip_dtype_size(dtype), n;
	struct ip_tensor view, r = { 0 };
	uint64_t size;
	FILE *f;
	int d, rc;

	/* a tensor of no memory, only to have the shape checked */
	rc = ip_tensor_wrap(&view, dtype, ndim, shape, NULL);
	if (rc < 0)
		return rc;
	rc = ip_input_open(&f, &size, path);
	if (rc < 0)
		return rc;
	for (d = 0; d < ndim; d++)
		want *= shape[d];
	if (size != want) {
		fclose(f);
		return ip_fail(size < want ? IP_ETRUNCATED : IP_EFORMAT,
			"%s: %llu bytes, expected %zu for this shape of %s",
			path, (unsigned long long)size, want,
			ip_dtype_name(dtype));
	}
	rc = ip_tensor_new(&r, dtype, ndim, shape);
	if (rc == 0)
		rc = ip_input_read(f, path, 0, r.data, want);
	fclose(f);
	n = ip_dtype_word(dtype);
	if (rc == 0 && !host_little())
		swap_words(r.data, want / n, n);
	if (rc < 0)
		ip_tensor_free(&r);
	else
		*t = r;
	return rc;
}

int ip_raw_write(const char *path, const struct ip_tensor *t)
{
	return ip_sink_save(path, ip_sink_tensor, t);
}
