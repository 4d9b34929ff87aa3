/* Which specimens are kept for validation. */
#include <stdlib.h>
#include <iphase/random.h>
#include <iphase/training.h>
#include "core/core.h"

struct lot {
	double drawn;
	size_t specimen;
};

static int by_lot(const void *a, const void *b)
{
	const struct lot *x = a, *y = b;

	if (x->drawn != y->drawn)
		return x->drawn < y->drawn ? -1 : 1;
	return x->specimen < y->specimen ? -1 : x->specimen > y->specimen;
}

/* Marks so many of n specimens, those whose lots are the smallest. */
static int draw(char *held, size_t n, size_t many, uint64_t seed)
{
	struct lot *lots = ip_alloc_array(n, sizeof(*lots));
	size_t i;

	if (!lots)
		return IP_ENOMEM;
	for (i = 0; i < n; i++)
		lots[i] = (struct lot){ ip_uniform(seed, IP_STREAM_HELD, i),
			i };
	qsort(lots, n, sizeof(*lots), by_lot);
	for (i = 0; i < many; i++)
		held[lots[i].specimen] = 1;
	ip_free(lots);
	return IP_OK;
}

/* Those not held come first, in order. */
static void part(const struct ip_dataset *d, const char *held, size_t *list,
	size_t *learn)
{
	size_t n = ip_dataset_count(d), at = 0, i;
	int pass;

	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < n; i++)
			if (held[ip_dataset_specimen(d, i)] == pass)
				list[at++] = i;
		if (pass == 0)
			*learn = at;
	}
}

int ip_dataset_hold(const struct ip_dataset *d, double share, uint64_t seed,
	size_t *list, size_t *learn)
{
	size_t specimens = ip_dataset_specimen(d, ip_dataset_count(d) - 1) + 1;
	size_t many;
	char *held;
	int rc;

	if (!(share > 0 && share < 1))
		return ip_fail(IP_EINVAL, "a share of %g for validation: "
			"expected one between 0 and 1", share);
	if (specimens < 2)
		return ip_fail(IP_EINVAL, "a share for validation: all "
			"pictures are of one specimen, and only whole "
			"specimens can be held back: give more of them, or "
			"others for validation");
	many = (size_t)(share * (double)specimens + 0.5);
	many = many < 1 ? 1 : many >= specimens ? specimens - 1 : many;
	if ((held = ip_alloc(specimens)) == NULL)
		return IP_ENOMEM;
	rc = draw(held, specimens, many, seed);
	if (rc == 0)
		part(d, held, list, learn);
	ip_free(held);
	return rc;
}
