/* Text that somebody else has put together. */
#include <iphase/formats.h>
#include "../core/core.h"

int ip_text_write(const char *path, const char *text, size_t n)
{
	struct ip_outfile *o;
	int rc;

	rc = ip_outfile_open(&o, path);
	if (rc < 0)
		return rc;
	rc = ip_outfile_write(o, text, n);
	if (rc < 0) {
		ip_outfile_abort(o);
		return rc;
	}
	return ip_outfile_commit(o);
}
