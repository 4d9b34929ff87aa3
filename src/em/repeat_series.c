/* Series over a 2-D lattice, evaluated at the pixels of a turned picture. */
#include <math.h>
#include <string.h>
#include "core/blas.h"
#include "core/core.h"
#include "repeat.h"

#define PI 3.14159265358979323846
/* Terms of a picture summed at once. */
#define BLOCK 2048

int ip_repeat_series_new(struct ip_repeat_series *s, const double a[2][2],
	size_t views, size_t planes, size_t channels, const size_t reach[2])
{
	size_t terms = (2 * reach[0] + 1) * (2 * reach[1] + 1), n;

	*s = (struct ip_repeat_series){ .views = views, .planes = planes,
		.channels = channels, .reach = { reach[0], reach[1] } };
	memcpy(s->a, a, sizeof s->a);
	if (ip_mul_size(views * planes, channels * terms, &n))
		return ip_fail(IP_ELIMIT, "repeat cell: %zu planes are too "
			"many", planes);
	s->rotation = ip_alloc_array(views, sizeof *s->rotation);
	s->c = ip_alloc_array(n, 2 * sizeof *s->c);
	if (s->rotation && s->c)
		return 0;
	ip_repeat_series_free(s);
	return IP_ENOMEM;
}

void ip_repeat_series_free(struct ip_repeat_series *s)
{
	ip_free(s->rotation);
	ip_free(s->c);
	*s = (struct ip_repeat_series){ 0 };
}

int ip_repeat_series_add(struct ip_repeat_series *sum,
	const struct ip_repeat_series *s, const double *weight)
{
	size_t each = s->planes * s->channels * (2 * s->reach[0] + 1) *
		(2 * s->reach[1] + 1);
	int rc;

	if (!sum->c) {
		rc = ip_repeat_series_new(sum, (const double (*)[2])s->a, 1,
			s->planes, s->channels, s->reach);
		if (rc < 0)
			return rc;
		sum->rotation[0] = s->rotation[0];
	}
	if (sum->views != 1 || sum->planes != s->planes ||
			sum->channels != s->channels ||
			memcmp(sum->reach, s->reach, sizeof s->reach) ||
			memcmp(sum->a, s->a, sizeof s->a))
		return ip_fail(IP_EINVAL, "series: %zu planes of %zu channels "
			"do not add to %zu of %zu on the same lattice",
			s->planes, s->channels, sum->planes, sum->channels);
	for (size_t v = 0; v < s->views; v++)
		for (size_t i = 0; i < 2 * each; i++)
			sum->c[i] += weight[v] * s->c[2 * v * each + i];
	return 0;
}

static int check(const struct ip_repeat_series *s, size_t view,
	const struct ip_repeat_frame *f)
{
	size_t points;

	if (view >= s->views)
		return ip_fail(IP_EINVAL, "picture: view %zu of %zu", view,
			s->views);
	if (f->n[0] == 0 || f->n[1] == 0 ||
			ip_mul_size(f->n[0], f->n[1], &points) ||
			points > INT32_MAX)
		return ip_fail(IP_EINVAL, "picture: %zu x %zu pixels",
			f->n[0], f->n[1]);
	for (int i = 0; i < 2; i++)
		if (!isfinite(f->start[i]) || !isfinite(f->step[i]))
			return ip_fail(IP_EINVAL, "picture: its start or "
				"pixel is not a finite number");
	if (!(f->source_fwhm >= 0 && isfinite(f->source_fwhm)))
		return ip_fail(IP_EINVAL, "picture: source size %g A, "
			"expected 0 or more", f->source_fwhm);
	return 0;
}

/*
 * The picture is real: of h and -h one is enough, counted twice. With g
 * turned into the picture's frame a term is a product of x and y,
 *	c exp(2 pi i g . r) = [c exp(2 pi i gx x)] exp(2 pi i gy y),
 * and the picture a product of two matrices, [n0][2 terms] [2 terms][n1],
 * summed over blocks of terms so that both stay small.
 */
struct block {
	size_t first, count;		/* terms of c */
	double (*g)[2], *weight;
	double *left, *right;
};

static void block_free(struct block *t)
{
	ip_free(t->g);
	ip_free(t->weight);
	ip_free(t->left);
	ip_free(t->right);
}

