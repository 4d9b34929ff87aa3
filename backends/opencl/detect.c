/* Detector sums of waves. */
#include "entries.h"

int ip_cl_detect(struct ip_dev *dev, struct ip_buf *out,
	const struct ip_buf *waves, const struct ip_pixels *pixels,
	const struct ip_band *band, size_t n)
{
	size_t all = pixels->rows ? pixels->rows : 1, size;
	size_t items[3] = { ip_cl_items(dev), 1, 1 };
	size_t groups[3] = { pixels->channels, n, 1 };
	struct ip_buf table;
	struct ip_cl_call c;
	void *host;
	int rc = ip_op_check_detect(out, waves, pixels, band, n);

	if (rc < 0)
		return rc;
	size = ip_cl_entries_size(pixels, all);
	if ((host = ip_alloc(size)) == NULL)
		return IP_ENOMEM;
	ip_cl_entries(host, pixels, all, 1);
	rc = ip_cl_scratch(dev, &table, size);
	if (rc == 0)
		rc = ip_cl_put(dev, &table, 0, host, size);
	ip_free(host);
	if (rc < 0)
		return rc;
	c = ip_cl_call(dev, "twofold+entries+detect", "detect", "");
	ip_cl_buf(&c, out);
	ip_cl_buf(&c, waves);
	ip_cl_entries_arg(&c, &table, pixels, all);
	ip_cl_size(&c, (2 * band->hx + 1) * (2 * band->hy + 1));
	ip_cl_local(&c, items[0] * 2 * sizeof(ip_real));
	return ip_cl_run_groups(&c, groups, items);
}
