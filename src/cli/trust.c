/* How far a network's answer can be trusted, without a truth. */
#include <math.h>
#include <string.h>
#include "aberrations.h"
#include "trust.h"

#define DEGREE (3.14159265358979323846 / 180)

/* ---- what the file says of the microscope ---- */

/* Number i of key; NAN with an error if there is none and it must be there. */
static int read_one(const struct ip_measured *m, const char *key, size_t i,
	double *v)
{
	*v = ip_attrs_get_one(&m->b.attrs, key, i, NAN);
	return isfinite(*v) ? 0 : ip_cli_error(IP_ENOTFOUND, "%s: no attribute"
		" %s in it, which the consistency takes; iphase-convert"
		" --attribute=%s=NUMBER writes it", m->path, key, key);
}

static int read_required(const struct ip_measured *m, struct ip_microscope *q)
{
	int rc = read_one(m, "energy", 0, &q->probe.energy);

	if (rc == 0)
		rc = read_one(m, "semiangle", 0, &q->probe.semiangle);
	if (rc == 0)
		rc = read_one(m, "inner", 0, &q->inner);
	if (rc == 0)
		rc = read_one(m, "outer", 0, &q->outer);
	for (size_t a = 0; rc == 0 && a < 2; a++)
		rc = read_one(m, "pixel_size", a, &q->pixel_size[a]);
	return rc;
}

int ip_trust_microscope(const struct ip_measured *m, double displacement,
	struct ip_microscope *q)
{
	const struct ip_attrs *a = &m->b.attrs;
	const char *edge = ip_attrs_get_text(a, "aperture");
	const char *text = ip_attrs_get_text(a, "aberrations");
	int rc;

	memset(q, 0, sizeof *q);
	rc = read_required(m, q);
	if (rc)
		return rc;
	q->probe.hard = edge && strcmp(edge, "hard") == 0;
	q->rotation = DEGREE * ip_attrs_get(a, "rotation", 0);
	q->focal_spread = ip_attrs_get(a, "focal_spread", 0);
	q->source_fwhm = ip_attrs_get(a, "source_fwhm", 0);
	q->displacement = displacement;
	for (size_t i = 0; i < 2; i++) {
		q->probe.tilt[i] = ip_attrs_get_one(a, "beam_tilt", i, 0);
		q->offset[i] = ip_attrs_get_one(a, "detector_offset", i, 0);
	}
	return text ? ip_cli_aberrations(text, &q->probe.aberrations) : 0;
}

int ip_trust_square(const struct ip_measured *m, const char *option)
{
	double x = ip_attrs_get_one(&m->b.attrs, "pixel_size", 0, 1);
	double y = ip_attrs_get_one(&m->b.attrs, "pixel_size", 1, 1);

	return fabs(x - y) <= 1e-3 * x ? 0 : ip_cli_error(IP_EINVAL, "%s: %s:"
		" pixels of %g x %g A; expected square ones, which can be"
		" turned", m->path, option, x, y);
}

/* ---- the two signs ---- */

double ip_trust_spread(const struct ip_tensor *potential,
	const struct ip_tensor *spread)
{
	const float *v = potential->data, *s = spread->data;
	double sum = 0, squares = 0, n = (double)ip_tensor_count(spread);

	for (size_t k = 0; k < ip_tensor_count(spread); k++) {
		sum += (double)v[k];
		squares += (double)s[k] * (double)s[k];
	}
	return sum != 0 ? sqrt(squares / n) / fabs(sum / n) : NAN;
}

/* Along the beam to along the zone axis, whose smear is in it: no tilt. */
static int per_nm(struct ip_measurement *in, const struct ip_tensor *beam,
	struct ip_tensor *zone)
{
	struct ip_tensor nm = { 0 };
	int rc = ip_tensor_convert(zone, IP_F64, beam);
	const double *t;
	double *v = zone->data;

	if (rc == 0)
		rc = ip_tensor_convert(&nm, IP_F64, &in->thickness);
	t = nm.data;
	for (size_t i = 0, one = ip_tensor_count(&nm) == 1; rc == 0 &&
	    i < ip_tensor_count(zone); i++)
		v[i] = t[one ? 0 : i] > 0 ? v[i] / t[one ? 0 : i] : 0;
	in->euler[1] = in->euler[2] = 0;
	ip_tensor_free(&nm);
	return rc;
}

int ip_trust_check(struct ip_dev *dev, const struct ip_measurement *in,
	const struct ip_tensor *potential, int zone,
	const struct ip_microscope *q, size_t regions,
	struct ip_consistency *c)
{
	struct ip_measurement same = *in;
	struct ip_tensor along = { 0 }, first = *potential;
	int rc = 0;

	if (potential->ndim == 3)	/* of several outputs */
		rc = ip_tensor_at(&first, potential, 0, 0);
	if (rc == 0 && !zone)
		rc = per_nm(&same, &first, &along);
	if (rc == 0)
		rc = ip_consistency(dev, along.data ? &along : &first, &same,
			q, regions, c);
	ip_tensor_free(&along);
	return rc;
}
