/* Frozen phonons: every atom off its place by a random step of its own. */
#include <iphase/disorder.h>
#include <iphase/random.h>
#include "core/core.h"
#include "supercell.h"

#define CONFIGURATIONS ((uint64_t)1 << 30)

/* Bits of the index: 30 for the configuration, 32 the atom, 2 the axis. */
static double step(uint64_t seed, uint64_t configuration, size_t atom,
	int axis)
{
	return ip_normal(seed, IP_STREAM_PHONONS, configuration << 34 |
		(uint64_t)atom << 2 | (uint64_t)axis);
}

int ip_phonons_displace(struct ip_repeat_cell *c, uint64_t seed,
	uint64_t configuration, int along_beam)
{
	int rc = ip_supercell_check("phonons", c);

	if (rc < 0)
		return rc;
	if (configuration >= CONFIGURATIONS)
		return ip_fail(IP_EINVAL, "phonons: configuration %llu; "
			"expected below 2^30",
			(unsigned long long)configuration);
	for (size_t i = 0; i < c->count; i++) {
		struct ip_atom *a = &c->atoms[i];
		if (a->u == 0)
			continue;
		for (int k = 0; k < (along_beam ? 3 : 2); k++)
			a->r[k] += a->u * step(seed, configuration, i, k);
		ip_repeat_wrap(c, a->r);
		a->r[2] = ip_supercell_depth(c->period, a->r[2]);
		a->u = 0;
	}
	return 0;
}
