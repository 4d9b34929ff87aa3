/* FFTW's wisdom of both precisions in one file: double, then single. */
#include <fftw3.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/backend.h>
#include "core/core.h"

enum { WISDOM_LIMIT = 1 << 24 };
static const char mark[] = "\n# single precision\n";

int ip_wisdom_load(const char *path)
{
	char *text, *half;
	size_t n;
	int rc;

	if ((rc = ip_file_read(path, WISDOM_LIMIT, &text, &n)) < 0)
		return rc;
	half = strstr(text, mark);
	if (half != NULL)
		*half = '\0';
	if (half == NULL || !fftw_import_wisdom_from_string(text) ||
	    !fftwf_import_wisdom_from_string(half + sizeof(mark) - 1))
		rc = ip_fail(IP_EFORMAT, "%s: not a wisdom file of this FFTW; "
		    "delete it and measure again", path);
	ip_free(text);
	return rc;
}

int ip_wisdom_save(const char *path)
{
	char *d = fftw_export_wisdom_to_string();
	char *s = fftwf_export_wisdom_to_string();
	struct ip_outfile *o;
	int rc = IP_ENOMEM;

	if (d == NULL || s == NULL) {
		ip_fail(rc, "%s: no memory for the wisdom", path);
		goto out;
	}
	if ((rc = ip_outfile_open(&o, path)) < 0)
		goto out;
	if ((rc = ip_outfile_printf(o, "%s%s%s", d, mark, s)) < 0)
		ip_outfile_abort(o);
	else
		rc = ip_outfile_commit(o);
out:
	fftw_free(d);
	fftw_free(s);
	return rc;
}
