/*
 * EMD 1.0 (groups marked emd_group_type, axes in dim1, dim2 ..), hspy
 * (/Experiments/TITLE with axis-0, axis-1 ..), and HDF5 files of no such kind.
 */
#include <math.h>
#include <string.h>
#include "../core/core.h"
#include "emd.h"

struct reader {
	struct ip_h5 *f;
	struct ip_bundle *b;
	int prismatic;
	size_t skipped;
};

/* The text of an attribute, to be freed; NULL if it has none. */
static int attr_text(struct ip_h5 *f, const char *object, const char *name,
	char **text)
{
	struct ip_attrs a = { 0 };
	const char *s;
	int rc;

	rc = ip_h5_attr(f, object, name, &a, name);
	s = rc == 0 ? ip_attrs_get_text(&a, name) : NULL;
	if (s && !(*text = ip_strdup(s)))
		rc = IP_ENOMEM;
	ip_attrs_free(&a);
	return rc < 0 ? rc : 0;
}

static int attr_number(struct ip_h5 *f, const char *object, const char *name,
	double *v)
{
	struct ip_attrs a = { 0 };
	int rc = ip_h5_attr(f, object, name, &a, name);

	if (rc == 0)
		*v = ip_attrs_get(&a, name, 0);
	ip_attrs_free(&a);
	return rc < 0 ? rc : 0;
}

/* Attribute name of object, times factor, as attribute key of b. */
static int take_number(const struct reader *r, const char *object,
	const char *name, double factor, const char *key)
{
	double v = 0;
	int rc = attr_number(r->f, object, name, &v);

	return rc == 0 && isfinite(v) && v > 0 ?
		ip_attrs_number(&r->b->attrs, key, v * factor) : rc;
}

/* The end of path, or all of it where another item has that name. */
static const char *item_name(const struct reader *r, const char *path)
{
	const char *end = strrchr(path, '/') + 1;

	return ip_bundle_find(r->b, end) ? path : end;
}

/* ---- EMD 1.0 ---- */

/* dim1, dim12: not data. */
static int is_dim(const char *name)
{
	return strncmp(name, "dim", 3) == 0 && name[3] &&
		name[3 + strspn(name + 3, "0123456789")] == '\0';
}

/* The dataset of a group that is its data, to be freed, or NULL. */
static int find_data(struct ip_h5 *f, const char *group, char **data)
{
	struct ip_h5_names names = { 0 };
	struct ip_tensor head;
	size_t i;
	int rc;

	rc = ip_h5_list(f, group, &names);
	for (i = 0; i < names.count && rc == 0 && !*data; i++) {
		if (is_dim(names.v[i]))
			continue;
		*data = ip_h5_join(group, names.v[i]);
		if (!*data)
			rc = IP_ENOMEM;
		else if ((rc = ip_h5_head(f, *data, &head)) != 0 ||
		    head.ndim == 0) {
			ip_free(*data);
			*data = NULL;
			rc = rc < 0 ? rc : 0;
		}
	}
	ip_h5_names_free(&names);
	return rc;
}

static int read_dim(const struct reader *r, const char *dim,
	struct ip_emd_axis *axis)
{
	struct ip_tensor t = { 0 }, d = { 0 };
	const double *v;
	int rc;

	rc = attr_text(r->f, dim, "name", &axis->name);
	if (rc == 0)
		rc = attr_text(r->f, dim, "units", &axis->unit);
	if (rc < 0)
		return rc;
	rc = ip_h5_read(r->f, dim, &t);
	if (rc != 0)
		return rc < 0 ? rc : 0;	/* names of channels, or nothing */
	rc = t.dtype == IP_C64 ? 0 : ip_tensor_convert(&d, IP_F64, &t);
	v = d.data;
	if (rc == 0 && d.ndim == 1 && d.shape[0] > 1)
		axis->step = v[1] - v[0];
	ip_tensor_free(&t);
	ip_tensor_free(&d);
	return rc;
}

/* Prismatic marks its axes [n_m], but counts in Angstrom. */
static int mend_unit(const struct reader *r, struct ip_emd_axis *axis)
{
	if (!r->prismatic || !axis->unit || strcmp(axis->unit, "[n_m]") != 0)
		return 0;
	ip_free(axis->unit);
	axis->unit = ip_strdup("A");
	return axis->unit ? 0 : IP_ENOMEM;
}

/* dim1 is the first axis; or dim0, where there is one. */
static int read_dims(const struct reader *r, const char *group, int n,
	struct ip_emd_axis *axes)
{
	char *dim = ip_h5_join(group, "dim0");
	int first, d, rc;

	if (!dim)
		return IP_ENOMEM;
	rc = ip_h5_kind(r->f, dim);
	first = rc != IP_H5_DATASET;
	rc = rc < 0 ? rc : 0;
	ip_free(dim);
	for (d = 0; d < n && rc == 0; d++) {
		dim = ip_format("%s/dim%d", group, first + d);
		if (!dim)
			return IP_ENOMEM;
		rc = read_dim(r, dim, &axes[d]);
		if (rc == 0)
			rc = mend_unit(r, &axes[d]);
		ip_free(dim);
	}
	return rc;
}

static int read_group(const struct reader *r, const char *group,
	const char *data)
{
	struct ip_emd_axis axes[IP_MAX_DIMS] = { { 0 } };
	struct ip_tensor t = { 0 };
	struct ip_item *item;
	int rc, n;

	rc = ip_h5_read(r->f, data, &t);
	n = t.ndim;
	if (rc == 0)
		rc = read_dims(r, group, n, axes);
	if (rc == 0)
		rc = ip_emd_add(r->b, item_name(r, group), &t, axes, &item);
	if (rc == 0)
		rc = ip_h5_attr(r->f, data, "units", &item->attrs, "unit");
	ip_tensor_free(&t);
	ip_emd_axes_free(axes, n);
	return rc < 0 ? rc : 0;
}

