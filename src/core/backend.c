/* The list of backends, and how a device is named and opened. */
#include <stdlib.h>
#include <string.h>
#include <iphase/backend.h>
#include "core/core.h"

extern const struct ip_backend ip_backend_cpu_openmp;

static const struct ip_backend *const backends[] = {
	&ip_backend_cpu_openmp,
	NULL
};

const struct ip_backend *const *ip_backends(void)
{
	return backends;
}

static int parse_index(const char *spec, const char *colon, int *index)
{
	char *end;
	long v;

	*index = 0;
	if (colon == NULL)
		return IP_OK;
	v = strtol(colon + 1, &end, 10);
	if (end == colon + 1 || *end != '\0' || v < 0 || v > 1000)
		return ip_fail(IP_EINVAL, "backend '%s': after the colon a "
		    "device number is expected", spec);
	*index = (int)v;
	return IP_OK;
}

int ip_dev_open(struct ip_dev **dev, const char *spec)
{
	const struct ip_backend *const *b;
	const char *colon;
	size_t n;
	int index, rc;

	if (spec == NULL || *spec == '\0')
		spec = getenv("IPHASE_BACKEND");
	if (spec == NULL || *spec == '\0')
		spec = "cpu-openmp";
	colon = strchr(spec, ':');
	n = colon != NULL ? (size_t)(colon - spec) : strlen(spec);
	if ((rc = parse_index(spec, colon, &index)) < 0)
		return rc;
	for (b = backends; *b != NULL; b++)
		if (strlen((*b)->name) == n && !strncmp((*b)->name, spec, n))
			break;
	if (*b == NULL)
		return ip_fail(IP_ENOTFOUND, "there is no backend '%s'; this "
		    "build has: %s", spec, backends[0]->name);
	if (index >= (*b)->probe())
		return ip_fail(IP_ENOTFOUND, "%s has no device %d; it has %d",
		    (*b)->name, index, (*b)->probe());
	return (*b)->open(dev, index);
}

void ip_dev_close(struct ip_dev *dev)
{
	if (dev != NULL)
		ip_dev_backend(dev)->close(dev);
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
