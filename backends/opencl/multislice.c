/*
 * Waves through slices. They stay on the device: a batch of waves in two
 * passes a slice, or, where a wave fits local memory, all slices at once.
 */
#include "field.h"

#define SOURCE "fft+field+multislice"

struct job {
	struct ip_dev *dev;
	struct ip_buf waves, t, prop;	/* from where on */
	size_t n, count;
	int per_wave;
	double scale;
};

/* ---- all at once ---- */

static size_t whole_room(const struct ip_band *b)
{
	return 2 * b->nx * (b->ny | 1) * 2 * sizeof(ip_real);
}

static int whole(const struct job *j, const struct ip_band *band)
{
	struct ip_cl_tile t = { .room = whole_room(band), .groups = j->n };
	struct ip_cl_fft x, y;
	struct ip_cl_call c;
	int rc;

	if ((rc = ip_cl_fft(j->dev, &x, band->nx)) < 0 ||
		(rc = ip_cl_fft(j->dev, &y, band->ny)) < 0)
		return rc;
	t.items = ip_cl_fft_items(j->dev, band->nx * band->ny);
	c = ip_cl_tile_call(j->dev, SOURCE, "whole", &t);
	ip_cl_buf(&c, &j->waves);
	ip_cl_buf(&c, &j->t);
	ip_cl_buf(&c, &j->prop);
	ip_cl_fft_arg(&c, &x);
	ip_cl_fft_arg(&c, &y);
	ip_cl_size(&c, band->hx);
	ip_cl_size(&c, band->hy);
	ip_cl_size(&c, j->count);
	ip_cl_int(&c, j->per_wave);
	ip_cl_real(&c, j->scale);
	return ip_cl_tile_run(&c, &t);
}

/* ---- in passes ---- */

static int enter(const struct job *j, const struct ip_cl_field *f)
{
	struct ip_cl_tile t = ip_cl_field_rows(j->dev, f, j->n);
	struct ip_cl_call c = ip_cl_tile_call(j->dev, SOURCE, "enter", &t);

	ip_cl_buf(&c, &f->z);
	ip_cl_buf(&c, &j->waves);
	ip_cl_fft_arg(&c, &f->y);
	ip_cl_size(&c, f->band.hy);
	ip_cl_size(&c, j->n * f->bx);
	ip_cl_size(&c, t.lines);
	return ip_cl_tile_run(&c, &t);
}

static int through(const struct job *j, const struct ip_cl_field *f,
	size_t slice)
{
	struct ip_cl_tile t = ip_cl_field_columns(j->dev, f, j->n);
	struct ip_cl_call c = ip_cl_tile_call(j->dev, SOURCE, "through", &t);

	ip_cl_buf(&c, &f->z);
	ip_cl_part(&c, &j->t, slice * f->band.nx * f->band.ny * 2);
	ip_cl_fft_arg(&c, &f->x);
	ip_cl_size(&c, f->band.ny);
	ip_cl_size(&c, f->band.hx);
	ip_cl_size(&c, j->n);
	ip_cl_size(&c, t.lines);
	return ip_cl_tile_run(&c, &t);
}

static int between(const struct job *j, const struct ip_cl_field *f, int last)
{
	struct ip_cl_tile t = ip_cl_field_rows(j->dev, f, j->n);
	struct ip_cl_call c = ip_cl_tile_call(j->dev, SOURCE, "between", &t);

	ip_cl_buf(&c, &f->z);
	ip_cl_buf(&c, &j->prop);
	ip_cl_buf(&c, &j->waves);
	ip_cl_fft_arg(&c, &f->y);
	ip_cl_size(&c, f->bx);
	ip_cl_size(&c, f->band.hy);
	ip_cl_size(&c, j->n * f->bx);
	ip_cl_size(&c, t.lines);
	ip_cl_int(&c, j->per_wave);
	ip_cl_int(&c, last);
	ip_cl_real(&c, j->scale);
	return ip_cl_tile_run(&c, &t);
}

static int passes(const struct job *all, const struct ip_band *band)
{
	struct ip_cl_field f;
	struct job j = *all;
	size_t i, s, wave;
	int rc = ip_cl_field(j.dev, &f, band, all->n);

	wave = f.bx * (2 * band->hy + 1) * 2 * sizeof(ip_real);
	for (i = 0; rc == 0 && i < all->n; i += j.n) {
		j.n = least(all->n - i, f.batch);
		j.waves.offset = all->waves.offset + i * wave;
		if (j.per_wave)
			j.prop.offset = all->prop.offset + i * wave;
		rc = enter(&j, &f);
		for (s = 0; rc == 0 && s < j.count; s++)
			if ((rc = through(&j, &f, s)) == 0)
				rc = between(&j, &f, s + 1 == j.count);
	}
	return rc;
}

int ip_cl_multislice(struct ip_dev *dev, struct ip_buf *waves,
	const struct ip_buf *t, const struct ip_buf *prop, int per_wave,
	const struct ip_band *band, size_t n, size_t first, size_t count)
{
	struct job j = { dev, *waves, *t, *prop, n, count, per_wave != 0,
		1 / ((double)band->nx * (double)band->ny) };
	int rc = ip_op_check_multislice(waves, t, prop, per_wave, band, n,
		first, count);

	if (rc < 0 || n == 0 || count == 0)
		return rc;
	j.t.offset += first * band->nx * band->ny * 2 * sizeof(ip_real);
	return whole_room(band) <= ip_cl_fft_local(dev) ? whole(&j, band) :
		passes(&j, band);
}
