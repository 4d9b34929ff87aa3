/* Whether what is about to be taken is there. */
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <iphase/backend.h>
#include "cli.h"

#define MIB 1048576.0

/* Of the machine, and what this process may have of it; 0: not known. */
static uint64_t host_memory(void)
{
	struct rlimit limit;
	uint64_t all = 0;

#ifdef _SC_PHYS_PAGES
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	if (pages > 0 && size > 0)
		all = (uint64_t)pages * (uint64_t)size;
#endif
	if (getrlimit(RLIMIT_AS, &limit) == 0 &&
	    limit.rlim_cur != RLIM_INFINITY && (!all || limit.rlim_cur < all))
		all = limit.rlim_cur;
	return all;
}

void ip_cli_check_memory(const struct ip_dev *dev, uint64_t bytes,
	const char *less)
{
	uint64_t all = host_memory();

	/* of other devices' memory their drivers know */
	if (!all || bytes <= all || strcmp(ip_dev_backend(dev)->name,
	    "cpu-openmp") != 0)
		return;
	ip_cli_warn("this takes %.0f MiB of memory, and there are %.0f: %s",
		(double)bytes / MIB, (double)all / MIB, less);
}