static int block_new(struct block *t, size_t terms,
	const struct ip_repeat_frame *f)
{
	t->g = ip_alloc_array(terms, sizeof *t->g);
	t->weight = ip_alloc_array(terms, sizeof *t->weight);
	t->left = ip_alloc_array(terms * f->n[0], 2 * sizeof *t->left);
	t->right = ip_alloc_array(terms * f->n[1], 2 * sizeof *t->right);
	return t->g && t->weight && t->left && t->right ? 0 : IP_ENOMEM;
}

/* Terms first .. first + count: what all pictures of a view share. */
static void block_fill(struct block *t, const struct ip_repeat_series *s,
	size_t view, const struct ip_repeat_frame *f)
{
	size_t row = 2 * s->reach[1] + 1;
	double sigma = f->source_fwhm / IP_FWHM, b[2][2], g[2];

	ip_reciprocal(s->a, b);
	for (size_t i = 0; i < t->count; i++) {
		double h = (double)((t->first + i) / row) -
			(double)s->reach[0];
		double k = (double)((t->first + i) % row) -
			(double)s->reach[1];
		ip_reciprocal_vector((const double (*)[2])b, h, k, g);
		t->weight[i] = (h == 0 && k == 0 ? 1 : 2) * exp(-2 * PI * PI *
			sigma * sigma * (g[0] * g[0] + g[1] * g[1]));
		ip_turned(g, s->rotation[view], t->g[i]);
		for (size_t y = 0; y < f->n[1]; y++) {
			double turns = fmod(t->g[i][1] * (f->start[1] +
				(double)y * f->step[1]), 1);
			t->right[2 * i * f->n[1] + y] = cos(2 * PI * turns);
			t->right[(2 * i + 1) * f->n[1] + y] =
				sin(2 * PI * turns);
		}
	}
}

/* What the block has of a picture of coefficients c, onto out [n0][n1]. */
static void block_add(const struct block *t, const double *c,
	const struct ip_repeat_frame *f, double *out)
{
	for (size_t x = 0; x < f->n[0]; x++)
		for (size_t i = 0; i < t->count; i++) {
			double turns = fmod(t->g[i][0] * (f->start[0] +
				(double)x * f->step[0]), 1);
			double re = cos(2 * PI * turns) * t->weight[i];
			double im = sin(2 * PI * turns) * t->weight[i];
			const double *q = c + 2 * (t->first + i);
			double *l = t->left + 2 * (x * t->count + i);
			l[0] = q[0] * re - q[1] * im;
			l[1] = -(q[0] * im + q[1] * re);
		}
	cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)f->n[0],
		(int)f->n[1], (int)(2 * t->count), 1, t->left,
		(int)(2 * t->count), t->right, (int)f->n[1], 1, out,
		(int)f->n[1]);
}

int ip_repeat_picture(const struct ip_repeat_series *s, size_t view,
	const struct ip_repeat_frame *f, struct ip_tensor *image)
{
	size_t terms = (2 * s->reach[0] + 1) * (2 * s->reach[1] + 1);
	size_t count = s->planes * s->channels;
	struct ip_tensor out = { 0 };
	struct block t = { 0 };
	int rc = check(s, view, f);

	if (rc < 0)
		return rc;
	size_t dims[] = { s->planes, s->channels, f->n[0], f->n[1] };
	rc = ip_tensor_new(&out, IP_F64, 4, dims);
	if (rc == 0)
		rc = block_new(&t, terms < BLOCK ? terms : BLOCK, f);
	ip_blas_single();
	/* h = 0 stands in the middle, and the second half behind it */
	for (t.first = terms / 2; rc == 0 && t.first < terms;
			t.first += t.count) {
		t.count = terms - t.first < BLOCK ? terms - t.first : BLOCK;
		block_fill(&t, s, view, f);
		for (size_t i = 0; i < count; i++)
			block_add(&t, s->c + 2 * (view * count + i) * terms, f,
				(double *)out.data + i * f->n[0] * f->n[1]);
	}
	block_free(&t);
	if (rc < 0)
		ip_tensor_free(&out);
	else
		*image = out;
	return rc;
}
