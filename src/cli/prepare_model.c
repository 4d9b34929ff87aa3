/* iphase-prepare: what a model was trained on. */
#include <math.h>
#include "measurement.h"
#include "prepare_tool.h"
#include "segments.h"
#include "trained.h"

/* Energy and angles that differ; what one does not say is passed over. */
static void warn_differs(const struct ip_prepare_job *job,
	const struct ip_attrs *model)
{
	for (int q = IP_ENERGY; q <= IP_OUTER; q++) {
		struct ip_range r = ip_range_of(model, (enum ip_quantity)q);
		struct ip_range is = ip_range_of(&job->attrs,
			(enum ip_quantity)q);

		if (!isnan(r.lo) && !isnan(is.lo) && !ip_range_covers(&r, &is))
			ip_range_warn(job->cli->output, (enum ip_quantity)q,
				&is, &r);
	}
}

/* Its pixels; those of the picture, if they are among the model's. */
static int choose_pixel(const struct ip_prepare_job *job,
	const struct ip_attrs *model, double pixel[2])
{
	struct ip_range r = ip_range_of(model, IP_PIXEL_SIZE), is;
	double now[2];

	ip_cli_pixel_size(&job->attrs, now);
	if (isnan(r.lo)) {
		ip_cli_warn("%s does not say on which pixels it was trained:"
			" they stay as they are, or give --resample",
			job->o->model);
		return 0;
	}
	if (isnan(now[0]))
		return ip_cli_usage(job->cli, "how large the pixels are is not"
			" known: give --pixel-size");
	is = ip_range_of(&job->attrs, IP_PIXEL_SIZE);
	if (ip_range_covers(&r, &is))
		return 0;
	pixel[0] = pixel[1] = fmax(r.lo, fmin(r.hi, sqrt(now[0] * now[1])));
	return 0;
}

int ip_prepare_model(struct ip_prepare_job *job, double pixel[2],
	double *rotation)
{
	struct ip_model m = { 0 };
	int rc = ip_cli_model_load(job->o->model, &m);

	if (rc < 0)
		return rc;
	warn_differs(job, &m.attrs);
	if (isnan(*rotation))
		*rotation = ip_attrs_get(&m.attrs, "rotation", 0);
	if (isnan(pixel[0]))
		rc = choose_pixel(job, &m.attrs, pixel);
	ip_model_free(&m);
	return rc;
}
