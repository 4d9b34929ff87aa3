/*
 * The reference project's table, in its arithmetic: pixels are float32, and
 * so is what is done to them; only sums are double, where numpy adds float32
 * pairwise.
 */
#include <math.h>
#include "../core/core.h"
#include "study.h"

#define PEAK 0.995	/* from this quantile of the truth on */
#define PEAK_MIN 10	/* pixels */

static float clip(float v)
{
	return v < 0 ? 0 : v > 1 ? 1 : v;
}

/* Both become parts of scale. */
static void normalise(struct ip_pair *p, float scale, int clip01)
{
	float *g = p->truth.data, *v = p->prediction.data;
	size_t i;

	for (i = 0; i < p->n; i++) {
		g[i] /= scale;
		if (clip01) {
			g[i] = clip(g[i]);
			v[i] = clip(v[i]);
		}
	}
}

static void multiply(struct ip_pair *p, float scale)
{
	float *g = p->truth.data, *v = p->prediction.data;
	size_t i;

	for (i = 0; i < p->n; i++) {
		g[i] *= scale;
		v[i] *= scale;
	}
}

static void differences(const struct ip_pair *p, double *mae, double *mse)
{
	const float *g = p->truth.data, *v = p->prediction.data;
	double sum = 0, squares = 0;
	size_t i;

	for (i = 0; i < p->n; i++) {
		float e = v[i] - g[i];

		sum += fabsf(e);
		squares += e * e;
	}
	*mae = sum / (double)p->n;
	*mse = squares / (double)p->n;
}

static double pearson(const struct ip_pair *p)
{
	const float *g = p->truth.data, *v = p->prediction.data;
	double gm = 0, vm = 0, gg = 0, vv = 0, gv = 0;
	size_t i;

	for (i = 0; i < p->n; i++) {
		gm += g[i];
		vm += v[i];
	}
	gm /= (double)p->n;
	vm /= (double)p->n;
	for (i = 0; i < p->n; i++) {
		gg += (g[i] - gm) * (g[i] - gm);
		vv += (v[i] - vm) * (v[i] - vm);
		gv += (g[i] - gm) * (v[i] - vm);
	}
	return gv / (sqrt(gg * vv) + 1e-12);
}

/* sorted: room for the truth. */
static double peak_error(const struct ip_pair *p, double *sorted)
{
	const float *g = p->truth.data, *v = p->prediction.data;
	double sum = 0, from;
	size_t i, count = 0;

	for (i = 0; i < p->n; i++)
		sorted[i] = g[i];
	from = ip_quantile(sorted, p->n, PEAK);
	for (i = 0; i < p->n; i++)
		if (g[i] >= from) {
			sum += fabsf(v[i] - g[i]) / (fabsf(g[i]) + 1e-8f);
			count++;
		}
	return count < PEAK_MIN ? NAN : sum / (double)count;
}

static void extent(const struct ip_tensor *t, size_t n, double *max,
	double *mean)
{
	const float *v = t->data;
	double sum = 0;
	size_t i;

	*max = v[0];
	for (i = 0; i < n; i++) {
		sum += v[i];
		if (v[i] > *max)
			*max = v[i];
	}
	*mean = sum / (double)n;
}

static int measure(struct ip_pair *p, double scale, int clip01,
	struct ip_metrics_reference *m, double *sorted)
{
	double mse;

	normalise(p, (float)scale, clip01);
	differences(p, &m->mae_norm, &mse);
	m->rmse_norm = sqrt(mse);
	m->psnr_norm = mse < 1e-12 ? 99 : -10 * log10(mse);
	m->pearson_norm = pearson(p);
	m->peak_pcterr_norm = peak_error(p, sorted);
	multiply(p, (float)scale);
	differences(p, &m->mae_abs, &mse);
	m->rmse_abs = sqrt(mse);
	m->peak_pcterr_abs = peak_error(p, sorted);
	extent(&p->truth, p->n, &m->max_gt_abs, &m->mean_gt_abs);
	extent(&p->prediction, p->n, &m->max_pred_abs, &m->mean_pred_abs);
	if (!isfinite(m->psnr_norm) || !isfinite(mse))
		return ip_fail(IP_EINVAL, "metrics: errors up to the largest"
			" float32; are truth and scale of one unit?");
	return 0;
}

int ip_metrics_reference(const struct ip_tensor *prediction,
	const struct ip_tensor *truth, double scale, int clip01,
	struct ip_metrics_reference *out)
{
	struct ip_metrics_reference m;
	struct ip_pair p;
	double *sorted;
	int rc;

	if (!(scale >= 1e-30 && scale <= 1e30))
		return ip_fail(IP_EINVAL, "metrics: a scale of %g, expected a"
			" number above 0", scale);
	rc = ip_pair_load(&p, IP_F32, prediction, truth);
	if (rc < 0)
		return rc;
	sorted = ip_alloc_array(p.n, sizeof *sorted);
	rc = sorted ? measure(&p, scale, clip01, &m, sorted) : IP_ENOMEM;
	if (rc == 0)
		*out = m;
	ip_free(sorted);
	ip_pair_free(&p);
	return rc;
}
