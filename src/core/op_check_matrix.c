/* What products, convolutions and attention refuse. */
#include <iphase/backend.h>
#include "core.h"
#include "op_check.h"

/* ---- linear ---- */

static int some_channels(const char *op, const struct ip_map *in, size_t out)
{
	if (out == 0)
		return ip_fail(IP_EINVAL, "%s: %zu to 0 channels, expected 1 "
			"or more", op, in->c);
	return IP_OK;
}

int ip_op_check_linear(const struct ip_buf *y, const struct ip_buf *pre,
	const struct ip_buf *x, const struct ip_buf *w,
	const struct ip_buf *bias, const struct ip_buf *add,
	const struct ip_map *in, size_t out, enum ip_act act)
{
	static const char op[] = "linear";
	size_t real = sizeof(ip_real);
	int rc;

	if ((rc = some_channels(op, in, out)) < 0)
		return rc;
	if (act != IP_ACT_NONE && act != IP_ACT_GELU)
		return ip_fail(IP_EINVAL, "%s: activation %d is unknown", op,
			(int)act);
	if ((rc = ip_op_check_map(op, "x", x, in, 0)) < 0 ||
		(rc = ip_op_check_map(op, "y", y, in, out)) < 0 ||
		(rc = ip_op_check(op, "w", w, out, in->c, 1, real)) < 0 ||
		(bias && (rc = ip_op_check(op, "bias", bias, out, 1, 1,
			real)) < 0) ||
		(add && (rc = ip_op_check_map(op, "add", add, in, out)) < 0) ||
		(pre && (rc = ip_op_check_map(op, "pre", pre, in, out)) < 0))
		return rc;
	return IP_OK;
}

int ip_op_check_linear_grad(const struct ip_buf *dx, const struct ip_buf *dw,
	const struct ip_buf *dbias, const struct ip_buf *dy,
	const struct ip_buf *pre, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_map *in, size_t out)
{
	static const char op[] = "linear_grad";
	size_t real = sizeof(ip_real);
	int rc;

	if ((rc = some_channels(op, in, out)) < 0 ||
		(rc = ip_op_check_map(op, "x", x, in, 0)) < 0 ||
		(rc = ip_op_check_map(op, "dy", dy, in, out)) < 0 ||
		(rc = ip_op_check(op, "w", w, out, in->c, 1, real)) < 0 ||
		(rc = ip_op_check(op, "dw", dw, out, in->c, 1, real)) < 0 ||
		(dx && (rc = ip_op_check_map(op, "dx", dx, in, 0)) < 0) ||
		(dbias && (rc = ip_op_check(op, "dbias", dbias, out, 1, 1,
			real)) < 0) ||
		(pre && (rc = ip_op_check_map(op, "pre", pre, in, out)) < 0))
		return rc;
	return IP_OK;
}

/* ---- convolutions ---- */

/* Channels, at most, so that no size overflows. */
enum { CHANNELS = 1 << 16 };

static int kernel(const char *op, const struct ip_map *in, size_t out,
	size_t k)
{
	if (k != 1 && k != 3)
		return ip_fail(IP_EINVAL, "%s: a kernel of %zu x %zu, expected "
			"1 x 1 or 3 x 3", op, k, k);
	if (out == 0 || out > CHANNELS || in->c > CHANNELS)
		return ip_fail(IP_EINVAL, "%s: %zu to %zu channels, expected 1 "
			"to %d", op, in->c, out, CHANNELS);
	return IP_OK;
}

int ip_op_check_conv(const struct ip_buf *y, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_buf *bias,
	const struct ip_map *in, size_t out, size_t k)
{
	static const char op[] = "conv";
	size_t real = sizeof(ip_real);
	int rc;

	if ((rc = kernel(op, in, out, k)) < 0 ||
		(rc = ip_op_check_map(op, "x", x, in, 0)) < 0 ||
		(rc = ip_op_check_map(op, "y", y, in, out)) < 0 ||
		(rc = ip_op_check(op, "w", w, k * k, in->c, out, real)) < 0 ||
		(bias && (rc = ip_op_check(op, "bias", bias, out, 1, 1,
			real)) < 0))
		return rc;
	return IP_OK;
}

