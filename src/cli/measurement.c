/* Measurements from files: by the names that their makers give. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <iphase/em.h>
#include <iphase/specimen.h>
#include "measurement.h"
#include "segments.h"

#define ZONE "potential_zone"

int ip_cli_is_zone(const struct ip_attrs *a, const char *key)
{
	const char *truth = ip_attrs_get_text(a, key);

	return truth && strcmp(truth, ZONE) == 0;
}

const char *ip_cli_materials(const struct ip_attrs *a, char *text,
	size_t size)
{
	const char *own = ip_attrs_get_text(a, "materials");
	const char *before = ip_attrs_get_text(a, "init_materials");

	if (!own || !before || strcmp(own, before) == 0)
		return own ? own : before;
	snprintf(text, size, "%s, %s", own, before);
	return text;
}

int ip_measured_zone(struct ip_measured *m)
{
	const struct ip_item *item = ip_bundle_find(&m->b, ZONE);

	m->truth = item ? &item->tensor : NULL;
	return ip_measured_check(m);
}

int ip_measured_open(struct ip_measured *m, const char *path)
{
	enum ip_kind kind;
	int rc;

	memset(m, 0, sizeof *m);
	m->path = path;
	rc = ip_cli_kind(path, &kind);
	if (rc == 0)
		rc = ip_cli_load(path, 0, &m->b);
	if (rc == 0) {
		ip_measured_find(m);
		if (!m->segments && m->b.count == 1 && (kind == IP_KIND_NPY ||
		    ip_cli_is_picture(kind)))
			m->segments = &m->b.items[0];
		rc = ip_measured_check(m);
	}
	if (rc < 0)
		ip_measured_close(m);
	return rc;
}

/* The tensor that the user names, if one is named; else *t stays. */
static int take_named(const struct ip_measured *m, const char *option,
	const char *name, const struct ip_tensor **t)
{
	const struct ip_item *item = name ? ip_bundle_find(&m->b, name) : NULL;

	if (name && !item)
		return ip_cli_error(IP_ENOTFOUND, "%s: no tensor '%s' in it"
			" (--%s)", m->path, name, option);
	if (item)
		*t = &item->tensor;
	return 0;
}

static int check_judged(struct ip_measured *m)
{
	if (!m->truth)
		return ip_cli_error(IP_ENOTFOUND, "%s: no true potential"
			" (potential_beam, or potential) in it; name it by"
			" --truth", m->path);
	if (!m->segments && !m->prediction)
		return ip_cli_error(IP_ENOTFOUND, "%s: neither segments nor a"
			" prediction in it: there is nothing to judge",
			m->path);
	return ip_measured_check(m);
}

int ip_measured_judge(struct ip_measured *m, const char *path,
	const char *truth, const char *prediction)
{
	int rc;

	memset(m, 0, sizeof *m);
	m->path = path;
	rc = ip_cli_load(path, 0, &m->b);
	if (rc < 0)
		return rc;
	ip_measured_find(m);
	if (!truth && ip_cli_is_zone(&m->b.attrs, "model_truth"))
		truth = ZONE;
	rc = take_named(m, "truth", truth, &m->truth);
	if (rc == 0)
		rc = take_named(m, "prediction", prediction ? prediction :
			ip_bundle_find(&m->b, "potential") ? "potential" : NULL,
			&m->prediction);
	if (m->prediction == m->truth)	/* the reference's truth */
		m->prediction = NULL;
	if (rc == 0)
		rc = check_judged(m);
	if (rc < 0)
		ip_measured_close(m);
	return rc;
}

/*
 * A beam that is tilted by mrad moves over the lattice as one that is not does
 * over a crystal of another tilt.
 */
static void add_beam_tilt(const struct ip_attrs *a, double euler[3])
{
	double slope[2];

	if (!ip_attrs_find(a, "beam_tilt"))
		return;
	ip_euler_slope(euler, slope);
	for (size_t i = 0; i < 2; i++)
		slope[i] += tan(1e-3 * ip_attrs_get_one(a, "beam_tilt", i, 0));
	ip_slope_euler(slope, euler);
}

int ip_measured_beam(const struct ip_measured *m,
	const struct ip_measurement *in, struct ip_tensor *potential)
{
	double euler[3] = { in->euler[0], in->euler[1], in->euler[2] };
	struct ip_tensor beam = { 0 };
	double pixel[2];
	int rc = 0;

	if (!ip_cli_pixel_size(&m->b.attrs, pixel))
		rc = ip_cli_error(IP_ENOTFOUND, "%s: no pixel_size in it,"
			" which the potential along the beam takes", m->path);
	add_beam_tilt(&m->b.attrs, euler);
	if (rc == 0)
		rc = ip_beam_of_zone(potential, &in->thickness, euler, pixel,
			&beam);
	ip_tensor_free(potential);
	*potential = beam;
	return rc;
}

int ip_measured_images(struct ip_measured *m, const struct ip_cli *c,
	const struct ip_idpc_source *s)
{
	struct ip_idpc_input in;
	struct ip_tensor one = { 0 };
	int rc;

	memset(m, 0, sizeof *m);
	memset(&in, 0, sizeof in);
	m->path = c->operands[0];
	rc = ip_idpc_read(c, s, &in);
	if (rc)
		return rc;
	rc = ip_tensor_at(&one, &in.segments, 0, 0);
	if (rc == 0)
		rc = ip_bundle_add(&m->b, "segments", &one, NULL);
	if (rc == 0)
		rc = ip_attrs_copy(&m->b.attrs, &in.attrs);
	ip_idpc_input_free(&in);
	if (rc == 0) {
		ip_measured_find(m);
		rc = ip_measured_check(m);
	}
	if (rc < 0)
		ip_measured_close(m);
	return rc;
}
