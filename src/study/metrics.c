/* How far a potential is from the true one, in its own range and mean. */
#include <float.h>
#include <math.h>
#include <string.h>
#include "../core/core.h"
#include "study.h"

#define PEAK 0.995	/* from this quantile of the truth on */
#define LARGEST 1e100	/* whose square is still a number */

/* Sums over both pictures, about their means. */
struct moments {
	double pm, tm;		/* means */
	double pp, tt, pt;	/* sums of products of deviations */
	double plo, phi, tlo, thi;
};

static void add_up(const double *p, const double *t, size_t n,
	struct moments *s)
{
	size_t i;

	memset(s, 0, sizeof *s);
	s->plo = s->phi = p[0];
	s->tlo = s->thi = t[0];
	for (i = 0; i < n; i++) {
		s->pm += p[i];
		s->tm += t[i];
		s->plo = fmin(s->plo, p[i]);
		s->phi = fmax(s->phi, p[i]);
		s->tlo = fmin(s->tlo, t[i]);
		s->thi = fmax(s->thi, t[i]);
	}
	s->pm /= (double)n;
	s->tm /= (double)n;
	for (i = 0; i < n; i++) {
		s->pp += (p[i] - s->pm) * (p[i] - s->pm);
		s->tt += (t[i] - s->tm) * (t[i] - s->tm);
		s->pt += (p[i] - s->pm) * (t[i] - s->tm);
	}
}

/* Numbers next to nothing overflow what divides by them. */
static double defined(double v)
{
	return isfinite(v) ? v : NAN;
}

/* A picture of one value has no deviations, though rounding gives it some. */
static void fit(const struct moments *s, struct ip_metrics *m)
{
	int flat = s->plo == s->phi || s->pp == 0;

	m->slope = flat || s->tlo == s->thi ? 0 : s->pt / s->pp;
	m->offset = s->tm - m->slope * s->pm;
	m->pearson = flat || s->tlo == s->thi || s->tt == 0 ? NAN :
		fmax(-1, fmin(1, s->pt / (sqrt(s->pp) * sqrt(s->tt))));
}

static void errors(const double *p, const double *t, size_t n,
	const struct moments *s, struct ip_metrics *m)
{
	double sum = 0, squares = 0, size = 0, part, range = s->thi - s->tlo;
	size_t i;

	for (i = 0; i < n; i++) {
		sum += fabs(p[i] - t[i]);
		squares += (p[i] - t[i]) * (p[i] - t[i]);
		size += fabs(t[i]);
	}
	m->mae = size > 0 ? defined(sum / size) : NAN;
	part = range > 0 ? defined(sqrt(squares / (double)n) / range) : NAN;
	/* (a comparison with NAN is false) */
	m->psnr = -20 * log10(part < DBL_EPSILON ? DBL_EPSILON : part);
}

static int peak_error(const double *p, const double *t, size_t n,
	double *error)
{
	double *sorted = ip_alloc_array(n, sizeof *sorted), sum = 0, from;
	size_t i, count = 0;

	if (!sorted)
		return IP_ENOMEM;
	memcpy(sorted, t, n * sizeof *sorted);
	from = ip_quantile(sorted, n, PEAK);
	for (i = 0; i < n; i++)
		if (t[i] >= from) {
			sum += t[i] != 0 ? fabs(p[i] - t[i]) / fabs(t[i]) :
				NAN;
			count++;
		}
	*error = defined(sum / (double)count);
	ip_free(sorted);
	return 0;
}

static int check_size(const struct moments *s)
{
	if (s->plo < -LARGEST || s->phi > LARGEST || s->tlo < -LARGEST ||
	    s->thi > LARGEST)
		return ip_fail(IP_EINVAL, "metrics: values beyond %g",
			LARGEST);
	return 0;
}

/* p is replaced by its best fit if fitted. */
static int measure(double *p, const double *t, const struct ip_pair *size,
	int fitted, struct ip_metrics *m)
{
	struct moments s;
	size_t i;
	int rc;

	add_up(p, t, size->n, &s);
	rc = check_size(&s);
	if (rc < 0)
		return rc;
	fit(&s, m);
	m->max = s.phi;
	m->mean = s.pm;
	m->max_truth = s.thi;
	m->mean_truth = s.tm;
	m->std_truth = sqrt(s.tt / (double)size->n);
	if (fitted) {
		for (i = 0; i < size->n; i++)
			p[i] = m->slope * (p[i] - s.pm) + s.tm;
		m->max = m->slope * ((m->slope < 0 ? s.plo : s.phi) - s.pm)
			+ s.tm;
		m->mean = s.tm;
	}
	errors(p, t, size->n, &s, m);
	rc = peak_error(p, t, size->n, &m->peak);
	m->ssim = NAN;
	if (rc == 0 && s.thi > s.tlo)
		rc = ip_ssim(p, t, size->h, size->w, s.thi - s.tlo, &m->ssim);
	m->ssim = defined(m->ssim);
	return rc;
}

static int metrics(const struct ip_tensor *prediction,
	const struct ip_tensor *truth, int fitted, struct ip_metrics *out)
{
	struct ip_metrics m;
	struct ip_pair p;
	int rc;

	rc = ip_pair_load(&p, IP_F64, prediction, truth);
	if (rc < 0)
		return rc;
	rc = measure(p.prediction.data, p.truth.data, &p, fitted, &m);
	if (rc == 0)
		*out = m;
	ip_pair_free(&p);
	return rc;
}

int ip_metrics(const struct ip_tensor *prediction,
	const struct ip_tensor *truth, struct ip_metrics *m)
{
	return metrics(prediction, truth, 0, m);
}

int ip_metrics_fitted(const struct ip_tensor *prediction,
	const struct ip_tensor *truth, struct ip_metrics *m)
{
	return metrics(prediction, truth, 1, m);
}
