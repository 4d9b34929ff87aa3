/* Columns of the scattering matrix: what the detector sees of each wave. */
#include "opencl.h"

int ip_cl_gather(struct ip_dev *dev, struct ip_buf *s,
	const struct ip_buf *waves, const struct ip_pixels *pixels,
	const struct ip_band *band, size_t n, size_t column, size_t columns)
{
	size_t t = dev->group >= 256 ? 16 : dev->group >= 64 ? 8 :
		dev->group >= 16 ? 4 : 1;
	size_t items[3] = { t, t, 1 }, groups[3] = { 0, 0, 1 };
	struct ip_buf table;
	struct ip_cl_call c;
	int rc = ip_op_check_gather(s, waves, pixels, band, n, column,
		columns);

	if (rc < 0 || n == 0 || pixels->rows == 0)
		return rc;
	if ((rc = ip_cl_scratch(dev, &table, pixels->rows *
			sizeof(uint32_t))) < 0 ||
		(rc = ip_cl_put(dev, &table, 0, pixels->pixel, pixels->rows *
			sizeof(uint32_t))) < 0)
		return rc;
	groups[0] = pieces_of(pixels->rows, t);
	groups[1] = pieces_of(n, t);
	c = ip_cl_call(dev, "gather", "gather", "");
	ip_cl_part(&c, s, column * 2);
	ip_cl_buf(&c, waves);
	ip_cl_buf(&c, &table);
	ip_cl_size(&c, pixels->rows);
	ip_cl_size(&c, n);
	ip_cl_size(&c, (2 * band->hx + 1) * (2 * band->hy + 1));
	ip_cl_size(&c, columns);
	ip_cl_local(&c, t * (t + 1) * 2 * sizeof(ip_real));
	return ip_cl_run_groups(&c, groups, items);
}
