/*
 * OBF: of all sums over segments w_j(Q) I_j(Q) the one of best signal to
 * noise. With the transfers b_j of idpc_lens.c and Poisson noise, which is
 * white with a variance of N_j/n in segment j's share of n electrons a scan
 * point, the ratio squared is
 *	n |phase(Q)|^2 |sum_j w_j b_j|^2 / sum_j |w_j|^2 N_j,
 * by Cauchy-Schwarz at most n |phase|^2 S, S = sum_j |b_j|^2/N_j, and that
 * is reached by w_j = conj(b_j)/N_j times any number: over sqrt(S) the noise
 * is white, over S + floor the phase is estimated (Wiener).
 */
#include <math.h>
#include "core/core.h"
#include "em/idpc.h"
#include "em/potential.h"

enum { SEGMENTS_MAX = 1024 };

static int check(const struct ip_obf *o)
{
	const struct ip_idpc *how = &o->how;
	int rc = ip_idpc_check_scan(how, "OBF"), i;

	if (rc < 0)
		return rc;
	if (!(how->semiangle > 0) || !isfinite(how->semiangle))
		return ip_fail(IP_EINVAL, "OBF: semiangle %g mrad, expected a "
			"positive number", how->semiangle);
	if (!(how->inner >= 0) || !(how->outer > how->inner)
		|| !isfinite(how->outer) || !isfinite(o->offset[0])
		|| !isfinite(o->offset[1]))
		return ip_fail(IP_EINVAL, "OBF: detector from %g to %g mrad, "
			"%g, %g mrad off the axis, expected 0 <= inner < "
			"outer and a finite offset", how->inner, how->outer,
			o->offset[0], o->offset[1]);
	if (o->azimuthal < 1 || o->rings < 1
		|| o->azimuthal > SEGMENTS_MAX / o->rings
		|| o->azimuthal * o->rings < 2)
		return ip_fail(IP_EINVAL, "OBF: %d segments in %d rings, "
			"expected 2 to %d in all", o->azimuthal, o->rings,
			SEGMENTS_MAX);
	for (i = 0; i < IP_ABERRATIONS; i++)
		if (!isfinite(o->aberrations.c[i])
			|| !isfinite(o->aberrations.phi[i]))
			return ip_fail(IP_EINVAL, "OBF: aberration %s is not "
				"a finite number", ip_aberration_name(i));
	if (!(o->floor >= 0) || !isfinite(o->floor))
		return ip_fail(IP_EINVAL, "OBF: floor %g, expected 0 or a "
			"positive number", o->floor);
	return 0;
}

/* What the detector sees of the empty disc must be some of it. */
static int check_seen(const struct ip_obf *o, double seen)
{
	if (seen > 0)
		return 0;
	return ip_fail(IP_EPHYSICS, "OBF: the detector, %g to %g mrad, sees "
		"nothing of the disc of %g mrad", o->how.inner, o->how.outer,
		o->how.semiangle);
}

static int segments_of(const struct ip_obf *o)
{
	return o->azimuthal * o->rings;
}

static void *overlap_new(const struct ip_obf_lens *l)
{
	return ip_alloc_array((size_t)l->size[0] * (size_t)l->size[1],
		sizeof(double complex));
}

/* ---- the transfer ---- */

static int transfer(const struct ip_obf_lens *l, const double step[2],
	size_t count, double *out, double *share)
{
	double complex *x = overlap_new(l);
	long sx = step[0] < 0 ? -1 : 1, sy = step[1] < 0 ? -1 : 1;
	int n = segments_of(l->how), j, rc = x ? 0 : IP_ENOMEM;
	double seen = 0;
	size_t i;

	/* Where a component of the step is 0, so is every multiple of it. */
	if (fabs(step[0]) <= 1e-9 * l->k0)
		sx = 0;
	if (fabs(step[1]) <= 1e-9 * l->k0)
		sy = 0;
	for (j = 0; rc == 0 && j < n; j++) {
		if ((rc = ip_obf_lens_overlap(l, j, x)) < 0)
			break;
		share[j] = ip_obf_lens_share(l, j);
		seen += share[j];
		for (i = 0; i < count; i++) {
			double complex b = ip_obf_lens_transfer(l, x,
				sx * (long)(i + 1), sy * (long)(i + 1));

			out[2 * (i * (size_t)n + (size_t)j)] = creal(b);
			out[2 * (i * (size_t)n + (size_t)j) + 1] = cimag(b);
		}
	}
	ip_free(x);
	return rc < 0 ? rc : check_seen(l->how, seen);
}

