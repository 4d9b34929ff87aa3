/* iphase-simulate: the probe and the detectors. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "aberrations.h"
#include "simulate.h"

#define PI 3.14159265358979323846

/* ---- the probe ---- */

static int build_probe(struct ip_sim *m)
{
	const struct ip_sim_options *o = m->o;
	struct ip_probe *p = &m->probe;
	struct ip_aberrations *a = &p->aberrations;
	double v;
	int rc = ip_sim_pair(m, "beam-tilt", &o->beam_tilt, 0, p->tilt);

	if (o->beam_tilt.count == 1)
		p->tilt[1] = 0;
	p->energy = o->energy * 1e3;
	p->semiangle = o->semiangle;
	p->hard = o->aperture;
	for (size_t i = 0; rc == 0 && i < o->aberrations.count; i++)
		rc = ip_cli_aberrations(o->aberrations.v[i], a);
	if (rc == IP_EINVAL)
		return IP_CLI_USAGE;
	if (rc || !o->defocus)
		return rc;
	if (a->c[IP_C10] != 0)
		return ip_cli_usage(m->cli, "--defocus and the aberration C10 "
			"are the same thing: give one of them");
	if (strcmp(o->defocus, "scherzer") == 0)
		v = ip_scherzer(a->c[IP_C30], ip_wavelength(p->energy));
	else if (ip_cli_real(o->defocus, &v))
		return ip_cli_usage(m->cli, "--defocus: expected a number "
			"(Angstrom) or scherzer, not '%s'", o->defocus);
	return ip_aberrations_set(a, "defocus", v);
}

int ip_sim_probe(struct ip_sim *m)
{
	int rc = build_probe(m);

	if (rc == 0 && !(m->o->focal_spread >= 0))
		return ip_cli_usage(m->cli, "--focal-spread: %g A, expected 0 "
			"or more", m->o->focal_spread);
	return rc ? rc : ip_focal_spread(&m->probe, m->o->focal_spread,
		m->foci, m->weights, &m->focus_count);
}

/* ---- detectors ---- */

static int build_annular(struct ip_sim *m, struct ip_detector *d,
	const char *text)
{
	struct ip_reals r = { 0 };
	int bad = ip_cli_reals(text, &r) || r.count != 2;

	if (!bad)
		*d = (struct ip_detector){ .kind = IP_ANNULAR,
			.inner = r.v[0], .outer = r.v[1],
			.radial = 1, .azimuthal = 1 };
	free(r.v);
	return bad ? ip_cli_usage(m->cli, "--annular: expected INNER,OUTER "
		"(mrad), not '%s'", text) : 0;
}

int ip_sim_detectors(struct ip_sim *m)
{
	const struct ip_sim_options *o = m->o;
	struct ip_detector seg = { .kind = IP_SEGMENTED, .inner = o->inner,
		.outer = o->outer, .radial = (int)o->rings,
		.azimuthal = (int)o->segments,
		.rotation = o->rotation * PI / 180 };
	size_t n = 0;
	int rc = ip_sim_pair(m, "detector-offset", &o->offset, 0,
		seg.offset);

	if (o->segments < 0 || o->segments > 360 || o->rings < 1 ||
			o->rings > 360)
		return ip_cli_usage(m->cli, "--segments takes 0 to 360, "
			"--rings 1 to 360");
	m->detectors = calloc(o->annular.count + 3, sizeof *m->detectors);
	if (!m->detectors)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	if (o->segments)
		m->detectors[n++] = seg;
	for (size_t i = 0; rc == 0 && i < o->annular.count; i++) {
		rc = build_annular(m, &m->detectors[n], o->annular.v[i]);
		memcpy(m->detectors[n++].offset, seg.offset,
			sizeof seg.offset);
	}
	if (o->total)
		m->detectors[n++].kind = IP_TOTAL;
	if (o->com)
		m->detectors[n++].kind = IP_COM;
	if (rc == 0 && n == 0)
		rc = ip_cli_usage(m->cli, "--segments=0 leaves no detector: "
			"add --annular, --total or --com");
	m->detector_count = n;
	return rc;
}
