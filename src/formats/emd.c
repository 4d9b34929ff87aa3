/* .emd, .hspy and any other HDF5 file, where they can be read at all. */
#include <string.h>
#include <iphase/formats.h>
#include "config.h"
#include "../core/core.h"

#if IP_HAVE_HDF5
#include "apart.h"
#include "bytes.h"
#include "emd.h"
#include "stream.h"

#define MEMORY_MIN (256u << 20)

int ip_emd_read_here(const char *path, struct ip_bundle *b)
{
	static int (*const kinds[])(struct ip_h5 *, struct ip_bundle *) = {
		ip_emd_velox, ip_emd_hspy, ip_emd_berkeley, ip_emd_any
	};
	struct ip_bundle result = { 0 };
	struct ip_h5 *f = NULL;
	size_t i;
	int rc;

	rc = ip_h5_open(&f, path);
	if (rc < 0)
		return rc;
	rc = IP_H5_OTHER;
	for (i = 0; i < sizeof kinds / sizeof *kinds && rc == IP_H5_OTHER; i++)
		rc = kinds[i](f, &result);
	ip_h5_close(f);
	if (rc < 0)
		ip_bundle_free(&result);
	else
		*b = result;
	return rc;
}

/* What the first bytes tell, before a library is asked. */
static int check_head(const char *path, uint64_t *size)
{
	unsigned char head[52];
	uint64_t end = 0;
	FILE *f = NULL;
	int rc;

	rc = ip_input_open(&f, size, path);
	if (rc < 0)
		return rc;
	if (*size < sizeof head)
		rc = ip_fail(IP_ETRUNCATED, "%s: %llu bytes, too short for an"
			" HDF5 file", path, (unsigned long long)*size);
	else
		rc = ip_input_read(f, path, 0, head, sizeof head);
	fclose(f);
	if (rc < 0)
		return rc;
	if (memcmp(head, "\211HDF\r\n\032\n", 8) != 0)
		return ip_fail(IP_EFORMAT, "%s: not an HDF5 file", path);
	/* offsets of 8 bytes: where the file ends */
	if (head[8] <= 1 && head[13] == 8)
		end = le64(head + 40 + 4 * head[8]);
	if ((head[8] == 2 || head[8] == 3) && head[9] == 8)
		end = le64(head + 28);
	if (end > *size)
		return ip_fail(IP_ETRUNCATED, "%s: cut off: %llu bytes of"
			" %llu", path, (unsigned long long)*size,
			(unsigned long long)end);
	return 0;
}

/*
 * HDF5 1.10 breaks down, turns in circles or takes gigabytes over some of the
 * files in which a bit has changed: a process of its own bears that.
 */
int ip_emd_read(const char *path, struct ip_bundle *b)
{
	struct ip_apart limit = { .what = "HDF5" };
	uint64_t size = 0;
	int rc;

	rc = check_head(path, &size);
	if (rc < 0)
		return rc;
	limit.seconds = 2 + (unsigned)(size >> 20);
	if (ip_mul_size((size_t)size, IP_H5_UNPACK_MAX, &limit.data) ||
	    ip_add_size(limit.data, MEMORY_MIN, &limit.data))
		limit.data = SIZE_MAX;
	/* as read, and turned; seldom is a file packed to a hundredth */
	if (ip_mul_size((size_t)size, 100, &limit.memory) ||
	    ip_add_size(limit.memory, MEMORY_MIN, &limit.memory))
		limit.memory = SIZE_MAX;
	return ip_read_apart(&limit, path, ip_emd_read_here, b);
}

#else

int ip_emd_read(const char *path, struct ip_bundle *b)
{
	(void)b;
	return ip_fail(IP_ENOTSUP, "%s: an HDF5 file, but iphase was built"
		" without HDF5; install libhdf5-dev and libjansson-dev, then"
		" ./configure and make again", path);
}

#endif