static int visit_emd(void *ctx, const char *name, enum ip_h5_kind kind)
{
	const struct reader *r = ctx;
	struct ip_attrs a = { 0 };
	char *data = NULL;
	int rc;

	if (kind != IP_H5_GROUP)
		return 0;
	rc = ip_h5_attr(r->f, name, "emd_group_type", &a, "type");
	ip_attrs_free(&a);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = find_data(r->f, name, &data);
	if (rc == 0 && data)
		rc = read_group(r, name, data);
	ip_free(data);
	return rc;
}

int ip_emd_berkeley(struct ip_h5 *f, struct ip_bundle *b)
{
	static const char setup[] = "/4DSTEM_simulation/metadata/metadata_0/"
		"original/simulation_parameters";
	struct reader r = { f, b, 0, 0 };
	int rc;

	rc = ip_h5_kind(f, setup);
	if (rc < 0)
		return rc;
	r.prismatic = rc == IP_H5_GROUP;
	rc = ip_h5_walk(f, "/", visit_emd, &r);
	if (rc == 0 && b->count == 0)
		return IP_H5_OTHER;
	if (rc == 0 && r.prismatic)
		rc = take_number(&r, setup, "E", 1000, "energy");
	if (rc == 0 && r.prismatic)
		rc = take_number(&r, setup, "sa", 1, "semiangle");
	return rc;
}

/* ---- hspy ---- */

static int read_axis(struct ip_h5 *f, const char *axis,
	struct ip_emd_axis *out)
{
	int rc = attr_text(f, axis, "name", &out->name);

	if (rc == 0)
		rc = attr_text(f, axis, "units", &out->unit);
	if (rc == 0)
		rc = attr_number(f, axis, "scale", &out->step);
	return rc;
}

static int read_axes(struct ip_h5 *f, const char *group, int n,
	struct ip_emd_axis *axes)
{
	char *axis;
	int d, rc = 0;

	for (d = 0; d < n && rc == 0; d++) {
		axis = ip_format("%s/axis-%d", group, d);
		if (!axis)
			return IP_ENOMEM;
		rc = read_axis(f, axis, &axes[d]);
		ip_free(axis);
	}
	return rc;
}

/* What the microscope was set to; that of the last experiment stays. */
static int read_setup(const struct reader *r, const char *group)
{
	char *tem = ip_h5_join(group, "metadata/Acquisition_instrument/TEM");
	int rc;

	if (!tem)
		return IP_ENOMEM;
	rc = take_number(r, tem, "beam_energy", 1000, "energy");
	if (rc == 0)
		rc = take_number(r, tem, "convergence_angle", 1, "semiangle");
	ip_free(tem);
	return rc;
}

static int read_experiment(const struct reader *r, const char *group)
{
	struct ip_emd_axis axes[IP_MAX_DIMS] = { { 0 } };
	struct ip_tensor t = { 0 };
	char *data = ip_h5_join(group, "data");
	struct ip_item *item;
	int rc, n;

	if (!data)
		return IP_ENOMEM;
	rc = ip_h5_read(r->f, data, &t);
	ip_free(data);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	n = t.ndim;
	rc = read_axes(r->f, group, n, axes);
	if (rc == 0)
		rc = ip_emd_add(r->b, strrchr(group, '/') + 1, &t, axes,
			&item);
	if (rc == 0)
		rc = read_setup(r, group);
	ip_tensor_free(&t);
	ip_emd_axes_free(axes, n);
	return rc;
}

int ip_emd_hspy(struct ip_h5 *f, struct ip_bundle *b)
{
	struct reader r = { f, b, 0, 0 };
	struct ip_h5_names names = { 0 };
	char *group;
	size_t i;
	int rc;

	rc = ip_h5_list(f, "/Experiments", &names);
	for (i = 0; i < names.count && rc == 0; i++) {
		group = ip_h5_join("/Experiments", names.v[i]);
		rc = group ? read_experiment(&r, group) : IP_ENOMEM;
		ip_free(group);
	}
	ip_h5_names_free(&names);
	return rc == 0 && b->count == 0 ? IP_H5_OTHER : rc;
}

/* ---- any ---- */

static int visit_any(void *ctx, const char *name, enum ip_h5_kind kind)
{
	struct reader *r = ctx;
	struct ip_tensor t = { 0 };
	int rc;

	if (kind != IP_H5_DATASET)
		return 0;
	rc = ip_h5_read(r->f, name, &t);
	r->skipped += rc == IP_H5_OTHER;
	if (rc == 0)
		rc = ip_bundle_add(r->b, name + 1, &t, NULL);
	ip_tensor_free(&t);
	return rc < 0 ? rc : 0;
}

int ip_emd_any(struct ip_h5 *f, struct ip_bundle *b)
{
	struct reader r = { f, b, 0, 0 };
	int rc = ip_h5_walk(f, "/", visit_any, &r);

	if (rc == 0 && b->count == 0)
		return ip_fail(IP_ENOTFOUND, "%s: an HDF5 file without a"
			" dataset of numbers", ip_h5_path(f));
	if (rc == 0 && r.skipped)
		ip_info("%s: %zu datasets that are no numbers are left out",
			ip_h5_path(f), r.skipped);
	return rc;
}
