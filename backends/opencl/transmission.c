/* exp(i sigma v), band-limited. */
#include "field.h"

#define PI 3.14159265358979323846
#define SOURCE "fft+field+transmission"

static void column_args(struct ip_cl_call *c, const struct ip_cl_field *f,
	size_t n, const struct ip_cl_tile *t)
{
	ip_cl_fft_arg(c, &f->x);
	ip_cl_size(c, f->band.ny);
	ip_cl_size(c, f->band.hx);
	ip_cl_size(c, n);
	ip_cl_size(c, t->lines);
}

static int phases(struct ip_dev *dev, struct ip_cl_field *f,
	const struct ip_buf *v, double sigma, size_t n)
{
	struct ip_cl_tile t = ip_cl_field_columns(dev, f, n);
	struct ip_cl_call c = ip_cl_tile_call(dev, SOURCE, "phases", &t);
	double turns = sigma / (2 * PI);

	ip_cl_buf(&c, &f->z);
	ip_cl_buf(&c, v);
	column_args(&c, f, n, &t);
	ip_cl_real(&c, turns);
	ip_cl_real(&c, turns - (double)(ip_real)turns);
	return ip_cl_tile_run(&c, &t);
}

static int limit(struct ip_dev *dev, struct ip_cl_field *f,
	const struct ip_buf *aperture, size_t n)
{
	struct ip_cl_tile t = ip_cl_field_rows(dev, f, n);
	struct ip_cl_call c = ip_cl_tile_call(dev, SOURCE, "limit", &t);

	ip_cl_buf(&c, &f->z);
	ip_cl_buf(&c, aperture);
	ip_cl_fft_arg(&c, &f->y);
	ip_cl_size(&c, f->bx);
	ip_cl_size(&c, f->band.hy);
	ip_cl_size(&c, n * f->bx);
	ip_cl_size(&c, t.lines);
	ip_cl_real(&c, 1 / ((double)f->band.nx * (double)f->band.ny));
	return ip_cl_tile_run(&c, &t);
}

static int grid(struct ip_dev *dev, struct ip_cl_field *f,
	const struct ip_buf *t, size_t n)
{
	struct ip_cl_tile tile = ip_cl_field_columns(dev, f, n);
	struct ip_cl_call c = ip_cl_tile_call(dev, SOURCE, "grid", &tile);

	ip_cl_buf(&c, t);
	ip_cl_buf(&c, &f->z);
	column_args(&c, f, n, &tile);
	return ip_cl_tile_run(&c, &tile);
}

int ip_cl_transmission(struct ip_dev *dev, struct ip_buf *t,
	const struct ip_buf *v, const struct ip_buf *aperture,
	const struct ip_band *band, double sigma, size_t n)
{
	size_t points = band->nx * band->ny * sizeof(ip_real), i, count;
	struct ip_buf from = *v, to = *t;
	struct ip_cl_field f;
	int rc = ip_op_check_transmission(t, v, aperture, band, n);

	if (rc < 0 || n == 0)
		return rc;
	rc = ip_cl_field(dev, &f, band, n);
	for (i = 0; rc == 0 && i < n; i += count) {
		count = least(n - i, f.batch);
		from.offset = v->offset + i * points;
		to.offset = t->offset + 2 * i * points;
		if ((rc = phases(dev, &f, &from, sigma, count)) == 0 &&
			(rc = limit(dev, &f, aperture, count)) == 0)
			rc = grid(dev, &f, &to, count);
	}
	return rc;
}
