/* Pictures between their pixels, axis by axis. */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "measure/measure.h"

#define PI 3.14159265358979323846
#define KAISER 14.0	/* side lobes below 1e-6 of the main one */

int ip_measure_check(const struct ip_tensor *t, const char *who)
{
	if (t->ndim < 2 || !ip_tensor_is_real(t) || ip_tensor_count(t) == 0)
		return ip_fail(IP_EINVAL, "%s: %d axes of %s and %zu numbers,"
			" expected pictures of real numbers", who, t->ndim,
			ip_dtype_name(t->dtype), ip_tensor_count(t));
	return ip_tensor_check_finite(t, who);
}

size_t ip_measure_count(const struct ip_tensor *t)
{
	return ip_tensor_count(t) / t->shape[t->ndim - 2] /
		t->shape[t->ndim - 1];
}

int ip_measure_new(const struct ip_tensor *t, const size_t size[2],
	struct ip_tensor *out)
{
	size_t shape[IP_MAX_DIMS];

	memcpy(shape, t->shape, sizeof shape);
	shape[t->ndim - 2] = size[0];
	shape[t->ndim - 1] = size[1];
	return ip_tensor_new(out, IP_F64, t->ndim, shape);
}

/* ---- weights ---- */

/* The modified Bessel function I0, by its series; |x| <= 14. */
static double bessel0(double x)
{
	double q = x * x / 4, term = 1, sum = 1;

	for (int k = 1; term > 1e-17 * sum; k++) {
		term *= q / ((double)k * k);
		sum += term;
	}
	return sum;
}

/* t in old pixels over the stretch; 0 from IP_KERNEL_REACH on. */
static double sinc(double t)
{
	double r = t / IP_KERNEL_REACH, window;

	if (fabs(r) >= 1)
		return 0;
	window = bessel0(KAISER * sqrt(1 - r * r));
	return fabs(t) < 1e-9 ? window : window * sin(PI * t) / (PI * t);
}

static double triangle(double t)
{
	return fmax(0, 1 - fabs(t));
}

static double reach_of(enum ip_kernel kernel, double step)
{
	return (kernel == IP_LINEAR ? 1 : IP_KERNEL_REACH) * fmax(step, 1);
}

size_t ip_measure_most_taps(enum ip_kernel kernel, double step)
{
	return 2 * (size_t)ceil(reach_of(kernel, step)) + 1;
}

/* .. 1 0 | 0 1 .. n-1 | n-1 n-2 .. */
static size_t mirrored(long i, size_t n)
{
	long m = 2 * (long)n, k = i % m;

	k = k < 0 ? k + m : k;
	return (size_t)(k < (long)n ? k : m - 1 - k);
}

size_t ip_measure_taps(enum ip_kernel kernel, double at, double step, size_t n,
	size_t *index, double *weight)
{
	double reach = reach_of(kernel, step), stretch = fmax(step, 1);
	double sum = 0, w;
	long first = (long)ceil(at - reach), last = (long)floor(at + reach), i;
	size_t k = 0, j;

	for (i = first; i <= last; i++) {
		w = ((double)i - at) / stretch;
		w = kernel == IP_LINEAR ? triangle(w) : sinc(w);
		if (w == 0)
			continue;
		index[k] = mirrored(i, n);
		weight[k++] = w;
		sum += w;
	}
	for (j = 0; j < k; j++)
		weight[j] /= sum;
	return k;
}

/* ---- an axis of a picture ---- */

/* Weights of all new pixels of one axis. */
struct axis {
	size_t most, *count, *index;
	double *weight;
};

static void axis_free(struct axis *a)
{
	ip_free(a->count);
	ip_free(a->index);
	ip_free(a->weight);
}

/* The caller frees a, also after a failure. */
static int axis_make(struct axis *a, const struct ip_sampling *how, int d,
	size_t n)
{
	size_t i, all;

	a->most = ip_measure_most_taps(how->kernel, how->step[d]);
	if (ip_mul_size(how->size[d], a->most, &all))
		return ip_fail(IP_ELIMIT, "sample: %zu pixels of %g old ones",
			how->size[d], how->step[d]);
	if (!(a->count = ip_alloc_array(how->size[d], sizeof *a->count)) ||
	    !(a->index = ip_alloc_array(all, sizeof *a->index)) ||
	    !(a->weight = ip_alloc_array(all, sizeof *a->weight)))
		return IP_ENOMEM;
	for (i = 0; i < how->size[d]; i++)
		a->count[i] = ip_measure_taps(how->kernel, how->start[d] +
			(double)i * how->step[d], how->step[d], n,
			a->index + i * a->most, a->weight + i * a->most);
	return 0;
}

