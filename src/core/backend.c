/* The list of backends, and how a device is named and opened. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/backend.h>
#include "config.h"
#include "core/core.h"

/* the test build in double precision has only the processor */
#if defined(IP_DOUBLE)
#undef IP_HAVE_OPENCL
#define IP_HAVE_OPENCL 0
#endif

extern const struct ip_backend ip_backend_cpu_openmp;
#if IP_HAVE_OPENCL
extern const struct ip_backend ip_backend_opencl;
#endif

static const struct ip_backend *const backends[] = {
	&ip_backend_cpu_openmp,
#if IP_HAVE_OPENCL
	&ip_backend_opencl,
#endif
	NULL
};

const struct ip_backend *const *ip_backends(void)
{
	return backends;
}

static int no_such(const char *spec)
{
	char list[256] = "";
	size_t n = 0, i;

	for (i = 0; backends[i] && n < sizeof list; i++)
		n += (size_t)snprintf(list + n, sizeof list - n, "%s%s",
			i ? ", " : "", backends[i]->name);
	return ip_fail(IP_ENOTFOUND, "there is no backend '%s'; this build has:"
		" %s%s", spec, list, IP_HAVE_OPENCL ? "" : " (and opencl only"
		" where configure finds it)");
}

int ip_dev_open(struct ip_dev **dev, const char *spec)
{
	const struct ip_backend *const *b;
	const char *colon;
	size_t n;

	if (spec == NULL || *spec == '\0')
		spec = getenv("IPHASE_BACKEND");
	if (spec == NULL || *spec == '\0')
		spec = "cpu-openmp";
	colon = strchr(spec, ':');
	n = colon != NULL ? (size_t)(colon - spec) : strlen(spec);
	for (b = backends; *b != NULL; b++)
		if (strlen((*b)->name) == n && !strncmp((*b)->name, spec, n))
			return (*b)->open(dev, colon ? colon + 1 : NULL);
	return no_such(spec);
}

void ip_dev_close(struct ip_dev *dev)
{
	uint64_t moved[2];

	if (dev == NULL)
		return;
	ip_dev_moved(dev, moved);
	ip_debug("%s: %" PRIu64 " bytes went there, %" PRIu64 " came back",
		ip_dev_backend(dev)->name, moved[0], moved[1]);
	ip_dev_backend(dev)->close(dev);
}

void ip_dev_moved(const struct ip_dev *dev, uint64_t moved[2])
{
	memcpy(moved, ((const struct ip_dev_head *)dev)->moved,
		2 * sizeof(*moved));
}

const struct ip_backend *ip_dev_backend(const struct ip_dev *dev)
{
	return ((const struct ip_dev_head *)dev)->backend;
}

int ip_dev_need(const struct ip_dev *dev, const char *op)
{
	const struct ip_backend *b = ip_dev_backend(dev);
	int has = 0;

#define HAS(name) \
	if (strcmp(op, #name) == 0) \
		has = b->ops->name != NULL;
	IP_OPS(HAS)
#undef HAS
	if (!has)
		return ip_fail(IP_ENOTSUP, "backend %s has no op '%s': take "
		    "another backend", b->name, op);
	return IP_OK;
}
