/*
 * The detector's rotation against the scan from the images alone. A disc
 * shift is the gradient of a phase, so it has no curl; turned by theta its curl
 * is cos(theta) C + sin(theta) D with C the curl and D the divergence as
 * measured. The sum of squares over the picture is a quadratic form in
 * (cos, sin), so its least value needs no search.
 */
#include <math.h>
#include "core/core.h"
#include "em/idpc.h"

struct field {
	struct ip_tensor com[2];	/* (nx, ny) float64 */
	const double *pixel;
	size_t nx, ny, rx, ry;	/* rx, ry: points a side of the stencil */
};

/* Moments of curl C and divergence D under the window. */
struct moments {
	double cc, dd, cd;	/* central */
	double mean_c, mean_d;
};

/* Curl and divergence of (x, flip ? -y : y) at pixel (i, j). */
static void curl_divergence(const struct field *f, int flip, size_t i, size_t j,
	double *c, double *d)
{
	const double *x = f->com[0].data, *y = f->com[1].data;
	double sign = flip ? -1 : 1;
	size_t nx = f->nx, ny = f->ny;

	*c = sign * ip_idpc_slope(y + j, i, nx, ny, f->rx, f->pixel[0])
		- ip_idpc_slope(x + i * ny, j, ny, 1, f->ry, f->pixel[1]);
	*d = ip_idpc_slope(x + j, i, nx, ny, f->rx, f->pixel[0]) + sign
		* ip_idpc_slope(y + i * ny, j, ny, 1, f->ry, f->pixel[1]);
}

/*
 * A window that falls to nothing at the edges, so that a cell cut by the
 * edge pulls the angle less.
 */
static double window(size_t i, size_t n, size_t radius)
{
	double t = (double)(i - radius + 1) / (double)(n - 2 * radius + 1);

	return sin(IP_PI * t) * sin(IP_PI * t);
}

/* Sum over the picture of window * (a C + b D - m)^power. */
static double windowed_sum(const struct field *f, int flip, double a,
	double b, double m, int power)
{
	double sum = 0, weight = 0, c, d, t, w;
	size_t i, j;

	for (i = f->rx; i < f->nx - f->rx; i++) {
		for (j = f->ry; j < f->ny - f->ry; j++) {
			curl_divergence(f, flip, i, j, &c, &d);
			w = window(i, f->nx, f->rx) * window(j, f->ny, f->ry);
			t = a * c + b * d - m;
			weight += w;
			sum += w * (power == 1 ? t : power == 2 ? t * t
				: t * t * t);
		}
	}
	return sum / weight;
}

static void moments(const struct field *f, int flip, struct moments *m)
{
	double plus;

	m->mean_c = windowed_sum(f, flip, 1, 0, 0, 1);
	m->mean_d = windowed_sum(f, flip, 0, 1, 0, 1);
	m->cc = windowed_sum(f, flip, 1, 0, m->mean_c, 2);
	m->dd = windowed_sum(f, flip, 0, 1, m->mean_d, 2);
	plus = windowed_sum(f, flip, 1, 1, m->mean_c + m->mean_d, 2);
	m->cd = 0.5 * (plus - m->cc - m->dd);
}

/* Least curl: angle in (-pi/2, pi/2], and its RMS over that of the worst. */
static double least_curl(const struct moments *m, double *angle)
{
	double mean = 0.5 * (m->cc + m->dd), q = 0.5 * (m->cc - m->dd);
	double swing = hypot(q, m->cd);

	*angle = 0.5 * atan2(-m->cd, -q);
	return sqrt(fmax(mean - swing, 0) / (mean + swing));
}

static int rotation_find(const struct field *f, int try_flip, double *rotation,
	int *flip, double *certainty)
{
	struct moments m[2];
	double angle[2], left[2] = {1, 1}, a, skew;
	int b, k;

	for (k = 0; k <= (try_flip != 0); k++) {
		moments(f, k, &m[k]);
		if (!(m[k].cc + m[k].dd > 0))
			return ip_fail(IP_EINVAL, "iDPC: rotation: the images "
				"have no contrast; give the rotation");
		left[k] = least_curl(&m[k], &angle[k]);
	}
	b = left[1] < left[0];
	/* Turned by a, the divergence is cos(a) D - sin(a) C; atoms are bright
	 * where its negative peaks. */
	a = angle[b];
	skew = -windowed_sum(f, b, -sin(a), cos(a),
		cos(a) * m[b].mean_d - sin(a) * m[b].mean_c, 3);
	if (skew < 0)
		a += a > 0 ? -IP_PI : IP_PI;
	*rotation = a;
	*flip = b;
	*certainty = 1 - left[b];
	return 0;
}

int ip_idpc_rotation(const struct ip_tensor *com_x,
	const struct ip_tensor *com_y,
	const double pixel_size[2], int try_flip, double *rotation, int *flip,
	double *certainty)
{
	struct field f = {0};
	int rc;

	if (com_x->ndim != 2 || com_y->ndim != 2
		|| com_x->shape[0] != com_y->shape[0]
		|| com_x->shape[1] != com_y->shape[1]
		|| com_x->shape[0] < 3 || com_x->shape[1] < 3)
		return ip_fail(IP_EINVAL, "iDPC: rotation: com_x and com_y "
			"must be two images of one size, 3 x 3 or more");
	if (!(pixel_size[0] > 0) || !(pixel_size[1] > 0))
		return ip_fail(IP_EINVAL, "iDPC: rotation: pixel size %g x %g "
			"Angstrom", pixel_size[0], pixel_size[1]);
	f.nx = com_x->shape[0];
	f.ny = com_x->shape[1];
	f.rx = f.nx < 18 ? 1 : 4;
	f.ry = f.ny < 18 ? 1 : 4;
	f.pixel = pixel_size;
	if ((rc = ip_tensor_check_finite(com_x, "iDPC: com_x")) == 0
		&& (rc = ip_tensor_check_finite(com_y, "iDPC: com_y")) == 0
		&& (rc = ip_tensor_convert(&f.com[0], IP_F64, com_x)) == 0
		&& (rc = ip_tensor_convert(&f.com[1], IP_F64, com_y)) == 0)
		rc = rotation_find(&f, try_flip, rotation, flip, certainty);
	ip_tensor_free(&f.com[0]);
	ip_tensor_free(&f.com[1]);
	return rc;
}
