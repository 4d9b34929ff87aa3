/*
 * The phase contrast transfer of the segments of a detector. A probe
 * A(k) exp(-i chi(k)), the integral of A^2 being 1, on a weak object
 * 1 + i phase: at frequency Q of the scan the share of the beam in segment j
 * is phase(Q) times
 *	b_j(Q) = i [X_j(Q) - conj X_j(-Q)],
 *	X_j(Q) = integral over segment j of conj(a(k)) a(k - Q),
 * a the probe. So all that a segment sees of it lies inside the disc. X_j is
 * a correlation of segment j's piece of the disc with the disc: by transforms.
 */
#include <math.h>
#include <string.h>
#include <iphase/backend.h>
#include "core/core.h"
#include "em/detector.h"
#include "em/idpc.h"

enum { RADIUS = 128, FINE = 8, MOST = 8192 };
enum { DARK = -1, MISSED = -2 };	/* or a segment */

/* What (kx, ky) lies in. */
static int place(const struct ip_obf_lens *l, double kx, double ky)
{
	struct ip_entry e[IP_ENTRIES];
	int n = l->detector.azimuthal, c;

	if (hypot(kx, ky) > l->k0)
		return DARK;
	if (ip_detector_entries(&l->detector, 0, l->wavelength, kx, ky, e) == 0)
		return MISSED;
	c = (int)e[0].channel;
	return l->how->how.flip ? c / n * n + n - 1 - c % n : c;
}

static int counts(int found, int j)
{
	return j < 0 ? found != DARK : found == j;
}

/* The part of pixel (x, y) that lies in segment j, or in the disc: j < 0. */
static double cover(const struct ip_obf_lens *l, long x, long y, int j)
{
	long row = 2 * l->reach[1] + 2, a, b;
	const int16_t *c = l->corner + (x + l->reach[0]) * row
		+ y + l->reach[1];
	int n = 0;

	if (c[0] == c[1] && c[0] == c[row] && c[0] == c[row + 1])
		return counts(c[0], j);
	for (a = 0; a < FINE; a++)
		for (b = 0; b < FINE; b++)
			n += counts(place(l,
				((double)x + (a + 0.5) / FINE - 0.5) * l->dk[0],
				((double)y + (b + 0.5) / FINE - 0.5) * l->dk[1]
				), j);
	return n / (double)(FINE * FINE);
}

/* By how much chi changes at most over a radius of the disc, rad. */
static double steepest(const struct ip_obf_lens *l)
{
	const struct ip_aberrations *a = &l->how->aberrations;
	double alpha = l->k0 * l->wavelength, d = 1e-4, most = 0;
	int i, j;

	for (i = 1; i <= 16; i++)
		for (j = 0; j < 64; j++) {
			double r = i / 16.0, phi = 2 * IP_PI * j / 64;
			double chi = ip_chi(a, l->wavelength, r * alpha, phi);

			most = fmax(most, hypot(ip_chi(a, l->wavelength,
				(r + d) * alpha, phi) - chi,
				(ip_chi(a, l->wavelength, r * alpha, phi + d)
				- chi) / r) / d);
		}
	return most;
}

/* chi may change by 1/4 rad from one pixel to the next. */
static int spacing(struct ip_obf_lens *l, const double step[2])
{
	double radius = fmax(RADIUS, 4 * steepest(l));
	int a;

	for (a = 0; a < 2; a++) {
		double s = fabs(step[a]) > 1e-9 * l->k0 ? fabs(step[a]) : l->k0;
		double points;

		l->every[a] = (long)ceil(fmin(s * radius / l->k0, 1e9));
		l->dk[a] = s / (double)l->every[a];
		points = 4 * (l->k0 / l->dk[a] + 2);
		if (!(points <= MOST))
			return ip_fail(IP_ELIMIT, "OBF: %.3g points in k for "
				"frequencies %g 1/Angstrom apart and an "
				"aberration function that changes by %.3g rad "
				"over the disc, expected at most %d; take a "
				"smaller picture or smaller aberrations",
				points, s, radius / 4, MOST);
		l->reach[a] = (long)(l->k0 / l->dk[a] + 0.5) + 1;
		l->size[a] = (long)ip_fft_size(4 * (size_t)l->reach[a] + 1);
	}
	return 0;
}

static long wrap(long i, long n)
{
	return i < 0 ? i + n : i;
}