int ip_op_check_conv_grad(const struct ip_buf *dx, const struct ip_buf *dw,
	const struct ip_buf *dbias, const struct ip_buf *dy,
	const struct ip_buf *x, const struct ip_buf *w,
	const struct ip_map *in, size_t out, size_t k)
{
	static const char op[] = "conv_grad";
	size_t real = sizeof(ip_real), kk = k * k;
	int rc;

	if ((rc = kernel(op, in, out, k)) < 0 ||
		(rc = ip_op_check_map(op, "x", x, in, 0)) < 0 ||
		(rc = ip_op_check_map(op, "dy", dy, in, out)) < 0 ||
		(rc = ip_op_check(op, "w", w, kk, in->c, out, real)) < 0 ||
		(dx && (rc = ip_op_check_map(op, "dx", dx, in, 0)) < 0) ||
		(dw && (rc = ip_op_check(op, "dw", dw, kk, in->c, out,
			real)) < 0) ||
		(dbias && (rc = ip_op_check(op, "dbias", dbias, out, 1, 1,
			real)) < 0))
		return rc;
	return IP_OK;
}

int ip_op_check_conv_transpose_grad(const struct ip_buf *dx,
	const struct ip_buf *dw, const struct ip_buf *dy,
	const struct ip_slot *slot, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_map *in, size_t out,
	struct ip_slot *where)
{
	static const char op[] = "conv_transpose_grad";
	int rc;

	if ((rc = ip_op_check_doubled(op, x, in, w, "dy", dy, out, slot,
			where)) < 0 ||
		(dx && (rc = ip_op_check_map(op, "dx", dx, in, 0)) < 0) ||
		(dw && (rc = ip_op_check(op, "dw", dw, 4, out, in->c,
			sizeof(ip_real))) < 0))
		return rc;
	return IP_OK;
}

/* ---- attention ---- */

/* y, named so: a map of the output's channels */
static int windows(const char *op, const char *name, const struct ip_buf *y,
	const struct ip_buf *qkv, const struct ip_buf *qkv_bias,
	const struct ip_buf *table, const struct ip_windows *s)
{
	struct ip_map m = { s->b, s->h, s->w, 0 };
	size_t real = sizeof(ip_real), tokens, places;
	int rc, a;

	for (a = 0; a < 2; a++)
		if (s->window[a] == 0 || s->shift[a] >= s->window[a])
			return ip_fail(IP_EINVAL, "%s: windows of %zu tokens "
				"shifted by %zu, expected fewer than there are "
				"in one", op, s->window[a], s->shift[a]);
	if (ip_mul_size(s->heads, s->dim, &m.c) || m.c > SIZE_MAX / 3 ||
		ip_mul_size(s->reach, s->reach, &places) ||
		places > SIZE_MAX / 4 ||
		ip_mul_size(s->window[0], s->window[1], &tokens))
		return ip_fail(IP_EINVAL, "%s: size overflow", op);
	if (tokens > places)
		return ip_fail(IP_EINVAL, "%s: a window of %zu x %zu tokens, "
			"at most %zu x %zu", op, s->window[0], s->window[1],
			s->reach, s->reach);
	places = (2 * s->reach - 1) * (2 * s->reach - 1);
	if ((rc = ip_op_check_map(op, name, y, &m, 0)) < 0 ||
		(rc = ip_op_check_map(op, "qkv", qkv, &m, 3 * m.c)) < 0 ||
		(rc = ip_op_check(op, "qkv_bias", qkv_bias, 3, m.c, 1,
			real)) < 0 ||
		(rc = ip_op_check(op, "table", table, places, s->heads, 1,
			real)) < 0)
		return rc;
	return IP_OK;
}

int ip_op_check_attention(const struct ip_buf *y, const struct ip_buf *qkv,
	const struct ip_buf *qkv_bias, const struct ip_buf *table,
	const struct ip_windows *s)
{
	return windows("attention", "y", y, qkv, qkv_bias, table, s);
}

int ip_op_check_attention_grad(const struct ip_buf *dqkv,
	const struct ip_buf *dqkv_bias, const struct ip_buf *dtable,
	const struct ip_buf *dy, const struct ip_buf *qkv,
	const struct ip_buf *qkv_bias, const struct ip_buf *table,
	const struct ip_windows *s)
{
	static const char op[] = "attention_grad";
	struct ip_map m = { s->b, s->h, s->w, 0 };
	size_t side, real = sizeof(ip_real);
	int rc;

	if ((rc = windows(op, "dy", dy, qkv, qkv_bias, table, s)) < 0)
		return rc;
	m.c = 3 * s->heads * s->dim;
	side = 2 * s->reach - 1;
	if ((rc = ip_op_check_map(op, "dqkv", dqkv, &m, 0)) < 0 ||
		(rc = ip_op_check(op, "dqkv_bias", dqkv_bias, m.c, 1, 1,
			real)) < 0 ||
		(rc = ip_op_check(op, "dtable", dtable, side, side, s->heads,
			real)) < 0)
		return rc;
	return IP_OK;
}
