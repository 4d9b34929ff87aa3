/*
 * Gradient of attention. What windows add to the table and to qkv_bias is
 * summed up by each work group over its windows, then over the groups, whose
 * number depends on the shape only.
 */
#include "windows.h"

static int add_tables(struct ip_dev *dev, struct ip_buf *dtable,
	struct ip_buf *dqkv_bias, const struct ip_buf *parts,
	const struct ip_cl_windows *w, size_t places)
{
	struct ip_cl_call c = ip_cl_call(dev, "windows", "add_tables",
		w->options);

	ip_cl_buf(&c, dtable);
	ip_cl_buf(&c, dqkv_bias);
	ip_cl_buf(&c, parts);
	ip_cl_size(&c, w->s.heads);
	ip_cl_size(&c, places);
	ip_cl_size(&c, w->blocks);
	return ip_cl_run(&c, w->s.heads * (places + 3 * w->s.dim));
}

int ip_cl_attention_grad(struct ip_dev *dev, struct ip_buf *dqkv,
	struct ip_buf *dqkv_bias, struct ip_buf *dtable,
	const struct ip_buf *dy, const struct ip_buf *qkv,
	const struct ip_buf *qkv_bias, const struct ip_buf *table,
	const struct ip_windows *s)
{
	struct ip_cl_windows w;
	struct ip_buf parts, room;
	struct ip_cl_call c;
	size_t places, size;
	int rc;

	if ((rc = ip_op_check_attention_grad(dqkv, dqkv_bias, dtable, dy, qkv,
			qkv_bias, table, s)) < 0)
		return rc;
	places = (2 * s->reach - 1) * (2 * s->reach - 1);
	if ((rc = ip_cl_windows(dev, &w, s, 4, 2, places + 3 * s->dim)) < 0)
		return rc;
	size = up(w.groups * (places + 3 * s->dim) * sizeof(ip_real), 64);
	if ((rc = ip_cl_scratch(dev, &parts, size + (w.local ? 0 : w.groups *
			w.room * sizeof(ip_real)))) < 0)
		return rc;
	room = parts;
	room.offset += size;
	c = ip_cl_call(dev, "windows", "attention_grad", w.options);
	ip_cl_buf(&c, dqkv);
	ip_cl_buf(&c, &parts);
	ip_cl_buf(&c, dy);
	ip_cl_buf(&c, qkv);
	ip_cl_buf(&c, qkv_bias);
	ip_cl_buf(&c, table);
	ip_cl_windows_arguments(&c, &w, &room);
	if ((rc = ip_cl_windows_run(&c, &w)) < 0)
		return rc;
	return add_tables(dev, dtable, dqkv_bias, &parts, &w, places);
}
