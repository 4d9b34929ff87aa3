/* iphase-evaluate: what iDPC and OBF make of the same four segments. */
#include <math.h>
#include "evaluate.h"

#define PI 3.14159265358979323846

static void set(const struct ip_measured *f, const struct ip_eval_picture *p,
	double rotation, struct ip_idpc *how)
{
	const struct ip_attrs *a = &f->b.attrs;
	const struct ip_attr *size = ip_attrs_find(a, "pixel_size");
	int periodic;

	/* The fit takes away what a wrong one of these would do to scale. */
	how->energy = ip_attrs_get(a, "energy", 200e3);
	how->semiangle = ip_attrs_get(a, "semiangle", 20);
	how->inner = ip_attrs_get(a, "inner", 10);
	how->outer = ip_attrs_get(a, "outer", 50);
	how->rotation = PI / 180 * (isnan(rotation) ?
		ip_attrs_get(a, "rotation", 0) : rotation);
	how->flip = ip_attrs_get(a, "flip", 0) != 0;
	how->pixel_size[0] = how->pixel_size[1] = 0.1;
	if (size && size->type == IP_ATTR_F64 && size->count >= 1) {
		how->pixel_size[0] = size->v.f64[0];
		how->pixel_size[1] = size->v.f64[size->count > 1];
	}
	periodic = ip_idpc_is_periodic(a, &p->in.segments, how->pixel_size);
	how->boundary = periodic ? IP_PERIODIC : IP_MIRRORED;
	how->background = periodic ? IP_MEAN : IP_PLANE;
}

int ip_eval_idpc(const struct ip_measured *f,
	const struct ip_eval_picture *p, double rotation,
	struct ip_idpc_result *r)
{
	struct ip_idpc how = { 0 };

	set(f, p, rotation, &how);
	return ip_idpc(&p->in.segments, &how, r);
}

int ip_eval_obf(const struct ip_measured *f, const struct ip_eval_picture *p,
	double rotation, double thickness, struct ip_obf_result *r)
{
	struct ip_idpc how = { 0 };
	struct ip_obf o;
	int rc;

	set(f, p, rotation, &how);
	rc = ip_idpc_obf(&f->b.attrs, &how, p->in.segments.shape[0], 1, &o);
	ip_idpc_obf_depth(&o, thickness);
	return rc < 0 ? rc : ip_obf(&p->in.segments, &o, r);
}