int ip_obf_transfer(const struct ip_obf *how, const double step[2],
	size_t count, double *out, double *share)
{
	struct ip_obf_lens l;
	int rc = check(how);

	if (rc == 0 && (!isfinite(step[0]) || !isfinite(step[1])
		|| count > 1 << 30))
		rc = ip_fail(IP_EINVAL, "OBF: %zu steps of %g, %g 1/Angstrom, "
			"expected finite numbers", count, step[0], step[1]);
	if (rc == 0)
		rc = ip_obf_lens_open(&l, how, step);
	if (rc < 0)
		return rc;
	rc = transfer(&l, step, count, out, share);
	ip_obf_lens_close(&l);
	return rc;
}

/* ---- the picture ---- */

struct work {
	const struct ip_obf *how;
	struct ip_obf_lens lens;
	double *v;		/* [n][nx][ny]: images, in shares of the beam */
	double *share;		/* [n]: of the beam, measured */
	size_t nx, ny, mx, my;	/* m: mirrored */
	double complex *x;	/* one segment's overlap */
	double complex *f;	/* [mx][my]: one segment's transform */
	double complex *sum;	/* [mx][my]: B of the header */
	double *s;		/* [mx][my]: S */
};

/* Each image -> its share of the beam, and that without background. */
static int scale(struct work *w)
{
	const struct ip_obf *o = w->how;
	size_t count = w->nx * w->ny, i;
	int n = segments_of(o), j, rc;
	double seen = 0, all = 0;

	for (j = 0; j < n; j++) {
		double mean = 0;

		for (i = 0; i < count; i++)
			mean += w->v[(size_t)j * count + i] / (double)count;
		if (!(mean > 0) || !isfinite(mean))
			return ip_fail(IP_EINVAL, "OBF: segment %d has a mean "
				"of %g, expected a positive number; leave out "
				"what does not count", j, mean);
		w->share[j] = mean;
		all += mean;
		seen += ip_obf_lens_share(&w->lens, j);
	}
	if ((rc = check_seen(o, seen)) < 0)
		return rc;
	for (j = 0; j < n; j++) {
		double *v = w->v + (size_t)j * count;

		w->share[j] *= seen / all;
		for (i = 0; i < count; i++)
			v[i] *= seen / all;
		ip_idpc_background(v, w->nx, w->ny, o->how.background);
	}
	return 0;
}

/*
 * What segment j shows beyond an edge, of a potential that is mirrored there:
 * what the segment at azimuth a, its mirror image, shows inside. Weights for
 * the azimuthal segments at their own azimuths, by trigonometric
 * interpolation: one is 1 and the others 0 if there is a segment at a.
 */
static void mirror(const struct ip_obf *o, double a, double *weight)
{
	int n = o->azimuthal, j, m;

	for (j = 0; j < n; j++) {
		double d = a - ip_idpc_azimuth(&o->how, (size_t)n, (size_t)j);

		weight[j] = 1;
		for (m = 1; 2 * m <= n; m++)
			weight[j] += (2 * m < n ? 2 : 1) * cos(m * d);
		weight[j] /= n;
	}
}

/* f = image j, continued beyond the far edges by mirror images. */
static void extend(const struct work *w, int j)
{
	const struct ip_obf *o = w->how;
	int n = o->azimuthal, side, k;
	double a = ip_idpc_azimuth(&o->how, (size_t)n, (size_t)(j % n));
	const double azimuth[4] = {a, -a, IP_PI - a, IP_PI + a};
	const double *ring = w->v + (size_t)(j / n * n) * w->nx * w->ny;
	double weight[SEGMENTS_MAX];
	size_t p, q;

	for (side = 0; side < 4; side++) {
		size_t x0 = side & 2 ? w->nx : 0, y0 = side & 1 ? w->ny : 0;

		if (x0 >= w->mx || y0 >= w->my)
			continue;
		mirror(o, azimuth[side], weight);
		for (p = 0; p < w->nx; p++)
			for (q = 0; q < w->ny; q++) {
				size_t x = x0 ? w->mx - 1 - p : p;
				size_t y = y0 ? w->my - 1 - q : q;
				double sum = 0;

				for (k = 0; k < n; k++)
					sum += weight[k] * ring[((size_t)k
						* w->nx + p) * w->ny + q];
				w->f[x * w->my + y] = sum;
			}
	}
}

