/* From four segment images to the projected potential. */
#include "core/core.h"
#include "infer.h"

static int run_tile(void *ctx, const struct ip_tensor *x, struct ip_tensor *y)
{
	return ip_net_run(ctx, x, y);
}

/* In V Angstrom; one picture loses its first axis. */
static int finish(const struct ip_tensor *sum, double scale,
	struct ip_tensor *potential)
{
	size_t n = ip_tensor_count(sum), i, first = sum->shape[0] == 1;
	const double *v = sum->data;
	struct ip_tensor r = { 0 };
	float *to;
	int rc = ip_tensor_new(&r, IP_F32, 3 - (int)first, sum->shape + first);

	if (rc < 0)
		return rc;
	for (to = r.data, i = 0; i < n; i++)
		to[i] = (float)(v[i] * scale);
	if ((rc = ip_tensor_check_finite(&r, "the network's output")) < 0)
		ip_tensor_free(&r);
	else
		*potential = r;
	return rc;
}

int ip_infer(struct ip_net *net, const struct ip_model *m,
	const struct ip_measurement *in, const struct ip_tiling *how,
	struct ip_tensor *potential, struct ip_tiling_plan *plan)
{
	struct ip_tensor x = { 0 }, sum = { 0 };
	struct ip_net_shape s = ip_net_shape(net);
	struct ip_tiling_plan p;
	int rc = ip_infer_features(in, m->metadata, &x);

	if (rc < 0)
		return rc;
	if (x.shape[0] != s.in)
		rc = ip_fail(IP_EINVAL, "the network takes %zu inputs, but "
			"segments and metadata %s are %zu", s.in,
			ip_metadata_name(m->metadata), x.shape[0]);
	if (rc == 0)
		rc = ip_infer_plan(net, x.shape[1], x.shape[2], how, &p);
	if (rc == 0)
		rc = ip_infer_tiles(&p, &x, s.out, run_tile, net, &sum);
	ip_tensor_free(&x);
	if (rc == 0)
		rc = finish(&sum, m->scale, potential);
	ip_tensor_free(&sum);
	if (rc == 0 && plan)
		*plan = p;
	return rc;
}
