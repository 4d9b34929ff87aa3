/* .emd, .hspy and any other HDF5 file, where they can be read at all. */
#include <iphase/formats.h>
#include "config.h"
#include "../core/core.h"

#if IP_HAVE_HDF5
#include "emd.h"

int ip_emd_read(const char *path, struct ip_bundle *b)
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

#else

int ip_emd_read(const char *path, struct ip_bundle *b)
{
	(void)b;
	return ip_fail(IP_ENOTSUP, "%s: an HDF5 file, but iphase was built"
		" without HDF5; install libhdf5-dev and libjansson-dev, then"
		" ./configure and make again", path);
}

#endif
