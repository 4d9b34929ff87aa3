/* Shifted-window attention, a window and head a work group. */
#include "windows.h"

int ip_cl_attention(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_buf *qkv, const struct ip_buf *qkv_bias,
	const struct ip_buf *table, const struct ip_windows *s)
{
	struct ip_cl_windows w;
	struct ip_buf room = { 0 };
	struct ip_cl_call c;
	int rc;

	if ((rc = ip_op_check_attention(y, qkv, qkv_bias, table, s)) < 0 ||
		(rc = ip_cl_windows(dev, &w, s, 3, 0, 0)) < 0 ||
		(!w.local && (rc = ip_cl_scratch(dev, &room, w.groups *
			w.room * sizeof(ip_real))) < 0))
		return rc;
	c = ip_cl_call(dev, "windows", "attention", w.options);
	ip_cl_buf(&c, y);
	ip_cl_buf(&c, qkv);
	ip_cl_buf(&c, qkv_bias);
	ip_cl_buf(&c, table);
	ip_cl_windows_arguments(&c, &w, &room);
	return ip_cl_windows_run(&c, &w);
}
