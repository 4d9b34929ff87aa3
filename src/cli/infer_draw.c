/* The pictures of iphase-infer. */
#include <stdio.h>
#include "infer_tool.h"
#include "panels.h"
#include "segments.h"

static double pixel_size(const struct ip_measured *m)
{
	double size[2];

	return ip_cli_pixel_size(&m->b.attrs, size) ? size[0] : 0;
}

/* Picture i of a tensor in out, {0} if there is none. */
static int take(const struct ip_measured *m, size_t i,
	const struct ip_bundle *out, const char *name, struct ip_tensor *view)
{
	const struct ip_item *item = ip_bundle_find(out, name);
	int rc = 0;

	if (!item)
		return 0;
	*view = item->tensor;
	view->owner = NULL;
	if (m->series)
		rc = ip_tensor_at(view, view, 0, i);
	if (rc == 0 && view->ndim == 3)	/* of several outputs the first */
		rc = ip_tensor_at(view, view, 0, 0);
	return rc;
}

int ip_infer_draw(const struct ip_measured *m, size_t i,
	const struct ip_bundle *out, const char *prefix, const char *unit)
{
	struct ip_tensor one = { 0 }, truth, more[2] = { { 0 } };
	struct ip_measurement in;
	char path[4096];
	int n, rc;

	n = m->series ? snprintf(path, sizeof path, "%s-%03zu-potential.png",
		prefix, i) : snprintf(path, sizeof path, "%s-potential.png",
		prefix);
	if (n >= (int)sizeof path)
		return ip_cli_error(IP_EINVAL, "--png: the name is too long");
	rc = ip_measured_picture(m, i, &in, &truth);
	if (rc == 0)
		rc = take(m, i, out, "potential", &one);
	if (rc == 0)
		rc = take(m, i, out, "potential_spread", &more[0]);
	if (rc == 0)
		rc = take(m, i, out, "residual", &more[1]);
	return rc < 0 ? rc : ip_cli_panels(path, &in.segments, &one, &truth,
		more, pixel_size(m), unit);
}