/*
 * Segment j's part of S, and of B if f holds its transform; nothing at an
 * even n's Nyquist frequency.
 */
static int gather(struct work *w, int j, int images)
{
	size_t p, q;
	int rc;

	if ((rc = ip_obf_lens_overlap(&w->lens, j, w->x)) < 0)
		return rc;
	for (p = 0; p < w->mx; p++)
		for (q = 0; q < w->my; q++) {
			size_t at = p * w->my + q;
			double complex b;

			if (2 * p == w->mx || 2 * q == w->my)
				continue;
			b = ip_obf_lens_transfer(&w->lens, w->x,
				(long)ip_signed_index(p, w->mx),
				(long)ip_signed_index(q, w->my));
			w->s[at] += creal(b * conj(b)) / w->share[j];
			if (images)
				w->sum[at] += conj(b) * w->f[at] / w->share[j];
		}
	return 0;
}

static double high_pass_at(const struct work *w, size_t p, size_t q)
{
	const struct ip_idpc *how = &w->how->how;
	double kx = ip_idpc_frequency(p, w->mx, how->pixel_size[0]);
	double ky = ip_idpc_frequency(q, w->my, how->pixel_size[1]);

	return ip_idpc_high_pass(how, kx * kx + ky * ky);
}

/* Both pictures are real, so one transform takes them back. */
static int combine(struct work *w, double *obf, double *potential)
{
	double norm = 1 / ((double)w->mx * (double)w->my);
	double sigma = ip_sigma(w->how->how.energy);
	size_t p, q;
	int rc;

	for (p = 0; p < w->mx; p++)
		for (q = 0; q < w->my; q++) {
			double complex *b = &w->sum[p * w->my + q];
			double s = w->s[p * w->my + q];

			/* Less is rounding. */
			*b = s > 1e-20 ? *b * norm * (1 / sqrt(s)
				+ I * high_pass_at(w, p, q)
				/ ((s + w->how->floor) * sigma)) : 0;
		}
	if ((rc = ip_idpc_fft2((double *)w->sum, w->mx, w->my, 1)) < 0)
		return rc;
	for (p = 0; p < w->nx; p++)
		for (q = 0; q < w->ny; q++) {
			obf[p * w->ny + q] = creal(w->sum[p * w->my + q]);
			potential[p * w->ny + q] = cimag(w->sum[p * w->my + q]);
		}
	return 0;
}

/* For pictures of nx by ny points. */
static int work_open(struct work *w, const struct ip_obf *how, size_t nx,
	size_t ny)
{
	size_t m = how->how.boundary == IP_MIRRORED ? 2 : 1;
	double step[2];
	int rc;

	w->how = how;
	w->nx = nx;
	w->ny = ny;
	w->mx = m * nx;
	w->my = m * ny;
	step[0] = 1 / ((double)w->mx * how->how.pixel_size[0]);
	step[1] = 1 / ((double)w->my * how->how.pixel_size[1]);
	if ((rc = ip_obf_lens_open(&w->lens, how, step)) < 0)
		return rc;
	if ((w->x = overlap_new(&w->lens)) == NULL
		|| (w->share = ip_alloc_array((size_t)segments_of(how),
			sizeof *w->share)) == NULL
		|| (w->f = ip_alloc_array(w->mx, w->my * sizeof *w->f)) == NULL
		|| (w->sum = ip_alloc_array(w->mx, w->my * sizeof *w->sum))
			== NULL
		|| (w->s = ip_alloc_array(w->mx, w->my * sizeof *w->s)) == NULL)
		return IP_ENOMEM;
	return 0;
}

static void work_close(struct work *w)
{
	ip_obf_lens_close(&w->lens);
	ip_free(w->share);
	ip_free(w->x);
	ip_free(w->f);
	ip_free(w->sum);
	ip_free(w->s);
}

