/* A band of waves in two passes: scratch and tiles. */
#include "field.h"

struct ip_cl_tile ip_cl_field_columns(const struct ip_dev *dev,
	const struct ip_cl_field *f, size_t n)
{
	struct ip_cl_tile t = ip_cl_tile(dev, f->band.nx, f->band.ny, n, 1, 1);

	t.memory = f->room;
	return t;
}

struct ip_cl_tile ip_cl_field_rows(const struct ip_dev *dev,
	const struct ip_cl_field *f, size_t n)
{
	struct ip_cl_tile t = ip_cl_tile(dev, f->band.ny, n * f->bx, 1, 0, 1);

	t.memory = f->room;
	return t;
}

int ip_cl_field(struct ip_dev *dev, struct ip_cl_field *f,
	const struct ip_band *band, size_t n)
{
	size_t z = (2 * band->hx + 1) * band->ny * 2 * sizeof(ip_real);
	size_t batch = ip_cl_batch(n, z), at = 0, room;
	struct ip_cl_tile columns, rows;
	struct ip_buf all;
	int rc;

	*f = (struct ip_cl_field){ .band = *band, .bx = 2 * band->hx + 1,
		.batch = batch };
	if ((rc = ip_cl_fft(dev, &f->x, band->nx)) < 0 ||
		(rc = ip_cl_fft(dev, &f->y, band->ny)) < 0)
		return rc;
	columns = ip_cl_field_columns(dev, f, batch);
	rows = ip_cl_field_rows(dev, f, batch);
	room = ip_cl_tile_memory(&columns, &rows);
	ip_cl_piece(NULL, &at, batch * z);
	ip_cl_piece(NULL, &at, room);
	if ((rc = ip_cl_scratch(dev, &all, at)) < 0)
		return rc;
	at = 0;
	f->z = ip_cl_piece(&all, &at, batch * z);
	f->room = ip_cl_piece(&all, &at, room);
	return IP_OK;
}