/* Rows of [n][rows] to [size][rows]. */
static void along_x(const struct axis *a, const double *from, size_t rows,
	size_t size, double *to)
{
	size_t i, j, k;

	for (i = 0; i < size; i++) {
		double *row = to + i * rows;

		memset(row, 0, rows * sizeof *row);
		for (k = 0; k < a->count[i]; k++) {
			double w = a->weight[i * a->most + k];
			const double *in = from + a->index[i * a->most + k] *
				rows;

			for (j = 0; j < rows; j++)
				row[j] += w * in[j];
		}
	}
}

/* [rows][n] to [rows][size]. */
static void along_y(const struct axis *a, const double *from, size_t rows,
	size_t n, size_t size, double *to)
{
	size_t i, j, k;

	for (i = 0; i < rows; i++) {
		for (j = 0; j < size; j++) {
			const size_t *at = a->index + j * a->most;
			const double *w = a->weight + j * a->most;
			double sum = 0;

			for (k = 0; k < a->count[j]; k++)
				sum += w[k] * from[i * n + at[k]];
			to[i * size + j] = sum;
		}
	}
}

int ip_measure_sample(const struct ip_sampling *how, const double *from,
	const size_t n[2], double *to)
{
	struct axis a[2] = { { 0 }, { 0 } };
	double *half = NULL;
	int rc = axis_make(&a[0], how, 0, n[0]);

	if (rc == 0)
		rc = axis_make(&a[1], how, 1, n[1]);
	if (rc == 0) {
		half = ip_alloc_array(how->size[1], n[0] * sizeof *half);
		rc = half ? 0 : IP_ENOMEM;
	}
	if (rc == 0) {
		along_y(&a[1], from, n[0], n[1], how->size[1], half);
		along_x(&a[0], half, how->size[1], how->size[0], to);
	}
	axis_free(&a[0]);
	axis_free(&a[1]);
	ip_free(half);
	return rc;
}

/* ---- tensors ---- */

/* A pixel may be as large as the picture. */
static int check_sampling(const struct ip_sampling *how, const size_t n[2])
{
	for (int d = 0; d < 2; d++)
		if (!(how->step[d] > 0 && how->step[d] <= (double)n[d]) ||
		    !(fabs(how->start[d]) < 1e9) || how->size[d] == 0)
			return ip_fail(IP_EINVAL, "sample: %zu pixels, %g apart"
				" from %g on, of a picture of %zu x %zu",
				how->size[d], how->step[d], how->start[d],
				n[0], n[1]);
	return 0;
}

int ip_prepare_sample(const struct ip_tensor *t, const struct ip_sampling *how,
	struct ip_tensor *out)
{
	struct ip_tensor in = { 0 }, new = { 0 };
	size_t i, count, n[2];
	int rc = ip_measure_check(t, "sample");

	if (rc == 0)
		rc = check_sampling(how, t->shape + t->ndim - 2);
	if (rc == 0)
		rc = ip_tensor_convert(&in, IP_F64, t);
	if (rc == 0)
		rc = ip_measure_new(t, how->size, &new);
	if (rc == 0) {
		n[0] = t->shape[t->ndim - 2];
		n[1] = t->shape[t->ndim - 1];
		count = ip_measure_count(t);
		for (i = 0; rc == 0 && i < count; i++)
			rc = ip_measure_sample(how, (double *)in.data +
				i * n[0] * n[1], n, (double *)new.data +
				i * how->size[0] * how->size[1]);
	}
	ip_tensor_free(&in);
	if (rc < 0)
		ip_tensor_free(&new);
	else
		*out = new;
	return rc;
}

void ip_prepare_resampling(const size_t size[2], const double step[2],
	struct ip_sampling *how)
{
	memset(how, 0, sizeof *how);
	for (int d = 0; d < 2; d++) {
		how->step[d] = step[d];
		how->size[d] = size[d] ? (size_t)floor((double)(size[d] - 1) /
			step[d] + 1e-9) + 1 : 0;
	}
}

int ip_prepare_fit(const struct ip_tensor *t, const size_t size[2],
	enum ip_kernel kernel, struct ip_tensor *out)
{
	struct ip_sampling how = { .kernel = kernel };
	int rc = ip_measure_check(t, "fit");

	for (int d = 0; rc == 0 && d < 2; d++) {
		how.size[d] = size[d];
		how.step[d] = (double)t->shape[t->ndim - 2 + d] /
			(double)(size[d] ? size[d] : 1);
		how.start[d] = 0.5 * how.step[d] - 0.5;
	}
	return rc < 0 ? rc : ip_prepare_sample(t, &how, out);
}