static int filter(struct work *w, struct ip_obf_result *r)
{
	int n = segments_of(w->how), j, rc = scale(w);

	for (j = 0; rc == 0 && j < n; j++) {
		extend(w, j);
		rc = ip_idpc_fft2((double *)w->f, w->mx, w->my, -1);
		if (rc == 0)
			rc = gather(w, j, 1);
	}
	return rc < 0 ? rc : combine(w, r->obf.data, r->potential.data);
}

void ip_obf_result_free(struct ip_obf_result *r)
{
	ip_tensor_free(&r->obf);
	ip_tensor_free(&r->potential);
}

int ip_obf(const struct ip_tensor *segments, const struct ip_obf *how,
	struct ip_obf_result *r)
{
	struct ip_obf_result out = {0};
	struct work w = {0};
	struct ip_tensor v = {0};
	int rc;

	if ((rc = check(how)) < 0)
		return rc;
	if (segments->ndim != 3 || ip_tensor_count(segments) == 0
		|| segments->shape[0] != (size_t)segments_of(how))
		return ip_fail(IP_EINVAL, "OBF: segments of %d axes, %zu "
			"values and %zu images, expected (%d, nx, ny)",
			segments->ndim, ip_tensor_count(segments),
			segments->ndim ? segments->shape[0] : 0,
			segments_of(how));
	if ((rc = ip_tensor_check_finite(segments, "OBF: segments")) < 0
		|| (rc = ip_tensor_convert(&v, IP_F64, segments)) < 0
		|| (rc = ip_tensor_new(&out.obf, IP_F64, 2, v.shape + 1)) < 0
		|| (rc = ip_tensor_new(&out.potential, IP_F64, 2,
		v.shape + 1)) < 0
		|| (rc = work_open(&w, how, v.shape[1], v.shape[2])) < 0)
		goto done;
	w.v = v.data;
	rc = filter(&w, &out);
done:
	work_close(&w);
	ip_tensor_free(&v);
	if (rc < 0)
		ip_obf_result_free(&out);
	else
		*r = out;
	return rc;
}

/* ---- what it would show ---- */

/* v [nx][ny], in place. */
static int show(struct work *w, double *v)
{
	double norm = 1 / ((double)w->mx * (double)w->my);
	int n = segments_of(w->how), j, rc = 0;
	size_t p, q;

	for (j = 0; rc == 0 && j < n; j++) {
		w->share[j] = ip_obf_lens_share(&w->lens, j);
		if (w->share[j] > 0)
			rc = gather(w, j, 0);
	}
	for (p = 0; p < w->mx; p++)
		for (q = 0; q < w->my; q++)
			w->f[p * w->my + q] =
				v[(p < w->nx ? p : w->mx - 1 - p) * w->ny
				+ (q < w->ny ? q : w->my - 1 - q)];
	if (rc == 0)
		rc = ip_idpc_fft2((double *)w->f, w->mx, w->my, -1);
	for (p = 0; p < w->mx; p++)
		for (q = 0; q < w->my; q++) {
			double s = w->s[p * w->my + q];

			w->f[p * w->my + q] *= s > 1e-20 ? norm * s
				/ (s + w->how->floor) * high_pass_at(w, p, q)
				: 0;
		}
	if (rc == 0)
		rc = ip_idpc_fft2((double *)w->f, w->mx, w->my, 1);
	for (p = 0; p < w->nx; p++)
		for (q = 0; q < w->ny; q++)
			v[p * w->ny + q] = creal(w->f[p * w->my + q]);
	return rc;
}

int ip_obf_blur(const struct ip_tensor *potential, const struct ip_obf *how,
	struct ip_tensor *blurred)
{
	struct work w = {0};
	struct ip_tensor t = {0};
	int rc;

	if ((rc = check(how)) < 0)
		return rc;
	if (potential->ndim != 2 || ip_tensor_count(potential) == 0)
		return ip_fail(IP_EINVAL, "OBF: a potential of %d axes, "
			"expected (nx, ny)", potential->ndim);
	if ((rc = ip_tensor_check_finite(potential, "potential")) < 0
		|| (rc = ip_tensor_convert(&t, IP_F64, potential)) < 0)
		return rc;
	if ((rc = work_open(&w, how, t.shape[0], t.shape[1])) == 0)
		rc = show(&w, t.data);
	work_close(&w);
	if (rc < 0)
		ip_tensor_free(&t);
	else
		*blurred = t;
	return rc;
}