static void fill(struct ip_obf_lens *l)
{
	const long *r = l->reach, *n = l->size;
	double complex *w = l->wave;
	int16_t *c = l->corner;
	long i, j;

	for (i = -r[0]; i <= r[0] + 1; i++)
		for (j = -r[1]; j <= r[1] + 1; j++)
			*c++ = (int16_t)place(l, ((double)i - 0.5) * l->dk[0],
				((double)j - 0.5) * l->dk[1]);
	l->area = 0;
	for (i = -r[0]; i <= r[0]; i++)
		for (j = -r[1]; j <= r[1]; j++, w++) {
			double x = (double)i * l->dk[0];
			double y = (double)j * l->dk[1], part, chi;

			if ((part = cover(l, i, j, -1)) == 0)
				continue;
			chi = ip_chi(&l->how->aberrations, l->wavelength,
				hypot(x, y) * l->wavelength, atan2(y, x));
			*w = part * (cos(chi) - I * sin(chi));
			l->area += part;
			l->probe[wrap(-i, n[0]) * n[1] + wrap(-j, n[1])] = *w;
		}
}

int ip_obf_lens_open(struct ip_obf_lens *l, const struct ip_obf *how,
	const double step[2])
{
	size_t across[2], points;
	int rc;

	memset(l, 0, sizeof *l);
	l->how = how;
	l->detector = (struct ip_detector){ .kind = IP_SEGMENTED,
		.inner = how->how.inner, .outer = how->how.outer,
		.radial = how->rings, .azimuthal = how->azimuthal,
		.rotation = how->how.rotation,
		.offset = { how->offset[0], how->offset[1] } };
	l->wavelength = ip_wavelength(how->how.energy);
	l->k0 = 1e-3 * how->how.semiangle / l->wavelength;
	if ((rc = spacing(l, step)) < 0)
		return rc;
	across[0] = 2 * (size_t)l->reach[0] + 1;
	across[1] = 2 * (size_t)l->reach[1] + 1;
	points = (size_t)l->size[0] * (size_t)l->size[1];
	if ((l->corner = ip_alloc_array((across[0] + 1) * (across[1] + 1),
			sizeof *l->corner)) == NULL
		|| (l->wave = ip_alloc_array(across[0] * across[1],
			sizeof *l->wave)) == NULL
		|| (l->probe = ip_alloc_array(points, sizeof *l->probe))
			== NULL) {
		ip_obf_lens_close(l);
		return IP_ENOMEM;
	}
	fill(l);
	rc = ip_idpc_fft2((double *)l->probe, (size_t)l->size[0],
		(size_t)l->size[1], -1);
	if (rc < 0)
		ip_obf_lens_close(l);
	return rc;
}

void ip_obf_lens_close(struct ip_obf_lens *l)
{
	ip_free(l->corner);
	ip_free(l->wave);
	ip_free(l->probe);
	memset(l, 0, sizeof *l);
}

double ip_obf_lens_share(const struct ip_obf_lens *l, int j)
{
	double lit = 0;
	long a, b;

	for (a = -l->reach[0]; a <= l->reach[0]; a++)
		for (b = -l->reach[1]; b <= l->reach[1]; b++)
			lit += cover(l, a, b, j);
	return lit / l->area;
}

int ip_obf_lens_overlap(const struct ip_obf_lens *l, int j, double complex *x)
{
	const long *r = l->reach, *n = l->size;
	size_t points = (size_t)n[0] * (size_t)n[1], p;
	double part, scale = 1 / (l->area * (double)points);
	const double complex *w = l->wave;
	long a, b;
	int rc;

	memset(x, 0, points * sizeof *x);
	for (a = -r[0]; a <= r[0]; a++)
		for (b = -r[1]; b <= r[1]; b++, w++) {
			if (*w == 0 || (part = cover(l, a, b, j)) == 0)
				continue;
			x[wrap(a, n[0]) * n[1] + wrap(b, n[1])] =
				part * conj(*w) / cabs(*w);
		}
	if ((rc = ip_idpc_fft2((double *)x, (size_t)n[0], (size_t)n[1],
			-1)) < 0)
		return rc;
	for (p = 0; p < points; p++)
		x[p] *= scale * l->probe[p];
	return ip_idpc_fft2((double *)x, (size_t)n[0], (size_t)n[1], 1);
}

double complex ip_obf_lens_transfer(const struct ip_obf_lens *l,
	const double complex *x, long qx, long qy)
{
	const long *n = l->size;
	long i = qx * l->every[0], j = qy * l->every[1];

	if (hypot((double)i * l->dk[0], (double)j * l->dk[1]) >= 2 * l->k0
		|| (i == 0 && j == 0))
		return 0;
	return I * (x[wrap(i, n[0]) * n[1] + wrap(j, n[1])]
		- conj(x[wrap(-i, n[0]) * n[1] + wrap(-j, n[1])]));
}
