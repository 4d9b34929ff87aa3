/* The first weights of a network. */
#include <math.h>
#include <string.h>
#include <iphase/random.h>
#include <iphase/train.h>
#include "core/core.h"

#define SCALES ".scale."		/* of a modulation */
#define TABLE "relative_position_bias_table"
#define TABLE_DEVIATION 0.02

/* What a bias must know of the weight that it follows. */
struct before {
	int ndim;
	double bound;
};

/*
 * One over the root of what a number is summed of. A transposed convolution
 * has its outputs behind the inputs, and PyTorch counts those.
 */
static double bound_of(const struct ip_net_weight *w)
{
	double inputs = 1;
	int i;

	for (i = 1; i < w->ndim; i++)
		inputs *= (double)w->shape[i];
	return 1 / sqrt(inputs);
}

/* Tensor i; each number is drawn by its place, from the tensor's own part. */
static void fill(float *v, size_t n, size_t i, const struct ip_net_weight *w,
	struct before *last, uint64_t seed)
{
	uint64_t at = (uint64_t)i << 40;
	size_t k;

	if (!ip_ends_with(w->name, ".bias"))
		*last = (struct before){ w->ndim, bound_of(w) };
	for (k = 0; k < n; k++)
		if (ip_ends_with(w->name, TABLE))
			v[k] = (float)(TABLE_DEVIATION * ip_normal(seed,
				IP_STREAM_WEIGHTS, at + k));
		else if (last->ndim == 1)	/* a norm's */
			v[k] = ip_ends_with(w->name, ".weight");
		else if (strstr(w->name, SCALES))
			v[k] = 0;	/* as if there were none */
		else
			v[k] = (float)(last->bound * (2 * ip_uniform(seed,
				IP_STREAM_WEIGHTS, at + k) - 1));
}

int ip_net_init(struct ip_bundle *weights, const struct ip_net_shape *s,
	uint64_t seed)
{
	struct ip_bundle b = { 0 };
	struct ip_net_weight w;
	struct ip_tensor t = { 0 };
	struct before last = { 0 };
	size_t i;
	int rc;

	for (i = 0; (rc = ip_net_weight(s, i, &w)) == 0; i++) {
		rc = ip_tensor_new(&t, IP_F32, w.ndim, w.shape);
		if (rc < 0)
			break;
		fill(t.data, ip_tensor_count(&t), i, &w, &last, seed);
		rc = ip_bundle_add(&b, w.name, &t, NULL);
		if (rc < 0)
			break;
	}
	ip_tensor_free(&t);
	if (rc != IP_ENOTFOUND) {
		ip_bundle_free(&b);
		return rc;
	}
	*weights = b;
	return IP_OK;
}
