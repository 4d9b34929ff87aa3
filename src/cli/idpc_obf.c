/* OBF in the tools: what a file says of it, and its table of contrast. */
#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "aberrations.h"
#include "idpc_tool.h"

#define PI 3.14159265358979323846

int ip_idpc_obf(const struct ip_attrs *a, const struct ip_idpc *how,
	size_t segments, size_t rings, struct ip_obf *o)
{
	const char *text = ip_attrs_get_text(a, "aberrations");
	const struct ip_attr *off = ip_attrs_find(a, "detector_offset");

	memset(o, 0, sizeof *o);
	o->how = *how;
	o->azimuthal = (int)(segments / rings);
	o->rings = (int)rings;
	o->floor = IP_OBF_FLOOR;
	if (off && off->type == IP_ATTR_F64 && off->count == 2)
		memcpy(o->offset, off->v.f64, sizeof o->offset);
	return text ? ip_cli_aberrations(text, &o->aberrations) : 0;
}

void ip_idpc_obf_depth(struct ip_obf *o, double thickness)
{
	if (!isnan(thickness))
		o->aberrations.c[IP_C10] += 10 * thickness / 2;
}

/* ---- the contrast that noise leaves ---- */

enum { POINTS = 20 };
static const double direction[3] = {0, 22.5, 45};

/*
 * Phase contrast over noise at k, of one electron a scan point: b the
 * transfers [n][2]. iDPC adds with weights k . u_j and a constant.
 */
static void contrast(const struct ip_obf *o, const double *b,
	const double *share, double degree, double *idpc, double *obf)
{
	int n = o->azimuthal * o->rings, j;
	double complex sum = 0;
	double noise = 0, s = 0;

	for (j = 0; j < n; j++) {
		double w = PI / o->azimuthal * (2 * (j % o->azimuthal) + 1);

		w = o->how.rotation + (o->how.flip ? -w : w);
		w = cos(w - degree * PI / 180);
		sum += w * (b[2 * j] + I * b[2 * j + 1]);
		noise += w * w * share[j];
		if (share[j] > 0)
			s += (b[2 * j] * b[2 * j] + b[2 * j + 1]
				* b[2 * j + 1]) / share[j];
	}
	*idpc = noise > 0 ? cabs(sum) / sqrt(noise) : 0;
	*obf = sqrt(s);
}

static void put_contrast(const struct ip_obf *o, const double *b,
	const double *share, double k_max)
{
	int n = o->azimuthal * o->rings, i, d;
	double idpc[3], obf[3];

	printf("\n# phase contrast over noise, 1 electron a scan point and "
		"1 rad: iDPC, OBF\n# k (1/A)  k/2k0 ");
	for (i = 0; i < 2; i++)
		for (d = 0; d < 3; d++)
			printf(" %5g deg", direction[d]);
	printf("\n");
	for (i = 0; i < POINTS; i++) {
		double x = (i + 1.0) / POINTS;

		for (d = 0; d < 3; d++)
			contrast(o, b + 2 * n * (d * POINTS + i), share,
				direction[d], &idpc[d], &obf[d]);
		printf("%9.4f %6.2f %10.4f%10.4f%10.4f%10.4f%10.4f%10.4f\n",
			x * k_max, x, idpc[0], idpc[1], idpc[2], obf[0],
			obf[1], obf[2]);
	}
}

int ip_idpc_show_contrast(const struct ip_obf *o)
{
	double k_max = 2e-3 * o->how.semiangle / ip_wavelength(o->how.energy);
	size_t n = (size_t)o->azimuthal * (size_t)o->rings, d;
	double *b = calloc(3 * POINTS * n * 2 + n, sizeof *b);
	double *share = b ? b + 3 * POINTS * n * 2 : NULL;
	int rc = b ? 0 : ip_cli_error(IP_ENOMEM, "out of memory");

	for (d = 0; rc == 0 && d < 3; d++) {
		double a = direction[d] * PI / 180;
		double step[2] = {k_max / POINTS * cos(a),
			k_max / POINTS * sin(a)};

		rc = ip_obf_transfer(o, step, POINTS, b + d * POINTS * n * 2,
			share);
	}
	if (rc == 0)
		put_contrast(o, b, share, k_max);
	free(b);
	return rc;
}
